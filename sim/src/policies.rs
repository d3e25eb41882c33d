//! Every policy by its name, in the order in which they are shown.

use crate::engine::{Driver, Floor, Platform, Purpose, StaticPeak, stream};
use crate::perception::Perception;
use crate::rival::Facts;
use crate::rivals;
use crate::warren::Warren;
use crate::workload::Workload;
use policy::{Capacity, DeadBand, FastInterval, Headroom, Settings, Strategy};
use rand::RngExt as _;
use std::num::NonZeroU32;
use std::time::Duration;

/// Warren's own policies.
const OWN: [&str; 3] = ["warren", "formula", "deadline"];

/// What spends the most, and what cost is measured against.
const ENDS: [&str; 2] = ["static-peak", FLOOR];

/// Every policy: Warren's own, the rivals, and the two between which everything lies.
pub const NAMES: [&str; COUNT] = names_in_order();

const COUNT: usize = OWN.len() + rivals::ALL.len() + ENDS.len();

const fn names_in_order() -> [&'static str; COUNT] {
    let mut names = [""; COUNT];
    let (rivals_from, ends_from) = (OWN.len(), OWN.len() + rivals::ALL.len());
    let mut index = 0;
    while index < names.len() {
        names[index] = if index < rivals_from {
            OWN[index]
        } else if index < ends_from {
            rivals::ALL[index - rivals_from].name
        } else {
            ENDS[index - ends_from]
        };
        index += 1;
    }
    names
}

/// The clairvoyant, which cost is measured against: it knows every arrival beforehand, so it is neither
/// the best of a column nor a rival.
pub(crate) const FLOOR: &str = "floor";

/// Whether a policy is one of Warren's own. What is neither that nor the floor is a rival.
pub(crate) fn is_own(name: &str) -> bool {
    OWN.contains(&name)
}

/// A worker holds what it does within this, as the shipped configuration has it.
const PREFETCH_SECONDS: f64 = 0.25;

/// At the least and at the most so many.
const PREFETCH: std::ops::RangeInclusive<f64> = 1.0..=250.0;

/// The shipped strategies work off a backlog within this, and rivals are tuned to it.
const DRAIN_TIME: Duration = Duration::from_secs(2);

/// Who decides how many workers there are.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    name: String,
    kind: Kind,
    perception: Perception,
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    /// One of [`NAMES`].
    Named,
    /// Warren with these settings, whatever the workload is.
    Settings(Box<Settings>),
}

/// No policy is called this.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no policy is named \"{name}\": {hint}")]
pub struct UnknownPolicy {
    /// What was asked for.
    pub name: String,
    /// What to ask for instead.
    pub hint: String,
}

impl Policy {
    /// The policy of this name.
    ///
    /// # Errors
    /// With what could have been meant.
    pub fn named(name: &str) -> Result<Self, UnknownPolicy> {
        if NAMES.contains(&name) {
            Ok(Self {
                name: name.to_owned(),
                kind: Kind::Named,
                perception: Perception::default(),
            })
        } else {
            Err(UnknownPolicy {
                name: name.to_owned(),
                hint: program::hint(name, NAMES),
            })
        }
    }

    /// Warren with these settings, under a name of the caller's. [`settings`] has what to begin with.
    #[must_use]
    pub fn with_settings(name: &str, settings: Settings) -> Self {
        Self {
            name: name.to_owned(),
            kind: Kind::Settings(Box::new(settings)),
            perception: Perception::default(),
        }
    }

    /// The same, with another perception.
    #[must_use]
    pub fn with_perception(self, perception: Perception) -> Self {
        Self { perception, ..self }
    }

    #[must_use]
    pub fn all() -> Vec<Self> {
        let named = |name: &str| Self {
            name: name.to_owned(),
            kind: Kind::Named,
            perception: Perception::default(),
        };
        NAMES.into_iter().map(named).collect()
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn is_floor(&self) -> bool {
        self.kind == Kind::Named && self.name == FLOOR
    }

    /// The policy at work.
    pub(crate) fn driver(
        &self,
        workload: &Workload,
        seed: u64,
        keeps_decisions: bool,
    ) -> Box<dyn Driver> {
        let warren = |settings| {
            Box::new(Warren::new(
                settings,
                self.perception,
                seed,
                keeps_decisions,
            ))
        };
        let shipped = settings(workload);
        match (&self.kind, self.name.as_str()) {
            (Kind::Settings(settings), _) => warren((**settings).clone()),
            (Kind::Named, "warren") => warren(shipped),
            (Kind::Named, "formula") => warren(bare(shipped)),
            (Kind::Named, "deadline") => warren(Settings {
                strategy: Strategy::Deadline { wait: workload.slo },
                ..shipped
            }),
            (Kind::Named, name) => rival(name, workload, seed),
        }
    }
}

/// The shipped settings, with what the workload says of its own workers.
#[must_use]
pub fn settings(workload: &Workload) -> Settings {
    let mut settings = config::Config::default().pools.swap_remove(0).scaling;
    let messages = workload.worker_rate() * settings.drain_time.as_secs_f64();
    settings.capacity = Capacity::try_new(messages).expect("a message takes some time");
    settings.prefetch = prefetch(workload);
    settings.limits.min = 0;
    settings.limits.max = workload.max;
    settings.limits.max_processes = workload.max.saturating_mul(2);
    settings
}

/// The same as a file would say it: what changes are made to.
#[must_use]
pub fn config_text(workload: &Workload) -> String {
    let settings = settings(workload);
    format!(
        "[[pool]]\n[pool.scaling]\ncapacity = {:?}\nmin = 0\nmax = {}\n",
        settings.capacity.messages(),
        settings.limits.max,
    )
}

/// The bare law at 2 s: nothing that calms it, and nothing that hurries it.
fn bare(shipped: Settings) -> Settings {
    let mut settings = shipped;
    settings.interval = Duration::from_secs(2);
    settings.fast_interval = FastInterval::Off;
    settings.headroom = Headroom::NONE;
    settings.limits.dead_band = DeadBand::none();
    settings.limits.hold = Duration::ZERO;
    settings
}

fn rival(name: &str, workload: &Workload, seed: u64) -> Box<dyn Driver> {
    let facts = facts(workload, seed);
    match name {
        FLOOR => Box::new(Platform::seeing_all(
            Box::new(Floor::new(workload)),
            facts,
            seed,
        )),
        "static-peak" => Box::new(Platform::new(
            Box::new(StaticPeak::new(facts.peak)),
            facts,
            seed,
        )),
        _ => {
            let rival = rivals::named(name, &facts)
                .expect("what has a name and is none of these is listed as a rival");
            Box::new(Platform::new(rival, facts, seed))
        }
    }
}

fn facts(workload: &Workload, seed: u64) -> Facts {
    let mut phases = stream(seed, Purpose::Phases);
    // The broker's statistics have the first.
    let _: f64 = phases.random();
    Facts {
        worker_rate: workload.worker_rate(),
        capacity: workload.worker_rate() * DRAIN_TIME.as_secs_f64(),
        min: 0,
        max: workload.max,
        slo: workload.slo,
        peak: workload.workers_peak().min(workload.max),
        prefetch: prefetch(workload).get(),
        phase: phases.random(),
    }
}

/// Messages that one worker takes at a time, by the shipped rule.
fn prefetch(workload: &Workload) -> NonZeroU32 {
    let messages = workload.worker_rate() * PREFETCH_SECONDS;
    let messages = messages.clamp(*PREFETCH.start(), *PREFETCH.end());
    NonZeroU32::new(messages as u32).unwrap_or(NonZeroU32::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workloads;

    #[test]
    fn every_name_is_a_policy() {
        let workload = &workloads::all(1)[0];
        for policy in Policy::all() {
            assert_eq!(Policy::named(policy.name()), Ok(policy.clone()));
            policy.driver(workload, 1, false);
        }
        assert_eq!(NAMES[..4], ["warren", "formula", "deadline", "reference"]);
        assert_eq!(NAMES[NAMES.len() - 3..], ["nomad", "static-peak", "floor"]);
        let message = Policy::named("keda-tund").unwrap_err().to_string();
        assert_eq!(
            message,
            "no policy is named \"keda-tund\": did you mean \"keda-tuned\"?"
        );
    }

    #[test]
    fn the_text_of_a_workload_says_its_settings() {
        for workload in workloads::all(1) {
            let read = config::what_if(&config_text(&workload), &[]).unwrap();
            assert_eq!(read, settings(&workload), "{}", workload.name);
        }
    }

    #[test]
    fn a_worker_takes_a_quarter_of_a_second_of_messages_at_a_time() {
        for (microseconds, messages) in [(5000, 50), (10_000_000, 1), (50_000, 5), (100, 250)] {
            let mut workload = workloads::all(1).swap_remove(0);
            workload.service.mean = Duration::from_micros(microseconds);
            assert_eq!(prefetch(&workload).get(), messages);
        }
    }

    #[test]
    fn the_bare_law_is_neither_calmed_nor_hurried() {
        let workload = &workloads::all(1)[0];
        let settings = bare(settings(workload));
        assert_eq!(settings.strategy, Strategy::Formula);
        assert_eq!(settings.interval, Duration::from_secs(2));
        assert_eq!(settings.fast_interval, FastInterval::Off);
        assert_eq!(settings.limits.hold, Duration::ZERO);
    }
}
