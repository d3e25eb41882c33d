//! The list of words: built in, or from a file, a word a line.
//!
//! Space around a word is dropped, space inside it counts.
//! Blank lines and lines that begin with `#` are passed over; a listed word can't begin with `#`,
//! and needs not to: `tag` is found in `#tag`.

use std::io;
use std::path::{Path, PathBuf};

/// The reference's seven words.
const BUILT_IN: [&str; 7] = [
    "tonto",
    "inutil",
    "cap d'espicana",
    "cavero",
    "gordo",
    "feo",
    "perro",
];

/// Keeps a file that is no word list (a log, a disk image) from filling the memory; 16 MiB are
/// beyond a million words.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// A longer line is no word or phrase. Where substrings are searched for, long words make the automaton
/// large: a state for each byte of the list, at most.
const WORD_BYTES_MAX: usize = 1024;

/// One or more words, none of them empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordList {
    words: Vec<String>,
}

/// Why a file is no word list.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It could not be read.
    #[error("can't read the word list {}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("the word list {} is larger than {FILE_BYTES_MAX} bytes, which is the most", path.display())]
    TooLarge { path: PathBuf },
    /// A line is not UTF-8.
    #[error("{}:{line}: not UTF-8; the word list must be", path.display())]
    NotUtf8 {
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
    },
    /// A word is too long.
    #[error(
        "{}:{line}: a word of {bytes} bytes; {WORD_BYTES_MAX} are the most", path.display()
    )]
    WordTooLong {
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        bytes: usize,
    },
    /// No line holds a word.
    #[error("{} lists no word; give one a line", path.display())]
    Empty { path: PathBuf },
}

impl WordList {
    /// The reference's seven words.
    #[must_use]
    pub fn built_in() -> Self {
        Self {
            words: BUILT_IN.map(str::to_owned).to_vec(),
        }
    }

    /// # Errors
    /// When the file can't be read or is no word list.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let unreadable = |source| Error::Unreadable {
            path: path.to_owned(),
            source,
        };
        let bytes = config::read_at_most(path, FILE_BYTES_MAX).map_err(unreadable)?;
        let bytes = bytes.ok_or_else(|| Error::TooLarge {
            path: path.to_owned(),
        })?;
        Self::parse(&bytes, path)
    }

    /// The words in the order listed.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(String::as_str)
    }

    fn parse(bytes: &[u8], path: &Path) -> Result<Self, Error> {
        // A byte order mark is an editor's, not a word's.
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut words = Vec::new();
        for (index, line) in bytes.split(|&byte| byte == b'\n').enumerate() {
            let line_number = index + 1;
            let text = str::from_utf8(line).map_err(|_| Error::NotUtf8 {
                path: path.to_owned(),
                line: line_number,
            })?;
            let word = text.trim();
            if word.is_empty() || word.starts_with('#') {
                continue;
            }
            if word.len() > WORD_BYTES_MAX {
                return Err(Error::WordTooLong {
                    path: path.to_owned(),
                    line: line_number,
                    bytes: word.len(),
                });
            }
            words.push(word.to_owned());
        }
        if words.is_empty() {
            return Err(Error::Empty {
                path: path.to_owned(),
            });
        }
        Ok(Self { words })
    }
}

impl<W: Into<String>> FromIterator<W> for WordList {
    /// Words as they are; empty ones are left out, because they would be found everywhere.
    fn from_iter<I: IntoIterator<Item = W>>(words: I) -> Self {
        let words = words.into_iter().map(Into::into);
        Self {
            words: words.filter(|word: &String| !word.is_empty()).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(bytes: &[u8]) -> Result<Vec<String>, String> {
        WordList::parse(bytes, Path::new("list.txt"))
            .map(|list| list.words)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_word_a_line() {
        let list = "\u{feff}tonto\r\n  cap d'espicana \n\n# a comment\n#tag\nfeo".as_bytes();
        assert_eq!(parse(list).unwrap(), ["tonto", "cap d'espicana", "feo"]);
    }

    #[test]
    fn errors_name_file_and_line() {
        assert_eq!(
            parse(b"tonto\nf\xffo\n").unwrap_err(),
            "list.txt:2: not UTF-8; the word list must be"
        );
        assert_eq!(
            parse(format!("a\nb\n{}", "x".repeat(1025)).as_bytes()).unwrap_err(),
            "list.txt:3: a word of 1025 bytes; 1024 are the most"
        );
        assert_eq!(
            parse(b"# nothing\n\n").unwrap_err(),
            "list.txt lists no word; give one a line"
        );
    }

    #[test]
    fn a_missing_file_is_named() {
        let missing = Path::new("/nowhere/list.txt");
        assert_eq!(
            WordList::read(missing).unwrap_err().to_string(),
            "can't read the word list /nowhere/list.txt"
        );
    }

    #[test]
    fn a_file_without_end_is_refused() {
        assert!(matches!(
            WordList::read(Path::new("/dev/zero")),
            Err(Error::TooLarge { .. })
        ));
    }
}
