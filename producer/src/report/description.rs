//! What was played, as the page of a report says it.

/// What was played, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// What the scenario is for, in a line.
    pub about: String,
    /// What there is to say of it: a name and a value each.
    pub rows: Vec<(&'static str, String)>,
}
