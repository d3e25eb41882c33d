//! A program's result, on stdout.

use crate::Failure;
use anyhow::Context as _;
use std::io::{ErrorKind, Write as _};

/// Prints a result in one piece. Whoever closes stdout early, as `| head` does, has what they want.
///
/// # Errors
/// When stdout does not take it.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    let written = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written.context("write to stdout")?),
    }
}
