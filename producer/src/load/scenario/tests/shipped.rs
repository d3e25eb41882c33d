//! What the shipped scenarios send.

use super::super::*;
use std::time::Duration;

#[test]
fn every_shipped_scenario_loads_and_says_what_it_is_for() {
    let shipped = shipped();
    let names: Vec<&str> = shipped
        .iter()
        .map(|scenario| scenario.name.as_str())
        .collect();
    let expected = [
        "bursts",
        "reference",
        "flood",
        "warmup",
        "endurance",
        "spikes",
        "users",
        "day",
    ];
    assert_eq!(names, expected);
    for scenario in &shipped {
        assert!(!scenario.about.is_empty(), "{}", scenario.name);
        assert_eq!(scenario.reply, Reply::Wanted, "{}", scenario.name);
    }
}

#[test]
fn bursts_takes_about_45_seconds_and_peaks_at_1500() {
    let bursts = Scenario::find("bursts").unwrap();
    assert_eq!(bursts.load.duration(), Duration::from_secs(45));
    assert_eq!(bursts.load.rate_peak().unwrap().to_string(), "1500 msg/s");
    // 100·4 + 450·6 + 1500·6 + 300·5 + 1200·3 + 300·9
    assert_eq!(bursts.load.messages(), Some(19_900));
}

#[test]
fn reference_sends_what_its_publishers_send_in_a_minute() {
    let reference = Scenario::find("reference").unwrap();
    assert_eq!(reference.load.duration(), Duration::from_secs(60));
    // Publishers times seconds, of 285 messages per second each.
    let publisher_seconds = 6 + 2 * 4 + 3 * 10 + 10 + 2 * 10 + 8;
    assert_eq!(reference.load.messages(), Some(285 * publisher_seconds));
    // The publishers change at these seconds.
    let mut changes = Vec::new();
    let mut at = Duration::ZERO;
    let Load::Open(schedule) = &reference.load else {
        panic!("an open loop");
    };
    for phase in schedule.phases() {
        at += phase.duration();
        changes.push(at.as_secs());
    }
    assert_eq!(changes, [2, 8, 12, 22, 32, 42, 52, 60]);
}

#[test]
fn flood_is_60_000_messages_at_once() {
    let flood = Scenario::find("flood").unwrap();
    assert_eq!(flood.load.messages(), Some(60_000));
    assert_eq!(flood.load.duration(), Duration::ZERO);
}

#[test]
fn longer_scenarios_send_what_they_say() {
    let load = |name| Scenario::find(name).unwrap().load;
    // 100·60 + 200·60 + 500·30 + 800·60 + 400·60
    assert_eq!(load("warmup").messages(), Some(105_000));
    assert_eq!(load("endurance").messages(), Some(360_000));
    // 50 for 7.5 minutes, and twice 550 more for 100 s and the halves of 20 s.
    assert_eq!(load("spikes").messages(), Some(50 * 450 + 2 * 550 * 110));
    assert_eq!(load("day").duration(), Duration::from_secs(24 * 60));
    let Load::Open(day) = load("day") else {
        panic!("an open loop");
    };
    let levels: u64 = 40 * 3 + 20 * 2 + 210 * 4 + 400 * 3 + 340 * 2 + 400 * 3 + 325 * 3 + 225 * 2;
    let mean = 60 * (levels + 130 * 2);
    // Four standard deviations of a Poisson number.
    let off = day.messages().abs_diff(mean);
    assert!(off * off < 16 * mean, "{off} off {mean}");
}

#[test]
fn users_come_in_growing_steps_with_pauses() {
    let Load::Closed(groups) = Scenario::find("users").unwrap().load else {
        panic!("a closed loop");
    };
    let clients: Vec<u32> = groups.iter().map(|group| group.clients).collect();
    assert_eq!(clients, [5, 0, 10, 0, 20, 0, 50, 0, 100]);
}
