//! What clients ask for: one JSON object with `op`, and for some operations `word`.

use crate::words::{NoWord, Word};
use serde_json::{Map, Value};

/// More than the largest request takes: a word of 1,024 bytes, each of them escaped (`\u00e9`).
pub const REQUEST_BYTES_MAX: usize = 8 * 1024;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Answered by any node from memory.
    Read(Read),
    /// Carried out by the owner.
    Write(Write),
}

/// A request that changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    List,
    Random,
    /// How many words there are, and whether they are broadcast.
    Status,
}

/// A request that changes the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// Puts a word at the end, unless it is there.
    Add(Word),
    /// Takes a word out, if it is there.
    Remove(Word),
    /// Sends out a random word every few seconds from now on.
    BroadcastStart,
    /// Sends out none any more.
    BroadcastStop,
}

/// Why a message is no request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    #[error("the request has {0} bytes; {REQUEST_BYTES_MAX} are the most")]
    TooLong(usize),
    #[error("the request is not JSON: {0}")]
    NotJson(String),
    /// It is JSON, but no object.
    #[error("the request is {0}; it must be an object such as {{\"op\":\"list\"}}")]
    NotAnObject(&'static str),
    /// It does not say what to do.
    #[error("the request has no \"op\"; it is one of {OPERATIONS}")]
    NoOperation,
    /// `op` is no text.
    #[error("\"op\" is {0}; it must be a string, one of {OPERATIONS}")]
    OperationNotText(&'static str),
    #[error("unknown op \"{0}\"; it is one of {OPERATIONS}")]
    UnknownOperation(String),
    #[error("{0} needs a \"word\"")]
    MissingWord(&'static str),
    /// The word is no text.
    #[error("\"word\" is {0}; it must be a string")]
    WordNotText(&'static str),
    #[error(transparent)]
    NoWord(#[from] NoWord),
    /// There is something that means nothing.
    #[error("unknown key \"{key}\"; {operation} takes {takes}")]
    UnknownKey {
        key: String,
        operation: &'static str,
        takes: &'static str,
    },
    /// A read in the owner's queue.
    #[error("this queue takes writes only; ask for {0} on the service's own queue")]
    NotAWrite(&'static str),
}

const OPERATIONS: &str = "add, remove, list, random, broadcast-start, broadcast-stop, status";

/// How much of what somebody wrote is said back.
const QUOTED_CHARACTERS_MAX: usize = 40;

impl Request {
    /// # Errors
    /// When it is none.
    pub fn parse(body: &[u8]) -> Result<Self, Malformed> {
        if body.len() > REQUEST_BYTES_MAX {
            return Err(Malformed::TooLong(body.len()));
        }
        let value = serde_json::from_slice(body)
            .map_err(|error: serde_json::Error| Malformed::NotJson(error.to_string()))?;
        let Value::Object(mut object) = value else {
            return Err(Malformed::NotAnObject(kind(&value)));
        };
        let operation = match object.remove("op") {
            None => return Err(Malformed::NoOperation),
            Some(Value::String(operation)) => operation,
            Some(other) => return Err(Malformed::OperationNotText(kind(&other))),
        };
        let request = match operation.as_str() {
            "add" => Self::Write(Write::Add(take_word(&mut object, "add")?)),
            "remove" => Self::Write(Write::Remove(take_word(&mut object, "remove")?)),
            "broadcast-start" => Self::Write(Write::BroadcastStart),
            "broadcast-stop" => Self::Write(Write::BroadcastStop),
            "list" => Self::Read(Read::List),
            "random" => Self::Read(Read::Random),
            "status" => Self::Read(Read::Status),
            _ => return Err(Malformed::UnknownOperation(quoted(&operation))),
        };
        match object.keys().next() {
            None => Ok(request),
            Some(key) => Err(Malformed::UnknownKey {
                key: quoted(key),
                operation: request.operation(),
                takes: request.takes(),
            }),
        }
    }

    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut object = Map::new();
        object.insert("op".to_owned(), self.operation().into());
        if let Self::Write(Write::Add(word) | Write::Remove(word)) = self {
            object.insert("word".to_owned(), word.as_str().into());
        }
        Value::Object(object).to_string().into_bytes()
    }

    /// What stands in `op`.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        match self {
            Self::Read(Read::List) => "list",
            Self::Read(Read::Random) => "random",
            Self::Read(Read::Status) => "status",
            Self::Write(Write::Add(_)) => "add",
            Self::Write(Write::Remove(_)) => "remove",
            Self::Write(Write::BroadcastStart) => "broadcast-start",
            Self::Write(Write::BroadcastStop) => "broadcast-stop",
        }
    }

    fn takes(&self) -> &'static str {
        match self {
            Self::Write(Write::Add(_) | Write::Remove(_)) => "\"op\" and \"word\"",
            _ => "\"op\" alone",
        }
    }
}

impl Write {
    /// What the owner's queue holds.
    ///
    /// # Errors
    /// When it is no write.
    pub fn parse(body: &[u8]) -> Result<Self, Malformed> {
        match Request::parse(body)? {
            Request::Write(write) => Ok(write),
            read @ Request::Read(_) => Err(Malformed::NotAWrite(read.operation())),
        }
    }
}

fn take_word(object: &mut Map<String, Value>, operation: &'static str) -> Result<Word, Malformed> {
    match object.remove("word") {
        None => Err(Malformed::MissingWord(operation)),
        Some(Value::String(word)) => Ok(Word::new(&word)?),
        Some(other) => Err(Malformed::WordNotText(kind(&other))),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn quoted(text: &str) -> String {
    let mut characters = text.chars();
    let beginning: String = characters
        .by_ref()
        .take(QUOTED_CHARACTERS_MAX)
        .flat_map(char::escape_debug)
        .collect();
    match characters.next() {
        None => beginning,
        Some(_) => format!("{beginning}…"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_request_comes_back_from_its_json() {
        let word = || Word::new("cap d'\"espicana").unwrap();
        for request in [
            Request::Write(Write::Add(word())),
            Request::Write(Write::Remove(word())),
            Request::Write(Write::BroadcastStart),
            Request::Write(Write::BroadcastStop),
            Request::Read(Read::List),
            Request::Read(Read::Random),
            Request::Read(Read::Status),
        ] {
            assert_eq!(Request::parse(&request.to_bytes()), Ok(request));
        }
    }

    #[test]
    fn the_longest_word_fits_into_a_request_however_it_is_written() {
        let escaped = r"\u0061".repeat(crate::words::WORD_BYTES_MAX);
        let body = format!(r#"{{"op":"add","word":"{escaped}"}}"#);
        assert!(Request::parse(body.as_bytes()).is_ok());
    }

    #[test]
    fn a_malformed_request_says_what_is_wrong() {
        let long = format!("{{\"op\":\"{}\"}}", "x".repeat(50));
        let bodies: [&[u8]; 14] = [
            b"",
            b"tonto",
            b"\xff",
            b"[1]",
            b"{}",
            br#"{"op":7}"#,
            br#"{"op":"sing"}"#,
            long.as_bytes(),
            br#"{"op":"add"}"#,
            br#"{"op":"add","word":["x"]}"#,
            br#"{"op":"add","word":" "}"#,
            br#"{"op":"add","word":"x","wrod":"y"}"#,
            br#"{"op":"list","word":"x"}"#,
            &[b' '; REQUEST_BYTES_MAX + 1],
        ];
        let said = bodies.map(|body| Request::parse(body).unwrap_err().to_string());
        insta::assert_snapshot!(said.join("\n"), @r#"
        the request is not JSON: EOF while parsing a value at line 1 column 0
        the request is not JSON: expected ident at line 1 column 2
        the request is not JSON: expected value at line 1 column 1
        the request is an array; it must be an object such as {"op":"list"}
        the request has no "op"; it is one of add, remove, list, random, broadcast-start, broadcast-stop, status
        "op" is a number; it must be a string, one of add, remove, list, random, broadcast-start, broadcast-stop, status
        unknown op "sing"; it is one of add, remove, list, random, broadcast-start, broadcast-stop, status
        unknown op "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…"; it is one of add, remove, list, random, broadcast-start, broadcast-stop, status
        add needs a "word"
        "word" is an array; it must be a string
        the word is empty
        unknown key "wrod"; add takes "op" and "word"
        unknown key "word"; list takes "op" alone
        the request has 8193 bytes; 8192 are the most
        "#);
    }

    #[test]
    fn the_owner_is_asked_for_writes_only() {
        assert_eq!(
            Write::parse(br#"{"op":"list"}"#).unwrap_err().to_string(),
            "this queue takes writes only; ask for list on the service's own queue"
        );
        assert_eq!(
            Write::parse(br#"{"op":"broadcast-stop"}"#),
            Ok(Write::BroadcastStop)
        );
    }
}
