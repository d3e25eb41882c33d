//! One run: a policy on a workload, from the first event to the last.
//!
//! It ends when the traffic has ended, every message is done and every worker is gone, or a minute
//! after the last message, whichever comes first: workers that linger are paid for, by each policy
//! alike. A policy that does not get through is stopped at a bound, with what is left unfinished.

use crate::checks::{self, Checks, Violation};
use crate::engine::{Driver, Happening, World};
use crate::policies::{FLOOR, Policy};
use crate::series::Moment;
use crate::summary::Summary;
pub use crate::warren::DECISIONS_MAX;
use crate::workload::Workload;
use policy::Decision;
use std::time::Duration;

/// How long workers may linger after the last message.
const TAIL: Duration = Duration::from_secs(60);

/// A policy has this long after the end of the traffic to do what is left, and as long again as the
/// traffic took: more than twice as long says that it does not keep up.
const OVERTIME: Duration = Duration::from_secs(600);

/// Between two moments of the series.
const SECOND: Duration = Duration::from_secs(1);

/// Traffic of more than so many seconds has so many moments, further apart: a picture shows some
/// hundreds, and a trace may last a year.
const MOMENTS_MAX: u32 = 10_000;

/// How a run is done.
#[derive(Default)]
pub struct Options<'a> {
    /// What the floor comes to on this workload and seed, where it is known: it is run for it
    /// otherwise.
    pub floor_worker_seconds: Option<f64>,
    /// Whether everything is checked that must hold.
    pub checks: Checks,
    /// Whether decisions and moments are kept.
    pub keep: Keep,
    /// Is told how far the run has come, at each moment.
    pub progress: Option<&'a mut dyn FnMut(Duration)>,
}

/// What is kept of a run beside its summary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    #[default]
    Summary,
    /// A moment each second, or more seldom where the traffic is long, and the decisions, up to
    /// [`DECISIONS_MAX`].
    All,
}

/// What a run came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    pub summary: Summary,
    /// Over time, where that was to be kept.
    pub series: Vec<Moment>,
    /// What Warren decided, in order, where that was to be kept; rivals only say how many.
    pub decisions: Vec<Decision>,
    /// Where the checks found one: the run ends with the first.
    pub violation: Option<Violation>,
}

/// Runs a policy on a workload.
#[must_use]
pub fn run(workload: &Workload, policy: &Policy, seed: u64, options: Options<'_>) -> Run {
    let floor = match options.floor_worker_seconds {
        _ if policy.is_floor() => None,
        None => Some(floor_worker_seconds(workload, seed)),
        known => known,
    };
    let driver = policy.driver(workload, seed, options.keep == Keep::All);
    drive(workload, policy.name(), seed, driver, floor, options)
}

/// The worker-seconds of the clairvoyant floor on a workload.
#[must_use]
pub fn floor_worker_seconds(workload: &Workload, seed: u64) -> f64 {
    let floor = Policy::named(FLOOR).expect("there is a floor");
    let run = run(workload, &floor, seed, Options::default());
    run.summary.worker_seconds
}

/// Runs whatever decides on a workload; without a floor, the run is one itself.
pub(crate) fn drive(
    workload: &Workload,
    name: &str,
    seed: u64,
    mut driver: Box<dyn Driver>,
    floor: Option<f64>,
    mut options: Options<'_>,
) -> Run {
    let mut world = World::new(workload, driver.wishes(), seed);
    let mut series = Vec::new();
    let mut violation = None;
    let traffic = workload.rate.end();
    world.agenda.add(traffic * 2 + OVERTIME, Happening::End);
    let between_moments = SECOND.max(traffic / MOMENTS_MAX);
    world.agenda.add(Duration::ZERO, Happening::Moment);
    driver.on_begin(&mut world);
    let mut tail_has_begun = false;
    while let Some((now, happening)) = world.agenda.next() {
        world.now = now;
        match happening {
            Happening::End => break,
            Happening::Moment => {
                if options.keep == Keep::All {
                    series.push(moment(&world, driver.as_ref()));
                }
                if let Some(progress) = &mut options.progress {
                    progress(now);
                }
                world.agenda.add(now + between_moments, Happening::Moment);
            }
            Happening::Alarm(alarm) => {
                act(&mut world, |world| driver.on_alarm(alarm, world));
            }
            happening => world.happen(happening),
        }
        while let Some(notice) = world.next_notice() {
            act(&mut world, |world| driver.on_notice(notice, world));
        }
        world.note_workers();
        let killed = world.take_killed();
        if options.checks == Checks::On {
            let no_data = driver.take_no_data();
            let broken = checks::broken(&world, driver.bounds(), &killed, no_data);
            violation = broken.map(|broken| Violation {
                workload: workload.name.clone(),
                policy: name.to_owned(),
                seed,
                at: now,
                broken,
            });
            if violation.is_some() {
                break;
            }
        }
        if world.is_done() {
            if world.counts().alive() == 0 {
                break;
            }
            if !tail_has_begun {
                tail_has_begun = true;
                world.agenda.add(now + TAIL, Happening::End);
            }
        }
    }
    if options.keep == Keep::All {
        series.push(moment(&world, driver.as_ref()));
    }
    world.close();
    Run {
        summary: world.meter.summary(
            workload,
            name,
            seed,
            floor.unwrap_or(world.meter.worker_seconds),
            world.queue.arrived(),
        ),
        series,
        decisions: driver.take_decisions(),
        violation,
    }
}

/// Lets the driver act, and notes whether it moved workers.
fn act(world: &mut World<'_>, step: impl FnOnce(&mut World<'_>)) {
    let moved = world.meter.workers_moved;
    step(world);
    if world.meter.workers_moved != moved {
        world.meter.scale_actions += 1;
    }
}

fn moment(world: &World<'_>, driver: &dyn Driver) -> Moment {
    let seconds = world.now.as_secs_f64();
    Moment {
        seconds,
        arrival_rate: world.workload.rate.rate_at(world.now),
        backlog: world.queue.ready() + world.held(),
        workers: world.counts().alive(),
        desired: driver.desired(),
    }
}

#[cfg(test)]
mod tests;
