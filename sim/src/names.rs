//! What could have been meant by a name that is not known.

/// How alike two names have to be, from 0 to 1, for one to be taken for the other.
const LIKENESS_MIN: f64 = 0.75;

/// The name that was probably meant, or else all that there are.
pub(crate) fn hint<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> String {
    let known: Vec<&str> = known.collect();
    let likeness = |candidate: &&str| strsim::jaro_winkler(name, candidate);
    let nearest = known
        .iter()
        .copied()
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
        .filter(|candidate| likeness(candidate) >= LIKENESS_MIN);
    match nearest {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!("there are {}", known.join(", ")),
    }
}
