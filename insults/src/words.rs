//! The words of the list: an ordered set with a bound, and what counts as a word.

use indexmap::IndexSet;
use serde::{Deserialize, Deserializer, Serialize};

/// More than any list of insults has.
pub const WORDS_MAX: usize = 100_000;

/// As long as a line of a word list may be.
pub const WORD_BYTES_MAX: usize = 1024;

/// All words together. Each change sends the whole list to every node, and an automaton over it
/// takes some thirty times its size: 4 MiB are 100,000 words of 42 bytes.
pub const LIST_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A word or a phrase: not empty, no space around it, no control characters, not too long.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Word(String);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoWord {
    /// There is nothing, or only space.
    #[error("the word is empty")]
    Empty,
    #[error("the word has {0} bytes; {WORD_BYTES_MAX} are the most")]
    TooLong(usize),
    /// It has a line break, a tab or the like.
    #[error("the word holds a control character, U+{:04X}", u32::from(*.0))]
    Control(char),
}

impl Word {
    /// Space around the word is dropped.
    ///
    /// # Errors
    /// When it is no word.
    pub fn new(text: &str) -> Result<Self, NoWord> {
        let text = text.trim();
        if text.is_empty() {
            return Err(NoWord::Empty);
        }
        if text.len() > WORD_BYTES_MAX {
            return Err(NoWord::TooLong(text.len()));
        }
        if let Some(control) = text.chars().find(|character| character.is_control()) {
            return Err(NoWord::Control(control));
        }
        Ok(Self(text.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(&text).map_err(serde::de::Error::custom)
    }
}

/// The words in the order they were added, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Words {
    words: IndexSet<Word>,
    #[serde(skip)]
    bytes: usize,
}

/// Whether something is now other than before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Made,
    /// It was so already.
    None,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Full {
    #[error("the list is full: it has {WORDS_MAX} words; remove one first")]
    Words,
    #[error("the list is full: its words have {LIST_BYTES_MAX} bytes; remove some first")]
    Bytes,
}

impl Words {
    /// Puts a word at the end, unless it is there.
    ///
    /// # Errors
    /// When there is no room.
    pub fn add(&mut self, word: Word) -> Result<Change, Full> {
        if self.words.contains(&word) {
            return Ok(Change::None);
        }
        if self.words.len() >= WORDS_MAX {
            return Err(Full::Words);
        }
        let bytes = self.bytes + word.0.len();
        if bytes > LIST_BYTES_MAX {
            return Err(Full::Bytes);
        }
        self.bytes = bytes;
        self.words.insert(word);
        Ok(Change::Made)
    }

    /// Takes a word out, if it is there.
    pub fn remove(&mut self, word: &Word) -> Change {
        if !self.words.shift_remove(word) {
            return Change::None;
        }
        self.bytes -= word.0.len();
        Change::Made
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.words.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The words in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(Word::as_str)
    }

    /// One of them, each as likely as any other; `None` where there are none.
    pub fn choose(&self, random: &mut impl rand::Rng) -> Option<&Word> {
        use rand::RngExt as _;
        if self.is_empty() {
            return None;
        }
        self.words.get_index(random.random_range(0..self.len()))
    }
}

impl TryFrom<Vec<Word>> for Words {
    type Error = Full;

    fn try_from(list: Vec<Word>) -> Result<Self, Full> {
        let mut words = Self::default();
        for word in list {
            words.add(word)?;
        }
        Ok(words)
    }
}

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let list = Vec::<Word>::deserialize(deserializer)?;
        Self::try_from(list).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    fn word(text: &str) -> Word {
        Word::new(text).unwrap()
    }

    #[test]
    fn what_is_no_word_says_why() {
        let said = |text: &str| Word::new(text).unwrap_err().to_string();
        assert_eq!(said("  "), "the word is empty");
        assert_eq!(
            said(&"é".repeat(513)),
            "the word has 1026 bytes; 1024 are the most"
        );
        assert_eq!(said("a\tb"), "the word holds a control character, U+0009");
        assert_eq!(word(" cap d'espicana\n").as_str(), "cap d'espicana");
    }

    #[test]
    fn words_are_in_the_order_added_each_once() {
        let mut words = Words::default();
        assert_eq!(words.add(word("b")), Ok(Change::Made));
        assert_eq!(words.add(word("a")), Ok(Change::Made));
        assert_eq!(words.add(word("b")), Ok(Change::None));
        assert_eq!(words.add(word("c")), Ok(Change::Made));
        assert_eq!(words.remove(&word("b")), Change::Made);
        assert_eq!(words.remove(&word("b")), Change::None);
        assert_eq!(words.iter().collect::<Vec<_>>(), ["a", "c"]);
    }

    #[test]
    fn a_full_list_takes_no_more_until_something_is_removed() {
        let mut many = Words::default();
        for number in 0..WORDS_MAX {
            many.add(word(&number.to_string())).unwrap();
        }
        assert_eq!(many.add(word("x")), Err(Full::Words));
        assert_eq!(many.add(word("7")), Ok(Change::None));
        many.remove(&word("7"));
        assert_eq!(many.add(word("x")), Ok(Change::Made));

        let long = |number: usize| word(&format!("{number:01024}"));
        let mut large = Words::default();
        for number in 0..LIST_BYTES_MAX / WORD_BYTES_MAX {
            large.add(long(number)).unwrap();
        }
        assert_eq!(large.add(word("x")), Err(Full::Bytes));
        large.remove(&long(0));
        assert_eq!(large.add(word("x")), Ok(Change::Made));
    }

    #[test]
    fn every_word_is_chosen_some_time() {
        let mut random = rand::rngs::SmallRng::seed_from_u64(1);
        let words = Words::try_from(["a", "b", "c"].map(word).to_vec()).unwrap();
        let chosen: std::collections::BTreeSet<_> = (0..100)
            .filter_map(|_| words.choose(&mut random).map(Word::as_str))
            .collect();
        assert_eq!(chosen.len(), 3);
        assert_eq!(Words::default().choose(&mut random), None);
    }
}
