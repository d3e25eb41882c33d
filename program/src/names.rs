//! What a name that is not known was meant to be.

/// The name that was probably meant, as a question, or else all that there are. Who knows only how
/// a name begins is told the first that begins so.
#[must_use]
pub fn hint<'n>(written: &str, known: impl IntoIterator<Item = &'n str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let begins = || known.iter().copied().find(|name| name.starts_with(written));
    match config::nearest(known.iter().copied(), written).or_else(begins) {
        Some(name) => format!("did you mean \"{name}\"?"),
        None => format!("there are {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::hint;

    #[test]
    fn a_slip_a_beginning_or_all_there_are() {
        for (written, told) in [
            ("hpa-slwo", "did you mean \"hpa-slow\"?"),
            ("keda", "did you mean \"keda-tuned\"?"),
            ("celery", "there are keda-tuned, hpa-slow"),
        ] {
            assert_eq!(hint(written, ["keda-tuned", "hpa-slow"]), told);
        }
    }
}
