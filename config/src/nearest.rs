//! What somebody may have meant who has misspelt a name.

/// The name that differs least, of several the first, where that can still be a slip of the hand.
#[must_use]
pub fn nearest<'a>(names: impl IntoIterator<Item = &'a str>, written: &str) -> Option<&'a str> {
    // One slip, or one in four letters of a long name, is a misspelling; more is another word.
    let slips_max = 1 + written.len() / 4;
    names
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(name, written), name))
        .filter(|(slips, _)| *slips <= slips_max)
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, name)| name)
}
