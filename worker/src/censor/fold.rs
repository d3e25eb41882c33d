//! Unicode's simple case folding: one character for one character, so that a place in the folded
//! text can be led back to the place it came from.
//!
//! `regex-syntax` holds the folding tables; a character stands for all that fold together with it
//! by the smallest of them.
//! ASCII letters stay as they are, because the automaton ignores their case itself; what folds
//! together with one (`K`, the Kelvin sign, and `ſ`, the long s) becomes that letter.

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};
use std::borrow::Cow;
use std::collections::HashMap;

/// Letters with two cases live in Unicode's first two planes; asking about the others would take
/// ten times as long.
const CASED_LAST: char = '\u{1ffff}';

/// Which character stands for each that has others of its kind.
#[derive(Debug)]
pub(super) struct FoldTable {
    /// Only characters that do not stand for themselves.
    representatives: HashMap<char, char>,
}

/// A folded text, and where it came from.
#[derive(Debug)]
pub(super) struct Folded<'t> {
    text: Cow<'t, str>,
    /// Places in the folded text after which its distance to the original changes, in order.
    /// Few: only where a character and its representative differ in length.
    shifts: Vec<Shift>,
}

#[derive(Clone, Copy, Debug)]
struct Shift {
    folded: usize,
    original: usize,
}

impl FoldTable {
    /// Takes about a millisecond.
    pub(super) fn new() -> Self {
        let representatives = ('\u{80}'..=CASED_LAST)
            .filter(|&character| has_case(character))
            .filter_map(|character| {
                let representative = representative(character);
                (representative != character).then_some((character, representative))
            })
            .collect();
        Self { representatives }
    }

    /// Allocates only where a character changes.
    pub(super) fn fold<'t>(&self, text: &'t str) -> Folded<'t> {
        let changes = |character: char| {
            !character.is_ascii() && self.representatives.contains_key(&character)
        };
        // ASCII is told from the rest many bytes at a time.
        let first = (!text.is_ascii())
            .then(|| {
                text.char_indices()
                    .find(|&(_, character)| changes(character))
            })
            .flatten();
        let Some((first, _)) = first else {
            return Folded {
                text: Cow::Borrowed(text),
                shifts: Vec::new(),
            };
        };
        let mut folded = String::with_capacity(text.len());
        folded.push_str(&text[..first]);
        let mut shifts = Vec::new();
        for (at, character) in text[first..].char_indices() {
            let representative = if character.is_ascii() {
                character
            } else {
                *self.representatives.get(&character).unwrap_or(&character)
            };
            folded.push(representative);
            if representative.len_utf8() != character.len_utf8() {
                shifts.push(Shift {
                    folded: folded.len(),
                    original: first + at + character.len_utf8(),
                });
            }
        }
        Folded {
            text: Cow::Owned(folded),
            shifts,
        }
    }
}

impl<'t> Folded<'t> {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn into_text(self) -> Cow<'t, str> {
        self.text
    }

    /// The byte offset in the original of a character boundary in the folded text.
    pub(super) fn origin(&self, folded: usize) -> usize {
        let passed = self.shifts.partition_point(|shift| shift.folded <= folded);
        match passed.checked_sub(1) {
            None => folded,
            Some(last) => {
                let shift = self.shifts[last];
                shift.original + (folded - shift.folded)
            }
        }
    }
}

/// Everything that folds has another case, and this is asked much faster than the folding tables.
fn has_case(character: char) -> bool {
    let same = |mut mapped: std::char::ToLowercase| mapped.next() == Some(character);
    !same(character.to_lowercase()) || character.to_uppercase().next() != Some(character)
}

fn representative(character: char) -> char {
    let mut together = ClassUnicode::new([ClassUnicodeRange::new(character, character)]);
    together.case_fold_simple();
    // Ranges are kept in order, and the class holds at least the character itself.
    together
        .ranges()
        .first()
        .map_or(character, ClassUnicodeRange::start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_that_folds_is_in_the_table() {
        let table = FoldTable::new();
        let missed: Vec<char> = ('\u{80}'..='\u{3ffff}')
            .filter(|character| !table.representatives.contains_key(character))
            .filter(|&character| representative(character) != character)
            .collect();
        assert_eq!(missed, Vec::<char>::new());
    }

    #[test]
    fn places_lead_back_to_the_original() {
        // The Kelvin sign is 3 bytes and folds to 1; U+2C65 is 3 bytes and folds to U+023A, 2 bytes.
        let original = "a\u{212a}é\u{2c65}b";
        let table = FoldTable::new();
        let folded = table.fold(original);
        assert_eq!(folded.text(), "aKÉ\u{23a}b");
        let places: Vec<usize> = folded.text().char_indices().map(|(at, _)| at).collect();
        let origins: Vec<usize> = places.iter().map(|&at| folded.origin(at)).collect();
        assert_eq!(origins, [0, 1, 4, 6, 9]);
        assert_eq!(folded.origin(folded.text().len()), original.len());
    }

    #[test]
    fn a_text_without_other_case_is_not_copied() {
        let table = FoldTable::new();
        assert!(matches!(
            table.fold("Hola TONTO 漢字").text,
            Cow::Borrowed(_)
        ));
    }
}
