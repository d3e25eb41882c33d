//! What a journal shows: traffic, workers, and what they cost.
//!
//! The rate is taken as constant from one good sample to the next. Where nothing was counted for a
//! while, as in an outage, it is taken as a straight line from the rate before to the one after; a
//! longer hole, such as the night between two runs, is left out and said.

use anyhow::Context as _;
use jiff::Timestamp;
use policy::journal::{Header, Line};
use policy::{Action, Arrivals, Event, Observation, Pool, Settings};
use std::collections::BTreeSet;
use std::time::Duration;

/// A hole up to this long is bridged: outages and restarts of the controller are shorter.
const BRIDGED_MAX_SECONDS: f64 = 60.0;

/// What is known of a recorded run.
#[derive(Debug, Default)]
pub(super) struct Record {
    pool: Option<String>,
    programs: BTreeSet<String>,
    pub(super) events: u64,
    pub(super) decisions: u64,
    pub(super) lost_lines: u64,
    pub(super) torn_lines: u64,
    pub(super) workers_peak: u32,
    pub(super) backlog_peak: u64,
    pub(super) worker_seconds: f64,
    /// Messages that came in. Not the integral of the traffic: a count begins and ends a moment away
    /// from the looks it belongs to, and where two of them overlap the traffic has the time once.
    messages: f64,
    /// Workers started, and told to stop.
    pub(super) workers_moved: u64,
    /// As the journal last had them.
    pub(super) settings: Option<Settings>,
    /// What the file said of them, as TOML.
    pub(super) config: String,
    pub(super) observation: Option<Observation>,
    /// The latest measured start-up.
    pub(super) start_up: Option<Duration>,
    clock: Option<Clock>,
    /// The latest event, and the workers alive from then on.
    latest: Option<(Duration, u32)>,
    traffic: Traffic,
}

/// What a file's times are on the wall.
#[derive(Clone, Copy, Debug)]
struct Clock {
    /// The first header of all.
    origin: Timestamp,
    /// This file's header.
    wall_clock: Timestamp,
    at: Duration,
}

impl Clock {
    /// Seconds since the first header of all.
    fn seconds(&self, at: Duration) -> f64 {
        let header = self.wall_clock.duration_since(self.origin).as_secs_f64();
        header + at.as_secs_f64() - self.at.as_secs_f64()
    }
}

impl Record {
    /// A file begins, or the journal goes on after a gap.
    pub(super) fn on_header(&mut self, header: &Header) -> anyhow::Result<()> {
        let wall_clock: Timestamp = header
            .wall_clock
            .parse()
            .with_context(|| format!("the wall clock \"{}\" of a header", header.wall_clock))?;
        let origin = self.clock.map_or(wall_clock, |clock| clock.origin);
        self.clock = Some(Clock {
            origin,
            wall_clock,
            at: header.at,
        });
        self.pool.get_or_insert_with(|| header.pool.clone());
        self.programs.insert(header.program.clone());
        self.config.clone_from(&header.config);
        self.lost_lines += header.lost_lines;
        // What happened between two files of one run is in the time from the last event to here; a
        // new run's times begin anew.
        let workers = self.show(&header.state);
        self.pass(header.at);
        self.latest = Some((header.at, workers));
        Ok(())
    }

    /// An event was answered, and this is the pool after it.
    pub(super) fn on_line(&mut self, line: &Line, pool: &Pool) {
        self.events += 1;
        for action in &line.actions {
            match action {
                Action::Record(decision) => {
                    self.decisions += 1;
                    self.backlog_peak = self.backlog_peak.max(decision.observation.backlog);
                }
                Action::Start(_) | Action::Drain(_) => self.workers_moved += 1,
                Action::Kill(_) | Action::WakeAt(_) | Action::Poll(_) => {}
            }
        }
        let workers = self.show(pool);
        self.pass(line.at);
        self.latest = Some((line.at, workers));
        if let Event::Sampled(sample) = &line.event {
            self.on_arrivals(sample.taken_at, sample.arrivals);
        }
    }

    /// What is to be known of the pool; its workers alive.
    fn show(&mut self, pool: &Pool) -> u32 {
        let view = pool.view();
        self.workers_peak = self.workers_peak.max(view.starting + view.ready);
        if let Some(observation) = view.observation {
            self.start_up = observation.start_up.or(self.start_up);
            self.observation = Some(observation);
        }
        // They change a few times in a million lines, and have lists to copy.
        if self.settings.as_ref() != Some(pool.settings()) {
            self.settings = Some(pool.settings().clone());
        }
        view.starting + view.ready + view.draining
    }

    /// Time passes with the workers that there were.
    fn pass(&mut self, at: Duration) {
        if let Some((since, workers)) = self.latest {
            let seconds = at.saturating_sub(since).as_secs_f64();
            self.worker_seconds += seconds * f64::from(workers);
        }
    }

    fn on_arrivals(&mut self, taken_at: Duration, arrivals: Arrivals) {
        let until = match self.clock {
            Some(clock) => clock.seconds(taken_at),
            None => return,
        };
        let (rate, over) = match arrivals {
            Arrivals::Counted { messages, over } | Arrivals::AtLeast { messages, over } => {
                (messages as f64 / over.as_secs_f64(), over)
            }
            // Worked out from the balance: as the policy took it, over the time of a look.
            Arrivals::Balance => match (&self.observation, &self.settings) {
                (Some(observation), Some(settings)) => match observation.arrival_rate {
                    Some(rate) => (rate.per_second(), settings.interval),
                    None => return,
                },
                _ => return,
            },
            Arrivals::Unknown => return,
        };
        if rate.is_finite() {
            self.messages += rate * over.as_secs_f64();
            self.traffic.add(until - over.as_secs_f64(), until, rate);
        }
    }

    /// Whether a header was read.
    pub(super) fn has_begun(&self) -> bool {
        self.pool.is_some()
    }

    pub(super) fn pool(&self) -> &str {
        self.pool.as_deref().unwrap_or_default()
    }

    /// Versions that wrote a part of it and are not this one.
    pub(super) fn other_programs(&self) -> impl Iterator<Item = &str> {
        self.programs
            .iter()
            .map(String::as_str)
            .filter(|program| *program != env!("CARGO_PKG_VERSION"))
    }

    /// How long the recorded traffic took.
    pub(super) fn seconds(&self) -> f64 {
        self.traffic.end
    }

    pub(super) fn messages(&self) -> u64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the cast saturates, and rates are not negative"
        )]
        let messages = self.messages.round() as u64;
        messages
    }

    /// Points of seconds and messages per second.
    pub(super) fn points(&self) -> &[(f64, f64)] {
        &self.traffic.points
    }

    pub(super) fn skipped_seconds(&self) -> f64 {
        self.traffic.skipped
    }
}

/// Messages per second over time, holes closed.
#[derive(Debug, Default)]
struct Traffic {
    points: Vec<(f64, f64)>,
    /// Of the series.
    end: f64,
    /// On the wall; `None` before the first.
    wall_end: Option<f64>,
    skipped: f64,
}

impl Traffic {
    /// So many messages per second from one instant to another, in seconds on the wall.
    fn add(&mut self, from: f64, until: f64, rate: f64) {
        let hole = self.wall_end.map_or(0.0, |end| (from - end).max(0.0));
        let begin = if hole > BRIDGED_MAX_SECONDS {
            self.skipped += hole;
            self.end
        } else {
            self.end + hole
        };
        // Where the wall clock was set back, or a look overlaps the one before, what is new counts.
        let length = match self.wall_end {
            Some(end) => until - from.max(end),
            None => until - from,
        };
        self.wall_end = Some(self.wall_end.map_or(until, |end| end.max(until)));
        if length <= 0.0 {
            return;
        }
        self.end = begin + length;
        self.points.push((begin, rate));
        self.points.push((self.end, rate));
    }
}

#[cfg(test)]
mod tests {
    use super::{Clock, Record, Traffic};
    use jiff::Timestamp;
    use policy::Arrivals;
    use std::time::Duration;

    fn traffic(looks: &[(f64, f64, f64)]) -> Traffic {
        let mut traffic = Traffic::default();
        for &(from, until, rate) in looks {
            traffic.add(from, until, rate);
        }
        traffic
    }

    #[test]
    fn a_rate_holds_from_look_to_look() {
        let traffic = traffic(&[(3.0, 5.0, 100.0), (5.0, 7.0, 300.0)]);
        assert_eq!(
            traffic.points,
            [(0.0, 100.0), (2.0, 100.0), (2.0, 300.0), (4.0, 300.0)]
        );
    }

    #[test]
    fn every_message_counts_where_counts_overlap() {
        let clock = Clock {
            origin: Timestamp::UNIX_EPOCH,
            wall_clock: Timestamp::UNIX_EPOCH,
            at: Duration::ZERO,
        };
        let mut record = Record {
            clock: Some(clock),
            ..Record::default()
        };
        // The second look was 0.7 s after the first, and its count went over 1.2 s: the purge of the
        // first had been answered late.
        for (taken_at_millis, messages, over_millis) in [(500, 100, 500), (1200, 900, 1200)] {
            let over = Duration::from_millis(over_millis);
            let arrivals = Arrivals::Counted { messages, over };
            record.on_arrivals(Duration::from_millis(taken_at_millis), arrivals);
        }
        assert_eq!(record.messages(), 1000);
    }

    #[test]
    fn a_short_hole_is_bridged_and_a_long_one_left_out() {
        let traffic = traffic(&[
            (0.0, 2.0, 100.0),
            (12.0, 14.0, 200.0),
            (7214.0, 7216.0, 300.0),
        ]);
        let points = [
            (0.0, 100.0),
            (2.0, 100.0),
            (12.0, 200.0),
            (14.0, 200.0),
            (14.0, 300.0),
            (16.0, 300.0),
        ];
        assert_eq!(traffic.points, points);
        assert_eq!(traffic.skipped, 7200.0);
    }

    #[test]
    fn a_clock_that_was_set_back_takes_nothing_back() {
        let traffic = traffic(&[(0.0, 2.0, 100.0), (-5.0, -3.0, 9.0), (1.0, 3.0, 50.0)]);
        assert_eq!(
            traffic.points,
            [(0.0, 100.0), (2.0, 100.0), (2.0, 50.0), (3.0, 50.0)]
        );
    }
}
