//! Replaces every listed word of a text by [`CENSORED`].
//!
//! Pure: no I/O, no clock, no state that one text leaves to the next.
//! An automaton over the whole list finds candidates in one pass over the text, however long the
//! list is; each candidate is then tested for being a whole word, and of those that are, the
//! leftmost wins, and of those that start together the longest.
//! All overlapping candidates are looked at, so a longer listed word that turns out to be only the
//! beginning of another one (`feo x` in `feo xy`) never hides the shorter word inside it.
//!
//! Texts are compared character by character after folding case.
//! They are not normalised: `é` as one character and `e` with a combining accent are two spellings.

mod boundary;
mod fold;
mod words;

pub use words::{Error as WordListError, WordList};

use aho_corasick::{AhoCorasick, BuildError, MatchKind, Span};
use fold::FoldTable;
use std::borrow::Cow;
use std::cmp::Reverse;

/// What stands in a text where a listed word stood.
pub const CENSORED: &str = "CENSORED";

/// Where a listed word counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Matching {
    /// Only as a whole word: `feo` in `que feo!`, not in `feos`.
    #[value(name = "word")]
    WholeWord,
    /// Anywhere.
    Substring,
}

/// Which differences in case are ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Folding {
    /// Those of A to Z.
    Ascii,
    /// Those of every script, by Unicode's simple case folding.
    Unicode,
}

/// A word list made ready for texts.
#[derive(Debug)]
pub struct Censor {
    automaton: AhoCorasick,
    matching: Matching,
    /// `None` where only ASCII case is folded, which the automaton does itself.
    fold: Option<FoldTable>,
}

impl Censor {
    /// # Errors
    /// When the list is too large for the automaton's 32-bit state numbers.
    pub fn new(words: &WordList, matching: Matching, folding: Folding) -> Result<Self, BuildError> {
        let fold = match folding {
            Folding::Ascii => None,
            Folding::Unicode => Some(FoldTable::new()),
        };
        let patterns = words.iter().map(|word| match &fold {
            None => Cow::Borrowed(word),
            Some(table) => table.fold(word).into_text(),
        });
        let kind = match matching {
            Matching::WholeWord => MatchKind::Standard,
            Matching::Substring => MatchKind::LeftmostLongest,
        };
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(kind)
            .build(patterns.map(|pattern| pattern.into_owned()))?;
        Ok(Self {
            automaton,
            matching,
            fold,
        })
    }

    /// The text with every listed word replaced; the text itself, unallocated, where it has none.
    pub fn censor<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let Some(table) = &self.fold else {
            return replaced(text, &self.find(text));
        };
        let folded = table.fold(text);
        let mut found = self.find(folded.text());
        for span in &mut found {
            *span = Span::from(folded.origin(span.start)..folded.origin(span.end));
        }
        replaced(text, &found)
    }

    /// Listed words in order, none overlapping another.
    fn find(&self, text: &str) -> Vec<Span> {
        match self.matching {
            Matching::Substring => self.automaton.find_iter(text).map(|m| m.span()).collect(),
            Matching::WholeWord => {
                let whole = self
                    .automaton
                    .find_overlapping_iter(text)
                    .map(|candidate| candidate.span())
                    .filter(|span| boundary::is_whole(text, span.start, span.end))
                    .collect();
                leftmost_longest(whole)
            }
        }
    }
}

/// Of spans in any order, those that a reader from the left would take.
fn leftmost_longest(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable_by_key(|span| (span.start, Reverse(span.end)));
    let mut taken_to = 0;
    spans.retain(|span| {
        let free = span.start >= taken_to;
        if free {
            taken_to = span.end;
        }
        free
    });
    spans
}

fn replaced<'t>(text: &'t str, found: &[Span]) -> Cow<'t, str> {
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut result = String::with_capacity(text.len() + found.len() * CENSORED.len());
    let mut copied_to = 0;
    for span in found {
        result.push_str(&text[copied_to..span.start]);
        result.push_str(CENSORED);
        copied_to = span.end;
    }
    result.push_str(&text[copied_to..]);
    Cow::Owned(result)
}

#[cfg(test)]
mod tests;
