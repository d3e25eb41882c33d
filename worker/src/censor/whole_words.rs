//! Finds listed words that stand as whole words.
//!
//! A whole word can begin only where a word of the text begins, so each word of the text is looked
//! up in a table instead of leading an automaton through every letter: with 10,000 listed words an
//! automaton is far larger than a processor's cache, and waits for memory at each byte.
//!
//! A listed entry is its first word and its ending: nothing for `feo`, ` d'espicana` for
//! `cap d'espicana`. The table leads from first words to their endings, which are kept sorted, so
//! that however many there are, few are compared.
//! An entry that begins with no word character, such as `$$`, may begin anywhere: only those few go
//! through an automaton, and where the list has none, there is none. It is asked for one entry after
//! the other, the leftmost and longest: all that overlap would be a thousand for each byte of a text
//! of dollars, where the list has up to a thousand dollars in a row.

use super::boundary;
use super::token::{self, Token, Tokens};
use aho_corasick::{AhoCorasick, BuildError, Input, MatchKind, Span};
use hashbrown::HashTable;
use std::ops::Range;

/// A list made ready.
#[derive(Debug)]
pub(super) struct WholeWords {
    groups: HashTable<Group>,
    endings: Vec<Ending>,
    /// What may begin anywhere.
    symbols: Option<Symbols>,
}

/// All entries with the same first word.
#[derive(Debug)]
struct Group {
    first: Box<str>,
    endings: Range<usize>,
}

/// What follows the first word of an entry, in lower case as far as ASCII goes.
#[derive(Debug)]
struct Ending {
    text: Box<str>,
    /// The longest other ending of the group that this one begins with.
    shorter: Option<usize>,
}

/// The entries that begin with no word character.
#[derive(Debug)]
struct Symbols {
    automaton: AhoCorasick,
    /// In the order of the automaton's numbers; an ending without a first word.
    entries: Vec<Ending>,
}

impl WholeWords {
    /// Takes entries that are folded already, but for the case of A to Z.
    ///
    /// # Errors
    /// When there are too many for the automaton's 32-bit state numbers.
    pub(super) fn new(entries: impl Iterator<Item = String>) -> Result<Self, BuildError> {
        let mut symbols = Vec::new();
        let mut words = Vec::new();
        for mut entry in entries {
            entry.make_ascii_lowercase();
            match Tokens::of(&entry).next() {
                Some(first) if first.start == 0 => words.push((first.end, entry)),
                _ => symbols.push(entry),
            }
        }
        words.sort_unstable_by(|(end, entry), (other_end, other)| {
            let (first, ending) = entry.split_at(*end);
            (first, ending).cmp(&other.split_at(*other_end))
        });
        words.dedup();
        let (groups, endings) = grouped(&words);
        let symbols = (!symbols.is_empty())
            .then(|| Symbols::new(symbols))
            .transpose()?;
        Ok(Self {
            groups,
            endings,
            symbols,
        })
    }

    /// Listed words in order, none overlapping another: the leftmost, and of those that start
    /// together the longest.
    pub(super) fn find(&self, text: &str) -> Vec<Span> {
        let mut found: Vec<Span> = Tokens::of(text)
            .filter_map(|token| self.longest(text, token))
            .collect();
        if let Some(symbols) = &self.symbols {
            return symbols.among(&found, text);
        }
        let mut taken_to = 0;
        found.retain(|span| {
            let free = span.start >= taken_to;
            if free {
                taken_to = span.end;
            }
            free
        });
        found
    }

    /// The longest entry that begins with this word of the text.
    #[inline]
    fn longest(&self, text: &str, token: Token) -> Option<Span> {
        let word = &text[token.start..token.end];
        let group = self
            .groups
            .find(token.hash, |group| group.first.eq_ignore_ascii_case(word))?;
        let rest = &text[token.end..];
        let endings = &self.endings[group.endings.clone()];
        // Every ending that the text has here stands before or at the last one that is not greater
        // than the text, and is that one or what it begins with.
        let smaller = endings.partition_point(|ending| !is_greater(&ending.text, rest));
        let mut candidate = smaller
            .checked_sub(1)
            .map(|last| group.endings.start + last);
        while let Some(index) = candidate {
            let ending = &self.endings[index];
            let end = token.end + ending.text.len();
            if starts_with(rest, &ending.text) && boundary::is_whole(text, token.start, end) {
                return Some(Span::from(token.start..end));
            }
            candidate = ending.shorter;
        }
        None
    }
}

impl Symbols {
    fn new(mut entries: Vec<String>) -> Result<Self, BuildError> {
        entries.sort_unstable();
        entries.dedup();
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::LeftmostLongest)
            .build(&entries)?;
        let mut linked = Vec::with_capacity(entries.len());
        for entry in &entries {
            link(&mut linked, 0, entry);
        }
        Ok(Self {
            automaton,
            entries: linked,
        })
    }

    /// These and those of the words, which are sorted, so that none overlaps another. No two of them
    /// start together: these begin with no word character, and those with one.
    fn among(&self, words: &[Span], text: &str) -> Vec<Span> {
        let mut found = Vec::with_capacity(words.len());
        let mut words = words.iter().copied().peekable();
        let mut taken_to = 0;
        let mut symbol = self.first(text, taken_to);
        loop {
            while words.next_if(|word| word.start < taken_to).is_some() {}
            if symbol.is_some_and(|symbol| symbol.start < taken_to) {
                symbol = self.first(text, taken_to);
            }
            let is_word_next = |word: &Span| symbol.is_none_or(|symbol| word.start < symbol.start);
            let Some(next) = words.next_if(is_word_next).or(symbol) else {
                return found;
            };
            taken_to = next.end;
            found.push(next);
        }
    }

    /// The leftmost from here on, and of those that start together the longest.
    fn first(&self, text: &str, mut from: usize) -> Option<Span> {
        while let Some(longest) = self.automaton.find(Input::new(text).range(from..)) {
            let start = longest.start();
            // Where the longest ends within a word, one that it begins with may be whole.
            let mut candidate = Some(longest.pattern().as_usize());
            while let Some(index) = candidate {
                let entry = &self.entries[index];
                let end = start + entry.text.len();
                if boundary::is_whole(text, start, end) {
                    return Some(Span::from(start..end));
                }
                candidate = entry.shorter;
            }
            from = start + 1;
        }
        None
    }
}

/// Adds the next in the order of a group that begins at `from`.
fn link(endings: &mut Vec<Ending>, from: usize, text: &str) {
    // What begins this ending began the one before it too, or is it.
    let mut shorter = endings.len().checked_sub(1).filter(|&last| last >= from);
    while let Some(index) = shorter {
        let other: &Ending = &endings[index];
        if text.starts_with(&*other.text) {
            break;
        }
        shorter = other.shorter;
    }
    endings.push(Ending {
        text: text.into(),
        shorter,
    });
}

/// Entries with the lengths of their first words, sorted by first word and then ending.
fn grouped(words: &[(usize, String)]) -> (HashTable<Group>, Vec<Ending>) {
    let mut groups = HashTable::with_capacity(words.len());
    let mut endings = Vec::with_capacity(words.len());
    let hash = |group: &Group| token::hash(group.first.as_bytes(), 0);
    for same_first in
        words.chunk_by(|(end, entry), (other_end, other)| entry[..*end] == other[..*other_end])
    {
        let from = endings.len();
        let mut first = "";
        for (end, entry) in same_first {
            let (word, text) = entry.split_at(*end);
            first = word;
            link(&mut endings, from, text);
        }
        let group = Group {
            first: first.into(),
            endings: from..endings.len(),
        };
        groups.insert_unique(hash(&group), group, hash);
    }
    (groups, endings)
}

/// Whether the ending, in lower case, comes after the text in the order of their bytes.
fn is_greater(ending: &str, text: &str) -> bool {
    let lower = text.bytes().map(|byte| byte.to_ascii_lowercase());
    ending.bytes().gt(lower)
}

fn starts_with(text: &str, ending: &str) -> bool {
    text.as_bytes()
        .get(..ending.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(ending.as_bytes()))
}
