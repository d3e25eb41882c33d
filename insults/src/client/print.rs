//! Answers and words as they are printed.

use crate::answer::{Answer, Changed, Done, Switched};
use anyhow::{Context, bail};
use serde::Serialize;
use std::io::{self, Write as _};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Json,
}

/// Of what is printed with `--json`.
const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Object<T> {
    schema: u32,
    #[serde(flatten)]
    rest: T,
}

#[derive(Serialize)]
struct Broadcast<'w> {
    word: &'w str,
}

/// An answer that is an error is this program's error too.
pub(super) fn answer(answer: &Answer, form: Form) -> anyhow::Result<()> {
    match form {
        Form::Json => line(&json(answer)?)?,
        Form::Text => {
            if let Answer::Done(done) = answer {
                text(done)?;
            }
        }
    }
    match answer {
        Answer::Done(_) => Ok(()),
        Answer::Failed(error) => bail!("{error}"),
    }
}

pub(super) fn broadcast(word: &str, form: Form) -> anyhow::Result<()> {
    match form {
        Form::Json => line(&json(Broadcast { word })?),
        Form::Text => line(word),
    }
}

fn json(rest: impl Serialize) -> anyhow::Result<String> {
    let schema = SCHEMA;
    serde_json::to_string(&Object { schema, rest }).context("write JSON")
}

fn text(done: &Done) -> anyhow::Result<()> {
    match done {
        Done::List { words, .. } => {
            for word in words.iter() {
                line(word)?;
            }
            Ok(())
        }
        Done::Random { word, .. } => line(word.as_str()),
        Done::Add(changed) => line(&change(changed, "added", "was there already")),
        Done::Remove(changed) => line(&change(changed, "removed", "was not there")),
        Done::BroadcastStart(Switched { changed, .. }) => line(match changed {
            true => "broadcasting",
            false => "broadcasting, as before",
        }),
        Done::BroadcastStop(Switched { changed, .. }) => line(match changed {
            true => "not broadcasting any more",
            false => "not broadcasting, as before",
        }),
        Done::Status {
            version,
            count,
            broadcasting,
            node,
        } => {
            let broadcasting = if *broadcasting { "on" } else { "off" };
            line(&format!(
                "{count} words, broadcasting {broadcasting}, version {version}, says node {node}"
            ))
        }
    }
}

fn change(changed: &Changed, made: &str, not: &str) -> String {
    let Changed {
        word,
        count,
        changed,
        ..
    } = changed;
    let word = word.as_str();
    match changed {
        true => format!("{made} '{word}', {count} words now"),
        false => format!("'{word}' {not}, {count} words"),
    }
}

/// Whoever reads may have seen enough: that is no failure.
fn line(text: &str) -> anyhow::Result<()> {
    match writeln!(io::stdout(), "{text}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        result => result.context("write to stdout"),
    }
}
