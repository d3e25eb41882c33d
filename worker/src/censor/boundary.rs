//! What a whole word is.
//!
//! A word character is what Unicode's regular expressions mean by `\w` (UTS 18, Annex C): letters,
//! digits, combining marks, connecting punctuation such as `_`, and the two joiners.
//! A span is a whole word when neither of its ends stands between two word characters.
//! So a listed word may contain or end in anything: `cap d'espicana` is one, and `c++` is found
//! before a space, a letter or the end alike, because `+` is no word character.

use regex_syntax::is_word_character;

/// Whether neither end of `text[start..end]` cuts through a word.
/// Both must be at character boundaries, the span not empty.
pub(super) fn is_whole(text: &str, start: usize, end: usize) -> bool {
    !joins(text, start) && !joins(text, end)
}

/// Whether there is a word character on both sides of this place.
fn joins(text: &str, at: usize) -> bool {
    let before = text[..at].chars().next_back();
    let after = text[at..].chars().next();
    match (before, after) {
        (Some(before), Some(after)) => is_word_character(before) && is_word_character(after),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, word: &str, expected: bool) {
        let start = text.find(word).unwrap();
        assert_eq!(
            is_whole(text, start, start + word.len()),
            expected,
            "{word:?} in {text:?}"
        );
    }

    #[test]
    fn a_word_ends_where_a_character_is_no_word_character() {
        check("feo", "feo", true);
        check("que feo!", "feo", true);
        check("¿feo?", "feo", true);
        check("l'feo-x", "feo", true);
        check("feos", "feo", false);
        check("xfeo", "feo", false);
        check("feo2", "feo", false);
        check("feo_", "feo", false);
        check("ñfeo", "feo", false);
        check("feoß", "feo", false);
    }

    #[test]
    fn a_combining_mark_belongs_to_the_letter_before_it() {
        check("feo\u{301}", "feo", false);
    }

    #[test]
    fn an_end_that_is_no_word_character_needs_no_boundary() {
        check("c++x", "c++", true);
        check("xc++", "c++", false);
        check("a$$b", "$$", true);
    }
}
