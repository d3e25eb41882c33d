//! Random numbers, the same for the same seed.

use rand::SeedableRng as _;
use rand_pcg::Pcg64;

/// What random numbers are for. Each use has numbers of its own, so that none changes with how many
/// another one takes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Use {
    /// How many messages a phase has, by its index.
    Counts(usize),
    /// The gaps between a phase's messages.
    Gaps(usize),
    /// How long a phase's bursts and silences hold.
    Holding(usize),
}

/// The numbers for one use.
pub(crate) fn generator(seed: u64, purpose: Use) -> Pcg64 {
    /// The golden ratio's bits: small numbers land far apart.
    const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
    let (kind, index) = match purpose {
        Use::Counts(index) => (0, index),
        Use::Gaps(index) => (1, index),
        Use::Holding(index) => (2, index),
    };
    let number = 1 + 3 * index as u64 + kind;
    Pcg64::seed_from_u64(seed ^ number.wrapping_mul(SPREAD))
}
