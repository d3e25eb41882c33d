//! The probe against fleets in virtual time whose truth is known.

use super::advice::Advice;
use super::estimate::count;
use super::evidence::Limit;
use super::findings::{Bound, Findings, Note, Takes};
use super::procedure::{Known, Limits, Procedure};
use super::record::Record;
use super::simulated::{Fleet, Truth, Work};
use super::step::Observed;
use std::time::Duration;
use traffic::Rate;

fn limits() -> Limits {
    Limits {
        time: Duration::from_secs(60),
        rate_max: Rate::try_new(10_000.0).unwrap(),
        clients_max: 1000,
    }
}

/// Three workers of 20 ms a message.
fn three() -> Truth {
    Truth {
        consumers: 3,
        concurrency: 1,
        prefetch: 12,
        shared: usize::MAX,
        service_seconds: 0.02,
        work: Work::Constant,
        hop_seconds: 0.000_15,
    }
}

/// Probes a fleet; `meddle` may change what is seen in step *n*.
fn probe_meddled(
    truth: Truth,
    limits: Limits,
    seed: u64,
    mut meddle: impl FnMut(usize, &mut Observed),
) -> (Findings, f64) {
    let known = Known {
        consumers: u32::try_from(truth.consumers).unwrap(),
        round_trip_seconds: 2.0 * 1.25 * truth.hop_seconds,
    };
    let mut fleet = Fleet::new(truth, seed);
    let mut procedure = Procedure::new(limits, known);
    let mut steps = 0;
    while let Some(step) = procedure.next() {
        let mut observed = fleet.carry_out(step);
        meddle(steps, &mut observed);
        procedure.learn(step, &observed);
        steps += 1;
    }
    let (known, evidence) = procedure.evidence();
    (Findings::of(*known, evidence), procedure.spent_share())
}

fn probe(truth: Truth, limits: Limits) -> Findings {
    probe_meddled(truth, limits, 1, |_, _| {}).0
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
            work,
            ..three()
        };
        (truth, servers as u64)
    })
}

fn finds_the_truth(work: Work) {
    for (truth, seed) in fleets(work) {
        let (found, spent_share) = probe_meddled(truth, limits(), seed, |_, _| {});
        let capacity = found.capacity.expect("a capacity");
        let servers = count(truth.consumers * truth.concurrency);
        let rate = servers / truth.service_seconds;
        assert_eq!(capacity.bound, Bound::Exact, "{truth:?} {found:?}");
        assert!(
            (capacity.per_second.value / rate - 1.0).abs() < 0.1,
            "{truth:?} {found:?}"
        );
        let at_once = found.at_once.unwrap();
        assert!(
            (at_once.by_law.value - servers).abs() < 1.0 && (at_once.value() - servers).abs() < 1.0,
            "{truth:?} {found:?}"
        );
        let takes = match truth.concurrency {
            1 => Takes::One,
            _ => Takes::Several,
        };
        assert_eq!(found.takes, Some(takes), "{truth:?} {found:?}");
        let held = found.held.unwrap();
        assert!(
            held.bound == Bound::Exact && (held.messages - count(truth.prefetch)).abs() < 0.5,
            "{truth:?} {found:?}"
        );
        assert!(spent_share < 1.0, "{truth:?} {spent_share}");
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

#[test]
fn a_short_probe_of_a_steady_fleet_is_as_right() {
    let time = Duration::from_secs(10);
    let found = probe(three(), Limits { time, ..limits() });
    let capacity = found.capacity.unwrap().per_second;
    assert!((capacity.value - 150.0).abs() < 1.5, "{found:?}");
    assert_eq!(found.at_once.unwrap().counted, Some(3), "{found:?}");
    assert!(!found.below.unwrap().grows(), "{found:?}");
    assert!(found.above.unwrap().grows(), "{found:?}");
    assert_eq!(found.notes, [], "{found:?}");
}

#[test]
fn workers_that_share_what_limits_them_are_found_out() {
    let truth = Truth {
        consumers: 8,
        shared: 3,
        ..three()
    };
    let found = probe(truth, limits());
    assert_eq!(found.takes, Some(Takes::LessThanOne), "{found:?}");
    assert_eq!(Advice::of(&found, None).unwrap().max, 3, "{found:?}");
}

#[test]
fn workers_without_a_prefetch_limit_hold_all_there_is() {
    let truth = Truth {
        prefetch: usize::MAX,
        ..three()
    };
    let found = probe(truth, limits());
    let held = found.held.unwrap();
    assert_eq!(held.bound, Bound::AtLeast, "{found:?}");
    assert!(held.messages > 50.0, "{found:?}");
}

#[test]
fn a_limit_of_ones_own_is_told_from_the_fleets() {
    let truth = Truth {
        consumers: 20,
        ..three()
    };
    let slow = Rate::try_new(300.0).unwrap();
    let of_rate = Limits {
        rate_max: slow,
        ..limits()
    };
    let of_clients = Limits {
        clients_max: 8,
        ..limits()
    };
    for (limits, limit, most) in [
        (of_rate, Limit::Rate, 300.0),
        (of_clients, Limit::Clients, 410.0),
    ] {
        let found = probe(truth, limits);
        let capacity = found.capacity.unwrap();
        assert_eq!(capacity.bound, Bound::AtLeast, "{found:?}");
        assert!(capacity.per_second.value < most, "{found:?}");
        assert!(found.notes.contains(&Note::Limited(limit)), "{found:?}");
    }
}

#[test]
fn a_fleet_that_is_slower_than_the_time_allows_is_no_guess() {
    let truth = Truth {
        service_seconds: 10.0,
        ..three()
    };
    let found = probe(truth, limits());
    assert_eq!(found.capacity, None, "{found:?}");
    assert!(
        found.notes.contains(&Note::Limited(Limit::Time)),
        "{found:?}"
    );
    assert_eq!(Advice::of(&found, None), None);
}

#[test]
fn a_fleet_that_changes_meanwhile_is_told() {
    let (found, _) = probe_meddled(three(), limits(), 1, |step, observed| {
        if step == 4 {
            observed
                .looks
                .iter_mut()
                .for_each(|look| look.consumers = 5);
        }
    });
    let (fewest, most) = (3, 5);
    let note = Note::ConsumersChanged { fewest, most };
    assert!(found.notes.contains(&note), "{found:?}");
}

#[test]
fn messages_of_others_are_told_from_ones_own() {
    let (found, _) = probe_meddled(three(), limits(), 1, |step, observed| {
        if step == 2 {
            observed.looks.iter_mut().for_each(|look| look.ready = 40);
        }
    });
    let others = |note: &Note| matches!(note, Note::OthersSend { messages: 38..=40 });
    assert!(found.notes.iter().any(others), "{found:?}");
}

#[test]
fn nothing_is_said_of_a_fleet_that_answers_nothing() {
    let (found, _) = probe_meddled(three(), limits(), 1, |_, observed| {
        observed
            .exchanges
            .iter_mut()
            .for_each(|exchange| exchange.replied = None);
    });
    assert_eq!((found.service, found.capacity), (None, None));
    assert_eq!(found.notes, [Note::Unanswered { messages: 1 }]);
}

#[test]
fn a_reader_gets_sentences_and_lines_that_are_toml() {
    let found = probe(three(), limits());
    let advice = Advice::of(&found, None).unwrap();
    insta::assert_snapshot!(format!("{found}\n{advice}"), @r"
    service time    20 ms (20 to 20), the same for every message
    capacity        150 msg/s (150 to 150): above that the queue grows
    served at once  3: so many answers came together; by Little's law 3 (2.99 to 3.01)
    workers         3 workers: one message at a time each
    held            12 messages each: the prefetch they have now
    queue           at 127 msg/s it kept its length: -0.2 msg/s (-1.8 to +1.3)
    queue           at 187 msg/s it grew: +37.5 msg/s (+36.6 to +38.3)

    # [[pool]]
    # A quarter of a second of work: no worker waits for the broker, and a new one finds some left.
    prefetch = 12

    # [pool.scaling]
    # 3 workers did 150 msg/s (± 0.2 %).
    worker_rate = 50
    # So many were seen to work side by side; for a peak of P msg/s take P/50, rounded up (--peak P).
    max = 3
    ");
    let toml: toml::Table = advice.to_string().parse().unwrap();
    assert_eq!(toml["max"].as_integer(), Some(3));
}

#[test]
fn a_machine_gets_every_value_with_its_interval() {
    let found = probe(three(), limits());
    let advice = Advice::of(&found, Some(1000.0));
    let record = serde_json::to_value(Record::new("tasks", &found, advice.as_ref(), &[])).unwrap();
    let keys: Vec<&str> = record
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    insta::assert_snapshot!(keys.join(" "), @"above below busy_service_seconds capacity_is capacity_per_second config consumers held_by_each held_is notes queue round_trip_seconds schema served_at_once served_at_once_by_law served_at_once_counted service_seconds service_variation steps takes");
    assert_eq!(record["served_at_once_counted"], 3);
    let capacity = &record["capacity_per_second"];
    assert!(capacity["low"].as_f64() <= capacity["value"].as_f64());
    let config = serde_json::json!({"worker_rate": 50.0, "prefetch": 12, "max": 20});
    assert_eq!(record["config"], config);
}
