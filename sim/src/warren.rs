//! Drives the very [`policy::Pool`] that the daemon runs, as the daemon's loop does: looks at the
//! queue, tells the pool what it sees and what becomes of its workers, carries out its actions.
//!
//! A look and an order take no time here. The count queue is bound before the first look and never
//! lost, so arrivals are unknown once, and from then on counted over the time since the last good
//! look.

use crate::engine::{
    Alarm, Bounds, Driver, NoData, Notice, Purpose, Wishes, World, fraction, stream,
};
use crate::perception::Perception;
use config::ArrivalsFrom;
use policy::{
    Action, Arrivals, Decision, Event, FastInterval, LocalTime, MinuteOfDay, Polling, Pool, Sample,
    SampleFailure, Settings, Strategy, Weekday,
};
use rand_pcg::Pcg64;
use std::time::Duration;

/// From the first message that enters the count queue of an idle pool to the look at it.
const WAKING_TAKES: Duration = Duration::from_millis(2);

/// From one look to the next at the least, where a message brings it forward.
const WAKE_PAUSE_MIN: Duration = Duration::from_millis(100);

/// Decisions kept of one run at the most: fourteen hours of one each half second.
pub const DECISIONS_MAX: usize = 100_000;

/// A pool, and what its loop knows.
#[derive(Debug)]
pub(crate) struct Warren {
    pool: Pool,
    settings: Settings,
    perception: Perception,
    polling: Polling,
    desired: u32,
    last_look: Duration,
    /// The last good look: when, and how many messages had come by then.
    last_good: Option<(Duration, u64)>,
    next_look: Awaited,
    wake: Awaited,
    jitter: Pcg64,
    keeps_decisions: bool,
    decisions: Vec<Decision>,
    no_data: Option<NoData>,
}

/// An alarm that the next one replaces.
#[derive(Clone, Copy, Debug, Default)]
struct Awaited {
    at: Option<Duration>,
    number: u64,
}

impl Awaited {
    fn replace(&mut self, at: Duration) -> u64 {
        self.at = Some(at);
        self.number += 1;
        self.number
    }

    /// Whether this is the alarm that is awaited; it is not awaited any more.
    fn take(&mut self, number: u64) -> bool {
        let is_it = self.at.is_some() && self.number == number;
        if is_it {
            self.at = None;
        }
        is_it
    }
}

impl Warren {
    pub(crate) fn new(
        settings: Settings,
        perception: Perception,
        seed: u64,
        keeps_decisions: bool,
    ) -> Self {
        Self {
            pool: Pool::new(settings.clone()),
            settings,
            perception,
            polling: Polling::Normal,
            desired: 0,
            last_look: Duration::ZERO,
            last_good: None,
            next_look: Awaited::default(),
            wake: Awaited::default(),
            jitter: stream(seed, Purpose::Jitter),
            keeps_decisions,
            decisions: Vec::new(),
            no_data: None,
        }
    }

    /// From one look to the next, as things stand.
    fn pace(&self) -> Duration {
        match (self.polling, self.settings.fast_interval) {
            (Polling::Fast, FastInterval::Every(fast)) => fast,
            (Polling::Fast, FastInterval::Off) | (Polling::Normal | Polling::Idle, _) => {
                self.settings.interval
            }
        }
    }

    /// Looks at this time, or now where it has passed, and not at any other.
    fn look_at(&mut self, at: Duration, world: &mut World<'_>) {
        let number = self.next_look.replace(at);
        world.wake_at(at, Alarm::Look(number));
    }

    fn look(&mut self, world: &mut World<'_>) {
        let now = world.now;
        self.last_look = now;
        let event = match world.look() {
            None => Event::SampleFailed(SampleFailure::Unreachable),
            Some(look) => {
                let arrived = look.queue.arrived_total;
                let before = self.last_good.replace((now, arrived));
                Event::Sampled(Sample {
                    taken_at: now,
                    ready: look.queue.ready,
                    consumers: look.consumers,
                    arrivals: match (self.perception.arrivals, before) {
                        (ArrivalsFrom::Balance, _) => Arrivals::Balance,
                        (ArrivalsFrom::CountQueue, Some((at, earlier))) if at < now => {
                            Arrivals::Counted {
                                messages: arrived - earlier,
                                over: now - at,
                            }
                        }
                        (ArrivalsFrom::CountQueue, _) => Arrivals::Unknown,
                    },
                })
            }
        };
        world.watch_for_message(self.polling == Polling::Idle);
        self.look_at(now + self.pace(), world);
        let is_seen = matches!(event, Event::Sampled(_));
        self.decide(event, world);
        if is_seen && self.settings.strategy == Strategy::Formula {
            world.note_look(self.settings.drain_time, self.desired);
        }
    }

    /// Hands an event to the pool and carries out the answer.
    fn decide(&mut self, event: Event, world: &mut World<'_>) {
        let is_no_data = matches!(event, Event::SampleFailed(_));
        let desired_before = self.desired;
        let mut drained = 0;
        for action in self.pool.handle(world.now, event) {
            match action {
                Action::Start(worker) => world.start(worker),
                Action::Drain(worker) => {
                    drained += 1;
                    world.drain(worker);
                }
                Action::Kill(worker) => world.kill(worker),
                Action::WakeAt(at) => {
                    let number = self.wake.replace(at);
                    world.wake_at(at, Alarm::Wake(number));
                }
                Action::Poll(polling) => self.poll(polling, world),
                Action::Record(decision) => {
                    self.desired = decision.desired;
                    if self.keeps_decisions && self.decisions.len() < DECISIONS_MAX {
                        self.decisions.push(decision);
                    }
                }
            }
        }
        if is_no_data {
            self.no_data = Some(NoData {
                desired_before,
                desired_after: self.desired,
                drained,
            });
        }
    }

    /// Tells the pool what the clocks on the wall show: a run begins on Monday at midnight.
    fn tell_time(&mut self, minutes: u64, world: &mut World<'_>) {
        self.decide(Event::LocalTime(local_time(minutes)), world);
        let next = minutes + 1;
        world.wake_at(Duration::from_secs(60 * next), Alarm::Minute(next));
    }

    fn poll(&mut self, polling: Polling, world: &mut World<'_>) {
        self.polling = polling;
        world.watch_for_message(polling == Polling::Idle);
        self.look_at(self.last_look + self.pace(), world);
    }
}

impl Driver for Warren {
    fn wishes(&self) -> Wishes {
        Wishes {
            prefetch: self.settings.prefetch,
            reports: self.perception.workers_report,
            sees_all: false,
        }
    }

    fn on_begin(&mut self, world: &mut World<'_>) {
        if !self.settings.schedule.is_empty() {
            self.tell_time(0, world);
        }
        self.look_at(world.now, world);
    }

    fn on_alarm(&mut self, alarm: Alarm, world: &mut World<'_>) {
        match alarm {
            Alarm::Look(number) if self.next_look.take(number) => self.look(world),
            Alarm::Wake(number) if self.wake.take(number) => self.decide(Event::Tick, world),
            Alarm::Minute(minutes) => self.tell_time(minutes, world),
            // One that was replaced.
            Alarm::Look(_) | Alarm::Wake(_) => {}
        }
    }

    fn on_notice(&mut self, notice: Notice, world: &mut World<'_>) {
        let event = match notice {
            Notice::Started(worker) => Event::WorkerStarted { worker },
            Notice::Ready(worker) => Event::WorkerReady { worker },
            Notice::Status(worker, status) => Event::WorkerStatus { worker, status },
            Notice::Exited(worker, exit) => Event::WorkerExited {
                worker,
                exit,
                jitter: fraction(&mut self.jitter),
            },
            Notice::FirstMessage => {
                let soonest = self.last_look + WAKE_PAUSE_MIN;
                self.look_at((world.now + WAKING_TAKES).max(soonest), world);
                return;
            }
        };
        self.decide(event, world);
    }

    fn desired(&self) -> u32 {
        self.desired
    }

    fn bounds(&self) -> Bounds {
        Bounds {
            max: self.settings.limits.max,
            max_processes: Some(self.settings.limits.max_processes),
            grace: self.settings.stop_grace,
        }
    }

    fn take_decisions(&mut self) -> Vec<Decision> {
        std::mem::take(&mut self.decisions)
    }

    fn take_no_data(&mut self) -> Option<NoData> {
        self.no_data.take()
    }
}

/// So many minutes after Monday, midnight.
fn local_time(minutes: u64) -> LocalTime {
    const DAYS: [Weekday; 7] = [
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
        Weekday::Saturday,
        Weekday::Sunday,
    ];
    let (days, hour, minute) = (minutes / 60 / 24, minutes / 60 % 24, minutes % 60);
    LocalTime {
        weekday: DAYS[(days % 7) as usize],
        minute: MinuteOfDay::new(hour as u8, minute as u8)
            .expect("a day has 24 hours of 60 minutes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_begins_on_monday_at_midnight() {
        for (minutes, weekday, hour, minute) in [
            (0, Weekday::Monday, 0, 0),
            (24 * 60 - 1, Weekday::Monday, 23, 59),
            (6 * 24 * 60 + 61, Weekday::Sunday, 1, 1),
            (7 * 24 * 60, Weekday::Monday, 0, 0),
        ] {
            let minute = MinuteOfDay::new(hour, minute).unwrap();
            assert_eq!(local_time(minutes), LocalTime { weekday, minute });
        }
    }
}
