//! A fleet in virtual time, behind a queue that gives messages to its consumers in turn.

use super::step::{Exchange, Look, Observed, Step};
use rand::{RngExt as _, SeedableRng as _};
use rand_distr::{Exp, LogNormal};
use rand_pcg::Pcg64;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::time::Duration;

#[derive(Clone, Copy, Debug)]
pub(super) enum Work {
    Constant,
    Exponential,
    /// With a coefficient of variation of one half.
    LogNormal,
}

/// What a fleet is like.
#[derive(Clone, Copy, Debug)]
pub(super) struct Truth {
    pub(super) consumers: usize,
    /// What each consumer serves at once.
    pub(super) concurrency: usize,
    pub(super) prefetch: usize,
    /// What all of them together serve at once, where something that they share limits it.
    pub(super) shared: usize,
    pub(super) service_seconds: f64,
    pub(super) work: Work,
    /// One hop, from a publisher through the broker to a consumer.
    pub(super) hop_seconds: f64,
}

pub(super) struct Fleet {
    truth: Truth,
    random: Pcg64,
    now: u64,
    agenda: BinaryHeap<Reverse<(u64, u64, Event)>>,
    events: u64,
    ready: VecDeque<usize>,
    /// What each consumer holds, and of it how much it serves.
    held: Vec<VecDeque<usize>>,
    serving: Vec<usize>,
    turn: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Enters(usize),
    Done { consumer: usize, message: usize },
    Answered(usize),
    Due,
    Look,
}

/// How often the queue is looked at.
const LOOK_EVERY: u64 = 50_000_000;

fn nanoseconds(seconds: f64) -> u64 {
    u64::try_from(Duration::from_secs_f64(seconds).as_nanos()).unwrap()
}

impl Fleet {
    pub(super) fn new(truth: Truth, seed: u64) -> Self {
        Self {
            truth,
            random: Pcg64::seed_from_u64(seed),
            now: 0,
            agenda: BinaryHeap::new(),
            events: 0,
            ready: VecDeque::new(),
            held: vec![VecDeque::new(); truth.consumers],
            serving: vec![0; truth.consumers],
            turn: 0,
        }
    }

    pub(super) fn carry_out(&mut self, step: Step) -> Observed {
        match step {
            Step::Groups { size, repeats } => {
                let mut all = Observed::default();
                for _ in 0..repeats {
                    let group = self.play(size, Duration::ZERO, None);
                    let start = all.took;
                    let moved = group.exchanges.iter().map(|exchange| Exchange {
                        sent: start + exchange.sent,
                        replied: exchange.replied.map(|at| start + at),
                    });
                    all.exchanges.extend(moved);
                    all.took += group.took;
                }
                all
            }
            Step::Clients { clients, duration } => self.play(clients, duration, None),
            Step::Steady { rate, duration } => {
                self.play(0, duration, Some(nanoseconds(1.0 / rate.per_second())))
            }
        }
    }

    /// So many clients until `sending` is over, and messages of an even rate beside them.
    fn play(&mut self, clients: u32, sending: Duration, every: Option<u64>) -> Observed {
        let end = u64::try_from(sending.as_nanos()).unwrap();
        let mut observed = Observed::default();
        self.now = 0;
        self.agenda.clear();
        for _ in 0..clients {
            self.send(&mut observed);
        }
        if every.is_some() {
            self.at(0, Event::Due);
        }
        self.at(LOOK_EVERY, Event::Look);
        let mut open = clients;
        while let Some(Reverse((now, _, event))) = self.agenda.pop() {
            if open == 0 && now >= end {
                break;
            }
            self.now = now;
            match event {
                Event::Enters(message) => self.ready.push_back(message),
                Event::Done { consumer, message } => {
                    self.held[consumer].retain(|held| *held != message);
                    self.serving[consumer] -= 1;
                    let hop = self.hop();
                    self.at(hop, Event::Answered(message));
                }
                Event::Answered(message) => {
                    observed.exchanges[message].replied = Some(Duration::from_nanos(now));
                    observed.took = Duration::from_nanos(now);
                    open -= 1;
                    if every.is_none() && now < end {
                        self.send(&mut observed);
                        open += 1;
                    }
                }
                Event::Due => {
                    if let Some(every) = every.filter(|_| now < end) {
                        self.send(&mut observed);
                        open += 1;
                        self.at(every, Event::Due);
                    }
                }
                Event::Look => {
                    observed.looks.push(Look {
                        at: Duration::from_nanos(now),
                        ready: self.ready.len() as u64,
                        consumers: u32::try_from(self.truth.consumers).unwrap(),
                    });
                    self.at(LOOK_EVERY, Event::Look);
                }
            }
            self.deliver();
        }
        observed.took = observed.took.max(sending);
        observed
    }

    fn at(&mut self, after: u64, event: Event) {
        self.events += 1;
        self.agenda
            .push(Reverse((self.now + after, self.events, event)));
    }

    fn send(&mut self, observed: &mut Observed) {
        let message = observed.exchanges.len();
        observed.exchanges.push(Exchange {
            sent: Duration::from_nanos(self.now),
            replied: None,
        });
        let hop = self.hop();
        self.at(hop, Event::Enters(message));
    }

    /// To the next consumer in turn that has room, and there into service if it has a free server.
    fn deliver(&mut self) {
        let consumers = self.truth.consumers;
        while !self.ready.is_empty() {
            let mut turns = (0..consumers).map(|step| (self.turn + step) % consumers);
            let Some(free) = turns.find(|at| self.held[*at].len() < self.truth.prefetch) else {
                break;
            };
            self.held[free].extend(self.ready.pop_front());
            self.turn = (free + 1) % consumers;
        }
        for consumer in 0..consumers {
            while self.serving[consumer] < self.truth.concurrency.min(self.held[consumer].len())
                && self.serving.iter().sum::<usize>() < self.truth.shared
            {
                // Messages are served in the order in which they came.
                let message = self.held[consumer][self.serving[consumer]];
                self.serving[consumer] += 1;
                let takes = self.service();
                self.at(takes, Event::Done { consumer, message });
            }
        }
    }

    /// A hop takes up to half as long again.
    fn hop(&mut self) -> u64 {
        nanoseconds(self.truth.hop_seconds * self.random.random_range(1.0..1.5))
    }

    fn service(&mut self) -> u64 {
        let factor: f64 = match self.truth.work {
            Work::Constant => self.random.random_range(0.99..1.01),
            Work::Exponential => self.random.sample(Exp::new(1.0).unwrap()),
            Work::LogNormal => self
                .random
                .sample(LogNormal::from_mean_cv(1.0, 0.5).unwrap()),
        };
        nanoseconds(self.truth.service_seconds * factor)
    }
}
