//! What a name that is not known was meant to be.

/// The name that was probably meant, as a question, or else all that there are.
#[must_use]
pub fn hint<'n>(written: &str, known: impl IntoIterator<Item = &'n str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match config::nearest(known.iter().copied(), written) {
        Some(name) => format!("did you mean \"{name}\"?"),
        None => format!("there are {}", known.join(", ")),
    }
}
