//! What the messages say.
//!
//! Message *k* of a run says the same however often it is asked for: what has to be sent again
//! after a broken connection is made again, and no body has to be kept for it.

use crate::file::read_at_most;
use crate::scenario::Payload;
use rand::{Rng as _, SeedableRng as _};
use rand_pcg::Pcg64;
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// An input file is held in memory; a larger one would break the producer's promise of staying
/// below 60 MB.
const INPUT_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// The sentences that come with the program. Some hold words of the built-in list, alone and
/// within others, so that a filter has something to find and something to leave alone.
const SENTENCES: &str = include_str!("payload/sentences.txt");

/// Why an input file gives no messages.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It isn't there or can't be opened.
    #[error("input file {path} can't be read", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It doesn't fit.
    #[error("input file {path} is larger than 16 MiB: cut it, lines are used again and again", path = path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// A worker that filters text would refuse such a message.
    #[error("input file {path} is not UTF-8 in line {line}: convert it, for example with iconv", path = path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
    },
    /// Nothing is left once empty lines are skipped.
    #[error("input file {path} has no line with text in it", path = path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

/// The bodies of a run's messages.
#[derive(Clone, Debug)]
pub struct Bodies {
    lines: Vec<Box<str>>,
    order: Order,
}

/// Which line a message takes.
#[derive(Clone, Debug)]
enum Order {
    /// One after another and again from the start, as the file has them.
    Cycle,
    /// Chosen by a generator that is positioned by the message's number.
    Chosen { seed: u64 },
}

impl Bodies {
    /// The built-in sentences or a file's lines, read whole.
    pub fn load(payload: &Payload, seed: u64) -> Result<Self, Error> {
        match payload {
            Payload::BuiltIn => Ok(Self::built_in(seed)),
            Payload::Lines(path) => Self::from_file(path),
        }
    }

    /// The built-in sentences in the order that a seed gives.
    #[must_use]
    pub fn built_in(seed: u64) -> Self {
        Self {
            lines: lines(SENTENCES),
            order: Order::Chosen { seed },
        }
    }

    fn from_file(path: &Path) -> Result<Self, Error> {
        let unreadable = |source| Error::Unreadable {
            path: path.to_owned(),
            source,
        };
        let content = read_at_most(path, INPUT_BYTES_MAX)
            .map_err(unreadable)?
            .ok_or_else(|| Error::TooLarge {
                path: path.to_owned(),
            })?;
        let text = String::from_utf8(content).map_err(|error| {
            let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = 1 + good.iter().filter(|byte| **byte == b'\n').count();
            Error::NotText {
                path: path.to_owned(),
                line,
            }
        })?;
        let lines = lines(&text);
        if lines.is_empty() {
            return Err(Error::Empty {
                path: path.to_owned(),
            });
        }
        Ok(Self {
            lines,
            order: Order::Cycle,
        })
    }

    /// How long the longest one is.
    #[must_use]
    pub fn longest_bytes(&self) -> usize {
        self.lines.iter().map(|line| line.len()).max().unwrap_or(0)
    }

    /// The media type of all of them.
    #[must_use]
    pub fn content_type(&self) -> &'static str {
        "text/plain; charset=utf-8"
    }

    /// What message `sequence` says.
    #[must_use]
    pub fn body(&self, sequence: u64) -> Cow<'_, [u8]> {
        Cow::Borrowed(self.line(sequence).as_bytes())
    }

    fn line(&self, sequence: u64) -> &str {
        let count = self.lines.len() as u64;
        let index = match self.order {
            Order::Cycle => sequence % count,
            Order::Chosen { seed } => {
                let mut generator = Pcg64::seed_from_u64(seed);
                generator.advance(u128::from(sequence));
                generator.next_u64() % count
            }
        };
        // The remainder is smaller than the number of lines, which is an index.
        &self.lines[usize::try_from(index).unwrap_or(0)]
    }
}

/// The lines that have text in them, without their ends.
fn lines(text: &str) -> Vec<Box<str>> {
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(Box::from)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(content: &[u8]) -> (tempfile::TempDir, Payload) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("input.txt");
        std::fs::write(&path, content).unwrap();
        (directory, Payload::Lines(path))
    }

    fn complaint(content: &[u8]) -> String {
        let (directory, payload) = file(content);
        let error = Bodies::load(&payload, 1).unwrap_err().to_string();
        error.replace(directory.path().to_str().unwrap(), "DIR")
    }

    #[test]
    fn lines_of_a_file_come_in_their_order_and_again() {
        let (_directory, payload) = file("one\r\n\n  \ntwo\nthree".as_bytes());
        let bodies = Bodies::load(&payload, 1).unwrap();
        let said: Vec<&str> = (0..7).map(|sequence| bodies.line(sequence)).collect();
        assert_eq!(said, ["one", "two", "three", "one", "two", "three", "one"]);
    }

    #[test]
    fn a_message_says_the_same_whenever_it_is_asked() {
        let bodies = Bodies::built_in(7);
        let forward: Vec<&str> = (0..500).map(|sequence| bodies.line(sequence)).collect();
        let backward: Vec<&str> = (0..500)
            .rev()
            .map(|sequence| bodies.line(sequence))
            .collect();
        assert!(forward.iter().eq(backward.iter().rev()));
    }

    #[test]
    fn seeds_differ_and_every_sentence_is_used() {
        let bodies = Bodies::built_in(1);
        let others = Bodies::built_in(2);
        assert!((0..100).any(|sequence| bodies.line(sequence) != others.line(sequence)));
        let used: std::collections::BTreeSet<&str> = (0..5000).map(|k| bodies.line(k)).collect();
        assert_eq!(used.len(), bodies.lines.len());
    }

    #[test]
    fn some_sentences_hold_listed_words_and_most_do_not() {
        let listed = [
            "tonto",
            "inutil",
            "cap d'espicana",
            "cavero",
            "gordo",
            "feo",
            "perro",
        ];
        let bodies = Bodies::built_in(1);
        let with = bodies
            .lines
            .iter()
            .filter(|line| listed.iter().any(|word| line.contains(word)));
        let share = with.count() as f64 / bodies.lines.len() as f64;
        assert!((0.1..0.5).contains(&share), "{share}");
    }

    #[test]
    fn a_file_that_gives_no_messages_says_why() {
        insta::assert_snapshot!(complaint(b"fine\nstill fine\nca\xff\n"), @"input file DIR/input.txt is not UTF-8 in line 3: convert it, for example with iconv");
        insta::assert_snapshot!(complaint(b"\n \n"), @"input file DIR/input.txt has no line with text in it");
        let endless = Bodies::load(&Payload::Lines(PathBuf::from("/dev/zero")), 1).unwrap_err();
        insta::assert_snapshot!(endless, @"input file /dev/zero is larger than 16 MiB: cut it, lines are used again and again");
        let missing = Payload::Lines(PathBuf::from("no/such/file"));
        insta::assert_snapshot!(Bodies::load(&missing, 1).unwrap_err(), @"input file no/such/file can't be read");
    }
}
