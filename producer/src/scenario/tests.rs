use super::*;
use crate::load::{Crowd, Until};
use crate::payload::{Size, Words};
use crate::rate::Rate;
use crate::schedule::{Arrivals, Holding, Phase, Schedule};
use broker::HeaderValue;
use std::time::Duration;

fn complaint(text: &str) -> String {
    Scenario::parse(text, Path::new("mine.toml"))
        .unwrap_err()
        .to_string()
}

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
    let Load::Closed(crowds) = Scenario::find("users").unwrap().load else {
        panic!("a closed loop");
    };
    let clients: Vec<u32> = crowds.iter().map(|crowd| crowd.clients).collect();
    assert_eq!(clients, [5, 0, 10, 0, 20, 0, 50, 0, 100]);
}

#[test]
fn a_file_is_read_with_its_defaults_and_its_input_beside_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("mine.toml");
    let text = "name = \"mine\"\n[payload]\ninput = \"book.txt\"\n[[phase]]\nrate = 2.5\n\
                duration = \"1m 30s\"\n";
    std::fs::write(&path, text).unwrap();

    let scenario = Scenario::find(path.to_str().unwrap()).unwrap();

    assert_eq!(scenario.seed, 1);
    assert_eq!(scenario.reply, Reply::Wanted);
    assert_eq!(
        scenario.payload,
        Payload::Lines(directory.path().join("book.txt"))
    );
    assert_eq!(scenario.load.messages(), Some(225));
}

#[test]
fn an_unknown_name_gets_the_nearest_or_the_list() {
    insta::assert_snapshot!(Scenario::find("burst").unwrap_err(), @r#"no scenario named "burst" is shipped and no such file exists: did you mean "bursts"?"#);
    insta::assert_snapshot!(Scenario::find("no/such.toml").unwrap_err(), @r#"no scenario named "no/such.toml" is shipped and no such file exists: shipped are bursts, reference, flood, warmup, endurance, spikes, users, day"#);
}

#[test]
fn a_directory_is_no_scenario() {
    let directory = tempfile::tempdir().unwrap();
    let error = Scenario::find(directory.path().to_str().unwrap()).unwrap_err();
    assert!(matches!(error, Error::Unreadable { .. }), "{error}");
}

#[test]
fn every_mistake_is_shown_at_once_with_its_line() {
    let text = r#"
name = ""
sed = 4
reply = "yes"

[payload]
inputs = "book.txt"

[[phase]]
rate = -5
duration = "15"

[[phase]]
shape = "ramp"
rate = 10
from = 1
duration = 15

[[phase]]
shape = "onof"

[[phase]]
shape = "flood"
messages = 0

[[phase]]
shape = "onoff"
rate = "fast"
on = "1s"
off = "0s"
duration = "8 fortnights"
colour = "red"
"#;
    insta::assert_snapshot!(complaint(text), @r#"
    the scenario can't be used
      mine.toml:2: name: is empty
      mine.toml:3: unknown key sed: did you mean seed?
      mine.toml:4: reply: expected true or false, found the text "yes"
      mine.toml:7: unknown key inputs of payload: did you mean input?
      mine.toml:10: rate of phase 1: -5 is out of range: a rate is between 0 and 1000000 messages per second
      mine.toml:11: duration of phase 1: "15" is no duration with a unit, as "15s" or "200ms"
      mine.toml:13: to of phase 2 is missing: messages per second, as 285
      mine.toml:15: unknown key rate of phase 2: expected one of shape, from, to, duration
      mine.toml:17: duration of phase 2: expected a duration with a unit, as "15s" or "200ms", found the number 15
      mine.toml:20: shape of phase 3: "onof" is unknown: did you mean "onoff"?
      mine.toml:24: messages of phase 4: 0 is not between 1 and 100000000
      mine.toml:28: rate of phase 5: expected a number, found the text "fast"
      mine.toml:30: off of phase 5: "0s" is not longer than 0s and at most 7days
      mine.toml:31: duration of phase 5: "8 fortnights" is no duration with a unit, as "15s" or "200ms"
      mine.toml:32: unknown key colour of phase 5: expected one of shape, rate, on, off, holding, duration
    "#);
}

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
    let crowd = |clients, until| Crowd { clients, until };
    let seconds = |seconds| Until::Duration(Duration::from_secs(seconds));
    let expected = [
        crowd(10, Until::Requests(1000)),
        crowd(0, seconds(5)),
        crowd(20, seconds(30)),
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
    let expected = Schedule::with_chance(expected, Arrivals::Poisson, 1);
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
    let crowd = "[[phase]]\nclients = 3\nrequests = 9\n";
    let text = format!("name = \"x\"\narrivals = \"even\"\n{crowd}");
    insta::assert_snapshot!(complaint(&text), @r#"
    the scenario can't be used
      mine.toml:2: arrivals: clients send when they are free, so nothing else decides when
    "#);
    let text = format!("name = \"x\"\ntrace = \"rates.csv\"\n{crowd}");
    insta::assert_snapshot!(complaint(&text), @r#"
    the scenario can't be used
      mine.toml:2: trace: a scenario has either a trace or [[phase]] tables
    "#);
}

/// A scenario beside a trace, and what becomes of it.
fn with_trace(rows: &str, trace: &str) -> Result<Scenario, String> {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("rates.csv"), rows).unwrap();
    let path = directory.path().join("mine.toml");
    let text = format!("name = \"x\"\ntrace = {trace}\n");
    Scenario::parse(&text, &path).map_err(|error| {
        let error = error.to_string();
        error.replace(directory.path().to_str().unwrap(), "DIR")
    })
}

#[test]
fn a_trace_is_linear_between_its_rows() {
    // Unix times, another column, an empty line, a step, and columns in an order of their own.
    let rows = "queue,rate,seconds\nwork,0,1760000000\n\nwork,100,1760000010\n\
                work,20,1760000010\nwork,20,1760000030\n";
    let load = with_trace(rows, "\"rates.csv\"").unwrap().load;
    assert_eq!(load.messages(), Some(500 + 400));
    assert_eq!(load.duration(), Duration::from_secs(30));
    assert_eq!(load.rate_peak().unwrap().to_string(), "100 msg/s");

    let table = "{ file = \"rates.csv\", speed = 10, scale = 0.5 }";
    let load = with_trace(rows, table).unwrap().load;
    assert_eq!(load.messages(), Some(45));
    assert_eq!(load.duration(), Duration::from_secs(3));
    assert_eq!(load.rate_peak().unwrap().to_string(), "50 msg/s");
}

#[test]
fn mistakes_of_a_trace_are_shown_with_both_files_and_lines() {
    let name = "\"rates.csv\"";
    let rows = "seconds,rate\n0,5\n10,fast\n\n20\n30,-1\n29,2e6\n25,NaN\n20,3\n";
    insta::assert_snapshot!(with_trace(rows, name).unwrap_err(), @r#"
    the scenario can't be used
      DIR/mine.toml:2: trace: DIR/rates.csv:3: rate is "fast", which is no number
      DIR/mine.toml:2: trace: DIR/rates.csv:5: rate is "", which is no number
      DIR/mine.toml:2: trace: DIR/rates.csv:6: rate -1: a rate is between 0 and 1000000 messages per second
      DIR/mine.toml:2: trace: DIR/rates.csv:7: rate 2000000: a rate is between 0 and 1000000 messages per second
      DIR/mine.toml:2: trace: DIR/rates.csv:8: rate is "NaN", which is no number
    "#);
    let complaints: String = [
        ("", name),
        ("time,rate\n0,5\n", name),
        ("seconds,rate\n3,5\n3,6\n", name),
        ("seconds,rate\n0,1\n5,1\n4,1\n", name),
        ("seconds,rate\n0,1\n604801,1\n", name),
        ("", "\"none.csv\""),
        ("", "3"),
        ("", "{ files = \"rates.csv\", speed = 0, scale = 2e9 }"),
    ]
    .map(|(rows, trace)| with_trace(rows, trace).unwrap_err() + "\n")
    .concat();
    insta::assert_snapshot!(complaints, @r#"
    the scenario can't be used
      DIR/mine.toml:2: trace: DIR/rates.csv:1: expected the columns seconds,rate, found ""
    the scenario can't be used
      DIR/mine.toml:2: trace: DIR/rates.csv:1: expected the columns seconds,rate, found "time,rate"
    the scenario can't be used
      DIR/mine.toml:2: trace: DIR/rates.csv: needs at least two rows, of different times
    the scenario can't be used
      DIR/mine.toml:2: trace: DIR/rates.csv:4: seconds 4 is earlier than the row before
    the scenario can't be used
      DIR/mine.toml:2: trace: DIR/rates.csv:3: seconds 604801 is more than a week after the first row
    the scenario can't be used
      DIR/mine.toml:2: trace: DIR/none.csv: can't be read: No such file or directory (os error 2)
    the scenario can't be used
      DIR/mine.toml:2: trace: expected a text in quotes, found the number 3
    the scenario can't be used
      DIR/mine.toml:2: file of trace is missing: as "rates.csv"
      DIR/mine.toml:2: speed of trace: 0 is not above 0 and at most 1000000
      DIR/mine.toml:2: scale of trace: 2000000000 is not above 0 and at most 1000000
      DIR/mine.toml:2: unknown key files of trace: did you mean file?
    "#);
}

#[test]
fn another_seed_draws_another_scenario() {
    let text = "name = \"x\"\narrivals = \"poisson\"\n[[phase]]\nrate = 100\nduration = \"9s\"\n";
    let mut scenario = Scenario::parse(text, Path::new("mine.toml")).unwrap();
    let before = scenario.clone();
    scenario.reseed(2);
    assert_ne!(before.load.messages(), scenario.load.messages());
    scenario.reseed(1);
    assert_eq!(before, scenario);
}

/// What a payload is read as.
fn payload(text: &str) -> Payload {
    let text = format!("name = \"x\"\n[payload]\n{text}\n[[phase]]\nrate = 1\nduration = \"1s\"\n");
    let path = Path::new("dir/mine.toml");
    Scenario::parse(&text, path).unwrap().payload
}

#[test]
fn text_can_be_made_up() {
    let made_up = |listed_share, words, size| {
        Payload::Synthetic(Synthetic {
            listed_share,
            words,
            size,
        })
    };
    let synthetic = "text = \"synthetic\"\n";
    assert_eq!(
        payload(synthetic),
        made_up(0.0, Words::BuiltIn, Size::Fixed(64))
    );
    let size = Size::LogNormal {
        median: 1024,
        sigma: 1.0,
    };
    assert_eq!(
        payload(&format!(
            "{synthetic}listed_share = 0.1\nwords = \"words.txt\"\n\
             size = {{ lognormal = {{ median = \"1KiB\", sigma = 1.0 }} }}"
        )),
        made_up(0.1, Words::File(PathBuf::from("dir/words.txt")), size)
    );
    let sizes = [
        ("\"2kB\"", Size::Fixed(2000)),
        (
            "{ exponential = \"1KiB\" }",
            Size::Exponential { mean: 1024 },
        ),
        (
            "{ uniform = [\"100B\", \"2KiB\"] }",
            Size::Uniform {
                least: 100,
                most: 2048,
            },
        ),
    ];
    for (text, size) in sizes {
        assert_eq!(
            payload(&format!("{synthetic}size = {text}")),
            made_up(0.0, Words::BuiltIn, size)
        );
    }
    assert_eq!(payload("text = \"sentences\""), Payload::BuiltIn);
}

#[test]
fn mistakes_of_a_payload_are_shown_with_their_lines() {
    let complaint = |payload: &str| {
        let phase = "[[phase]]\nrate = 1\nduration = \"1s\"\n";
        complaint(&format!("name = \"x\"\n[payload]\n{payload}\n{phase}")) + "\n"
    };
    let synthetic = |rest: &str| complaint(&format!("text = \"synthetic\"\n{rest}"));
    let complaints = [
        complaint("input = \"x.txt\"\ntext = \"synthetics\"\nsize = \"1KiB\"\nlisted_share = 0.5"),
        synthetic("listed_share = 1.5\nsize = \"17MiB\"\nsizes = 1"),
        synthetic("size = \"100\""),
        synthetic("size = 100"),
        synthetic("size = {}"),
        synthetic("size = { unifrom = [\"1B\", \"2B\"] }"),
        synthetic("size = { uniform = [\"2B\", \"1B\"] }"),
        synthetic("size = { uniform = \"2B\" }"),
        synthetic("size = { lognormal = \"2B\" }"),
        synthetic("size = { lognormal = { mean = \"2B\", sigma = 9 } }"),
    ];
    insta::assert_snapshot!(complaints.concat(), @r#"
    the scenario can't be used
      mine.toml:4: text of payload: "synthetics" is unknown: did you mean "synthetic"?
      mine.toml:4: text of payload: is one too many beside input
      mine.toml:5: size of payload: goes with text = "synthetic"
      mine.toml:6: listed_share of payload: goes with text = "synthetic"
    the scenario can't be used
      mine.toml:4: listed_share of payload: 1.5 is not between 0 and 1
      mine.toml:5: size of payload: "17MiB" is not between 1B and 16MiB
      mine.toml:6: unknown key sizes of payload: did you mean size?
    the scenario can't be used
      mine.toml:4: size of payload: "100" is no size with a unit, as "1KiB"
    the scenario can't be used
      mine.toml:4: size of payload: expected a size, as "1KiB", or one of { uniform = ["100B", "2KiB"] }, { lognormal = { median = "1KiB", sigma = 1.0 } }, { exponential = "1KiB" }, found the number 100
    the scenario can't be used
      mine.toml:4: size of payload: expected a size, as "1KiB", or one of { uniform = ["100B", "2KiB"] }, { lognormal = { median = "1KiB", sigma = 1.0 } }, { exponential = "1KiB" }
    the scenario can't be used
      mine.toml:4: unknown key unifrom of size: did you mean uniform?
    the scenario can't be used
      mine.toml:4: uniform of size: the first size is the larger one
    the scenario can't be used
      mine.toml:4: uniform of size: expected two sizes, as ["100B", "2KiB"], found the text "2B"
    the scenario can't be used
      mine.toml:4: lognormal of size: expected { median = "1KiB", sigma = 1.0 }, found the text "2B"
    the scenario can't be used
      mine.toml:4: median of lognormal is missing: a size, as "1KiB"
      mine.toml:4: sigma of lognormal: 9 is not between 0 and 4
      mine.toml:4: unknown key mean of lognormal: did you mean median?
    "#);
}

#[test]
fn headers_and_persistence_are_read() {
    let text = "name = \"x\"\npersistent = false\n[headers]\ntenant = \"blue\"\nlevel = 3\nshare = 0.5\n\
                retry = false\n[[phase]]\nrate = 1\nduration = \"1s\"\n";
    let scenario = Scenario::parse(text, Path::new("mine.toml")).unwrap();
    assert_eq!(scenario.persistence, Persistence::Transient);
    let headers = &scenario.headers;
    assert_eq!(headers.len(), 4);
    assert_eq!(headers.text("tenant").as_deref(), Some("blue"));
    assert_eq!(headers.integer("level"), Some(3));
    assert_eq!(headers.get("share"), Some(HeaderValue::Float(0.5)));
    assert_eq!(headers.get("retry"), Some(HeaderValue::Truth(false)));
}

#[test]
fn mistakes_of_headers_are_shown_with_their_lines() {
    let long = "n".repeat(256);
    let text = format!(
        "name = \"x\"\npersistent = 2\n[headers]\nwhen = 2026-11-21\nlist = [1]\n\"\" = 5\nwarren-sequence = 5\n\
         {long} = 1\nlarge = \"{}\"\n[[phase]]\nrate = 1\nduration = \"1s\"\n",
        "x".repeat(3000)
    );
    insta::assert_snapshot!(complaint(&text), @r#"
    the scenario can't be used
      mine.toml:2: persistent: expected true or false, found the number 2
      mine.toml:3: headers: 3277 bytes of names and values, at most 3072 fit
      mine.toml:4: header when: expected a text, a number, true or false, found the date 2026-11-21
      mine.toml:5: header list: expected a text, a number, true or false, found a list
      mine.toml:7: header warren-sequence: names that begin with warren- are the producer's
      mine.toml:8: a header name of more than 255 bytes does not go into an AMQP message; shorten it
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
fn a_scenario_without_phases_or_name_is_none() {
    insta::assert_snapshot!(complaint("seed = 3\n"), @r#"
    the scenario can't be used
      mine.toml:1: name is missing: it stands in reports
      mine.toml:1: [[phase]] is missing: a scenario has at least one, or a trace
    "#);
    insta::assert_snapshot!(complaint("name = \"x\"\nphase = 3\n"), @r#"
    the scenario can't be used
      mine.toml:2: phase: expected tables headed [[phase]]
    "#);
}

#[test]
fn broken_toml_is_shown_with_its_line() {
    insta::assert_snapshot!(complaint("name = \"x\"\n[[phase]\nrate = 1\n"), @r#"
    the scenario can't be used
      mine.toml:2: unclosed array table, expected `]`
    "#);
}

#[test]
fn a_rate_beyond_reason_is_refused() {
    let text = "name = \"x\"\n[[phase]]\nrate = 99999999999999999999\nduration = \"8d\"\n";
    insta::assert_snapshot!(complaint(text), @r#"
    the scenario can't be used
      mine.toml:3: rate of phase 1: 100000000000000000000 is out of range: a rate is between 0 and 1000000 messages per second
      mine.toml:4: duration of phase 1: "8d" is not longer than 0s and at most 7days
    "#);
}

#[test]
fn every_example_of_the_manual_can_be_used() {
    let directory = tempfile::tempdir().unwrap();
    let rates = "seconds,rate\n0,100\n60,400\n";
    std::fs::write(directory.path().join("rates.csv"), rates).unwrap();
    let path = directory.path().join("example.toml");
    let page = include_str!("../../../docs/scenarios.md");
    let examples: Vec<&str> = page
        .split("```toml\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    // What is no whole scenario is a part of one.
    let complete = |example: &str| {
        let mut text = String::new();
        if !example.contains("name = ") {
            text.push_str("name = \"example\"\n");
        }
        text.push_str(example);
        if !example.contains("[[phase]]") && !example.contains("trace = ") {
            text.push_str("[[phase]]\nrate = 1\nduration = \"1s\"\n");
        }
        text
    };
    let mut shapes = Vec::new();
    for example in &examples {
        let scenario = Scenario::parse(&complete(example), &path)
            .unwrap_or_else(|error| panic!("{error} in\n{example}"));
        if let Load::Open(schedule) = scenario.load {
            shapes.extend(schedule.phases().iter().map(std::mem::discriminant));
        }
    }
    // An example for each: constant, counted, ramp, spike, square, sine, onoff, trace and flood.
    let mut different = Vec::new();
    for shape in shapes {
        if !different.contains(&shape) {
            different.push(shape);
        }
    }
    assert_eq!(different.len(), 9, "every shape has an example");

    let lunch = Scenario::parse(examples[0], &path).unwrap();
    // 20·60 + 210·30 + bursts of 2 s in 7 s for a minute + 10,000
    let expected = 1200 + 6300 + 18_000 + 10_000;
    assert_eq!(lunch.load.messages(), Some(expected));
    let book = directory.path().join("book.txt");
    assert_eq!(lunch.payload, Payload::Lines(book));
}
