//! What a run comes to, in words, in figures and as JSON.

mod page;

use super::*;
use crate::load::accounts::Transfer;
use crate::load::balance::{self, Ending, Facts};
use crate::load::fleet_usage::FleetUsage;
use crate::load::monitor::seconds::Seconds;
use crate::load::offered::{Load, Until, VirtualUsers};
use crate::load::scenario::Scenario;
use crate::load::snapshot::Recent;
use crate::load::stats::Stats;
use std::time::Duration;
use traffic::{Phase, Rate, Schedule};

fn at(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn facts(due: u64, ending: Ending) -> Facts {
    Facts {
        run: "00c0ffee".to_owned(),
        started_at: "2026-11-21T06:00:00.000Z".to_owned(),
        duration: at(61_500),
        due,
        ending,
        fleet: None,
    }
}

/// Four messages: answered, lost, returned, and unconfirmed.
fn mixed() -> Report {
    let scenario = Scenario::find("reference").unwrap();
    let stats = Stats::start("run".to_owned(), scenario.reply, Confirms::Awaited);
    for (due, now) in [(0, 1), (1000, 1002), (2000, 2001), (3000, 3250)] {
        stats.sent(at(due), at(now));
    }
    stats.totals().accounts.confirmed(0);
    stats.replied(Some(0), Transfer::First, at(125));
    stats.replied(Some(0), Transfer::First, at(150));
    stats.totals().accounts.confirmed(1);
    stats.totals().accounts.returned(2);
    stats.totals().accounts.sent_again(3);
    stats.replied(None, Transfer::First, at(4000));
    stats.totals().outages = 1;
    stats.totals().blocks.begin(at(1000));
    stats.totals().blocks.end(at(2500));
    balance::report(&scenario, &stats.totals(), facts(5, Ending::Interrupted))
}

pub(super) fn object(report: &Report) -> serde_json::Value {
    serde_json::from_str(&report.json().unwrap()).unwrap()
}

#[test]
fn the_json_object_is_what_other_programs_read() {
    let json: serde_json::Value = serde_json::from_str(&mixed().json().unwrap()).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&json).unwrap(), @r#"
    {
      "blocked_count": 1,
      "blocked_seconds": 1.5,
      "confirm_seconds": {
        "count": 0,
        "max": null,
        "mean": null,
        "min": null,
        "p50": null,
        "p75": null,
        "p90": null,
        "p95": null,
        "p99": null,
        "p999": null,
        "p9999": null,
        "stddev": null
      },
      "confirmed": 2,
      "confirms": "awaited",
      "cut_off": 0,
      "due": 5,
      "duplicated": 1,
      "duration_seconds": 61.5,
      "failed_conditions": [],
      "ignored_replies": 1,
      "interrupted": true,
      "late": 1,
      "lost": 1,
      "messages": 23370,
      "outages": 1,
      "rate_asked": 389.5,
      "rate_reached": 1.2307692307692308,
      "redelivered_replies": 0,
      "refused": 0,
      "replied": 1,
      "resent": 1,
      "returned": 1,
      "run": "00c0ffee",
      "scenario": "reference",
      "schedule_lag_seconds": {
        "count": 4,
        "max": 0.250111,
        "mean": 0.063512,
        "min": 0.001,
        "p50": 0.001,
        "p75": 0.002,
        "p90": 0.250111,
        "p95": 0.250111,
        "p99": 0.250111,
        "p999": 0.250111,
        "p9999": 0.250111,
        "stddev": 0.10769738358938902
      },
      "schema": 1,
      "seed": 1,
      "sent": 4,
      "started_at": "2026-11-21T06:00:00.000Z",
      "timed_out": 0,
      "unconfirmed": 1,
      "unsent": 1,
      "wait_seconds": {
        "count": 1,
        "max": 0.125055,
        "mean": 0.125024,
        "min": 0.124992,
        "p50": 0.125055,
        "p75": 0.125055,
        "p90": 0.125055,
        "p95": 0.125055,
        "p99": 0.125055,
        "p999": 0.125055,
        "p9999": 0.125055,
        "stddev": 0.0
      },
      "workers": null
    }
    "#);
}

#[test]
fn the_first_key_is_the_schema() {
    assert!(
        mixed()
            .json()
            .unwrap()
            .starts_with(r#"{"schema":1,"scenario":"reference","#)
    );
}

#[test]
fn the_text_shows_what_happened() {
    insta::assert_snapshot!(mixed(), @r#"
    scenario                   reference
    duration                      61.5 s
    interrupted                      yes
    sent                               4
    confirmed                          2
    replied                            1
    lost                               1
    duplicated                         1
    late                               1
    sent again                         1
    returned                           1
    unsent                             1
    unconfirmed                        1
    replies ignored                    1
    connections broken                 1
    times blocked                      1
    blocked by the broker          1.5 s
    rate asked, msg/s              389.5
    rate reached, msg/s              1.2

                      wait  schedule lag  confirmation
    count                1             4             0
    min             125 ms        1.0 ms             -
    mean            125 ms         64 ms             -
    deviation         0 µs        108 ms             -
    p50             125 ms        1.0 ms             -
    p75             125 ms        2.0 ms             -
    p90             125 ms        250 ms             -
    p95             125 ms        250 ms             -
    p99             125 ms        250 ms             -
    p99.9           125 ms        250 ms             -
    p99.99          125 ms        250 ms             -
    max             125 ms        250 ms             -

    1 of 4 messages were sent late, by up to 250 ms
    the broker had an alarm and read nothing for 1.50 s
    of 5 messages: 1 lost (confirmed and never answered), 1 unsent, 1 unconfirmed, 1 returned (no queue took them)
    1 replies came for messages that had theirs already
    "#);
}

#[test]
fn an_empty_run_has_no_percentiles_and_is_complete() {
    let scenario = Scenario::find("flood").unwrap();
    let report = balance::report(
        &scenario,
        &Stats::start("run".to_owned(), scenario.reply, Confirms::Awaited).totals(),
        facts(0, Ending::Interrupted),
    );
    assert!(report.complete());
    let json: serde_json::Value = serde_json::from_str(&report.json().unwrap()).unwrap();
    assert_eq!(json["wait_seconds"]["p99"], serde_json::Value::Null);
    assert_eq!(json["rate_asked"], serde_json::Value::Null);
}

#[test]
fn anything_missing_makes_a_run_incomplete() {
    let scenario = Scenario::find("flood").unwrap();
    let report = |change: fn(&Stats), due| {
        let stats = Stats::start("run".to_owned(), scenario.reply, Confirms::Awaited);
        stats.sent(at(0), at(0));
        change(&stats);
        balance::report(&scenario, &stats.totals(), facts(due, Ending::Finished))
    };
    let answer: fn(&Stats) = |stats| {
        stats.totals().accounts.confirmed(0);
        stats.replied(Some(0), Transfer::First, at(1));
    };
    assert!(report(answer, 1).complete());
    assert!(!report(answer, 2).complete(), "one was never sent");
    assert!(!report(|_| (), 1).complete(), "unconfirmed");
    assert!(
        !report(|stats| stats.confirmed(0, at(1)), 1).complete(),
        "lost"
    );
    assert!(
        !report(|stats| stats.totals().accounts.returned(0), 1).complete(),
        "returned"
    );
    assert!(
        !report(|stats| stats.totals().accounts.refused(0), 1).complete(),
        "refused"
    );
}

#[test]
fn a_schedule_that_was_kept_reached_its_rate() {
    let scenario = Scenario::find("reference").unwrap();
    let stats = Stats::start("run".to_owned(), scenario.reply, Confirms::Awaited);
    for sequence in 0..23_370 {
        stats.sent(at(2 * sequence), at(2 * sequence));
    }
    let report = balance::report(&scenario, &stats.totals(), facts(23_370, Ending::Finished));
    assert_eq!(report.rate_asked, Some(389.5));
    assert_eq!(report.rate_reached, Some(389.5));
}

#[test]
fn what_nobody_confirmed_is_not_said_to_be() {
    let scenario = Scenario::find("reference").unwrap();
    let stats = Stats::start("run".to_owned(), scenario.reply, Confirms::Unwanted);
    stats.sent(at(0), at(0));
    let report = balance::report(&scenario, &stats.totals(), facts(1, Ending::Interrupted));
    assert_eq!(report.remarks(), ["of 1 messages: 1 lost (never answered)"]);
}

#[test]
fn neither_floods_nor_clients_ask_for_a_rate() {
    let group = VirtualUsers {
        clients: 5,
        until: Until::Requests(100),
    };
    let pause = VirtualUsers {
        clients: 0,
        until: Until::Duration(at(2000)),
    };
    let rate = Phase::Constant {
        rate: Rate::try_new(10.0).unwrap(),
        duration: at(1000),
    };
    let flood = Phase::Flood { messages: 1000 };
    for load in [
        Load::Closed(vec![group, pause, group]),
        Load::Open(Schedule::new(vec![rate, flood])),
    ] {
        let scenario = Scenario {
            load,
            ..Scenario::find("reference").unwrap()
        };
        let stats = Stats::start("run".to_owned(), scenario.reply, Confirms::Awaited);
        let report = balance::report(&scenario, &stats.totals(), facts(0, Ending::Finished));
        assert_eq!(report.rate_asked, None, "{:?}", scenario.load);
    }
}

/// A run of three seconds with everything in it that a picture shows, and texts that mean harm.
pub(super) fn pictured() -> (Report, Measured, Scenario) {
    let mut scenario = Scenario::find("reference").unwrap();
    scenario.name = "<script>alert('x')</script>".to_owned();
    scenario.about = "a & b, \"quoted\"".to_owned();
    let mut report = mixed();
    report.scenario = scenario.name.clone();
    report.workers = Some(FleetSummary {
        samples: 3,
        count_peak: 3,
        count_mean: 2.0,
        cpu_ratio_mean: Some(0.75),
        cpu_ratio_peak: Some(1.5),
        memory_bytes_mean: Some(20e6),
        memory_bytes_peak: Some(24e6),
    });
    let condition: fail_if::Condition = "p99 > 100ms".parse().unwrap();
    report.failed_conditions.extend(condition.failed(&report));
    let mut measured = Measured::default();
    let stats = Stats::start("run".to_owned(), scenario.reply, Confirms::Awaited);
    let mut seconds = Seconds::default();
    for second in 1..=3 {
        let sequence = stats.sent(at(second * 1000 - 900), at(second * 1000 - 899));
        stats.confirmed(sequence, at(second * 1000 - 890));
        // Nothing is answered in the second second, so the curve of the waits is broken there.
        if second != 2 {
            stats.replied(Some(sequence), Transfer::First, at(second * 1000 - 800));
        }
        seconds.add(&stats.totals().take_recent(Recent::default()));
        let usage = FleetUsage {
            starting: 0,
            ready: 3,
            draining: 0,
            cpu_ratio: Some(1.5),
            memory_bytes: Some(24_000_000),
        };
        let snapshot = stats.totals().snapshot(at(second * 1000), second);
        let row = seconds.next(&snapshot, Some(&usage)).unwrap();
        measured.history.push(row);
    }
    measured.waits = stats.totals().waits.clone();
    measured.lag = stats.totals().lag.clone();
    measured.confirm_latency = stats.totals().confirm_latency.clone();
    (report, measured, scenario)
}

#[test]
fn the_words_are_about_what_went_wrong() {
    let scenario = Scenario::find("reference").unwrap();
    let stats = Stats::start("run".to_owned(), scenario.reply, Confirms::Awaited);
    for sequence in 0..1000 {
        stats.sent(at(2 * sequence), at(80 * sequence));
        stats.confirmed(sequence, at(80 * sequence + 1));
        stats.replied(Some(sequence), Transfer::First, at(80 * sequence + 2));
    }
    let facts = |ending| facts(1200, ending);
    let report = balance::report(&scenario, &stats.totals(), facts(Ending::Finished));
    insta::assert_snapshot!(report.remarks().join("\n"), @r#"
    the rate was not reached: 389.5 msg/s were asked and 12.5 sent
    999 of 1000 messages were sent late, by up to 77.92 s
    of 1200 messages: 200 unsent
    "#);
    let report = balance::report(&scenario, &stats.totals(), facts(Ending::Interrupted));
    assert!(
        !report.remarks()[0].contains("rate"),
        "whoever interrupts a run cuts its rate"
    );
}
