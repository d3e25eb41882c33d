//! Shows on stderr how a run is going: a bar on a terminal, and a few lines every ten seconds.

use super::block::{Block, Period};
use super::pace::Window;
use crate::load::offered::Load;
use crate::load::snapshot::Snapshot;
use crate::report::durations::Durations;
use indicatif::ProgressBar;
use program::bars;
use program::log::LogFormat;
use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

/// How a run shows that it goes on.
#[derive(Debug)]
pub struct Progress {
    display: Option<Display>,
}

#[derive(Debug)]
struct Display {
    bar: Option<Bar>,
    period: Period,
    lines: LogFormat,
}

/// The bar, and what stands below it.
#[derive(Debug)]
struct Bar {
    bar: ProgressBar,
    extent: Extent,
    window: Box<Window>,
}

/// What the bar's length stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extent {
    Messages(u64),
    /// Where it depends on the fleet how many messages there are.
    Time(Duration),
}

impl Extent {
    fn of(load: &Load) -> Self {
        match load.messages() {
            Some(messages) => Self::Messages(messages),
            None => Self::Time(load.duration()),
        }
    }

    fn length(self) -> u64 {
        match self {
            Self::Messages(messages) => messages,
            Self::Time(duration) => duration.as_secs(),
        }
    }

    /// How far the bar is.
    fn position(self, snapshot: &Snapshot) -> u64 {
        match self {
            Self::Messages(_) => snapshot.counts.sent,
            Self::Time(duration) => snapshot.now.min(duration).as_secs(),
        }
    }

    fn template(self) -> &'static str {
        match self {
            Self::Messages(_) => "{elapsed_precise} [{bar:30}] {pos}/{len} sent\n{wide_msg}",
            Self::Time(_) => "{elapsed_precise} [{bar:30}] {pos}/{len} s\n{wide_msg}",
        }
    }
}

impl Progress {
    /// A bar for the load where stderr is a terminal, and lines that look as the log does.
    #[must_use]
    pub fn new(load: &Load, lines: LogFormat) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| Bar::new(load));
        Self {
            display: Some(Display {
                bar,
                period: Period::default(),
                lines,
            }),
        }
    }

    #[must_use]
    pub fn none() -> Self {
        Self { display: None }
    }

    /// The bar, so that the log can be written above it.
    #[must_use]
    pub fn bar(&self) -> Option<ProgressBar> {
        Some(self.display.as_ref()?.bar.as_ref()?.bar.clone())
    }

    /// Shows how far the run is; `waits` are those that ended since the last time.
    pub fn show(&mut self, snapshot: &Snapshot, waits: &Durations) {
        let Some(display) = &mut self.display else {
            return;
        };
        if let Some(bar) = &mut display.bar {
            bar.show(snapshot, waits);
        }
        if let Some(block) = display.period.look(snapshot, waits) {
            display.say(&block);
        }
    }

    pub fn finish(&self) {
        if let Some(bar) = self.bar() {
            bar.finish_and_clear();
        }
    }
}

impl Bar {
    fn new(load: &Load) -> Self {
        let extent = Extent::of(load);
        Self {
            bar: bars::bar(extent.length(), extent.template()),
            extent,
            window: Box::default(),
        }
    }

    fn show(&mut self, snapshot: &Snapshot, waits: &Durations) {
        self.bar.set_position(self.extent.position(snapshot));
        self.bar
            .set_message(self.window.look(snapshot, waits).to_string());
    }
}

impl Display {
    fn say(&self, block: &Block) {
        match self.lines {
            LogFormat::Text => {
                let write = || writeln!(std::io::stderr(), "{block}");
                // Lines that stderr does not take are gone; the run goes on.
                drop(match &self.bar {
                    Some(bar) => bar.bar.suspend(write),
                    None => write(),
                });
            }
            LogFormat::Json => tracing::info!(
                elapsed_seconds = block.at.as_secs(),
                rate_asked = block.asked,
                rate_sent = block.sent,
                rate_confirmed = block.confirmed,
                rate_replied = block.replied,
                late = block.late,
                wait_count = block.waits.count,
                wait_min_seconds = block.waits.min,
                wait_max_seconds = block.waits.max,
                wait_p50_seconds = block.waits.p50,
                wait_p95_seconds = block.waits.p95,
                wait_p99_seconds = block.waits.p99,
                errors = %block.errors,
                "running"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::accounts::Counts;
    use crate::load::offered::{Until, VirtualUsers};

    #[test]
    fn the_bar_goes_by_time_where_nobody_knows_how_many_messages_there_will_be() {
        let snapshot = Snapshot {
            now: Duration::from_secs(12),
            counts: Counts {
                sent: 700,
                ..Counts::default()
            },
            ..Snapshot::default()
        };
        let group = |until| Load::Closed(vec![VirtualUsers { clients: 5, until }]);
        let counted = Extent::of(&group(Until::Requests(1000)));
        assert_eq!((counted.position(&snapshot), counted.length()), (700, 1000));
        let timed = Extent::of(&group(Until::Duration(Duration::from_secs(30))));
        assert_eq!((timed.position(&snapshot), timed.length()), (12, 30));
    }
}
