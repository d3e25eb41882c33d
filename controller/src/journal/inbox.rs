//! Lines on their way from the loop to the writer.
//!
//! The loop only ever locks it to copy a line in, and the writer to take everything out, so neither
//! waits for the other's work.
//!
//! ```text
//!            header put                no room for a line
//!  (start) ─────────────▶ whole ──────────────────────────▶ gap ─┐
//!     gap  ─────────────▶   │                                ▲   │ header put
//!                           │ the disk refuses               │   ▼
//!                           └────────────▶ halted ───────────┘  whole
//!                                           the writer tries again
//! ```

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Lines that wait for the disk: two seconds of a pool with a thousand workers that all report five
/// times a second. Above the second that a healthy disk is waited for, and far below what the
/// controller may take.
pub(super) const WAITING_BYTES_MAX: usize = 1024 * 1024;

/// Headers have no bound of their own: they hold a pool with all its workers. A second one waits
/// only where the disk is slow.
const HEADERS_MAX: usize = 2;

#[derive(Debug, Default)]
pub(super) struct Inbox {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    chunk: Chunk,
    flow: Flow,
    lost_lines: u64,
    is_closed: bool,
}

/// Text that is written at once: lines, and where headers stand among them.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    pub(super) bytes: Vec<u8>,
    /// Where each begins.
    pub(super) headers: Vec<usize>,
    header_bytes: usize,
}

/// Whether the next line can be replayed from what stands before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Flow {
    Whole,
    /// Only from a header that comes before it.
    #[default]
    Gap,
    /// The same, and the disk takes nothing now.
    Halted,
}

impl Inbox {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change is a whole one, so what a panic leaves behind can be used.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a header has to come before the next line, and how many lines are missing before it.
    pub(super) fn header_due(&self, file_is_full: bool) -> Option<u64> {
        let state = self.lock();
        let is_due = match state.flow {
            Flow::Whole => file_is_full,
            Flow::Gap => true,
            Flow::Halted => false,
        };
        (is_due && state.chunk.has_room_for_header()).then_some(state.lost_lines)
    }

    /// Takes a header, from where a replay can begin again. False where the disk has just refused.
    pub(super) fn put_header(&self, text: &[u8]) -> bool {
        let mut state = self.lock();
        if state.flow == Flow::Halted || !state.chunk.has_room_for_header() {
            return false;
        }
        let begin = state.chunk.bytes.len();
        state.chunk.headers.push(begin);
        state.chunk.header_bytes += text.len();
        state.flow = Flow::Whole;
        state.lost_lines = 0;
        self.add(state, text);
        true
    }

    /// Takes a line, or counts it as lost.
    pub(super) fn put_line(&self, text: &[u8]) {
        let mut state = self.lock();
        if state.flow == Flow::Whole && state.chunk.line_bytes() + text.len() <= WAITING_BYTES_MAX {
            self.add(state, text);
        } else {
            state.lose_line();
        }
    }

    /// There was something to note, and there is no line for it.
    pub(super) fn lose_line(&self) {
        self.lock().lose_line();
    }

    fn add(&self, mut state: MutexGuard<'_, State>, text: &[u8]) {
        let was_empty = state.chunk.bytes.is_empty();
        state.chunk.bytes.extend_from_slice(text);
        let is_half_full = state.chunk.line_bytes() > WAITING_BYTES_MAX / 2;
        drop(state);
        if was_empty || is_half_full {
            self.changed.notify_one();
        }
    }

    /// Nothing more will come.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_one();
    }

    /// Waits until there is something, then for `gather` for more of it, and takes it all. `None`
    /// after the last.
    pub(super) fn take(&self, gather: Duration) -> Option<Chunk> {
        let state = self
            .changed
            .wait_while(self.lock(), |state| {
                state.chunk.bytes.is_empty() && !state.is_closed
            })
            .unwrap_or_else(PoisonError::into_inner);
        let (mut state, _) = self
            .changed
            .wait_timeout_while(state, gather, |state| {
                !state.is_closed && state.chunk.line_bytes() <= WAITING_BYTES_MAX / 2
            })
            .unwrap_or_else(PoisonError::into_inner);
        let chunk = std::mem::take(&mut state.chunk);
        (!chunk.bytes.is_empty()).then_some(chunk)
    }

    /// The disk refused this chunk: nothing is taken any more.
    pub(super) fn halt(&self, refused: &Chunk) {
        let mut state = self.lock();
        let waiting = std::mem::take(&mut state.chunk);
        state.lost_lines += refused.lines() + waiting.lines();
        state.flow = Flow::Halted;
    }

    /// Waits before the next try; no longer than until the end.
    pub(super) fn rest(&self, time: Duration) {
        let waited = self
            .changed
            .wait_timeout_while(self.lock(), time, |state| !state.is_closed);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    /// The disk may be tried again.
    pub(super) fn resume(&self) {
        self.lock().flow = Flow::Gap;
    }
}

impl State {
    fn lose_line(&mut self) {
        self.lost_lines += 1;
        if self.flow == Flow::Whole {
            self.flow = Flow::Gap;
        }
    }
}

impl Chunk {
    fn line_bytes(&self) -> usize {
        self.bytes.len() - self.header_bytes
    }

    /// After a gap there is room for many lines at once, so that gaps are few.
    fn has_room_for_header(&self) -> bool {
        self.headers.len() < HEADERS_MAX && self.line_bytes() <= WAITING_BYTES_MAX / 2
    }

    /// Without the headers.
    fn lines(&self) -> u64 {
        let lines = self.bytes.iter().filter(|byte| **byte == b'\n').count();
        (lines - self.headers.len()) as u64
    }

    /// The text by file: the first piece goes on with the file before, where it is not empty, and
    /// each other begins a file.
    pub(super) fn pieces(&self) -> impl Iterator<Item = (Begins, &[u8])> {
        let ends = self.headers.iter().copied().chain([self.bytes.len()]);
        let begins = [0].into_iter().chain(self.headers.iter().copied());
        begins
            .zip(ends)
            .enumerate()
            .map(|(index, (begin, end))| {
                let begins = if index == 0 {
                    Begins::Nothing
                } else {
                    Begins::File
                };
                (begins, &self.bytes[begin..end])
            })
            .filter(|(_, piece)| !piece.is_empty())
    }
}

/// What a piece of text begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Begins {
    /// A new file: its first line is a header.
    File,
    /// It goes on with the file before.
    Nothing,
}

#[cfg(test)]
mod tests {
    use super::{Begins, Inbox, WAITING_BYTES_MAX};
    use std::time::Duration;

    fn take(inbox: &Inbox) -> String {
        let chunk = inbox.take(Duration::ZERO).unwrap();
        String::from_utf8(chunk.bytes).unwrap()
    }

    #[test]
    fn nothing_is_taken_before_a_header() {
        let inbox = Inbox::default();
        inbox.put_line(b"early\n");
        assert_eq!(inbox.header_due(false), Some(1));
        assert!(inbox.put_header(b"header\n"));
        inbox.put_line(b"line\n");

        assert_eq!(take(&inbox), "header\nline\n");
        assert_eq!(inbox.header_due(false), None);
        assert_eq!(inbox.header_due(true), Some(0), "a full file makes one due");
    }

    #[test]
    fn what_has_no_room_is_counted_and_a_header_closes_the_gap() {
        let inbox = Inbox::default();
        inbox.put_header(b"header\n");
        let line = vec![b'x'; WAITING_BYTES_MAX / 4];
        for _ in 0..6 {
            inbox.put_line(&line);
        }
        // A short one would have room, and must not stand behind the hole.
        inbox.put_line(b"short\n");

        assert_eq!(inbox.header_due(false), None, "there is no room for it yet");
        assert_eq!(take(&inbox).len(), "header\n".len() + WAITING_BYTES_MAX);
        assert_eq!(inbox.header_due(false), Some(3));
        assert!(inbox.put_header(b"header\n"));
        assert_eq!(inbox.header_due(false), None);
    }

    #[test]
    fn a_disk_that_refuses_costs_what_it_refused_and_what_waits() {
        let inbox = Inbox::default();
        inbox.put_header(b"header\n");
        inbox.put_line(b"refused\n");
        let refused = inbox.take(Duration::ZERO).unwrap();
        inbox.put_line(b"waiting\n");

        inbox.halt(&refused);
        inbox.put_line(b"too late\n");

        assert_eq!(inbox.header_due(false), None);
        assert!(!inbox.put_header(b"header\n"));
        inbox.resume();
        assert_eq!(inbox.header_due(false), Some(3));
    }

    #[test]
    fn each_header_begins_a_file() {
        let inbox = Inbox::default();
        inbox.put_header(b"first\n");
        inbox.put_line(b"one\n");
        inbox.put_header(b"second\n");
        inbox.put_line(b"two\n");
        let chunk = inbox.take(Duration::ZERO).unwrap();
        let pieces: Vec<_> = chunk.pieces().collect();
        assert_eq!(
            pieces,
            [
                (Begins::File, b"first\none\n".as_slice()),
                (Begins::File, b"second\ntwo\n".as_slice()),
            ]
        );
        inbox.put_line(b"three\n");
        let chunk = inbox.take(Duration::ZERO).unwrap();
        let pieces: Vec<_> = chunk.pieces().collect();
        assert_eq!(pieces, [(Begins::Nothing, b"three\n".as_slice())]);
    }

    #[test]
    fn the_last_lines_are_taken_after_the_end() {
        let inbox = Inbox::default();
        inbox.put_header(b"header\n");
        inbox.close();
        assert_eq!(take(&inbox), "header\n");
        assert!(inbox.take(Duration::ZERO).is_none());
    }
}
