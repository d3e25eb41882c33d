//! What a run came to: for a reader, and as one JSON object for a machine.

use crate::books::{Books, Percentiles};
use crate::scenario::Scenario;
use serde::Serialize;
use std::fmt;
use std::time::Duration;

/// The version of the JSON object: raised when a key changes its meaning, not when one is added.
const SCHEMA: u32 = 1;

/// What a run came to. The field names are the keys of the JSON object.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The version of the object.
    pub schema: u32,
    /// What was run.
    pub scenario: String,
    /// Names the run in message ids.
    pub run: String,
    /// What the messages were chosen by.
    pub seed: u64,
    /// RFC 3339.
    pub started_at: String,
    /// From start to report.
    pub duration_seconds: f64,
    /// Whether its user ended it before its time.
    pub interrupted: bool,
    /// What the scenario has in all; nothing where that depends on how fast clients are served.
    pub messages: Option<u64>,
    /// What was due by the end of sending.
    pub due: u64,
    /// Messages sent, each once.
    pub sent: u64,
    /// Messages that the broker took responsibility for.
    pub confirmed: u64,
    /// Messages whose reply arrived.
    pub replied: u64,
    /// Messages confirmed and never answered.
    pub lost: u64,
    /// Replies beyond the first of a message.
    pub duplicated: u64,
    /// Messages handed over more than 5 ms after they were due.
    pub late: u64,
    /// Messages that no queue took.
    pub returned: u64,
    /// Messages that the broker refused.
    pub refused: u64,
    /// Messages sent once more after a connection broke.
    pub resent: u64,
    /// Messages that were due and never sent.
    pub unsent: u64,
    /// Messages sent that got no answer from the broker.
    pub unconfirmed: u64,
    /// Replies that belong to no message of this run.
    pub ignored_replies: u64,
    /// Replies handed over once more after a connection broke.
    pub redelivered_replies: u64,
    /// Connections that broke.
    pub outages: u64,
    /// How long the broker read nothing.
    pub blocked_seconds: f64,
    /// Messages per second; nothing where none was asked for.
    pub rate_asked: Option<f64>,
    /// Messages per second.
    pub rate_reached: Option<f64>,
    /// From when a message was due to its reply.
    pub wait_seconds: Percentiles,
    /// From when a message was due to when it was handed over.
    pub schedule_lag_seconds: Percentiles,
}

/// What the report says beside the books.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// Names the run in message ids.
    pub run: String,
    /// When it started, as RFC 3339.
    pub started_at: String,
    /// From start to report.
    pub duration: Duration,
    /// How many messages were due when sending ended.
    pub due: u64,
    /// How sending ended.
    pub ending: Ending,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// By itself.
    Finished,
    /// By its user, before its time.
    Interrupted,
}

impl Report {
    /// Draws the balance.
    #[must_use]
    pub fn new(scenario: &Scenario, books: &Books, facts: Facts) -> Self {
        let counts = books.ledger.counts();
        let load = &scenario.load;
        let asked_seconds = load.duration().as_secs_f64();
        let messages = load.messages();
        // A schedule that was kept ends with silence as often as with a message, so the rate
        // reached is over the schedule's time, or over what it took beyond that.
        let sent_seconds = match facts.ending {
            Ending::Finished => asked_seconds.max(books.last_sent.as_secs_f64()),
            Ending::Interrupted => books.last_sent.as_secs_f64(),
        };
        Self {
            schema: SCHEMA,
            scenario: scenario.name.clone(),
            run: facts.run,
            seed: scenario.seed,
            started_at: facts.started_at,
            duration_seconds: facts.duration.as_secs_f64(),
            interrupted: facts.ending == Ending::Interrupted,
            messages,
            due: facts.due,
            sent: counts.sent,
            confirmed: counts.confirmed,
            replied: counts.replied,
            lost: books.ledger.unreplied(),
            duplicated: counts.duplicated,
            late: books.late,
            returned: counts.returned,
            refused: counts.refused,
            resent: counts.resent,
            unsent: facts.due.saturating_sub(counts.sent),
            unconfirmed: books.ledger.unconfirmed(),
            ignored_replies: books.ignored,
            redelivered_replies: books.redelivered,
            outages: books.outages,
            blocked_seconds: books.blocked(facts.duration).as_secs_f64(),
            // A flood asks for no rate, and clients ask for none.
            rate_asked: messages.and_then(|messages| per_second(messages, asked_seconds)),
            rate_reached: per_second(counts.sent, sent_seconds),
            wait_seconds: books.waits.percentiles(),
            schedule_lag_seconds: books.lag.percentiles(),
        }
    }

    /// Whether every message that was due got what it was to get.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.lost + self.unsent + self.unconfirmed + self.returned + self.refused == 0
    }

    /// One JSON object on one line.
    pub fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}

/// A rate, where there was any time.
fn per_second(count: u64, seconds: f64) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    (seconds > 0.0).then(|| count as f64 / seconds)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rate = |rate: Option<f64>| rate.map_or("-".to_owned(), |rate| format!("{rate:.1}"));
        let mut row = |name: &str, value: String| writeln!(f, "{name:<22}{value:>14}");

        row("scenario", self.scenario.clone())?;
        row("duration", format!("{:.1} s", self.duration_seconds))?;
        if self.interrupted {
            row("interrupted", "yes".to_owned())?;
        }
        row("sent", self.sent.to_string())?;
        row("confirmed", self.confirmed.to_string())?;
        row("replied", self.replied.to_string())?;
        row("lost", self.lost.to_string())?;
        row("duplicated", self.duplicated.to_string())?;
        row("late", self.late.to_string())?;
        // What rarely happens is shown when it did.
        for (name, count) in [
            ("sent again", self.resent),
            ("returned", self.returned),
            ("refused", self.refused),
            ("unsent", self.unsent),
            ("unconfirmed", self.unconfirmed),
            ("replies ignored", self.ignored_replies),
            ("replies redelivered", self.redelivered_replies),
            ("connections broken", self.outages),
        ] {
            if count > 0 {
                row(name, count.to_string())?;
            }
        }
        if self.blocked_seconds > 0.0 {
            row(
                "blocked by the broker",
                format!("{:.1} s", self.blocked_seconds),
            )?;
        }
        row("rate asked, msg/s", rate(self.rate_asked))?;
        row("rate reached, msg/s", rate(self.rate_reached))?;

        writeln!(f)?;
        writeln!(
            f,
            "{:<14}{:>10}{:>10}{:>10}{:>10}{:>10}",
            "seconds", "p50", "p90", "p99", "p99.9", "max"
        )?;
        for (name, percentiles) in [
            ("wait", self.wait_seconds),
            ("schedule lag", self.schedule_lag_seconds),
        ] {
            write!(f, "{name:<14}")?;
            let Percentiles {
                p50,
                p90,
                p99,
                p999,
                max,
            } = percentiles;
            for value in [p50, p90, p99, p999, max] {
                let text = value.map_or("-".to_owned(), |value| format!("{value:.3}"));
                write!(f, "{text:>10}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
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
        books.block(at(1000));
        books.unblock(at(2500));
        Report::new(&scenario, &books, facts(5, Ending::Interrupted))
    }

    #[test]
    fn the_json_object_is_what_other_programs_read() {
        let json: serde_json::Value = serde_json::from_str(&mixed().json().unwrap()).unwrap();
        insta::assert_snapshot!(serde_json::to_string_pretty(&json).unwrap(), @r#"
        {
          "blocked_seconds": 1.5,
          "confirmed": 2,
          "due": 5,
          "duplicated": 1,
          "duration_seconds": 61.5,
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
            "max": 0.250111,
            "p50": 0.001,
            "p90": 0.250111,
            "p99": 0.250111,
            "p999": 0.250111
          },
          "schema": 1,
          "seed": 1,
          "sent": 4,
          "started_at": "2026-11-21T06:00:00.000Z",
          "unconfirmed": 1,
          "unsent": 1,
          "wait_seconds": {
            "max": 0.125055,
            "p50": 0.125055,
            "p90": 0.125055,
            "p99": 0.125055,
            "p999": 0.125055
          }
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
        blocked by the broker          1.5 s
        rate asked, msg/s              389.5
        rate reached, msg/s              1.2

        seconds              p50       p90       p99     p99.9       max
        wait               0.125     0.125     0.125     0.125     0.125
        schedule lag       0.001     0.250     0.250     0.250     0.250
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
}
