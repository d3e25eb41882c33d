//! What commands write to stderr: lines of the worker's log, within limits, and the last of them for
//! a dead letter.

use std::cell::RefCell;
use std::time::{Duration, Instant};

/// The end of what a command wrote, for its dead letter: headers travel in one frame of 8 KiB, with
/// all others that the message has.
const LAST_BYTES: usize = 1024;

/// A longer line is cut.
const LINE_BYTES_MAX: usize = 512;

/// Lines that all commands of a worker get into its log in [`WINDOW`]: 51 KB, and 18 MB an hour.
const LINES_MAX: u32 = 100;
const WINDOW: Duration = Duration::from_secs(10);

/// What one command wrote to stderr.
#[derive(Debug)]
pub(super) struct Complaints {
    voice: std::rc::Rc<Voice>,
    message_id: Option<String>,
    /// Never longer than twice [`LAST_BYTES`].
    last: Vec<u8>,
    /// Never longer than [`LINE_BYTES_MAX`].
    line: Vec<u8>,
}

impl Complaints {
    pub(super) fn new(voice: std::rc::Rc<Voice>, message_id: Option<String>) -> Self {
        Self {
            voice,
            message_id,
            last: Vec::new(),
            line: Vec::new(),
        }
    }

    pub(super) fn hear(&mut self, bytes: &[u8]) {
        self.last.extend_from_slice(bytes);
        if self.last.len() > 2 * LAST_BYTES {
            self.last.drain(..self.last.len() - LAST_BYTES);
        }
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (text, is_whole) = match part.split_last() {
                Some((b'\n', text)) => (text, true),
                _ => (part, false),
            };
            let room = LINE_BYTES_MAX - self.line.len();
            self.line.extend_from_slice(&text[..text.len().min(room)]);
            if is_whole {
                self.say();
            }
        }
    }

    /// It will write no more.
    pub(super) fn end(&mut self) {
        if !self.line.is_empty() {
            self.say();
        }
    }

    pub(super) fn into_last_words(self) -> String {
        let begin = self.last.len().saturating_sub(LAST_BYTES);
        String::from_utf8_lossy(&self.last[begin..])
            .trim_end()
            .to_owned()
    }

    fn say(&mut self) {
        let line = String::from_utf8_lossy(&self.line);
        match self.voice.speak(Instant::now()) {
            Speech::Silent => {}
            Speech::Allowed { left_out } => {
                if left_out > 0 {
                    tracing::info!(
                        left_out,
                        "commands wrote more lines to stderr than are shown"
                    );
                }
                tracing::info!(message_id = self.message_id, stderr = %line.trim_end(), "command");
            }
        }
        self.line.clear();
    }
}

/// How much all commands of a worker say in its log.
#[derive(Debug, Default)]
pub(super) struct Voice(RefCell<LogWindow>);

#[derive(Debug, Default)]
struct LogWindow {
    since: Option<Instant>,
    said: u32,
    left_out: u64,
}

/// Whether a line goes into the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Speech {
    /// With how many were left out before it.
    Allowed {
        left_out: u64,
    },
    Silent,
}

impl Voice {
    fn speak(&self, now: Instant) -> Speech {
        let mut window = self.0.borrow_mut();
        if window.since.is_none_or(|since| now >= since + WINDOW) {
            window.since = Some(now);
            window.said = 0;
        }
        if window.said == LINES_MAX {
            window.left_out += 1;
            return Speech::Silent;
        }
        window.said += 1;
        let left_out = std::mem::take(&mut window.left_out);
        Speech::Allowed { left_out }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints() -> Complaints {
        Complaints::new(std::rc::Rc::default(), None)
    }

    #[test]
    fn the_end_of_what_was_written_is_kept() {
        let mut complaints = complaints();
        for number in 0..10_000 {
            complaints.hear(format!("line {number}\n").as_bytes());
            assert!(complaints.last.len() <= 2 * LAST_BYTES);
        }
        let last = complaints.into_last_words();
        assert!(last.ends_with("line 9998\nline 9999"), "{last}");
        assert!((900..=LAST_BYTES).contains(&last.len()), "{}", last.len());
    }

    #[test]
    fn a_line_without_end_is_cut() {
        let mut complaints = complaints();
        for _ in 0..1000 {
            complaints.hear(&[b'x'; 100]);
            assert!(complaints.line.len() <= LINE_BYTES_MAX);
        }
        complaints.hear(b"\nnext");
        assert_eq!(complaints.line, b"next");
    }

    #[test]
    fn a_flood_of_lines_is_summed_up() {
        let voice = Voice::default();
        let now = Instant::now();
        let speeches: Vec<Speech> = (0..LINES_MAX + 7).map(|_| voice.speak(now)).collect();
        assert_eq!(speeches[0], Speech::Allowed { left_out: 0 });
        assert_eq!(speeches.last(), Some(&Speech::Silent));
        assert_eq!(voice.speak(now + WINDOW), Speech::Allowed { left_out: 7 });
        assert_eq!(voice.speak(now + WINDOW), Speech::Allowed { left_out: 0 });
    }
}
