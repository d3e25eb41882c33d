//! Text that is made up: harmless words, and a given share of listed ones.

use super::size::Size;
use super::{Error, Role, TextFile};
use rand::RngExt as _;
use rand_pcg::Pcg64;
use std::path::{Path, PathBuf};

/// What made-up text is like.
#[derive(Clone, Debug, PartialEq)]
pub struct Synthetic {
    /// How many of 1 words are listed ones.
    pub listed_share: f64,
    /// Which words are listed.
    pub words: Words,
    /// How long each text is.
    pub size: Size,
}

/// Which words are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Words {
    /// Those that `warren-worker filter` has built in.
    BuiltIn,
    /// The lines of a file, as `warren-worker filter --words` takes it.
    File(PathBuf),
}

/// What `warren-worker filter` looks for unless it is told otherwise.
pub(super) const LISTED: [&str; 7] = [
    "tonto",
    "inutil",
    "cap d'espicana",
    "cavero",
    "gordo",
    "feo",
    "perro",
];

/// Harmless words. The word at index i has i + 1 letters, so that a text can be ended at any length.
const HARMLESS: [&str; 12] = [
    "a",
    "to",
    "sea",
    "lake",
    "bread",
    "window",
    "morning",
    "mountain",
    "orchestra",
    "lighthouse",
    "grandmother",
    "neighbouring",
];

/// A word list is held in memory; the filter worker takes none that is larger.
const WORDS_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Made-up texts.
#[derive(Clone, Debug)]
pub(super) struct Texts {
    listed_share: f64,
    listed: Vec<Box<str>>,
    size: Size,
}

impl Texts {
    pub(super) fn load(synthetic: &Synthetic) -> Result<Self, Error> {
        let listed = match &synthetic.words {
            Words::BuiltIn => LISTED.map(Box::from).to_vec(),
            Words::File(path) => listed(path)?,
        };
        Ok(Self {
            listed_share: synthetic.listed_share,
            listed,
            size: synthetic.size,
        })
    }

    pub(super) fn longest_bytes(&self) -> usize {
        self.size.longest()
    }

    /// A text of words with spaces between, as long as is drawn.
    pub(super) fn text(&self, generator: &mut Pcg64) -> String {
        let bytes = self.size.draw(generator);
        let mut text = String::with_capacity(bytes);
        while text.len() < bytes {
            if !text.is_empty() {
                text.push(' ');
            }
            let room = bytes - text.len();
            let word = self.word(generator);
            // After a word that is not the last there is room for a space and a letter at least.
            text.push_str(match word.len() == room || word.len() + 2 <= room {
                true => word,
                false => filling(room),
            });
        }
        text
    }

    fn word(&self, generator: &mut Pcg64) -> &str {
        match generator.random::<f64>() < self.listed_share {
            true => &self.listed[generator.random_range(0..self.listed.len())],
            false => HARMLESS[generator.random_range(0..HARMLESS.len())],
        }
    }
}

/// A harmless word that ends a text, or leaves room for another one.
fn filling(room: usize) -> &'static str {
    let letters = match room <= HARMLESS.len() {
        true => room,
        false => (room / 2).min(HARMLESS.len()),
    };
    HARMLESS[letters - 1]
}

/// The words of a file: blank lines and lines that begin with `#` are passed over.
fn listed(path: &Path) -> Result<Vec<Box<str>>, Error> {
    let file = TextFile::new(Role::ListedWords, path);
    let content = file.read(WORDS_BYTES_MAX)?;
    let lines = content.trim_start_matches('\u{feff}').lines();
    let words: Vec<Box<str>> = lines
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(Box::from)
        .collect();
    match words.is_empty() {
        true => Err(Error::Empty { file }),
        false => Ok(words),
    }
}
