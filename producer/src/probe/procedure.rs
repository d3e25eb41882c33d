//! Which step comes next, and what the steps so far have shown. No clock and no broker: the
//! caller carries the steps out, on a real fleet or a simulated one, and hands back what it saw.
//!
//! ```text
//! first ─ alone ─ 2, 4, 8 … clients ─ full ─ together ─ below ─ above
//!         service time    until nothing       a sharper     is that rate
//!                         is gained           service time  the limit?
//! ```

use super::estimate::{Estimate, mean};
use super::evidence::{Evidence, Full, GAIN_MIN, Limit, Throughput};
use super::growth::Growth;
use super::question::Question;
use super::saturation;
use super::service::{Constancy, Service};
use super::step::{MESSAGES_MAX, Observed, Step};
use std::time::Duration;
use traffic::Rate;

/// The shares of the time that the parts may take. With five numbers of clients they sum up to 0.6: the rest is
/// for answers that are waited for between them, and for what needs more messages to be certain.
const ALONE_SHARE: f64 = 0.1;
const CLIENTS_SHARE: f64 = 0.02;
const FULL_SHARE: f64 = 0.2;
const STEADY_SHARE: f64 = 0.075;

/// Many clients may take so much where they have to wait long for each other.
const CLIENTS_SHARE_MAX: f64 = 0.06;

/// A full fleet is given so much of the time's worth of work at most, as it has to do it before the
/// probe can go on.
const BACKLOG_SHARE: f64 = 0.1;

/// What is kept back for the two even rates and the answers that they leave to be waited for.
const RESERVE_SHARE: f64 = 0.2;

/// Messages that are sent one by one at most.
const ALONE_MAX: u32 = 400;

/// Service times that a step lasts at least, so that it is more than its own beginning.
const SERVICES_MIN: f64 = 6.0;

/// An estimate that is no wider than this needs no more messages.
const NARROW_SHARE: f64 = 0.025;

/// A rate that is known less well than this is looked at again: something disturbed the machine.
const DISTURBED_SHARE: f64 = 0.06;

/// So often at most. What is disturbed more often is always disturbed.
const ATTEMPTS_MAX: u32 = 2;

/// The rates that are tried below and above capacity, as shares of it.
const BELOW: f64 = 0.85;
const ABOVE: f64 = 1.25;

/// What the probe may cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// How long it may take.
    pub time: Duration,
    /// How many messages a second it may bring about.
    pub rate_max: Rate,
    /// How many of its messages may be unanswered at once.
    pub clients_max: u32,
}

/// What is known before the first message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Known {
    /// The consumers of the work queue.
    pub consumers: u32,
    /// What a message takes to a worker and its answer back, without the work.
    pub round_trip_seconds: f64,
}

/// A probe that goes on.
#[derive(Clone, Debug)]
pub struct Procedure {
    limits: Limits,
    known: Known,
    question: Question,
    spent: Duration,
    evidence: Evidence,
}

impl Procedure {
    /// Before the first step.
    #[must_use]
    pub fn new(limits: Limits, known: Known) -> Self {
        Self {
            limits,
            known,
            question: Question::First,
            spent: Duration::ZERO,
            evidence: Evidence::default(),
        }
    }

    /// What is being found out.
    #[must_use]
    pub fn question(&self) -> Question {
        self.question
    }

    /// The share of the time that is spent.
    #[must_use]
    pub fn spent_share(&self) -> f64 {
        (self.spent.as_secs_f64() / self.limits.time.as_secs_f64()).min(1.0)
    }

    /// What is known by now.
    #[must_use]
    pub fn evidence(&self) -> (&Known, &Evidence) {
        (&self.known, &self.evidence)
    }

    /// What to do next; nothing once it is over.
    #[must_use]
    pub fn next(&self) -> Option<Step> {
        Some(match self.question {
            Question::First => Step::Groups {
                size: 1,
                repeats: 1,
            },
            Question::Alone => Step::Groups {
                size: 1,
                repeats: whole(self.share(ALONE_SHARE) / self.response()).clamp(3, ALONE_MAX),
            },
            Question::Clients { clients } => {
                let round = (f64::from(clients) / self.best_rate()).max(self.response());
                let rounds = (SERVICES_MIN * round).min(self.share(CLIENTS_SHARE_MAX));
                Step::Clients {
                    clients,
                    duration: self.lasting(self.share(CLIENTS_SHARE).max(rounds)),
                }
            }
            Question::Full { clients, .. } => Step::Clients {
                clients,
                duration: self.lasting(self.full_seconds()),
            },
            Question::Together => self.groups()?,
            Question::Below => self.steady(BELOW)?,
            Question::Above => self.steady(ABOVE)?,
            Question::Over => return None,
        })
    }

    /// Takes in what the step that [`Procedure::next`] named has shown.
    pub fn learn(&mut self, step: Step, observed: &Observed) {
        self.spent += observed.took;
        self.watch(observed);
        match self.question {
            Question::First | Question::Alone => {
                // The very first message may have met a cold worker; a later one is a better guess.
                self.evidence.alone = observed.responses().collect();
            }
            Question::Clients { clients } => self.on_clients(clients, step, observed),
            Question::Full { clients, .. } => self.on_full(clients, step, observed),
            Question::Together => self.evidence.together = observed.responses().collect(),
            Question::Below => self.evidence.below = self.growth(step, observed),
            Question::Above => self.evidence.above = self.growth(step, observed),
            Question::Over => {}
        }
        self.question = self.following();
        if let Some(next) = self.next()
            && self.spent + self.lasts(next) > self.limits.time
        {
            if self.capacity().is_none() {
                self.evidence.limit = Some(Limit::Time);
            }
            self.question = Question::Over;
        }
    }

    fn following(&mut self) -> Question {
        match self.question {
            Question::First if self.evidence.alone.is_empty() => Question::Over,
            Question::First => Question::Alone,
            Question::Alone => self.more_than(1),
            Question::Clients { clients } => {
                let gained = match self.evidence.throughputs.as_slice() {
                    [.., before, last] => last.rate > GAIN_MIN * before.rate,
                    _ => true,
                };
                match gained && !self.waits_at(clients) {
                    true => self.more_than(clients),
                    false => self.fill(clients),
                }
            }
            Question::Full { clients, attempt } if self.may_try_again(attempt) => Question::Full {
                clients,
                attempt: attempt + 1,
            },
            Question::Full { clients, .. } => match self.capacity() {
                Some(_) if self.needs_more_services() => Question::Together,
                Some(_) => Question::Below,
                None if self.evidence.limit.is_some() => Question::Over,
                // What seemed to be the most was not.
                None if clients < self.limits.clients_max => self.more_than(clients),
                None => {
                    self.evidence.limit = Some(Limit::Clients);
                    Question::Over
                }
            },
            Question::Together => Question::Below,
            Question::Below => Question::Above,
            Question::Above | Question::Over => Question::Over,
        }
    }

    /// Twice as many clients, if that is permitted.
    fn more_than(&mut self, clients: u32) -> Question {
        let twice = clients.saturating_mul(2);
        if 2.0 * self.best_rate() > self.limits.rate_max.per_second() {
            self.evidence.limit = Some(Limit::Rate);
            return self.fill(clients);
        }
        match twice <= self.limits.clients_max {
            true => Question::Clients { clients: twice },
            false => self.fill(self.limits.clients_max),
        }
    }

    /// Enough clients that messages wait in the queue, however many the workers prefetch.
    fn fill(&self, clients: u32) -> Question {
        let done_in_time = whole(self.best_rate() * self.share(BACKLOG_SHARE));
        let wanted = match self.evidence.limit {
            Some(Limit::Rate) => clients,
            _ => done_in_time.max(2 * clients),
        };
        Question::Full {
            clients: wanted.clamp(1, self.limits.clients_max),
            attempt: 0,
        }
    }

    fn on_clients(&mut self, clients: u32, step: Step, observed: &Observed) {
        self.count_wave(clients, observed);
        let answers = observed.answers_until(step.duration().unwrap_or(observed.took));
        let rate = saturation::slope(&answers).unwrap_or(0.0);
        self.evidence.throughputs.push(Throughput { clients, rate });
        let held = saturation::held(observed, self.warm(), step.duration().unwrap_or_default());
        // Clients that make messages wait are enough; the figures come from the longer step.
        self.evidence.full = Some(Full {
            clients,
            rate: None,
            held,
        });
    }

    fn on_full(&mut self, clients: u32, step: Step, observed: &Observed) {
        self.count_wave(clients, observed);
        let end = step.duration().unwrap_or(observed.took);
        let answers = observed.answers_until(end);
        let response = self.service().map_or(0.0, |service| service.seconds.value);
        let by_law = whole(saturation::slope(&answers).unwrap_or(0.0) * response) as usize;
        let wave = self.evidence.first_wave().unwrap_or(by_law);
        let constancy = self
            .service()
            .map_or(Constancy::Varying, |service| service.constancy);
        let full = Full {
            clients,
            rate: saturation::rate(&answers, wave, constancy),
            held: saturation::held(observed, self.warm(), end),
        };
        // Of two looks at the same, the one that was disturbed less counts.
        let before = self
            .evidence
            .full
            .filter(|before| before.clients == clients);
        match before {
            Some(before) if before.error() < full.error() => {}
            _ => self.evidence.full = Some(full),
        }
    }

    /// Whether it is worth to look at the full fleet again: something disturbed it, and time is left.
    fn may_try_again(&self, attempt: u32) -> bool {
        let disturbed = self
            .evidence
            .full
            .is_some_and(|full| full.error() > DISTURBED_SHARE);
        let left = self.share(1.0 - RESERVE_SHARE) - self.spent.as_secs_f64();
        let needed = self
            .next()
            .map_or(0.0, |again| self.lasts(again).as_secs_f64());
        disturbed && attempt < ATTEMPTS_MAX && needed < left
    }

    fn count_wave(&mut self, clients: u32, observed: &Observed) {
        let constant = self
            .service()
            .filter(|service| service.constancy == Constancy::Constant);
        let Some(service) = constant else { return };
        let response = service.seconds.value + self.known.round_trip_seconds;
        let wave = saturation::first_wave(&observed.exchanges, clients as usize, response);
        self.evidence.first_waves.extend(wave);
    }

    /// What concerns every step: who else is there, and what got no answer.
    fn watch(&mut self, observed: &Observed) {
        let instants: Vec<Duration> = observed.looks.iter().map(|look| look.at).collect();
        let outstanding = observed.outstanding_at(&instants);
        for (look, outstanding) in observed.looks.iter().zip(outstanding) {
            let own = u64::try_from(outstanding).unwrap_or(0);
            let foreign = look.ready.saturating_sub(own);
            self.evidence.foreign_ready = self.evidence.foreign_ready.max(foreign);
            let (fewest, most) = self
                .evidence
                .consumers
                .unwrap_or((look.consumers, look.consumers));
            self.evidence.consumers = Some((fewest.min(look.consumers), most.max(look.consumers)));
        }
        let unanswered = observed
            .exchanges
            .iter()
            .filter(|exchange| exchange.replied.is_none());
        self.evidence.unanswered += unanswered.count() as u64;
    }

    fn growth(&self, step: Step, observed: &Observed) -> Option<Growth> {
        let Step::Steady { rate, duration } = step else {
            return None;
        };
        Growth::of(observed, rate.per_second(), self.warm(), duration)
    }

    /// The service time as it is known by now.
    pub(super) fn service(&self) -> Option<Service> {
        self.evidence.service(self.known.round_trip_seconds)
    }

    fn capacity(&self) -> Option<Estimate> {
        self.evidence.capacity()
    }

    fn waits_at(&self, clients: u32) -> bool {
        let full = self.evidence.full.filter(|full| full.clients == clients);
        full.is_some_and(|full| full.always_waits())
    }

    fn needs_more_services(&self) -> bool {
        self.service().is_some_and(|service| {
            service.constancy == Constancy::Varying
                && service.seconds.half_width_share() > NARROW_SHARE
        })
    }

    /// Groups in which each message has a worker for itself: RabbitMQ gives the messages of a queue
    /// to its consumers in turn, so as many messages as there are consumers go to one each. Where
    /// consumers serve several at once, a little more than half of that is safe from waiting.
    fn groups(&self) -> Option<Step> {
        let service = self.service()?;
        let at_once = self.capacity()?.value * service.seconds.value;
        let consumers = f64::from(self.known.consumers.max(1));
        let size = match at_once / consumers {
            several if several >= 2.5 => consumers * (0.6 * several).floor(),
            one if one >= 0.75 => consumers,
            _ => (0.6 * at_once).floor(),
        };
        let size = whole(size).clamp(1, self.limits.clients_max);
        // The slowest of a group holds up the next; of exponential times it takes about 1 + ln n.
        let group_seconds = self.response() * (1.0 + service.variation * f64::from(size).ln());
        let left = self.share(1.0 - RESERVE_SHARE) - self.spent.as_secs_f64();
        let affordable = left.max(0.0) / group_seconds;
        let needed = service.samples_for(NARROW_SHARE) / f64::from(size);
        Some(Step::Groups {
            size,
            repeats: whole(needed.min(affordable)).clamp(1, (MESSAGES_MAX / size).max(1)),
        })
    }

    fn steady(&self, share: f64) -> Option<Step> {
        let rate = self.capacity()?.value * share;
        let rate = Rate::try_new(rate.min(self.limits.rate_max.per_second())).ok()?;
        Some(Step::Steady {
            rate,
            duration: self.lasting(self.share(STEADY_SHARE)),
        })
    }

    /// As long as it takes to see the rate of a fleet whose service times vary like this.
    fn full_seconds(&self) -> f64 {
        let most = self.share(FULL_SHARE);
        self.service().map_or(most, |service| {
            let needed = service.samples_for(NARROW_SHARE) / self.best_rate();
            needed.clamp(most / 2.0, most)
        })
    }

    /// The largest rate seen so far.
    fn best_rate(&self) -> f64 {
        let rates = self.evidence.throughputs.iter().map(|one| one.rate);
        rates.fold(1.0 / self.response(), f64::max)
    }

    /// How long a message takes that is alone, there and back.
    fn response(&self) -> f64 {
        match self.evidence.alone.is_empty() {
            true => self.known.round_trip_seconds.max(1e-6),
            false => mean(&self.evidence.alone).max(1e-6),
        }
    }

    /// How long the fleet takes to be as busy as it will be.
    fn warm(&self) -> Duration {
        Duration::from_secs_f64(2.0 * self.response())
    }

    fn share(&self, share: f64) -> f64 {
        self.limits.time.as_secs_f64() * share
    }

    /// So long, but a few service times at least, and no longer than what one step may send takes.
    fn lasting(&self, seconds: f64) -> Duration {
        let seconds = seconds.max(SERVICES_MIN * self.response());
        let most = f64::from(MESSAGES_MAX) / (2.0 * self.best_rate());
        Duration::from_secs_f64(seconds.min(most))
    }

    /// How long a step is going to take.
    fn lasts(&self, step: Step) -> Duration {
        let response = self.response();
        let seconds = match step {
            Step::Groups { repeats, .. } => f64::from(repeats) * response,
            Step::Clients { clients, duration } => {
                duration.as_secs_f64() + response.max(f64::from(clients) / self.best_rate())
            }
            Step::Steady { duration, .. } => duration.as_secs_f64() + response,
        };
        Duration::from_secs_f64(seconds)
    }
}

/// A share in hundredths.
pub(crate) fn percent(share: f64) -> u64 {
    whole(share * 100.0).into()
}

/// The nearest whole number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, and what is below zero counts as zero"
)]
pub(super) fn whole(number: f64) -> u32 {
    number.round() as u32
}
