//! The probe against fleets in virtual time whose truth is known.

use super::estimate::count;
use super::inquiry::{Inquiry, Known, Limits};
use super::simulated::{Fleet, Truth, Work};
use crate::rate::Rate;
use std::time::Duration;

fn limits() -> Limits {
    Limits {
        time: Duration::from_secs(60),
        rate_max: Rate::try_new(10_000.0).unwrap(),
        clients_max: 1000,
    }
}

fn inquire(truth: Truth, seed: u64) -> Inquiry {
    let known = Known {
        consumers: u32::try_from(truth.consumers).unwrap(),
        way_seconds: 2.0 * 1.25 * truth.hop_seconds,
    };
    let mut fleet = Fleet::new(truth, seed);
    let mut inquiry = Inquiry::new(limits(), known);
    while let Some(step) = inquiry.next() {
        let observed = fleet.carry_out(step);
        inquiry.learn(step, &observed);
    }
    inquiry
}

/// Fleets of 1 to 20 servers: as many consumers, or one that serves them all at once, or something
/// between, with the smallest prefetch that keeps them busy or with a larger one.
fn fleets(work: Work) -> impl Iterator<Item = (Truth, u64)> {
    (1..=20).map(move |servers: usize| {
        let (consumers, concurrency, prefetch) = match servers % 3 {
            0 => (servers, 1, 1),
            1 => (1, servers, 30),
            _ => (servers.div_ceil(2), 2, 5),
        };
        let truth = Truth {
            consumers,
            concurrency,
            prefetch,
            service_seconds: 0.02,
            work,
            hop_seconds: 0.000_15,
        };
        (truth, servers as u64)
    })
}

fn finds_the_truth(work: Work) {
    for (truth, seed) in fleets(work) {
        let inquiry = inquire(truth, seed);
        let (_, evidence) = inquiry.evidence();
        let capacity = evidence.capacity().expect("a capacity");
        let servers = count(truth.consumers * truth.concurrency);
        let rate = servers / truth.service_seconds;
        assert!(
            (capacity.value / rate - 1.0).abs() < 0.1,
            "{truth:?} {capacity:?}"
        );
        let at_once = capacity.times(inquiry.service().unwrap().seconds);
        assert!(
            (at_once.value - servers).abs() < 1.0,
            "{truth:?} {at_once:?}"
        );
        assert!(inquiry.spent_share() < 1.0, "{truth:?}");
    }
}

#[test]
fn fleets_whose_messages_all_take_the_same_are_found_out() {
    finds_the_truth(Work::Constant);
}

#[test]
fn fleets_with_exponential_service_are_found_out() {
    finds_the_truth(Work::Exponential);
}

#[test]
fn fleets_with_lognormal_service_are_found_out() {
    finds_the_truth(Work::LogNormal);
}
