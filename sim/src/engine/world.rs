//! The queue, the workers and the traffic, in virtual time: what happens to them, and what a driver
//! can do with them.
//!
//! A driver is told of what happens to its workers by [`Notice`]s, which wait in here until it has
//! dealt with what it is at. Orders are carried out at once and never fail; what they lead to takes
//! its time: a worker is ready `start_up` after it was ordered, and one that is told to stop
//! finishes what it holds. What a network adds to that, some milliseconds, is left out.

mod deliveries;

use super::agenda::{Agenda, Alarm, Happening};
use super::fleet::{Counts, Fleet};
use super::meter::Meter;
use super::queue::Queue;
use super::random::{Purpose, ServiceTimes, exponential, stream};
use super::sight::{Look, SNAPSHOT_EVERY, STATISTICS_EVERY, Sight, Truth};
use super::worker::Life;
use crate::workload::{Fault, Workload};
use policy::{Exit, WorkerId, WorkerStatus};
use rand::RngExt as _;
use rand_pcg::Pcg64;
use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::time::Duration;
use traffic::Walk;

/// What a driver is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    /// A worker's process runs.
    Started(WorkerId),
    Ready(WorkerId),
    Status(WorkerId, WorkerStatus),
    /// A worker's process is gone.
    Exited(WorkerId, Exit),
    /// A message came in, and that was to be told.
    FirstMessage,
}

/// What a driver wants of its world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wishes {
    /// Messages that one worker holds at the most.
    pub(crate) prefetch: NonZeroU32,
    /// Whether it listens to what workers report.
    pub(crate) reports: bool,
    /// Whether it sees what is, whatever the workload's faults are.
    pub(crate) sees_all: bool,
}

/// A worker that was killed while it held messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Killed {
    pub(crate) worker: WorkerId,
    pub(crate) held: u64,
    /// Since it was told to stop; `None` where it never was.
    pub(crate) after: Option<Duration>,
}

/// The exit of a worker that crashes.
const CRASHED: Exit = Exit::Code(1);

/// The exit of a worker that is killed.
const KILLED: Exit = Exit::Signal(9);

/// A queue with its workers and its traffic.
#[derive(Debug)]
pub(crate) struct World<'a> {
    pub(crate) workload: &'a Workload,
    pub(crate) now: Duration,
    pub(crate) agenda: Agenda,
    pub(crate) queue: Queue,
    pub(crate) fleet: Fleet,
    pub(crate) meter: Meter,
    wishes: Wishes,
    arrivals: Walk,
    service_times: ServiceTimes,
    sight: Sight,
    crashes_every: Option<Duration>,
    crashes: Pcg64,
    notices: VecDeque<Notice>,
    killed: Vec<Killed>,
    /// The next message is to be told.
    watches_for_message: bool,
    held: u64,
    traffic_has_ended: bool,
}

impl<'a> World<'a> {
    pub(crate) fn new(workload: &'a Workload, wishes: Wishes, seed: u64) -> Self {
        let faults: &[Fault] = if wishes.sees_all {
            &[]
        } else {
            &workload.faults
        };
        let mut world = Self {
            workload,
            now: Duration::ZERO,
            agenda: Agenda::default(),
            queue: Queue::default(),
            fleet: Fleet::default(),
            meter: Meter::new(workload),
            wishes,
            arrivals: workload.rate.walk(workload.process, seed),
            service_times: ServiceTimes::new(workload.service, seed),
            sight: Sight::new(faults),
            crashes_every: workload.faults.iter().find_map(|fault| match fault {
                Fault::Crashes { every } => Some(*every),
                Fault::Late(_) | Fault::Outage { .. } | Fault::Absurd { .. } => None,
            }),
            crashes: stream(seed, Purpose::Crashes),
            notices: VecDeque::new(),
            killed: Vec::new(),
            watches_for_message: false,
            held: 0,
            traffic_has_ended: false,
        };
        world.await_arrival();
        world.agenda.add(workload.rate.end(), Happening::TrafficEnd);
        // The broker's rhythm has nothing to do with the traffic's.
        let phase: f64 = stream(seed, Purpose::Phases).random();
        world
            .agenda
            .add(STATISTICS_EVERY.mul_f64(phase), Happening::Statistics);
        if world.sight.is_late() {
            world.agenda.add(Duration::ZERO, Happening::Snapshot);
        }
        world
    }

    /// Lets something happen now. What is the run's or the driver's own is left to them.
    pub(crate) fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Arrival => self.on_arrival(),
            Happening::TrafficEnd => self.traffic_has_ended = true,
            Happening::Ready(worker) => self.on_ready(worker),
            Happening::Completed(worker) => self.on_completed(worker),
            Happening::Crash(worker) => self.remove(worker, CRASHED),
            Happening::ReportDue(worker) => self.on_report_due(worker),
            Happening::GraceOver(worker) => self.kill(worker),
            Happening::Snapshot => {
                self.sight.keep(self.now, self.truth());
                self.agenda
                    .add(self.now + SNAPSHOT_EVERY, Happening::Snapshot);
            }
            Happening::Statistics => {
                self.sight.renew_statistics(self.now, self.truth());
                self.agenda
                    .add(self.now + STATISTICS_EVERY, Happening::Statistics);
            }
            Happening::Alarm(_) | Happening::Moment | Happening::End => {}
        }
    }

    /// What the driver has not been told yet.
    pub(crate) fn next_notice(&mut self) -> Option<Notice> {
        self.notices.pop_front()
    }

    /// Whether nothing is left to do and nothing more will come.
    pub(crate) fn is_done(&self) -> bool {
        self.traffic_has_ended && self.queue.ready() == 0 && self.held == 0
    }

    /// Messages that the workers hold.
    pub(crate) fn held(&self) -> u64 {
        self.held
    }

    pub(crate) fn counts(&self) -> Counts {
        self.fleet.counts()
    }

    /// Looks at the queue.
    pub(crate) fn look(&mut self) -> Option<Look> {
        self.sight.look(self.now, self.truth())
    }

    /// Wakes the driver at a time that is not past.
    pub(crate) fn wake_at(&mut self, at: Duration, alarm: Alarm) {
        self.agenda.add(at.max(self.now), Happening::Alarm(alarm));
    }

    /// Tells the driver of the next message that comes in while the queue can be seen, or not.
    pub(crate) fn watch_for_message(&mut self, watch: bool) {
        self.watches_for_message = watch;
    }

    /// Starts a worker under an id that none has had.
    pub(crate) fn start(&mut self, id: WorkerId) {
        self.fleet.start(id, self.now);
        self.meter.workers_moved += 1;
        self.notices.push_back(Notice::Started(id));
        let ready_at = self.now + self.workload.start_up;
        self.agenda.add(ready_at, Happening::Ready(id));
        if let Some(every) = self.crashes_every {
            let lifetime = exponential(&mut self.crashes, every);
            let crash_at = self.now.saturating_add(lifetime);
            self.agenda.add(crash_at, Happening::Crash(id));
        }
    }

    /// Tells a worker to take no more and to exit when it holds nothing.
    pub(crate) fn drain(&mut self, id: WorkerId) {
        let Some(worker) = self.fleet.get(id).filter(|worker| worker.is_wanted()) else {
            return;
        };
        self.meter.workers_moved += 1;
        let is_busy = worker.is_busy();
        if worker.is_known_to_be_busy(self.now)
            && self
                .fleet
                .iter()
                .any(|other| other.is_known_to_be_idle(self.now))
        {
            self.meter.busy_drained += 1;
        }
        let since = self.now;
        self.fleet.move_on(id, Life::Draining { since });
        if !is_busy {
            self.remove(id, Exit::Code(0));
        }
    }

    /// Tells a worker to stop, and has it killed where it takes longer than the grace.
    pub(crate) fn drain_within(&mut self, id: WorkerId, grace: Duration) {
        self.drain(id);
        if self.fleet.get(id).is_some() {
            let kill_at = self.now.saturating_add(grace);
            self.agenda.add(kill_at, Happening::GraceOver(id));
        }
    }

    /// Ends a worker at once.
    pub(crate) fn kill(&mut self, id: WorkerId) {
        let Some(worker) = self.fleet.get(id) else {
            return;
        };
        let held = worker.held.len() as u64;
        if held > 0 {
            self.meter.busy_killed += held;
            self.killed.push(Killed {
                worker: id,
                held,
                after: match worker.life {
                    Life::Draining { since } => Some(self.now - since),
                    Life::Starting | Life::Ready => None,
                },
            });
        }
        self.remove(id, KILLED);
    }

    /// Workers that were killed while they held messages, since this was last asked.
    pub(crate) fn take_killed(&mut self) -> Vec<Killed> {
        std::mem::take(&mut self.killed)
    }

    /// Looks at how many workers there are by now.
    pub(crate) fn note_workers(&mut self) {
        let counts = self.fleet.counts();
        self.meter.note_workers(self.now, counts, self.workload);
    }

    /// So many workers are wanted after a look by who clears a backlog within the drain time.
    pub(crate) fn note_look(&mut self, drain_time: Duration, desired: u32) {
        let backlog = self.queue.ready() + self.held;
        self.meter
            .steps
            .on_look(self.now, self.workload, drain_time, backlog, desired);
    }

    /// The run ends here: what still waits has waited until now, and workers have lived until now.
    pub(crate) fn close(&mut self) {
        for worker in self.fleet.iter() {
            self.meter.note_worker(worker, self.now);
            for (index, message) in worker.held.iter().enumerate() {
                let until = if index == 0 {
                    worker.began_at
                } else {
                    self.now
                };
                self.meter.note_wait(until - message.arrived_at);
            }
        }
        for message in self.queue.waiting() {
            self.meter.note_wait(self.now - message.arrived_at);
        }
    }

    fn truth(&self) -> Truth {
        Truth {
            ready: self.queue.ready(),
            unacknowledged: self.held,
            // A worker that is told to stop cancels its consumer first.
            consumers: self.counts().ready,
            arrived: self.queue.arrived(),
            delivered: self.queue.delivered(),
            completed: self.meter.completed,
            oldest: self.queue.oldest(),
        }
    }
}
