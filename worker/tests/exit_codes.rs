//! The built program's exit codes and where it says what. Nothing here needs a broker.

use std::fs::File;
use std::net::TcpListener;
use std::process::{Command, Output};

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warren-worker"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("WARREN_") {
            command.env_remove(name);
        }
    }
    command.args(arguments).current_dir("/");
    command
}

fn worker(arguments: &[&str]) -> Output {
    command(arguments).output().expect("the program is built")
}

#[track_caller]
fn check(arguments: &[&str], code: i32, said: &str) {
    let output = worker(arguments);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert!(stderr.contains(said), "{stderr}");
    assert_eq!(output.stdout, b"");
}

#[test]
fn usage_is_2() {
    check(&["filter", "--prefetch", "0"], 2, "--prefetch");
    check(&["filter", "--match", "regex"], 2, "word, substring");
    check(&["filter", "--work-time", "5"], 2, "--work-time");
    check(&["exec"], 2, "<COMMAND>");
    check(&["exec", "--retry-on", "0", "--", "true"], 2, "--retry-on");
    check(
        &["sleep", "--for", "1s", "--distribution", "normal"],
        2,
        "choose fixed, exponential or lognormal:SIGMA",
    );
    check(&["burn"], 2, "--for <TIME>");
}

#[test]
fn bad_configuration_is_64() {
    let missing = worker(&["filter", "--config", "/nowhere.toml"]);
    assert_eq!(missing.status.code(), Some(64));
    assert_eq!(
        String::from_utf8_lossy(&missing.stderr),
        "error: can't read the configuration /nowhere.toml: No such file or directory (os error 2); \
         name another with --config or WARREN_CONFIG, or begin with the config.toml that Warren \
         comes with\n"
    );
    check(
        &["filter", "--words", "/nowhere"],
        64,
        "error: can't read the word list /nowhere",
    );
    check(
        &["filter", "--pool", "nobody"],
        64,
        "error: the configuration has no pool named \"nobody\"",
    );
    check(
        &["exec", "--", "no-such-program", "--flag"],
        64,
        "error: no program 'no-such-program' on PATH; install it, or give its path",
    );
    check(
        &["exec", "--", "/etc/passwd"],
        64,
        "error: can't run /etc/passwd: it is not executable; try chmod +x",
    );
    for delay in ["29m", "500000000000y"] {
        check(
            &["exec", "--retry-delay", delay, "--", "true"],
            64,
            "error: --retry-delay",
        );
    }
}

#[test]
fn a_full_disk_under_stderr_ends_no_worker_and_changes_no_exit_code() {
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let mut refused = command(&["filter", "--pool", "nobody"]);
    let status = refused.stderr(full()).status().unwrap();
    assert_eq!(status.code(), Some(64));

    // It has logged its start, and listens to signals, when it comes to the broker.
    let broker = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("amqp://{}", broker.local_addr().unwrap());
    let mut working = command(&["filter"]);
    working.env("WARREN_BROKER_URL", url).stderr(full());
    let mut working = working.spawn().unwrap();
    let connection = broker.accept().unwrap();
    let pid = nix::unistd::Pid::from_raw(working.id().cast_signed());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
    assert_eq!(working.wait().unwrap().code(), Some(0));
    drop(connection);
}

#[test]
fn an_empty_variable_names_no_configuration() {
    let mut command = command(&["filter", "--pool", "nobody"]);
    let output = command.env("WARREN_CONFIG", "").output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(64), "{stderr}");
    // That of the shipped one.
    assert!(stderr.contains("no pool named \"nobody\""), "{stderr}");
}

#[test]
fn help_ends_with_an_example() {
    for (arguments, example) in [
        (&["--help"][..], "warren-worker filter --queue"),
        (&["filter", "--help"], "warren-worker filter --queue"),
        (&["exec", "--help"], "warren-worker exec --results-queue"),
        (&["sleep", "--help"], "warren-worker sleep --for"),
        (&["burn", "--help"], "warren-worker burn --for"),
        (&["ping", "--help"], "warren-worker ping --queue"),
    ] {
        let output = worker(arguments);
        assert_eq!(output.status.code(), Some(0));
        let help = String::from_utf8(output.stdout).unwrap();
        let (_, examples) = help.split_once("Example").unwrap();
        assert!(examples.contains(example), "{help}");
        assert!(
            !examples.contains("--broker-url"),
            "a password would show in the process list"
        );
    }
}
