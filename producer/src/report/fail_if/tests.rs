use super::*;
use crate::load::accounts::Transfer;
use crate::load::balance::{self, Ending, Facts};
use crate::load::scenario::Scenario;
use crate::load::stats::Stats;
use crate::report::{Confirms, FleetSummary};
use std::collections::BTreeSet;
use std::time::Duration;

fn at(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// A hundred messages, one of them lost, the others answered after 10 ms to 990 ms.
fn report() -> Report {
    let scenario = Scenario::find("reference").unwrap();
    let stats = Stats::start("run".to_owned(), scenario.reply, Confirms::Awaited);
    for number in 0..100 {
        let sequence = stats.sent(at(0), at(1));
        stats.confirmed(sequence, at(3));
        if number > 0 {
            stats.replied(Some(sequence), Transfer::First, at(10 * number));
        }
    }
    let facts = Facts {
        run: "00c0ffee".to_owned(),
        started_at: "2026-11-21T06:00:00.000Z".to_owned(),
        duration: at(61_500),
        due: 200,
        ending: Ending::Finished,
        fleet: Some(FleetSummary {
            samples: 60,
            count_peak: 4,
            count_mean: 2.5,
            cpu_ratio_mean: Some(0.8),
            cpu_ratio_peak: Some(1.6),
            memory_bytes_mean: Some(40e6),
            memory_bytes_peak: None,
        }),
    };
    balance::report(&scenario, &stats.totals(), facts)
}

/// A run of which nothing is known but that it was.
fn empty() -> Report {
    let scenario = Scenario::find("flood").unwrap();
    let facts = Facts {
        run: "00c0ffee".to_owned(),
        started_at: "2026-11-21T06:00:00.000Z".to_owned(),
        duration: at(0),
        due: 0,
        ending: Ending::Interrupted,
        fleet: None,
    };
    balance::report(
        &scenario,
        &Stats::start("run".to_owned(), scenario.reply, Confirms::Awaited).totals(),
        facts,
    )
}

fn said(condition: &str, report: &Report) -> Option<String> {
    let condition: Condition = condition.parse().unwrap();
    condition.failed(report).map(|failed| failed.to_string())
}

#[test]
fn a_condition_that_holds_fails_the_run_and_says_by_how_much() {
    let report = report();
    for (condition, expected) in [
        ("lost > 0", "lost > 0 (it is 1)"),
        ("lost>=1", "lost>=1 (it is 1)"),
        ("lost == 1", "lost == 1 (it is 1)"),
        ("lost != 0", "lost != 0 (it is 1)"),
        ("replied < 100", "replied < 100 (it is 99)"),
        ("replied <= 99", "replied <= 99 (it is 99)"),
        ("p99 > 0.9s", "p99 > 0.9s (it is 990 ms)"),
        ("wait.p99 > 900ms", "wait.p99 > 900ms (it is 990 ms)"),
        (
            "wait_seconds.max > 0.01m",
            "wait_seconds.max > 0.01m (it is 990 ms)",
        ),
        ("lag.p99 > 900us", "lag.p99 > 900us (it is 1.0 ms)"),
        ("confirm.p50 >= 1ms", "confirm.p50 >= 1ms (it is 2.0 ms)"),
        (
            "duration_seconds > 60",
            "duration_seconds > 60 (it is 61.50 s)",
        ),
        (
            "duration_seconds > 1m 1s",
            "duration_seconds > 1m 1s (it is 61.50 s)",
        ),
        ("unsent > 10%", "unsent > 10% (it is 100)"),
        ("rate_reached < 99%", "rate_reached < 99% (it is 1.7/s)"),
        ("rate_reached < 300/s", "rate_reached < 300/s (it is 1.7/s)"),
        (
            "workers.cpu_ratio_peak > 150%",
            "workers.cpu_ratio_peak > 150% (it is 1.60)",
        ),
        (
            "workers.memory_bytes_mean > 30MB",
            "workers.memory_bytes_mean > 30MB (it is 40.0 MB)",
        ),
        ("count < 100", "count < 100 (it is 99)"),
    ] {
        assert_eq!(said(condition, &report).as_deref(), Some(expected));
    }
}

#[test]
fn a_condition_that_does_not_hold_fails_nothing() {
    let report = report();
    for condition in [
        "lost > 1",
        "lost > 1%",
        "lost == 0",
        "p99 > 1s",
        "p99 >= 1s",
        "lag.max > 5ms",
        "unsent > 50%",
        "duplicated > 0",
        "workers.count_peak > 4",
    ] {
        assert_eq!(said(condition, &report), None, "{condition}");
    }
}

#[test]
fn what_has_no_value_fails_the_run() {
    let empty = empty();
    for (condition, expected) in [
        (
            "p99 > 2s",
            "p99 > 2s (there is no value: no message was answered)",
        ),
        (
            "p99 < 2s",
            "p99 < 2s (there is no value: no message was answered)",
        ),
        (
            "confirm.max > 2s",
            "confirm.max > 2s (there is no value: no message was confirmed)",
        ),
        (
            "rate_asked < 1",
            "rate_asked < 1 (there is no value: the run has none)",
        ),
        (
            "workers.count_peak > 9",
            "workers.count_peak > 9 (there is no value: no controller answered)",
        ),
    ] {
        assert_eq!(said(condition, &empty).as_deref(), Some(expected));
    }
    assert_eq!(said("lost > 0", &empty), None, "a count of nothing is zero");
}

#[test]
fn what_is_no_condition_is_told_with_what_was_expected() {
    let refused = |text: &str| text.parse::<Condition>().unwrap_err();
    insta::assert_snapshot!(refused("p98 > 2s"), @r#"a report has no number named "p98": did you mean p90? There are duration_seconds, messages, due, sent, confirmed, replied, lost, duplicated, late, returned, refused, timed_out, cut_off, resent, unsent, unconfirmed, ignored_replies, redelivered_replies, outages, blocked_count, blocked_seconds, rate_asked, rate_reached, seed; of the wait (and with lag. or confirm. before it of those) p50, p75, p90, p95, p99, p999, p9999, max, min, mean, stddev, count; and workers.samples, workers.count_peak, workers.count_mean, workers.cpu_ratio_mean, workers.cpu_ratio_peak, workers.memory_bytes_mean, workers.memory_bytes_peak"#);
    insta::assert_snapshot!(refused("lots > 0").split(" There").next().unwrap(), @r#"a report has no number named "lots": did you mean lost?"#);
    for (text, expected) in [
        ("", "is no condition of the form"),
        ("p99", "compares nothing"),
        ("lost = 0", "compares nothing"),
        (
            "p99 > 2",
            "p99 is compared with a time with its unit, as 2s or 250ms, not \"2\"",
        ),
        ("p99 > 0", "a time with its unit"),
        ("p99 > -1s", "a time with its unit"),
        ("p99 > 50%", "p99 is a part of nothing"),
        ("lost > 5s", "lost is compared with a number, not \"5s\""),
        ("lost > ", "a number, not \"\""),
        ("lost > NaN", "a number"),
        ("lost > x%", "a share, as 0.5%"),
        ("rate_reached < fast", "messages per second"),
        ("workers.memory_bytes_peak > lots", "an amount of memory"),
    ] {
        let error = refused(text);
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn every_number_of_a_report_can_be_named() {
    let json = serde_json::to_value(report()).unwrap();
    let mut keys = BTreeSet::new();
    for (key, value) in json.as_object().unwrap() {
        match value {
            serde_json::Value::Object(inner) => {
                keys.extend(inner.keys().map(|inner| format!("{key}.{inner}")));
            }
            serde_json::Value::Number(_) => {
                keys.insert(key.clone());
            }
            _ => {}
        }
    }
    keys.remove("schema");
    for key in &keys {
        assert!(Metric::find(key).is_ok(), "{key}");
    }
    assert_eq!(keys.len(), metric::all().len(), "and nothing else can");
}
