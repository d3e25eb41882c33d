//! What clients are answered: one JSON object with `ok`.

use crate::list::List;
use crate::request::{Read, Write};
use crate::words::{Change, Word, Words};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Wire", into = "Wire")]
pub enum Answer {
    Done(Done),
    /// It is not, for this reason.
    Failed(String),
}

/// What was done, or is so. Versions are those of the list that the answer speaks of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "kebab-case")]
pub enum Done {
    /// The word is in the list.
    Add(Changed),
    /// The word is not in the list.
    Remove(Changed),
    BroadcastStart(Switched),
    BroadcastStop(Switched),
    List {
        version: u64,
        /// In the order they were added.
        words: Words,
    },
    Random {
        version: u64,
        word: Word,
    },
    Status {
        version: u64,
        count: usize,
        broadcasting: bool,
        node: String,
    },
}

/// A word was to be added or removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// The first list in which it is so; a later one where it was so already.
    pub version: u64,
    pub word: Word,
    /// `false` where it was so already.
    pub changed: bool,
    /// How many words the list has.
    pub count: usize,
}

/// Broadcasting was to be switched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Switched {
    /// The first list in which it is so; a later one where it was so already.
    pub version: u64,
    /// `false` where it was so already.
    pub changed: bool,
}

/// As it travels: `{"ok":true,"op":…}` or `{"ok":false,"error":…}`.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Wire {
    Failed {
        ok: bool,
        error: String,
    },
    Done {
        ok: bool,
        #[serde(flatten)]
        done: Done,
    },
}

impl From<Answer> for Wire {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Done(done) => Self::Done { ok: true, done },
            Answer::Failed(error) => Self::Failed { ok: false, error },
        }
    }
}

impl From<Wire> for Answer {
    fn from(wire: Wire) -> Self {
        match wire {
            Wire::Done { done, .. } => Self::Done(done),
            Wire::Failed { error, .. } => Self::Failed(error),
        }
    }
}

impl Answer {
    /// To a read, from this list, by this node.
    pub fn to_read(read: Read, list: &List, node: &str, random: &mut impl rand::Rng) -> Self {
        let version = list.version;
        Self::Done(match read {
            Read::List => Done::List {
                version,
                words: list.words.clone(),
            },
            Read::Random => match list.words.choose(random) {
                Some(word) => Done::Random {
                    version,
                    word: word.clone(),
                },
                None => return Self::Failed("the list is empty; add a word first".to_owned()),
            },
            Read::Status => Done::Status {
                version,
                count: list.words.len(),
                broadcasting: list.broadcasting,
                node: node.to_owned(),
            },
        })
    }

    /// To a write that this list is the outcome of.
    #[must_use]
    pub fn to_write(write: Write, change: Change, list: &List) -> Self {
        let version = list.version;
        let changed = change == Change::Made;
        let of_word = |word| Changed {
            version,
            word,
            changed,
            count: list.words.len(),
        };
        let switched = Switched { version, changed };
        Self::Done(match write {
            Write::Add(word) => Done::Add(of_word(word)),
            Write::Remove(word) => Done::Remove(of_word(word)),
            Write::BroadcastStart => Done::BroadcastStart(switched),
            Write::BroadcastStop => Done::BroadcastStop(switched),
        })
    }

    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("numbers and texts become JSON")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::list::Tenure;
    use rand::SeedableRng;

    fn list(words: &[&str]) -> List {
        let words = words.iter().map(|word| Word::new(word).unwrap());
        List {
            version: 7,
            tenure: Tenure(1),
            broadcasting: true,
            words: Words::try_from(words.collect::<Vec<_>>()).unwrap(),
        }
    }

    #[test]
    fn each_answer_is_one_json_object_and_comes_back_from_it() {
        let mut random = rand::rngs::SmallRng::seed_from_u64(1);
        let one = list(&["feo"]);
        let word = || Word::new("feo").unwrap();
        let mut read = |read, list| Answer::to_read(read, list, "node-1", &mut random);
        let answers = [
            read(Read::List, &list(&["feo", "perro"])),
            read(Read::Random, &one),
            read(Read::Random, &list(&[])),
            read(Read::Status, &one),
            Answer::to_write(Write::Add(word()), Change::Made, &one),
            Answer::to_write(Write::Remove(word()), Change::None, &list(&[])),
            Answer::to_write(Write::BroadcastStart, Change::Made, &one),
            Answer::to_write(Write::BroadcastStop, Change::None, &one),
        ];
        let lines = answers.map(|answer| {
            let bytes = answer.to_bytes();
            assert_eq!(serde_json::from_slice::<Answer>(&bytes).unwrap(), answer);
            String::from_utf8(bytes).unwrap()
        });
        insta::assert_snapshot!(lines.join("\n"), @r#"
        {"ok":true,"op":"list","version":7,"words":["feo","perro"]}
        {"ok":true,"op":"random","version":7,"word":"feo"}
        {"ok":false,"error":"the list is empty; add a word first"}
        {"ok":true,"op":"status","version":7,"count":1,"broadcasting":true,"node":"node-1"}
        {"ok":true,"op":"add","version":7,"word":"feo","changed":true,"count":1}
        {"ok":true,"op":"remove","version":7,"word":"feo","changed":false,"count":0}
        {"ok":true,"op":"broadcast-start","version":7,"changed":true}
        {"ok":true,"op":"broadcast-stop","version":7,"changed":false}
        "#);
    }
}
