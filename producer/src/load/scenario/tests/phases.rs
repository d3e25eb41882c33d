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
    the scenario can't be used
      mine.toml:5: requests of phase 1: is one too many beside duration
      mine.toml:7: phase 2 has none and phase 1 has clients: either all phases have clients, who wait for their replies, or none has
      mine.toml:12: requests of phase 3: 0 clients send none; a pause has a duration
      mine.toml:13: duration of phase 4 is missing: a duration, as "15s", or requests, as 1000
      mine.toml:14: clients of phase 4: 10001 is not between 0 and 10000
      mine.toml:15: unknown key request of phase 4: did you mean requests?
      mine.toml:18: unknown key rate of phase 5: expected one of clients, requests, duration
      mine.toml:22: requests of phase 6: at a rate of 0 they never come
      mine.toml:25: requests of phase 7: at 0.001 msg/s they take longer than a week
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
    let expected = Schedule::with_chance(expected, ArrivalProcess::Poisson, 1);
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
    the scenario can't be used
      mine.toml:3: arrivals: "poison" is unknown: did you mean "poisson"?
      mine.toml:4: peak of phase 1 is missing: messages per second, as 285
      mine.toml:9: unknown key falls of phase 1: did you mean fall?
      mine.toml:10: duration of phase 1: at, rise, hold and fall take 6s, which is longer
      mine.toml:16: share of phase 2: 1.5 is not between 0 and 1
      mine.toml:21: amplitude of phase 3: 51 msg/s below a mean of 50 msg/s is less than nothing
      mine.toml:22: period of phase 3: "0s" is not longer than 0s and at most 7days
      mine.toml:27: amplitude of phase 4: 51 msg/s below a mean of 50 msg/s is less than nothing
      mine.toml:35: holding of phase 5: "random" is unknown: expected one of fixed, exponential
      mine.toml:43: duration of phase 6: it has more than 10000 bursts, which are drawn one by one
      mine.toml:45: shape of phase 7: expected one of constant, ramp, spike, square, sine, onoff, flood, found the number 7
    "#);
}

#[test]
fn clients_have_no_arrivals_and_phases_no_trace() {
    let group = "[[phase]]\nclients = 3\nrequests = 9\n";
    let text = format!("name = \"x\"\narrivals = \"even\"\n{group}");
    insta::assert_snapshot!(complaint(&text), @r#"
    the scenario can't be used
      mine.toml:2: arrivals: clients send when they are free, so nothing else decides when
    "#);
    let text = format!("name = \"x\"\ntrace = \"rates.csv\"\n{group}");
    insta::assert_snapshot!(complaint(&text), @r#"
    the scenario can't be used
      mine.toml:2: trace: a scenario has either a trace or [[phase]] tables
    "#);
}

#[test]
fn a_flood_comes_last() {
    let text = "name = \"x\"\n[[phase]]\nshape = \"flood\"\nmessages = 5\n[[phase]]\nrate = 1\n\
                duration = \"1s\"\n";
    insta::assert_snapshot!(complaint(text), @r#"
    the scenario can't be used
      mine.toml:2: phase 1 is a flood, which ends nobody knows when: it has to be the last phase
    "#);
}

#[test]
fn a_rate_beyond_reason_is_refused() {
    let text = "name = \"x\"\n[[phase]]\nrate = 99999999999999999999\nduration = \"8d\"\n";
    insta::assert_snapshot!(complaint(text), @r#"
    the scenario can't be used
      mine.toml:3: rate of phase 1: 100000000000000000000 is out of range: a rate is between 0 and 100000000 messages per second
      mine.toml:4: duration of phase 1: "8d" is not longer than 0s and at most 7days
    "#);
}
