//! The program as a shell sees it: what it prints, and with which exit code it ends.

#![expect(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

use std::path::Path;
use std::process::{Command, Output};

fn sim(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_warren-sim"))
        .args(arguments)
        .current_dir(directory)
        .output()
        .unwrap()
}

/// What it prints to stdout, where it succeeds and has nothing to complain of.
fn printed(arguments: &[&str]) -> String {
    let directory = tempfile::tempdir().unwrap();
    let output = sim(directory.path(), arguments);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && complaint.is_empty(),
        "{arguments:?}: {complaint}"
    );
    String::from_utf8(output.stdout).unwrap()
}

/// What it prints to stderr and its exit code, where it prints nothing to stdout.
fn complaint(files: &[(&str, &str)], arguments: &[&str]) -> (String, Option<i32>) {
    let directory = tempfile::tempdir().unwrap();
    for (name, content) in files {
        std::fs::write(directory.path().join(name), content).unwrap();
    }
    let output = sim(directory.path(), arguments);
    assert!(
        output.stdout.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    (
        String::from_utf8(output.stderr).unwrap(),
        output.status.code(),
    )
}

#[test]
fn help_ends_with_an_example() {
    for arguments in [
        vec!["--help"],
        vec!["run", "--help"],
        vec!["compare", "--help"],
        vec!["results", "--help"],
        vec!["swarm", "--help"],
        vec!["tune", "--help"],
    ] {
        let help = printed(&arguments);
        assert!(help.contains("Example:\n  warren-sim "), "{help}");
    }
}

/// Policies that follow from their own documents alone, so that the table is the same for good.
const RIVALS: [&str; 8] = [
    "--policy",
    "keda-default",
    "--policy",
    "keda-tuned",
    "--policy",
    "static-peak",
    "--policy",
    "floor",
];

#[test]
fn compare_prints_a_table_a_workload() {
    let arguments = [&["compare", "--workload", "bursts"], &RIVALS[..]].concat();
    insta::assert_snapshot!(printed(&arguments));
}

#[test]
fn compare_prints_one_json_object_with_a_run_a_policy() {
    let arguments = [
        &[
            "compare",
            "--workload",
            "bursts",
            "--workload",
            "stale",
            "--json",
        ],
        &RIVALS[..],
    ]
    .concat();
    let json: serde_json::Value = serde_json::from_str(&printed(&arguments)).unwrap();
    assert_eq!(json["schema"], 1);
    let runs = json["runs"].as_array().unwrap();
    let names: Vec<_> = runs
        .iter()
        .map(|run| {
            (
                run["workload"].as_str().unwrap(),
                run["policy"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(names.len(), 16);
    assert_eq!(names[1], ("bursts", "keda-tuned"));
    assert_eq!(names[15], ("stale-30", "floor"));
    for key in [
        "seed",
        "wait_p50_seconds",
        "wait_p99_seconds",
        "over_slo_ratio",
        "worker_seconds",
        "floor_worker_seconds",
        "workers_moved",
        "scale_actions",
        "busy_killed",
        "busy_drained",
        "unfinished",
    ] {
        assert!(runs.iter().all(|run| run[key].is_number()), "{key}");
    }
}

#[test]
fn compare_prints_csv_with_a_line_a_run() {
    let arguments = [&["compare", "--workload", "bursts", "--csv"], &RIVALS[..]].concat();
    let csv = printed(&arguments);
    let lines: Vec<_> = csv.lines().collect();
    assert_eq!(lines.len(), 5);
    assert!(
        lines[0].starts_with("workload,policy,seed,messages,wait_"),
        "{}",
        lines[0]
    );
    assert!(
        lines[4].starts_with("bursts,floor,1,19900,"),
        "{}",
        lines[4]
    );
}

#[test]
fn compare_knows_every_policy_and_is_the_same_again() {
    let arguments = ["compare", "--workload", "bursts", "--seed", "7"];
    let first = printed(&arguments);
    for policy in printed(&["policies"]).lines() {
        let name = policy.split_whitespace().next().unwrap();
        let is_named = |line: &str| line.split_whitespace().next() == Some(name);
        assert!(first.lines().any(is_named), "{name}: {first}");
    }
    assert_eq!(first, printed(&arguments));
}

#[test]
fn changed_settings_stand_beside_the_shipped_ones() {
    let table = printed(&[
        "compare",
        "--workload",
        "bursts",
        "--policy",
        "warren",
        "--set",
        "max=3",
        "--set",
        "hold=20s",
    ]);
    let peak = |policy: &str| {
        let line = table
            .lines()
            .find(|line| line.split_whitespace().next() == Some(policy));
        line.unwrap()
            .split_whitespace()
            .nth(9)
            .unwrap()
            .parse::<u32>()
            .unwrap()
    };
    assert!(peak("warren") > 3, "{table}");
    assert_eq!(peak("warren-set"), 3, "{table}");
}

#[test]
fn a_trace_is_compared_like_any_workload_and_drawn() {
    let directory = tempfile::tempdir().unwrap();
    let trace = "seconds,rate\n1760000000,50\n1760000030,400\n1760000060,50\n";
    std::fs::write(directory.path().join("monday.csv"), trace).unwrap();
    let output = sim(
        directory.path(),
        &[
            "compare",
            "--trace",
            "monday.csv",
            "--worker-rate",
            "40",
            "--svg",
            "out.svg",
        ],
    );
    assert!(output.status.success());
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(
        table.starts_with("monday: 13500 messages within 60 s, from monday.csv\n"),
        "{table}"
    );
    let svg = std::fs::read_to_string(directory.path().join("out.svg")).unwrap();
    assert!(svg.starts_with("<svg") && svg.contains("keda-two-triggers"));
}

#[test]
fn each_of_several_workloads_is_drawn_into_a_file_of_its_own() {
    let directory = tempfile::tempdir().unwrap();
    let arguments = [
        &["compare", "--workload", "stale", "--svg", "all.svg"],
        &RIVALS[..],
    ]
    .concat();
    assert!(sim(directory.path(), &arguments).status.success());
    for name in ["all-stale-5.svg", "all-stale-10.svg", "all-stale-30.svg"] {
        assert!(directory.path().join(name).exists(), "{name}");
    }
}

#[test]
fn a_run_explains_its_decisions() {
    let text = printed(&[
        "run",
        "--workload",
        "bursts",
        "--set",
        "max=4",
        "--decisions",
    ]);
    let (decisions, table) = text.split_once("\n\n").unwrap();
    assert!(decisions.lines().count() > 10, "{decisions}");
    for decision in decisions.lines() {
        assert!(
            decision.contains(" s  ") && decision.contains(" worker"),
            "{decision}"
        );
    }
    assert!(decisions.contains("; max 4"), "{decisions}");
    assert!(table.starts_with("bursts: "), "{table}");
}

#[test]
fn a_run_of_a_rival_has_a_line_and_no_reasons() {
    let text = printed(&[
        "run",
        "--workload",
        "bursts",
        "--policy",
        "celery",
        "--decisions",
    ]);
    assert!(
        text.starts_with("celery says how many workers it wants, and not why\n"),
        "{text}"
    );
    let json = printed(&[
        "run",
        "--workload",
        "bursts",
        "--policy",
        "celery",
        "--json",
    ]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["runs"][0]["policy"], "celery");
}

#[test]
fn workloads_and_policies_are_listed_for_readers_and_for_machines() {
    insta::assert_snapshot!(printed(&["workloads"]));
    insta::assert_snapshot!(printed(&["policies"]));
    for list in ["workloads", "policies"] {
        let count = printed(&[list]).lines().count();
        let json: serde_json::Value = serde_json::from_str(&printed(&[list, "--json"])).unwrap();
        assert_eq!(json["schema"], 1);
        assert_eq!(json[list].as_array().unwrap().len(), count, "{list}");
    }
}

#[test]
fn a_swarm_says_what_it_did() {
    assert_eq!(
        printed(&["swarm", "--seed", "3", "--runs", "5"]),
        "5 runs from seed 3 on: all that must hold holds\n"
    );
}

#[test]
fn tuning_scores_each_combination_beside_the_shipped_settings() {
    let table = printed(&[
        "tune",
        "--workload",
        "bursts",
        "--vary",
        "max=3,4",
        "--vary",
        "hold=4s",
    ]);
    assert_eq!(table.lines().count(), 4, "{table}");
    for settings in ["as shipped", "max=3 hold=4s", "max=4 hold=4s"] {
        assert!(
            table.lines().any(|line| line.ends_with(settings)),
            "{settings}: {table}"
        );
    }

    let values = vec!["1"; 3000].join(",");
    let (message, code) = complaint(&[], &["tune", "--vary", &format!("max={values}")]);
    insta::assert_snapshot!(message, @"error: these are 3000 combinations, and 2000 are tried at the most: vary less at a time");
    assert_eq!(code, Some(2));
    let (message, code) = complaint(&[], &["tune", "--workload", "bursts", "--vary", "holt=4s"]);
    assert!(message.contains("did you mean `hold`?"), "{message}");
    assert_eq!(code, Some(64));
}

#[test]
fn usage_errors_end_with_2() {
    for arguments in [
        vec![],
        vec!["compare"],
        vec!["compare", "--all", "--workload", "bursts"],
        vec!["compare", "--all", "--trace", "rates.csv"],
        vec!["compare", "--all", "--json", "--csv"],
        vec!["compare", "--all", "--worker-rate", "5"],
        vec!["run", "--workload", "bursts", "--worker-rate", "5"],
        vec!["compare", "--trace", "rates.csv", "--worker-rate", "0"],
        vec!["compare", "--trace", "rates.csv", "--worker-rate", "NaN"],
        vec!["compare", "--all", "--seed", "-1"],
        vec!["run"],
        vec!["run", "--workload", "poisson"],
        vec![
            "run",
            "--workload",
            "bursts",
            "--policy",
            "celery",
            "--set",
            "max=3",
        ],
        vec!["swarm", "--runs", "0"],
        vec!["tune"],
        vec!["tune", "--vary", "hold"],
    ] {
        let (_, code) = complaint(&[], &arguments);
        assert_eq!(code, Some(2), "{arguments:?}");
    }
    let (message, _) = complaint(&[], &["run", "--workload", "poisson"]);
    insta::assert_snapshot!(message, @r#"error: "poisson" are several workloads, and one is run at a time: try warren-sim compare --workload poisson"#);
}

#[test]
fn names_that_are_not_known_end_with_64_and_the_nearest_one() {
    let (message, code) = complaint(&[], &["compare", "--workload", "burst"]);
    insta::assert_snapshot!(message, @r#"error: no workload is named "burst": did you mean "bursts"?"#);
    assert_eq!(code, Some(64));

    let (message, code) = complaint(&[], &["compare", "--all", "--policy", "keda"]);
    assert!(message.contains("did you mean \"keda-"), "{message}");
    assert_eq!(code, Some(64));

    let (message, code) = complaint(&[], &["run", "--workload", "bursts", "--set", "maxx=3"]);
    assert!(message.contains("did you mean `max`?"), "{message}");
    assert_eq!(code, Some(64));

    let (message, code) = complaint(&[], &["run", "--workload", "bursts", "--set", "max=many"]);
    assert!(message.contains("max"), "{message}");
    assert_eq!(code, Some(64));
}

#[test]
fn a_trace_that_is_none_ends_with_64_and_its_line() {
    let arguments = ["compare", "--trace", "rates.csv"];
    let (message, code) = complaint(&[], &arguments);
    insta::assert_snapshot!(message, @"error: trace rates.csv: can't be read: No such file or directory (os error 2)");
    assert_eq!(code, Some(64));
    for (content, line) in [
        ("time,rate\n0,1\n", "rates.csv:1: has no column \"seconds\""),
        (
            "seconds,rate\n0,1\n5,many\n",
            "rates.csv:3: rate is \"many\", which is no number",
        ),
        (
            "seconds,rate\n0,1\n5,-2\n",
            "rates.csv:3: a rate is between 0 and 100000000 messages per second (seconds 5, rate -2)",
        ),
        (
            "seconds,rate\n0,1\n5,inf\n",
            "rates.csv:3: rate is \"inf\", which is no number",
        ),
        ("seconds,rate\n5,1\n0,2\n", "rates.csv:3: the time is "),
        (
            "seconds,rate\n5,1\n",
            "rates.csv: a rate over time needs at least two points",
        ),
        (
            "seconds,rate\n0,1\n5,500000\n",
            "rates.csv: its peak of 500000 msg/s needs 2500 workers at 200 msg/s each",
        ),
    ] {
        let (message, code) = complaint(&[("rates.csv", content)], &arguments);
        assert!(message.contains(line), "{line}: {message}");
        assert_eq!(code, Some(64), "{content}");
    }
}

#[test]
fn a_picture_that_can_not_be_written_ends_with_1() {
    let arguments = [
        &[
            "compare",
            "--workload",
            "bursts",
            "--svg",
            "no/such/place.svg",
        ],
        &RIVALS[..],
    ]
    .concat();
    let directory = tempfile::tempdir().unwrap();
    let output = sim(directory.path(), &arguments);
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(
        message.starts_with("error: write no/such/place.svg: "),
        "{message}"
    );
    assert_eq!(output.status.code(), Some(1));
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.starts_with("bursts: "), "the table is there: {table}");
}

#[test]
fn a_reader_who_has_seen_enough_is_no_failure() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = Command::new(env!("CARGO_BIN_EXE_warren-sim"))
        .arg("workloads")
        .stdout(writer)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_stdout_that_takes_nothing_ends_with_1() {
    let full = std::fs::File::create("/dev/full").unwrap();
    let status = Command::new(env!("CARGO_BIN_EXE_warren-sim"))
        .arg("workloads")
        .stdout(full)
        .output()
        .unwrap()
        .status;
    assert_eq!(status.code(), Some(1));
}
