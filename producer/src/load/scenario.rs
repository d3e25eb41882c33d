//! A scenario: what is sent, when, and whether replies are wanted.
//!
//! Some are shipped inside the binary; any other is a TOML file of the user's.

mod cleanup;
mod headers;
mod parse;
mod payload;
mod phases;
mod shapes;
mod shipped;
mod trace;

pub use cleanup::Cleanup;
pub use shipped::shipped;

use crate::load::offered::Load;
use crate::load::payload::Payload;
use broker::{Headers, Persistence};
use config::{Invalid, read_at_most};
use std::path::{Path, PathBuf};

/// A scenario file larger than this is a mistake: a long one has some hundred lines.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// What is sent, when, and whether replies are wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Names it in reports.
    pub name: String,
    /// What it is for, in a line.
    pub about: String,
    /// Decides all that is left to chance: what the messages say, random arrivals and bursts. The
    /// same seed sends the same messages.
    pub seed: u64,
    /// Whether messages ask for a reply.
    pub reply: Reply,
    /// What the messages say.
    pub payload: Payload,
    /// Whether the broker writes them to disk.
    pub persistence: Persistence,
    /// What is said about each beside its body.
    pub headers: Headers,
    /// When they are due.
    pub load: Load,
    /// What a sweep deletes with its fleets.
    pub cleanup: Cleanup,
}

/// Whether messages ask for a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Each message names a reply queue, and its reply is waited for.
    Wanted,
    /// A message is done with once the broker has confirmed it.
    None,
}

/// Why there is no scenario.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Neither shipped nor a file.
    #[error("no scenario named \"{name}\" is shipped and no such file exists: {hint}")]
    Unknown {
        name: String,
        /// What to ask for instead.
        hint: String,
    },
    /// The file is there and can't be read.
    #[error("scenario file {path} can't be read", path = path.display())]
    Unreadable {
        path: PathBuf,
        source: std::io::Error,
    },
    /// The file is no scenario's size.
    #[error("scenario file {path} is larger than 1 MiB", path = path.display())]
    TooLarge { path: PathBuf },
    /// The file says something wrong.
    #[error(transparent)]
    Invalid(#[from] Invalid),
}

impl Scenario {
    /// The shipped scenario of that name, or else the file.
    pub fn find(name: &str) -> Result<Self, Error> {
        if let Some(scenario) = shipped().into_iter().find(|scenario| scenario.name == name) {
            return Ok(scenario);
        }
        let path = Path::new(name);
        let content = match read_at_most(path, FILE_BYTES_MAX) {
            Ok(content) => content.ok_or_else(|| Error::TooLarge {
                path: path.to_owned(),
            })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(Error::Unknown {
                    name: name.to_owned(),
                    hint: hint(name),
                });
            }
            Err(source) => {
                return Err(Error::Unreadable {
                    path: path.to_owned(),
                    source,
                });
            }
        };
        let text = String::from_utf8(content).map_err(|_| Error::Unreadable {
            path: path.to_owned(),
            source: std::io::Error::new(std::io::ErrorKind::InvalidData, "it is not UTF-8"),
        })?;
        Ok(Self::parse(&text, path)?)
    }

    /// Takes another seed for all that is left to chance.
    pub fn reseed(&mut self, seed: u64) {
        self.seed = seed;
        if let Load::Open(schedule) = &mut self.load {
            schedule.reseed(seed);
        }
    }

    /// Reads a scenario's text. `path` is where it came from: it stands in error messages, and an
    /// input file is looked for beside it.
    pub fn parse(text: &str, path: &Path) -> Result<Self, Invalid> {
        parse::parse(text, path)
    }
}

/// What could have been meant.
fn hint(name: &str) -> String {
    let names: Vec<String> = shipped()
        .into_iter()
        .map(|scenario| scenario.name)
        .collect();
    match config::nearest(names.iter().map(String::as_str), name) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!("shipped are {}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests;
