//! What the steps have shown, and what follows from it before all is known.

use super::estimate::Estimate;
use super::growth::Growth;
use super::saturation::Held;
use super::service::Service;

/// Twice as many clients that bring less than this gain nothing.
pub(super) const GAIN_MIN: f64 = 1.05;

/// Where messages wait at this share of the looks, they always wait, and no worker idles.
const ALWAYS_SHARE: f64 = 0.8;

/// What a number of clients brought.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Throughput {
    pub clients: u32,
    /// Answers per second.
    pub rate: f64,
}

/// What the fleet did when it had enough to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Full {
    /// The clients that kept it busy.
    pub clients: u32,
    /// Answers per second; none where there were too few of them.
    pub rate: Option<Estimate>,
    /// What its consumers held, where anybody looked.
    pub held: Option<Held>,
}

/// What the steps have shown so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    /// Responses of messages that were alone.
    pub alone: Vec<f64>,
    /// Responses of messages that each had a worker for itself.
    pub together: Vec<f64>,
    /// What each number of clients brought, the smallest first.
    pub throughputs: Vec<Throughput>,
    /// How many of a burst were answered first, wherever that could be told.
    pub first_waves: Vec<usize>,
    /// What the fleet did when it had enough to do.
    pub full: Option<Full>,
    /// What the queue did just below capacity.
    pub below: Option<Growth>,
    /// What the queue did just above capacity.
    pub above: Option<Growth>,
    /// The fewest and the most consumers that were seen.
    pub consumers: Option<(u32, u32)>,
    /// The most messages that waited beyond those that were the probe's own.
    pub foreign_ready: u64,
    /// Messages that were not answered.
    pub unanswered: u64,
    /// Why a limit of its own ended the search for capacity.
    pub limit: Option<Limit>,
}

/// A limit that was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// [`super::procedure::Limits::time`].
    Time,
    /// [`super::procedure::Limits::rate_max`].
    Rate,
    /// [`super::procedure::Limits::clients_max`].
    Clients,
}

impl Full {
    /// Half of the rate's interval as a share of it; endless without a rate.
    pub(super) fn error(&self) -> f64 {
        self.rate.map_or(f64::INFINITY, Estimate::half_width_share)
    }

    /// Whether no consumer would take more.
    #[must_use]
    pub fn always_waits(&self) -> bool {
        self.held
            .is_some_and(|held| held.waiting_share >= ALWAYS_SHARE)
    }
}

impl Evidence {
    /// The service time, of all messages that did not wait for each other.
    #[must_use]
    pub fn service(&self, round_trip_seconds: f64) -> Option<Service> {
        let alone = Service::of(&self.alone, round_trip_seconds)?;
        let Some(together) = Service::of(&self.together, round_trip_seconds) else {
            return Some(alone);
        };
        // Where they waited for each other after all, the fleet does not share them out evenly.
        if together.seconds.low > alone.seconds.high {
            return Some(alone);
        }
        let all = [self.alone.as_slice(), self.together.as_slice()].concat();
        Service::of(&all, round_trip_seconds)
    }

    /// How many answers came first, in most bursts.
    #[must_use]
    pub fn first_wave(&self) -> Option<usize> {
        let mut sorted = self.first_waves.clone();
        sorted.sort_unstable();
        sorted.get(sorted.len() / 2).copied()
    }

    /// What the fleet can do, once it was seen to have no more in it: messages waited all the time,
    /// or twice the clients brought nothing.
    #[must_use]
    pub fn capacity(&self) -> Option<Estimate> {
        let full = self.full?;
        let rate = full.rate?;
        let smaller = self
            .throughputs
            .iter()
            .filter(|one| 2 * one.clients <= full.clients);
        let smaller = smaller.map(|one| one.rate).fold(0.0, f64::max);
        (full.always_waits() || rate.value < GAIN_MIN * smaller).then_some(rate)
    }
}
