//! Shows on stderr how many cells are done, how many are to go, and how long that takes: a bar where
//! somebody watches, else a line after each cell.

use super::metric::{self, Metric};
use super::outcome::Measured;
use indicatif::ProgressBar;
use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

/// How a sweep shows that it goes on.
#[derive(Debug)]
pub struct Progress {
    display: Display,
    started: Instant,
    plays: u64,
    done: u64,
}

#[derive(Debug)]
enum Display {
    Bar(ProgressBar),
    Lines,
    Nothing,
}

impl Progress {
    /// For so many plays of cells: a bar where stderr is a terminal, lines in the log where not.
    #[must_use]
    pub fn new(plays: u64) -> Self {
        let display = match std::io::stderr().is_terminal() {
            true => Display::Bar(bar(plays)),
            false => Display::Lines,
        };
        Self::with(display, plays)
    }

    #[must_use]
    pub fn none() -> Self {
        Self::with(Display::Nothing, 0)
    }

    fn with(display: Display, plays: u64) -> Self {
        Self {
            display,
            started: Instant::now(),
            plays,
            done: 0,
        }
    }

    /// The bar, so that the log can be written above it.
    #[must_use]
    pub fn bar(&self) -> Option<ProgressBar> {
        match &self.display {
            Display::Bar(bar) => Some(bar.clone()),
            Display::Lines | Display::Nothing => None,
        }
    }

    /// This is what goes on now.
    pub fn now(&self, what: &str) {
        if let Display::Bar(bar) = &self.display {
            bar.set_message(what.to_owned());
        }
    }

    /// A cell has been played, or will not be.
    pub fn done(&mut self, cell: &str, came_to: Result<&Measured, &str>) {
        self.done += 1;
        let (done, of) = (self.done, self.plays);
        match &self.display {
            Display::Nothing => return,
            Display::Bar(bar) => bar.set_position(done),
            Display::Lines => {}
        }
        let left = humantime::format_duration(left(self.started.elapsed(), done, of));
        match (came_to, &self.display) {
            (Err(reason), _) => tracing::warn!(reason, done, of, %left, "failed: {cell}"),
            (Ok(measured), Display::Lines) => {
                let rate = figure(measured, Metric::Rate);
                let wait_p95_ms = figure(measured, Metric::P95);
                tracing::info!(rate, wait_p95_ms, done, of, %left, "played: {cell}");
            }
            (Ok(_), Display::Bar(_) | Display::Nothing) => {}
        }
    }

    pub fn finish(&self) {
        if let Display::Bar(bar) = &self.display {
            bar.finish_and_clear();
        }
    }
}

fn figure(measured: &Measured, metric: Metric) -> String {
    let value = metric.of(measured);
    value.map_or("-".to_owned(), metric::write)
}

fn bar(plays: u64) -> ProgressBar {
    let template = "{elapsed_precise} [{bar:30}] {pos}/{len} cells, {eta} left: {msg}";
    let bar = program::bars::bar(plays, template);
    bar.enable_steady_tick(Duration::from_secs(1));
    bar
}

/// How long the rest takes if it goes on like this, in whole seconds.
fn left(elapsed: Duration, done: u64, plays: u64) -> Duration {
    let (done, plays) = (done.max(1), plays.max(done));
    Duration::from_secs(elapsed.as_secs().saturating_mul(plays - done) / done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_cells_in_a_minute_leave_two_minutes_for_six() {
        assert_eq!(
            left(Duration::from_secs(60), 3, 9),
            Duration::from_secs(120)
        );
        assert_eq!(left(Duration::from_secs(60), 9, 9), Duration::ZERO);
        assert_eq!(
            left(Duration::from_secs(60), 0, 9),
            Duration::from_secs(480)
        );
    }
}
