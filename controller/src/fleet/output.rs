//! What workers print: a file each, read into the controller's log and kept small.
//!
//! A file and not a pipe, so that a worker can print on when the controller is gone.
//! While none runs nobody shortens the files, and what a worker prints between the last reading and
//! the shortening is lost; both are the price of that.

use super::state_dir::PoolDir;
use policy::WorkerId;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use tracing::Level;

/// A file is emptied when this much of it has been read: enough that somebody who opens it finds
/// some context, little enough for any number of workers.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Read of one worker's output at a time; of more, only the end is looked at.
const READ_BYTES_MAX: u64 = 64 * 1024;

/// Logged of one worker's output at a time: room for a stack trace. The last ones, because they say
/// what it ended of.
const LINES_MAX: usize = 50;

/// A longer line is cut.
const LINE_BYTES_MAX: usize = 4096;

/// Of a file that an earlier controller has left, this much of the end is read, perhaps for the
/// second time: it may be why its worker ended.
const OLD_BYTES_MAX: u64 = 4096;

/// The outputs of a pool's workers, and how far each has been read.
#[derive(Debug)]
pub(crate) struct Outputs {
    directory: PoolDir,
    positions: BTreeMap<WorkerId, u64>,
}

/// What was found in an output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OutputLine {
    Line(String),
    /// There was more than is read at a time.
    LeftOut {
        /// Lines that were read, and not logged.
        lines: usize,
        /// Bytes that were not even read.
        bytes: u64,
    },
}

/// Whether more can come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Writer {
    Alive,
    Gone,
}

impl Outputs {
    /// Starts near the end of the files that are there.
    pub(crate) fn open(directory: PoolDir) -> io::Result<Self> {
        let mut positions = BTreeMap::new();
        for worker in directory.outputs()? {
            let length = directory.output(worker).metadata()?.len();
            positions.insert(worker, length.saturating_sub(OLD_BYTES_MAX));
        }
        Ok(Self {
            directory,
            positions,
        })
    }

    /// Reads what is new, and removes the files of workers that are gone. `alive` is asked after the
    /// files have been listed, so that a worker started in between is not taken for dead.
    /// One file that can't be read does not keep the others from it; the last error is returned.
    pub(crate) fn read(
        &mut self,
        alive: impl FnOnce() -> BTreeSet<WorkerId>,
        mut say: impl FnMut(WorkerId, OutputLine),
    ) -> io::Result<()> {
        let listed = self.directory.outputs()?;
        let alive = alive();
        let mut result = Ok(());
        for worker in listed {
            let writer = if alive.contains(&worker) {
                Writer::Alive
            } else {
                Writer::Gone
            };
            let read = self.read_one(worker, writer, |line| say(worker, line));
            result = read.and(result);
        }
        result
    }

    fn read_one(
        &mut self,
        worker: WorkerId,
        writer: Writer,
        say: impl FnMut(OutputLine),
    ) -> io::Result<()> {
        let path = self.directory.output(worker);
        let position = self.positions.entry(worker).or_default();
        let read = follow(&path, *position, writer, say).map(|next| *position = next);
        if writer == Writer::Gone {
            self.positions.remove(&worker);
            std::fs::remove_file(&path)?;
        }
        read
    }
}

/// Reads on from a position and returns the next one.
fn follow(
    path: &Path,
    position: u64,
    writer: Writer,
    mut say: impl FnMut(OutputLine),
) -> io::Result<u64> {
    let length = path.metadata()?.len();
    // Somebody else may have emptied it.
    let position = if length < position { 0 } else { position };
    if length == position {
        return Ok(position);
    }
    let start = position.max(length.saturating_sub(READ_BYTES_MAX));
    let file = File::options().read(true).write(true).open(path)?;
    // At most READ_BYTES_MAX, which fits everywhere.
    let mut bytes = vec![0; usize::try_from(length - start).unwrap_or_default()];
    file.read_exact_at(&mut bytes, start)?;
    let shorten = length >= FILE_BYTES_MAX;
    let taken = complete(&bytes, writer == Writer::Gone || shorten);
    let lines: Vec<&[u8]> = bytes[..taken]
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii_end)
        .filter(|line| !line.is_empty())
        .collect();
    let left_out = lines.len().saturating_sub(LINES_MAX);
    if left_out > 0 || start > position {
        say(OutputLine::LeftOut {
            lines: left_out,
            bytes: start - position,
        });
    }
    for line in &lines[left_out..] {
        say(OutputLine::Line(text(line)));
    }
    if shorten {
        file.set_len(0)?;
        return Ok(0);
    }
    Ok(start + taken as u64)
}

/// How much of this can be logged now. The beginning of a line waits for its end, unless there will
/// be none or it is already too long.
fn complete(bytes: &[u8], final_reading: bool) -> usize {
    let end = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |newline| newline + 1);
    if final_reading || bytes.len() - end > LINE_BYTES_MAX {
        bytes.len()
    } else {
        end
    }
}

fn text(line: &[u8]) -> String {
    let cut = &line[..line.len().min(LINE_BYTES_MAX)];
    let mut text = String::from_utf8_lossy(cut).into_owned();
    if cut.len() < line.len() {
        text.push('…');
    }
    text
}

/// Logs it, under a target of its own: `WARREN_LOG=info,worker=off` silences the workers alone.
pub(crate) fn log(pool: &str, worker: WorkerId, line: OutputLine) {
    match line {
        OutputLine::Line(line) => {
            let (level, text) = level(&line);
            match level {
                Level::ERROR => tracing::error!(target: "worker", pool, %worker, "{text}"),
                Level::WARN => tracing::warn!(target: "worker", pool, %worker, "{text}"),
                Level::INFO => tracing::info!(target: "worker", pool, %worker, "{text}"),
                Level::DEBUG => tracing::debug!(target: "worker", pool, %worker, "{text}"),
                Level::TRACE => tracing::trace!(target: "worker", pool, %worker, "{text}"),
            }
        }
        OutputLine::LeftOut { lines, bytes } => {
            tracing::warn!(target: "worker", pool, %worker, lines, bytes, "output left out");
        }
    }
}

/// The level that a line begins with, as Warren's own workers write it, and the rest of the line.
/// What says no level is information.
fn level(line: &str) -> (Level, &str) {
    let plain = (Level::INFO, line);
    let Some((word, text)) = line.trim_start().split_once(' ') else {
        return plain;
    };
    let level = match word {
        "ERROR" => Level::ERROR,
        "WARN" => Level::WARN,
        "INFO" => Level::INFO,
        "DEBUG" => Level::DEBUG,
        "TRACE" => Level::TRACE,
        _ => return plain,
    };
    (level, text)
}

#[cfg(test)]
mod tests {
    use super::{
        FILE_BYTES_MAX, LINE_BYTES_MAX, LINES_MAX, OutputLine, Outputs, READ_BYTES_MAX, level,
    };
    use crate::fleet::fixture::pool_name;
    use crate::fleet::state_dir::StateDir;
    use policy::WorkerId;
    use std::collections::BTreeSet;
    use std::fs::File;
    use std::io::Write;
    use std::path::PathBuf;
    use tracing::Level;

    const WORKER: WorkerId = WorkerId(4);

    struct Fixture {
        outputs: Outputs,
        path: PathBuf,
        file: File,
        _root: tempfile::TempDir,
    }

    /// An output with something in it before anybody looks.
    fn fixture(before: &str) -> Fixture {
        let root = tempfile::tempdir().unwrap();
        let state_dir = StateDir::open(root.path()).unwrap();
        let directory = state_dir.pool(&pool_name()).unwrap();
        let path = directory.output(WORKER);
        let mut file = File::options()
            .append(true)
            .create(true)
            .open(&path)
            .unwrap();
        file.write_all(before.as_bytes()).unwrap();
        Fixture {
            outputs: Outputs::open(directory).unwrap(),
            path,
            file,
            _root: root,
        }
    }

    impl Fixture {
        fn write(&mut self, bytes: impl AsRef<[u8]>) {
            self.file.write_all(bytes.as_ref()).unwrap();
        }

        fn read(&mut self, alive: &[WorkerId]) -> Vec<OutputLine> {
            let alive: BTreeSet<_> = alive.iter().copied().collect();
            let mut all = Vec::new();
            self.outputs
                .read(
                    || alive,
                    |worker, line| {
                        assert_eq!(worker, WORKER);
                        all.push(line);
                    },
                )
                .unwrap();
            all
        }
    }

    fn line(text: &str) -> OutputLine {
        OutputLine::Line(text.to_owned())
    }

    #[test]
    fn lines_are_logged_once_and_when_they_are_complete() {
        let mut output = fixture("");

        output.write("one\ntwo\r\n\nthr");
        assert_eq!(output.read(&[WORKER]), [line("one"), line("two")]);
        output.write(b"ee\n\xff");
        assert_eq!(output.read(&[WORKER]), [line("three")]);
        assert_eq!(output.read(&[WORKER]), []);
        assert_eq!(output.read(&[]), [line("\u{fffd}")]);
        assert!(!output.path.exists());
    }

    #[test]
    fn of_a_flood_the_last_lines_are_logged_and_the_rest_is_counted() {
        let mut output = fixture("");
        for number in 0..LINES_MAX + 7 {
            output.write(format!("{number}\n"));
        }

        let read = output.read(&[WORKER]);

        assert_eq!(read[0], OutputLine::LeftOut { lines: 7, bytes: 0 });
        assert_eq!(read[1], line("7"));
        assert_eq!(read.len(), 1 + LINES_MAX);
        output.write("x".repeat(100));
        output.write("\n");
        output.write("y\n".repeat(READ_BYTES_MAX as usize / 2));
        let read = output.read(&[WORKER]);
        let lines = READ_BYTES_MAX as usize / 2 - LINES_MAX;
        assert_eq!(read[0], OutputLine::LeftOut { lines, bytes: 101 });
    }

    #[test]
    fn the_file_is_emptied_when_it_has_grown_and_its_writer_writes_on() {
        let mut output = fixture("");
        output.write("x\n".repeat(FILE_BYTES_MAX as usize / 2));

        output.read(&[WORKER]);

        assert_eq!(output.path.metadata().unwrap().len(), 0);
        output.write("after\n");
        assert_eq!(output.path.metadata().unwrap().len(), 6);
        assert_eq!(output.read(&[WORKER]), [line("after")]);
    }

    #[test]
    fn an_endless_line_is_cut_and_does_not_stop_the_reading() {
        let mut output = fixture("");
        output.write("z".repeat(LINE_BYTES_MAX + 1));

        let read = output.read(&[WORKER]);

        assert_eq!(read, [line(&format!("{}…", "z".repeat(LINE_BYTES_MAX)))]);
    }

    #[test]
    fn a_line_has_the_level_that_it_begins_with() {
        for (line, expected) in [
            (" WARN queue is gone", (Level::WARN, "queue is gone")),
            ("ERROR no broker", (Level::ERROR, "no broker")),
            ("  INFO up", (Level::INFO, "up")),
            ("DEBUG one", (Level::DEBUG, "one")),
            ("TRACE two", (Level::TRACE, "two")),
            ("error: exit", (Level::INFO, "error: exit")),
            ("  indented text", (Level::INFO, "  indented text")),
            ("WARNING: deprecated", (Level::INFO, "WARNING: deprecated")),
            ("ERROR", (Level::INFO, "ERROR")),
        ] {
            assert_eq!(level(line), expected, "{line:?}");
        }
    }

    #[test]
    fn of_an_orphans_output_the_end_is_read() {
        let mut output = fixture(&format!("{}\nlast words\n", "x".repeat(100_000)));

        let read = output.read(&[]);

        assert_eq!(read.last(), Some(&line("last words")));
        assert!(
            matches!(&read[..], [OutputLine::Line(_), OutputLine::Line(_)]),
            "{read:?}"
        );
        assert!(!output.path.exists());
    }
}
