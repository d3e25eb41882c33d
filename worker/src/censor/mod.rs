//! Replaces every listed word of a text by [`CENSORED`].
//!
//! Pure: no I/O, no clock, no state that one text leaves to the next.
//! One pass over the text, however long the list is: whole words are looked up in a table, and
//! substrings are found by an automaton over the list.
//! Of the listed words that a text has, the leftmost wins, and of those that start together the
//! longest; one that turns out to be only the beginning of another (`feo x` in `feo xy`) never hides
//! the shorter one inside it.
//!
//! Texts are compared character by character after folding case.
//! They are not normalised: `é` as one character and `e` with a combining accent are two spellings.

mod boundary;
mod fold;
mod token;
mod whole_words;
mod words;

pub use words::{Error as WordListError, WordList};

use aho_corasick::{AhoCorasick, BuildError, MatchKind, Span};
use fold::FoldTable;
use std::borrow::Cow;
use whole_words::WholeWords;

/// What stands in a text where a listed word stood.
pub const CENSORED: &str = "CENSORED";

/// Where a listed word counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Matching {
    /// Only as a whole word: `feo` in `que feo!`, not in `feos`.
    #[value(name = "word")]
    WholeWord,
    /// Anywhere in the text: `feo` in `feos`, too.
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
    finder: Finder,
    /// `None` where only ASCII case is folded, which the finders do themselves.
    fold: Option<FoldTable>,
}

#[derive(Debug)]
enum Finder {
    WholeWords(WholeWords),
    Substrings(AhoCorasick),
}

impl Censor {
    /// # Errors
    /// When the list is too large for the automaton's 32-bit state numbers.
    pub fn new(words: &WordList, matching: Matching, folding: Folding) -> Result<Self, BuildError> {
        let fold = match folding {
            Folding::Ascii => None,
            Folding::Unicode => Some(FoldTable::new()),
        };
        let words = words.iter().map(|word| match &fold {
            None => word.to_owned(),
            Some(table) => table.fold(word).into_text().into_owned(),
        });
        let finder = match matching {
            Matching::WholeWord => Finder::WholeWords(WholeWords::new(words)?),
            Matching::Substring => Finder::Substrings(
                AhoCorasick::builder()
                    .ascii_case_insensitive(true)
                    .match_kind(MatchKind::LeftmostLongest)
                    .build(words)?,
            ),
        };
        Ok(Self { finder, fold })
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
        match &self.finder {
            Finder::WholeWords(words) => words.find(text),
            Finder::Substrings(automaton) => automaton.find_iter(text).map(|m| m.span()).collect(),
        }
    }
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
