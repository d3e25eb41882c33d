//! Shows on stderr that a run goes on: a bar where somebody watches, else a line now and then.

use crate::ledger::Counts;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal as _;
use std::time::Duration;

/// How often a line is written where nobody watches.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// How a run shows that it goes on.
#[derive(Debug)]
pub struct Progress {
    display: Display,
}

#[derive(Debug)]
enum Display {
    Bar(ProgressBar),
    Lines { next: Duration },
    Nothing,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Since the run's start.
    pub now: Duration,
    /// Messages that were due so far.
    pub due: u64,
    /// What became of them.
    pub counts: Counts,
    /// Messages handed over late.
    pub late: u64,
}

impl Progress {
    /// A bar for so many messages, if that is known, where stderr is a terminal; lines in the log
    /// where not.
    #[must_use]
    pub fn new(messages: Option<u64>) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self {
                display: Display::Lines { next: LINE_EVERY },
            };
        }
        let bar = ProgressBar::with_draw_target(messages, ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{elapsed_precise} [{bar:30}] {pos}/{len} {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        Self {
            display: Display::Bar(bar.with_style(style)),
        }
    }

    /// Shows nothing.
    #[must_use]
    pub fn none() -> Self {
        Self {
            display: Display::Nothing,
        }
    }

    /// The bar, for whoever else writes to the terminal.
    #[must_use]
    pub fn bar(&self) -> Option<ProgressBar> {
        match &self.display {
            Display::Bar(bar) => Some(bar.clone()),
            Display::Lines { .. } | Display::Nothing => None,
        }
    }

    /// Shows how far the run is, if it is time to.
    pub fn show(&mut self, snapshot: &Snapshot) {
        let Snapshot {
            now,
            due,
            counts,
            late,
        } = *snapshot;
        let Counts {
            sent,
            confirmed,
            replied,
            ..
        } = counts;
        match &mut self.display {
            Display::Bar(bar) => {
                bar.set_position(sent);
                bar.set_message(format!(
                    "sent, {confirmed} confirmed, {replied} replied, {late} late"
                ));
            }
            Display::Lines { next } if now >= *next => {
                let elapsed_seconds = now.as_secs();
                tracing::info!(
                    elapsed_seconds,
                    due,
                    sent,
                    confirmed,
                    replied,
                    late,
                    "running"
                );
                while *next <= now {
                    *next += LINE_EVERY;
                }
            }
            Display::Lines { .. } | Display::Nothing => {}
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Display::Bar(bar) = &self.display {
            bar.finish_and_clear();
        }
    }
}
