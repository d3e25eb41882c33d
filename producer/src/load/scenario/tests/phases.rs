//! Phases of both loops and every shape.

use super::super::*;
use super::complaint;
use crate::load::offered::{Until, VirtualUsers};
use std::time::Duration;
use traffic::Rate;
use traffic::{ArrivalProcess, Holding, Phase, Schedule};

/// A scenario of these phases.
fn phases(text: &str) -> Load {
    let text = format!("name = \"x\"\n{text}");
    Scenario::parse(&text, Path::new("mine.toml")).unwrap().load
}

#[test]
fn phases_with_clients_are_a_closed_loop() {
    let load = phases(
        "[[phase]]\nclients = 10\nrequests = 1000\n[[phase]]\nclients = 0\nduration = \"5s\"\n\
         [[phase]]\nclients = 20\nduration = \"30s\"\n",
    );
    let group = |clients, until| VirtualUsers { clients, until };
    let seconds = |seconds| Until::Duration(Duration::from_secs(seconds));
    let expected = [
        group(10, Until::Requests(1000)),
        group(0, seconds(5)),
        group(20, seconds(30)),
    ];
    assert_eq!(load, Load::Closed(expected.to_vec()));
}

#[test]
fn a_phase_can_count_its_messages_out() {
    let load =
        phases("[[phase]]\nrate = 7\nrequests = 100\n[[phase]]\nrate = 1\nduration = \"2s\"\n");
    assert_eq!(load.messages(), Some(102));
    // 100 sevenths of a second, up to the next nanosecond.
    assert_eq!(load.duration(), Duration::from_nanos(16_285_714_286));
}

#[test]
fn mistakes_of_clients_and_counts_are_shown_with_their_lines() {
    let text = r#"
name = "x"
[[phase]]
clients = 10
requests = 5
duration = "5s"
[[phase]]
rate = 5
duration = "5s"
[[phase]]
clients = 0
requests = 7
[[phase]]
clients = 10001
request = 7
[[phase]]
clients = 3
rate = 5
duration = "1s"
[[phase]]
rate = 0
requests = 10
[[phase]]
rate = 0.001
requests = 1_000_000
"#;
    insta::assert_snapshot!(complaint(text), @r#"
    9 problems in the scenario mine.toml
      line 5: phase[0].requests = 5: is one too many beside duration
      line 7: phase[1]: this phase has none and the first has clients: either all phases have clients, who wait for their replies, or none has
      line 12: phase[2].requests = 7: 0 clients send none; a pause has a duration
      line 13: phase[3].duration: must be given: a duration, such as "15s", or requests, such as 1000
      line 14: phase[3].clients = 10001: must be a whole number from 0 to 10000
      line 15: phase[3].request: no such key; did you mean `requests`?
      line 18: phase[4].rate: no such key; there are: clients, requests, duration
      line 22: phase[5].requests = 10: at a rate of 0 they never come
      line 25: phase[6].requests = 1_000_000: at 0.001 msg/s they take longer than a week
    "#);
}

#[test]
fn every_shape_is_read() {
    let load = phases(
        r#"
arrivals = "poisson"
[[phase]]
shape = "spike"
base = 10
peak = 100
at = "0s"
hold = "2s"
fall = "1s"
duration = "5s"
[[phase]]
shape = "square"
high = 30
low = 10
period = "4s"
share = 0.25
duration = "8s"
[[phase]]
shape = "sine"
rate = 50
amplitude = 50
period = "1m"
duration = "2m"
[[phase]]
shape = "onoff"
rate = 100
on = "1s"
off = "2s"
holding = "exponential"
duration = "1m"
"#,
    );
    let rate = |per_second| Rate::try_new(per_second).unwrap();
    let seconds = Duration::from_secs;
    let expected = vec![
        Phase::Spike {
            base: rate(10.0),
            peak: rate(100.0),
            at: Duration::ZERO,
            rise: Duration::ZERO,
            hold: seconds(2),
            fall: seconds(1),
            duration: seconds(5),
        },
        Phase::Square {
            high: rate(30.0),
            low: rate(10.0),
            period: seconds(4),
            high_for: seconds(1),
            duration: seconds(8),
        },
        Phase::Sine {
            mean: rate(50.0),
            amplitude: rate(50.0),
            period: seconds(60),
            duration: seconds(120),
        },
        Phase::OnOff {
            rate: rate(100.0),
            on: seconds(1),
            off: seconds(2),
            holding: Holding::Exponential,
            duration: seconds(60),
        },
    ];
    let expected = Schedule::with_seed(expected, ArrivalProcess::Poisson, 1);
    assert_eq!(load, Load::Open(expected));
}

#[test]
fn mistakes_of_shapes_are_shown_with_their_lines() {
    let text = r#"
name = "x"
arrivals = "poison"
[[phase]]
shape = "spike"
base = 10
at = "4s"
rise = "2s"
falls = "1s"
duration = "5s"
[[phase]]
shape = "square"
high = 30
low = 10
period = "4s"
share = 1.5
duration = "8s"
[[phase]]
shape = "sine"
rate = 50
amplitude = 51
period = "0s"
duration = "2m"
[[phase]]
shape = "sine"
rate = 50
amplitude = 51
period = "1s"
duration = "2m"
[[phase]]
shape = "onoff"
rate = 100
on = "1ms"
off = "1ms"
holding = "random"
duration = "1m"
[[phase]]
shape = "onoff"
rate = 100
on = "1ms"
off = "1ms"
holding = "exponential"
duration = "1m"
[[phase]]
shape = 7
"#;
    insta::assert_snapshot!(complaint(text), @r#"
    11 problems in the scenario mine.toml
      line 3: arrivals = "poison": must be "even" or "poisson"; did you mean "poisson"?
      line 4: phase[0].peak: must be given: messages per second, such as 285
      line 9: phase[0].falls: no such key; did you mean `fall`?
      line 10: phase[0].duration = "5s": at, rise, hold and fall take 6s, which is longer
      line 16: phase[1].share = 1.5: must be a number above 0 and below 1
      line 21: phase[2].amplitude = 51: 51 msg/s below a mean of 50 msg/s is less than nothing
      line 22: phase[2].period = "0s": must be a duration with a unit, in quotes, from "1ns" to "7days"
      line 27: phase[3].amplitude = 51: 51 msg/s below a mean of 50 msg/s is less than nothing
      line 35: phase[4].holding = "random": must be "fixed" or "exponential"
      line 43: phase[5].duration = "1m": has more than 10000 bursts, which are drawn one by one
      line 45: phase[6].shape = 7: must be "constant" or "ramp" or "spike" or "square" or "sine" or "onoff" or "flood"
    "#);
}

#[test]
fn clients_have_no_arrivals_and_phases_no_trace() {
    let group = "[[phase]]\nclients = 3\nrequests = 9\n";
    let text = format!("name = \"x\"\narrivals = \"even\"\n{group}");
    insta::assert_snapshot!(complaint(&text), @r#"
    1 problem in the scenario mine.toml
      line 2: arrivals = "even": clients send when they are free, so nothing else decides when
    "#);
    let text = format!("name = \"x\"\ntrace = \"rates.csv\"\n{group}");
    insta::assert_snapshot!(complaint(&text), @r#"
    1 problem in the scenario mine.toml
      line 2: trace = "rates.csv": must not stand beside [[phase]] tables: a scenario has one of the two
    "#);
}

#[test]
fn a_flood_comes_last() {
    let text = "name = \"x\"\n[[phase]]\nshape = \"flood\"\nmessages = 5\n[[phase]]\nrate = 1\n\
                duration = \"1s\"\n";
    insta::assert_snapshot!(complaint(text), @"
    1 problem in the scenario mine.toml
      line 2: phase[0]: is a flood, which ends nobody knows when: it has to be the last phase
    ");
}

#[test]
fn a_rate_beyond_reason_is_refused() {
    let text = "name = \"x\"\n[[phase]]\nrate = 99999999999999999999\nduration = \"8d\"\n";
    insta::assert_snapshot!(complaint(text), @r#"
    2 problems in the scenario mine.toml
      line 3: phase[0].rate = 99999999999999999999: a rate is between 0 and 100000000 messages per second
      line 4: phase[0].duration = "8d": must be a duration with a unit, in quotes, from "1ns" to "7days"
    "#);
}
