//! How messages lie about a rate.

/// How messages lie about a rate, whose integral over time says how many have come by an instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ArrivalProcess {
    /// As evenly as they can: message *k* is due when the integral passes *k*.
    #[default]
    Even,
    /// At random and each on its own account, as those of many independent users do.
    Poisson,
}
