//! The list as it is kept in the broker and sent to every node: one JSON object.

use crate::request::Write;
use crate::words::{Change, Full, Words};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// No list has been changed so often, and from here on there is room for as many changes again: who
/// makes the next version need not think of an overflow.
const VERSION_MAX: u64 = 1 << 63;

/// One version of the list. It never changes: the owner makes the next one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct List {
    /// Grows with each change. A list that is made anew begins with the milliseconds since 1970,
    /// so that it is newer than any list there was before.
    #[serde(deserialize_with = "version")]
    pub version: u64,
    pub tenure: Tenure,
    /// Whether random words are sent out.
    pub broadcasting: bool,
    /// The words in the order they were added.
    pub words: Words,
}

fn version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let version = u64::deserialize(deserializer)?;
    if version > VERSION_MAX {
        let why = format!("a list of version {version}; {VERSION_MAX} is the highest");
        return Err(D::Error::custom(why));
    }
    Ok(version)
}

/// One node's time as the owner: a random number, new with each session, by which it knows what is
/// its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Tenure(pub u64);

impl fmt::Display for Tenure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl From<Tenure> for String {
    fn from(tenure: Tenure) -> Self {
        tenure.to_string()
    }
}

impl TryFrom<String> for Tenure {
    type Error = std::num::ParseIntError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        u64::from_str_radix(&text, 16).map(Self)
    }
}

impl List {
    /// Carries out a write.
    ///
    /// # Errors
    /// When there is no room.
    pub fn apply(&mut self, write: &Write) -> Result<Change, Full> {
        match write {
            Write::Add(word) => self.words.add(word.clone()),
            Write::Remove(word) => Ok(self.words.remove(word)),
            Write::BroadcastStart => Ok(self.set_broadcasting(true)),
            Write::BroadcastStop => Ok(self.set_broadcasting(false)),
        }
    }

    fn set_broadcasting(&mut self, broadcasting: bool) -> Change {
        let before = std::mem::replace(&mut self.broadcasting, broadcasting);
        if before == broadcasting {
            Change::None
        } else {
            Change::Made
        }
    }

    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("numbers and texts become JSON")
    }

    /// # Errors
    /// When it is no list.
    pub fn from_bytes(bytes: &[u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Word;

    #[test]
    fn a_list_is_one_json_object() {
        let words = ["tonto", "cap d'espicana"].map(|word| Word::new(word).unwrap());
        let list = List {
            version: 7,
            tenure: Tenure(0xbeef),
            broadcasting: false,
            words: Words::try_from(words.to_vec()).unwrap(),
        };
        let bytes = list.to_bytes();
        assert_eq!(
            str::from_utf8(&bytes).unwrap(),
            r#"{"version":7,"tenure":"000000000000beef","broadcasting":false,"words":["tonto","cap d'espicana"]}"#
        );
        assert_eq!(List::from_bytes(&bytes).unwrap(), list);
    }

    #[test]
    fn what_is_no_list_is_an_error() {
        for text in [
            "",
            "[]",
            r#"{"version":7}"#,
            r#"{"version":18446744073709551615,"tenure":"1","broadcasting":false,"words":[]}"#,
            r#"{"version":7,"tenure":"x","broadcasting":false,"words":[]}"#,
            r#"{"version":7,"tenure":"1","broadcasting":false,"words":[""]}"#,
        ] {
            assert!(List::from_bytes(text.as_bytes()).is_err(), "{text}");
        }
    }
}
