use super::*;
use crate::ledger::Transfer;

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
    let mut books = Books::new(scenario.reply);
    for (due, now) in [(0, 1), (1000, 1002), (2000, 2001), (3000, 3250)] {
        books.sent(at(due), at(now));
    }
    books.ledger.confirmed(0);
    books.replied(Some(0), Transfer::First, at(125));
    books.replied(Some(0), Transfer::First, at(150));
    books.ledger.confirmed(1);
    books.ledger.returned(2);
    books.ledger.sent_again(3);
    books.replied(None, Transfer::First, at(4000));
    books.outages = 1;
    books.blocks.begin(at(1000));
    books.blocks.end(at(2500));
    Report::new(&scenario, &books, facts(5, Ending::Interrupted))
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

    seconds              p50       p90       p99     p99.9       max
    wait               0.125     0.125     0.125     0.125     0.125
    schedule lag       0.001     0.250     0.250     0.250     0.250

    1 of 4 messages were sent late, by up to 250 ms
    the broker had an alarm and read nothing for 1.50 s
    of 5 messages: 1 lost (confirmed and never answered), 1 unsent, 1 unconfirmed, 1 returned (no queue took them)
    1 replies came for messages that had theirs already
    "#);
}

#[test]
fn an_empty_run_has_no_percentiles_and_is_complete() {
    let scenario = Scenario::find("flood").unwrap();
    let report = Report::new(
        &scenario,
        &Books::new(scenario.reply),
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
    let report = |change: fn(&mut Books), due| {
        let mut books = Books::new(scenario.reply);
        books.sent(at(0), at(0));
        change(&mut books);
        Report::new(&scenario, &books, facts(due, Ending::Finished))
    };
    let answer: fn(&mut Books) = |books| {
        books.ledger.confirmed(0);
        books.replied(Some(0), Transfer::First, at(1));
    };
    assert!(report(answer, 1).complete());
    assert!(!report(answer, 2).complete(), "one was never sent");
    assert!(!report(|_| (), 1).complete(), "unconfirmed");
    assert!(
        !report(|books| books.confirmed(0, at(1)), 1).complete(),
        "lost"
    );
    assert!(
        !report(|books| books.ledger.returned(0), 1).complete(),
        "returned"
    );
    assert!(
        !report(|books| books.ledger.refused(0), 1).complete(),
        "refused"
    );
}

#[test]
fn a_schedule_that_was_kept_reached_its_rate() {
    let scenario = Scenario::find("reference").unwrap();
    let mut books = Books::new(scenario.reply);
    for sequence in 0..23_370 {
        books.sent(at(2 * sequence), at(2 * sequence));
    }
    let report = Report::new(&scenario, &books, facts(23_370, Ending::Finished));
    assert_eq!(report.rate_asked, Some(389.5));
    assert_eq!(report.rate_reached, Some(389.5));
}
