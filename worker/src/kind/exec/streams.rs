//! What goes into a command and comes out of it, all three at once: a command that is not read from
//! stops, and so does one that waits for the rest of its input.

use super::complaints::{Complaints, Voice};
use broker::Delivery;
use std::rc::Rc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout};

/// Read in one go; what a pipe holds.
const CHUNK_BYTES: usize = 64 * 1024;

/// Of stderr, read in one go: kept for every command that runs, however little it has to say.
const COMPLAINT_BYTES: usize = 16 * 1024;

/// So much is written and read before everybody else gets a turn. One poll of the worker may do 128
/// such things for all commands together; were they done in one go, a command that never stops
/// writing would leave nothing to those that wait for a signal or for a time.
const TURNS: u32 = 4;

/// The pipes of one command. Its futures can be dropped at any time: what has been written and read
/// by then counts.
pub(super) struct Streams {
    stdin: Option<ChildStdin>,
    body: Vec<u8>,
    written: usize,
    stdout: Option<ChildStdout>,
    output: Vec<u8>,
    output_bytes_max: usize,
    stderr: Option<ChildStderr>,
    heard: Vec<u8>,
    complaints: Complaints,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// Nobody writes any more.
    Ended,
    /// There is more of it than is allowed.
    TooLong,
}

impl Streams {
    pub(super) fn of(
        child: &mut Child,
        delivery: &mut Delivery,
        output_bytes_max: usize,
        voice: Rc<Voice>,
    ) -> Self {
        Self {
            stdin: child.stdin.take(),
            body: std::mem::take(&mut delivery.body),
            written: 0,
            stdout: child.stdout.take(),
            output: Vec::new(),
            output_bytes_max,
            stderr: child.stderr.take(),
            heard: Vec::with_capacity(COMPLAINT_BYTES),
            complaints: Complaints::new(voice, delivery.properties.message_id.clone()),
        }
    }

    /// Writes and reads until all that can come has come, or it is too much.
    pub(super) async fn flow(&mut self) -> Flow {
        let Self {
            stdin,
            body,
            written,
            stdout,
            output,
            output_bytes_max,
            stderr,
            heard,
            complaints,
        } = self;
        let mut turns = 0;
        loop {
            if output.len() > *output_bytes_max {
                return Flow::TooLong;
            }
            tokio::select! {
                () = write(stdin, body, written), if stdin.is_some() => {}
                () = read(stdout, output), if stdout.is_some() => {}
                () = listen(stderr, heard, complaints), if stderr.is_some() => {}
                else => return Flow::Ended,
            }
            turns += 1;
            if turns == TURNS {
                turns = 0;
                tokio::task::yield_now().await;
            }
        }
    }

    /// What was written to and read from the command.
    pub(super) fn into_parts(self) -> Parts {
        Parts {
            body: self.body,
            output: self.output,
            last_words: self.complaints.into_last_words(),
        }
    }
}

/// What is left of a command's streams.
pub(super) struct Parts {
    pub(super) body: Vec<u8>,
    pub(super) output: Vec<u8>,
    /// The end of what it wrote to stderr.
    pub(super) last_words: String,
}

/// Writes a part, and closes the pipe after the last. A command need not read its input.
async fn write(stdin: &mut Option<ChildStdin>, body: &[u8], written: &mut usize) {
    let Some(pipe) = stdin else { return };
    let left = body.get(*written..).unwrap_or_default();
    if left.is_empty() {
        *stdin = None;
        return;
    }
    match pipe.write(left).await {
        Ok(bytes) if bytes > 0 => *written += bytes,
        _ => *stdin = None,
    }
}

async fn read(stdout: &mut Option<ChildStdout>, output: &mut Vec<u8>) {
    let Some(pipe) = stdout else { return };
    if output.capacity() == output.len() {
        output.reserve(CHUNK_BYTES.min(output.len().max(4096)));
    }
    if !matches!(pipe.read_buf(output).await, Ok(bytes) if bytes > 0) {
        *stdout = None;
    }
}

async fn listen(
    stderr: &mut Option<ChildStderr>,
    heard: &mut Vec<u8>,
    complaints: &mut Complaints,
) {
    let Some(pipe) = stderr else { return };
    // With room left it never grows.
    heard.clear();
    match pipe.read_buf(heard).await {
        Ok(bytes) if bytes > 0 => complaints.hear(heard),
        _ => {
            complaints.end();
            *stderr = None;
        }
    }
}
