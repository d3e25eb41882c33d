//! What a worker counts over its life, and how often it speaks of what goes wrong with messages.

use crate::reason::Reason;
use std::time::Duration;

/// A thing that happens to many messages is said when it first happens, and then not again for this
/// long: a burst of bad messages must not become a burst of log lines.
const NOTICE_SPACING: Duration = Duration::from_secs(10);

/// Totals since the worker started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Messages acknowledged, whatever became of them.
    pub completed: u64,
    /// Results that the broker confirmed.
    pub answered: u64,
    /// Results that nobody wanted: no `reply_to`, no results queue.
    pub unwanted: u64,
    /// Results that reached no queue.
    pub results_unroutable: u64,
    /// Messages that were not UTF-8.
    pub not_utf8: u64,
    /// Messages over `max_message_bytes`.
    pub too_large: u64,
    /// Messages to be answered to the work queue.
    pub replies_to_work_queue: u64,
    /// Commands that could not be started.
    pub not_started: u64,
    /// Commands that asked for another try.
    pub temporary_failures: u64,
    /// Commands that ended with an exit code of failure.
    pub exit_codes: u64,
    /// Commands that a signal ended.
    pub signals: u64,
    /// Commands that took too long.
    pub timeouts: u64,
    /// Commands that wrote too much.
    pub output_limits: u64,
    /// Copies published to be worked on again.
    pub retried: u64,
    /// Copies that the dead-letter exchange took.
    pub dead_lettered: u64,
    /// Messages given back to the queue after a pause.
    pub requeued: u64,
    /// Messages or results that were given up.
    pub dropped: u64,
    /// Messages that somebody had been sent before.
    pub redelivered: u64,
    /// Times that the connections were lost.
    pub connections_lost: u64,
}

impl Counters {
    /// Counts a message, or a result, that has nowhere to go.
    pub fn count(&mut self, reason: Reason) {
        *match reason {
            Reason::NotUtf8 => &mut self.not_utf8,
            Reason::TooLarge => &mut self.too_large,
            Reason::RepliesToWorkQueue => &mut self.replies_to_work_queue,
            Reason::ResultUnroutable => &mut self.results_unroutable,
            Reason::NotStarted => &mut self.not_started,
            Reason::TemporaryFailure => &mut self.temporary_failures,
            Reason::ExitCode => &mut self.exit_codes,
            Reason::Signal => &mut self.signals,
            Reason::Timeout => &mut self.timeouts,
            Reason::OutputLimit => &mut self.output_limits,
        } += 1;
    }

    /// Says everything in one line of the log: at the end.
    pub fn log(&self, status_failures: u64) {
        tracing::info!(
            completed = self.completed,
            answered = self.answered,
            unwanted = self.unwanted,
            results_unroutable = self.results_unroutable,
            not_utf8 = self.not_utf8,
            too_large = self.too_large,
            replies_to_work_queue = self.replies_to_work_queue,
            not_started = self.not_started,
            temporary_failures = self.temporary_failures,
            exit_codes = self.exit_codes,
            signals = self.signals,
            timeouts = self.timeouts,
            output_limits = self.output_limits,
            retried = self.retried,
            dead_lettered = self.dead_lettered,
            requeued = self.requeued,
            dropped = self.dropped,
            redelivered = self.redelivered,
            connections_lost = self.connections_lost,
            status_failures,
            "worker done"
        );
    }
}

/// Spaces out what is said about one kind of trouble. Times are durations since any fixed origin.
#[derive(Debug, Default)]
pub struct Notice {
    said_at: Option<Duration>,
    unsaid: u64,
}

impl Notice {
    /// It happened once more. Answers, if it is to be said now, with how often it happened since it
    /// was last said.
    pub fn occurred(&mut self, now: Duration) -> Option<u64> {
        self.unsaid += 1;
        if self.said_at.is_some_and(|at| now < at + NOTICE_SPACING) {
            return None;
        }
        self.said_at = Some(now);
        Some(std::mem::take(&mut self.unsaid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_is_said_at_once_and_then_summed_up() {
        let mut notice = Notice::default();
        let at = Duration::from_secs;
        assert_eq!(notice.occurred(at(1)), Some(1));
        assert_eq!(notice.occurred(at(2)), None);
        assert_eq!(notice.occurred(at(3)), None);
        assert_eq!(notice.occurred(at(11)), Some(3));
    }
}
