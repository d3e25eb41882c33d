//! What the messages say.
//!
//! Message *k* of a run says the same however often it is asked for: what has to be sent again
//! after a broken connection is made again, and no body has to be kept for it.

mod size;
mod synthetic;

pub use size::Size;
pub use synthetic::{Synthetic, Words};

use config::read_at_most;
use rand::{Rng as _, SeedableRng as _};
use rand_pcg::Pcg64;
use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};
use synthetic::Texts;

/// An input file is held in memory; a larger one would break the producer's promise of staying
/// below 60 MB.
const INPUT_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// The sentences that come with the program. Some hold words of the built-in list, alone and
/// within others, so that a filter has something to find and something to leave alone.
const SENTENCES: &str = include_str!("payload/sentences.txt");

/// The random numbers that a made-up text may take: two for each of the 8 million words of the
/// longest are 17 million, and a prime lays the texts apart.
const NUMBERS_PER_TEXT: u128 = 1_000_000_007;

/// What the messages say.
#[derive(Clone, Debug, PartialEq)]
pub enum Payload {
    /// Sentences that come with the program, chosen by the seed.
    BuiltIn,
    /// The lines of a text file, one after another and again from the start.
    Lines(PathBuf),
    /// Made-up text with a share of listed words.
    Synthetic(Synthetic),
}

/// A file that messages are made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextFile {
    role: Role,
    path: PathBuf,
}

/// What messages have of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Lines,
    ListedWords,
}

impl fmt::Display for TextFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let role = match self.role {
            Role::Lines => "input file",
            Role::ListedWords => "word list",
        };
        write!(f, "{role} {}", self.path.display())
    }
}

/// Why a file gives no messages.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It isn't there or can't be opened.
    #[error("{file} can't be read")]
    Unreadable {
        file: TextFile,
        source: std::io::Error,
    },
    #[error("{file} is larger than 16 MiB: cut it, lines are used again and again")]
    TooLarge { file: TextFile },
    /// A worker that filters text would refuse such a message.
    #[error("{file} is not UTF-8 in line {line}: convert it, for example with iconv")]
    NotText {
        file: TextFile,
        /// Counted from 1.
        line: usize,
    },
    /// Nothing is left once empty lines are skipped.
    #[error("{file} has no line with text in it")]
    Empty { file: TextFile },
}

/// The bodies of a run's messages.
#[derive(Clone, Debug)]
pub struct Bodies {
    source: Source,
    seed: u64,
}

/// Where bodies come from.
#[derive(Clone, Debug)]
enum Source {
    /// Lines, one after another and again from the start, as a file has them.
    Cycle(Vec<Box<str>>),
    /// Lines, chosen at random.
    Chosen(Vec<Box<str>>),
    Synthetic(Texts),
}

impl Bodies {
    /// Reads whatever files the payload names.
    pub fn load(payload: &Payload, seed: u64) -> Result<Self, Error> {
        let source = match payload {
            Payload::BuiltIn => return Ok(Self::built_in(seed)),
            Payload::Lines(path) => Source::Cycle(lines_of(path)?),
            Payload::Synthetic(synthetic) => Source::Synthetic(Texts::load(synthetic)?),
        };
        Ok(Self { source, seed })
    }

    /// The built-in sentences in the order that a seed gives.
    #[must_use]
    pub fn built_in(seed: u64) -> Self {
        Self {
            source: Source::Chosen(lines(SENTENCES)),
            seed,
        }
    }

    /// The length of the longest body.
    #[must_use]
    pub fn longest_bytes(&self) -> usize {
        match &self.source {
            Source::Cycle(lines) | Source::Chosen(lines) => {
                lines.iter().map(|line| line.len()).max().unwrap_or(0)
            }
            Source::Synthetic(texts) => texts.longest_bytes(),
        }
    }

    /// The media type of all of them.
    #[must_use]
    pub fn content_type(&self) -> &'static str {
        "text/plain; charset=utf-8"
    }

    #[must_use]
    pub fn body(&self, sequence: u64) -> Cow<'_, [u8]> {
        let pick = |lines: &'_ Vec<Box<str>>, number: u64| {
            // The remainder is smaller than the number of lines, which is an index.
            usize::try_from(number % lines.len() as u64).unwrap_or(0)
        };
        match &self.source {
            Source::Cycle(lines) => Cow::Borrowed(lines[pick(lines, sequence)].as_bytes()),
            Source::Chosen(lines) => {
                let number = self.generator(sequence, 1).next_u64();
                Cow::Borrowed(lines[pick(lines, number)].as_bytes())
            }
            Source::Synthetic(texts) => {
                let text = texts.text(&mut self.generator(sequence, NUMBERS_PER_TEXT));
                Cow::Owned(text.into_bytes())
            }
        }
    }

    /// The random numbers of one message, which has so many of them to itself.
    fn generator(&self, sequence: u64, numbers: u128) -> Pcg64 {
        let mut generator = Pcg64::seed_from_u64(self.seed);
        generator.advance(u128::from(sequence) * numbers);
        generator
    }
}

impl TextFile {
    fn new(role: Role, path: &Path) -> Self {
        let path = path.to_owned();
        Self { role, path }
    }

    /// What it holds as text.
    fn read(&self, bytes_max: u64) -> Result<String, Error> {
        let content = read_at_most(&self.path, bytes_max)
            .map_err(|source| Error::Unreadable {
                file: self.clone(),
                source,
            })?
            .ok_or_else(|| Error::TooLarge { file: self.clone() })?;
        String::from_utf8(content).map_err(|error| {
            let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = 1 + good.iter().filter(|byte| **byte == b'\n').count();
            let file = self.clone();
            Error::NotText { file, line }
        })
    }
}

/// The lines of an input file.
fn lines_of(path: &Path) -> Result<Vec<Box<str>>, Error> {
    let file = TextFile::new(Role::Lines, path);
    let lines = lines(&file.read(INPUT_BYTES_MAX)?);
    match lines.is_empty() {
        true => Err(Error::Empty { file }),
        false => Ok(lines),
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
mod tests;
