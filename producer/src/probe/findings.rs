//! What was found out: a value for each question, and what makes it less certain than it looks.

use super::estimate::{Estimate, count};
use super::evidence::{Evidence, Limit};
use super::growth::Growth;
use super::procedure::Known;
use super::service::Service;
use serde::Serialize;
use std::fmt;

/// An interval wider than this on either side is too wide to configure anything by.
const WIDE_SHARE: f64 = 0.1;

/// A count of answers that came together is believed where it is no further than this from what
/// Little's law says. The law errs by what an idle worker takes to wake up, which is in the service
/// time: 2 of 10 ms make 6 of 5.
const COUNT_SHARE: f64 = 0.25;

/// Consumers serve several at once from here on, and less than one each below.
const SEVERAL: f64 = 1.5;
const LESS_THAN_ONE: f64 = 0.75;

#[derive(Clone, Debug, PartialEq)]
pub struct Findings {
    /// What was known at the start.
    pub known: Known,
    /// How long a message takes a worker that was idle.
    pub service: Option<Service>,
    /// How long it takes one that goes on from another, where that could be told.
    pub busy_service_seconds: Option<f64>,
    /// What the fleet can do.
    pub capacity: Option<Capacity>,
    /// How many messages are served at once.
    pub at_once: Option<AtOnce>,
    /// Whether a consumer takes one message at a time.
    pub takes: Option<Takes>,
    /// What each consumer holds.
    pub held: Option<HeldByEach>,
    /// What the queue did below capacity.
    pub below: Option<Growth>,
    /// What the queue did above capacity.
    pub above: Option<Growth>,
    /// What a reader has to know beside the values.
    pub notes: Vec<Note>,
}

/// What a fleet can do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Capacity {
    /// Messages per second.
    pub per_second: Estimate,
    /// Whether that is all.
    pub bound: Bound,
}

/// Whether a value is the value or the least that it can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    Exact,
    /// A limit of the probe's own came first.
    AtLeast,
}

/// How many messages are served at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AtOnce {
    /// By Little's law: what is done per second times what one takes.
    pub by_law: Estimate,
    /// By counting the answers that came together, where that was possible.
    pub counted: Option<usize>,
}

/// How a consumer takes messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Takes {
    One,
    Several,
    /// Fewer are served than there are consumers: they share what limits them.
    LessThanOne,
}

/// What each consumer holds while others wait in the queue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeldByEach {
    /// Messages, those that are being served among them.
    pub messages: f64,
    /// Exact where messages waited in the queue all the time: it is then the consumers' prefetch.
    pub bound: Bound,
}

/// What makes a finding less certain than it looks.
#[derive(Clone, Debug, PartialEq)]
pub enum Note {
    /// The fleet was another one in between.
    ConsumersChanged { fewest: u32, most: u32 },
    /// Somebody else sends to the queue.
    OthersSend {
        /// Messages that waited and were not the probe's.
        messages: u64,
    },
    /// Messages without an answer.
    Unanswered { messages: u64 },
    /// A limit of the probe's own came before the fleet's.
    Limited(Limit),
    /// An interval that is too wide.
    Wide {
        what: &'static str,
        /// Half of it as a share of the value.
        share: f64,
    },
    /// A message takes a worker less than the round trip to it.
    HiddenByRoundTrip,
    /// The queue grew below what seemed to be capacity.
    GrewBelow,
    /// It did not grow above, or so little that it may be chance.
    KeptAbove,
}

impl AtOnce {
    /// What to believe: what was counted, else what the law says.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.counted.map_or(self.by_law.value, count)
    }
}

impl Findings {
    /// What follows from the evidence.
    #[must_use]
    pub fn of(known: Known, evidence: &Evidence) -> Self {
        let service = evidence.service(known.round_trip_seconds);
        let capacity = capacity(evidence);
        let at_once = capacity.zip(service).map(|(capacity, service)| {
            let by_law = capacity.per_second.times(service.seconds);
            let wave = evidence.first_wave();
            AtOnce {
                by_law,
                counted: wave.filter(|wave| agree(*wave, by_law)),
            }
        });
        // What is served at once stands still while the law holds, so the time follows from it.
        let busy_service_seconds = capacity.zip(at_once).and_then(|(capacity, at_once)| {
            Some(count(at_once.counted?) / capacity.per_second.value)
        });
        let consumers = f64::from(known.consumers.max(1));
        let bound = capacity.map(|capacity| capacity.bound);
        let takes = at_once.zip(bound).and_then(|(at_once, bound)| {
            match (at_once.value() / consumers, bound) {
                (each, _) if each >= SEVERAL => Some(Takes::Several),
                // A fleet that was not made to do all it can may do more at once, too.
                (_, Bound::AtLeast) => None,
                (each, Bound::Exact) if each < LESS_THAN_ONE => Some(Takes::LessThanOne),
                (_, Bound::Exact) => Some(Takes::One),
            }
        });
        let full = evidence.full;
        let held = full.and_then(|full| {
            Some(HeldByEach {
                messages: full.held?.messages / consumers,
                bound: match full.always_waits() {
                    true => Bound::Exact,
                    false => Bound::AtLeast,
                },
            })
        });
        let mut findings = Self {
            known,
            service,
            busy_service_seconds,
            capacity,
            at_once,
            takes,
            held,
            below: evidence.below,
            above: evidence.above,
            notes: Vec::new(),
        };
        findings.notes = findings.noted(evidence);
        findings
    }

    fn noted(&self, evidence: &Evidence) -> Vec<Note> {
        let mut notes = Vec::new();
        if let Some((fewest, most)) = evidence.consumers.filter(|(fewest, most)| fewest != most) {
            notes.push(Note::ConsumersChanged { fewest, most });
        }
        if evidence.foreign_ready > 0 {
            let messages = evidence.foreign_ready;
            notes.push(Note::OthersSend { messages });
        }
        if evidence.unanswered > 0 {
            let messages = evidence.unanswered;
            notes.push(Note::Unanswered { messages });
        }
        notes.extend(evidence.limit.map(Note::Limited));
        let service = self.service.map(|service| service.seconds);
        let capacity = self.capacity.map(|capacity| capacity.per_second);
        for (what, estimate) in [("service time", service), ("capacity", capacity)] {
            let share = estimate.map_or(0.0, Estimate::half_width_share);
            if share > WIDE_SHARE {
                notes.push(Note::Wide { what, share });
            }
        }
        if service.is_some_and(|service| service.value < self.known.round_trip_seconds) {
            notes.push(Note::HiddenByRoundTrip);
        }
        if self.below.is_some_and(|growth| growth.grows()) {
            notes.push(Note::GrewBelow);
        }
        if self.above.is_some_and(|growth| !growth.grows()) {
            notes.push(Note::KeptAbove);
        }
        notes
    }
}

fn capacity(evidence: &Evidence) -> Option<Capacity> {
    if let Some(per_second) = evidence.capacity() {
        return Some(Capacity {
            per_second,
            bound: Bound::Exact,
        });
    }
    Some(Capacity {
        per_second: evidence.full?.rate?,
        bound: Bound::AtLeast,
    })
}

/// Whether a count is about what the law says.
fn agree(counted: usize, by_law: Estimate) -> bool {
    let apart = (count(counted) - by_law.value).abs();
    apart <= (COUNT_SHARE * by_law.value).max(0.5)
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ConsumersChanged { fewest, most } => write!(
                f,
                "there were {fewest} to {most} consumers: the fleet changed under the probe, so no \
                 figure is of one fleet; probe again with min = max"
            ),
            Self::OthersSend { messages } => write!(
                f,
                "up to {messages} messages of others waited in the queue: they took their share of \
                 the fleet, so it can do more than this"
            ),
            Self::Unanswered { messages } => write!(
                f,
                "{messages} messages were not answered: look for them in the dead-letter queue, or \
                 allow more time with --patience"
            ),
            Self::Limited(Limit::Time) => write!(
                f,
                "the time was over before the fleet's limit was seen; allow more with --for"
            ),
            Self::Limited(Limit::Rate) => write!(
                f,
                "--max-rate ended the search: the fleet can do more than this"
            ),
            Self::Limited(Limit::Clients) => write!(
                f,
                "--max-clients ended the search: more messages at once may bring more"
            ),
            Self::Wide { what, share } => write!(
                f,
                "the {what} is known to ± {:.0} % only, too little to configure by; allow more time \
                 with --for",
                share * 100.0
            ),
            Self::HiddenByRoundTrip => write!(
                f,
                "a message takes a worker less than the round trip, so the service time and what is \
                 served at once are guesses; the capacity is not"
            ),
            Self::GrewBelow => write!(
                f,
                "the queue grew below what seemed to be the capacity: it may be less"
            ),
            Self::KeptAbove => write!(
                f,
                "the queue did not surely grow above what seemed to be the capacity: it may be more"
            ),
        }
    }
}
