//! The program as a shell sees it: what it prints, and with which exit code it ends. None of these
//! needs a broker that answers.

#![expect(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

/// Runs the program where no configuration lies, with nothing of Warren's in the environment.
fn producer(directory: &Path, arguments: &[&str], broker_url: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warren-producer"));
    for variable in ["WARREN_CONFIG", "WARREN_LOG", "WARREN_HTTP_TOKEN"] {
        command.env_remove(variable);
    }
    command
        .args(arguments)
        .current_dir(directory)
        .env("WARREN_BROKER_URL", broker_url)
        .output()
        .unwrap()
}

/// What it prints to stderr and its exit code, with no broker at hand.
fn complaint(files: &[(&str, &str)], arguments: &[&str]) -> (String, Option<i32>) {
    let directory = tempfile::tempdir().unwrap();
    for (name, content) in files {
        std::fs::write(directory.path().join(name), content).unwrap();
    }
    let output = producer(directory.path(), arguments, "");
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

/// A port that was free a moment ago: connecting to it is refused.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

#[test]
fn scenarios_are_listed_for_readers_and_for_machines() {
    let directory = tempfile::tempdir().unwrap();
    let text = producer(directory.path(), &["scenarios"], "");
    assert!(text.status.success());
    assert_eq!(String::from_utf8(text.stdout).unwrap().lines().count(), 8);

    let json = producer(directory.path(), &["scenarios", "--json"], "");
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["schema"], 1);
    assert_eq!(json["scenarios"][1]["messages"], 23_370);
}

#[test]
fn help_ends_with_an_example() {
    let directory = tempfile::tempdir().unwrap();
    for arguments in [vec!["--help"], vec!["run", "--help"]] {
        let output = producer(directory.path(), &arguments, "");
        assert!(output.status.success());
        let help = String::from_utf8(output.stdout).unwrap();
        assert!(help.contains("Example:\n  warren-producer "), "{help}");
    }
}

#[test]
fn usage_errors_end_with_2() {
    for arguments in [
        vec![],
        vec!["run"],
        vec!["run", "--scenario", "flood", "--window", "0"],
        vec!["run", "--scenario", "flood", "--connections", "0"],
        vec!["run", "--scenario", "flood", "--controller", "localhost"],
        vec!["run", "--scenario", "flood", "--reply-timeout", "0s"],
        vec!["run", "--scenario", "flood", "--fail-if", "p98 > 2s"],
        vec!["run", "--scenario", "flood", "--clients", "5"],
        vec!["run", "--scenario", "flood", "--requests", "5"],
        vec!["run", "--scenario", "flood", "--duration", "5s"],
        vec![
            "run",
            "--scenario",
            "flood",
            "--clients",
            "0",
            "--requests",
            "5",
        ],
        [
            vec!["run", "--scenario", "flood", "--clients", "5"],
            vec!["--requests", "5", "--duration", "5s"],
        ]
        .concat(),
        vec!["run", "--scenario", "flood", "--settle", "soon"],
        vec!["run", "--scenario", "flood", "--settle", "500000000000y"],
        vec![
            "run",
            "--scenario",
            "flood",
            "--declare",
            "--exchange",
            "mine",
        ],
    ] {
        let (_, code) = complaint(&[], &arguments);
        assert_eq!(code, Some(2), "{arguments:?}");
    }
}

#[test]
fn a_stderr_that_takes_nothing_changes_no_exit_code() {
    let port = free_port();
    for (arguments, code) in [
        (vec!["run", "--scenario", "refrence"], 64),
        // This one says while it waits that there is no broker.
        (vec!["run", "--scenario", "flood", "--settle", "500ms"], 1),
    ] {
        let full = std::fs::File::create("/dev/full").unwrap();
        let status = Command::new(env!("CARGO_BIN_EXE_warren-producer"))
            .args(arguments)
            .current_dir(tempfile::tempdir().unwrap().path())
            .env("WARREN_BROKER_URL", format!("amqp://127.0.0.1:{port}"))
            .stderr(full)
            .status()
            .unwrap();
        assert_eq!(status.code(), Some(code));
    }
}

#[test]
fn a_scenario_that_cannot_be_used_ends_with_64() {
    let (message, code) = complaint(&[], &["run", "--scenario", "refrence"]);
    insta::assert_snapshot!(message, @r#"error: no scenario named "refrence" is shipped and no such file exists: did you mean "reference"?"#);
    assert_eq!(code, Some(64));

    let mine = "name = \"mine\"\n\n[[phase]]\nrat = 5\nduration = \"5\"\n";
    let (message, code) = complaint(&[("mine.toml", mine)], &["run", "--scenario", "mine.toml"]);
    insta::assert_snapshot!(message, @r#"
    error: 3 problems in the scenario mine.toml
      line 3: phase[0].rate: must be given: messages per second, such as 285
      line 4: phase[0].rat: no such key; did you mean `rate`?
      line 5: phase[0].duration = "5": must be a duration with a unit, in quotes, from "1ns" to "7days"
    "#);
    assert_eq!(code, Some(64));
}

#[test]
fn input_that_cannot_be_used_ends_with_64() {
    let arguments = ["run", "--scenario", "flood", "--input", "book.txt"];
    let (message, code) = complaint(&[], &arguments);
    insta::assert_snapshot!(message, @"error: input file book.txt can't be read: No such file or directory (os error 2)");
    assert_eq!(code, Some(64));

    let (message, code) = complaint(&[("book.txt", "\n \n")], &arguments);
    insta::assert_snapshot!(message, @"error: input file book.txt has no line with text in it");
    assert_eq!(code, Some(64));
}

#[test]
fn configuration_that_cannot_be_used_ends_with_64() {
    let (message, code) = complaint(
        &[],
        &["run", "--scenario", "flood", "--config", "no-such.toml"],
    );
    insta::assert_snapshot!(message, @"error: can't read the configuration no-such.toml: No such file or directory (os error 2); name another with --config or WARREN_CONFIG, or begin with the config.toml that Warren comes with");
    assert_eq!(code, Some(64));

    let (message, code) = complaint(&[], &["run", "--scenario", "flood", "--pool", "other"]);
    insta::assert_snapshot!(message, @r#"error: the configuration has no pool named "other"; it has filter"#);
    assert_eq!(code, Some(64));

    let arguments = [
        "run",
        "--scenario",
        "flood",
        "--broker-url",
        "http://user:hunter2@there",
    ];
    let (message, code) = complaint(&[], &arguments);
    assert!(!message.contains("hunter2"), "{message}");
    assert_eq!(code, Some(64));
}

#[test]
fn a_sweep_asks_first_where_its_files_go_and_leaves_old_ones_alone_until_it_has_new_ones() {
    let directory = tempfile::tempdir().unwrap();
    let old = directory.path().join("old.csv");
    std::fs::write(&old, "last night's").unwrap();
    let url = format!("amqp://127.0.0.1:{}", free_port());
    let sweep = |csv| {
        let flags = ["--workers", "1", "--clients", "1", "--csv", csv];
        producer(directory.path(), &[&["sweep"], &flags[..]].concat(), &url)
    };

    let message = String::from_utf8(sweep("nowhere/new.csv").stderr).unwrap();
    assert_eq!(
        message,
        "error: can't write nowhere/new.csv: No such file or directory (os error 2)\n"
    );
    assert_eq!(sweep("old.csv").status.code(), Some(1));
    assert_eq!(std::fs::read_to_string(&old).unwrap(), "last night's");
}

#[test]
fn an_empty_variable_names_no_configuration() {
    let directory = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_warren-producer"))
        .args(["run", "--scenario", "flood", "--pool", "other"])
        .current_dir(directory.path())
        .env("WARREN_CONFIG", "")
        .output()
        .unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("it has filter"), "{message}");
    assert_eq!(output.status.code(), Some(64));
}

#[test]
fn a_broker_that_never_answers_ends_with_1_and_its_password_stays_unsaid() {
    let port = free_port();
    let directory = tempfile::tempdir().unwrap();
    let url = format!("amqp://user:hunter2@127.0.0.1:{port}/%2f");

    let arguments = ["run", "--scenario", "flood", "--settle", "200ms", "--json"];
    let output = producer(directory.path(), &arguments, &url);

    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(
        message.contains("error: can't reach amqp://user:***@127.0.0.1"),
        "{message}"
    );
    assert!(!message.contains("hunter2"), "{message}");
    assert!(output.stdout.is_empty());
}
