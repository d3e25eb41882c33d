//! The built program's exit codes and where it says what. Nothing here needs a broker.

use std::net::TcpListener;
use std::process::{Command, Output};

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warren-insults"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("WARREN_") {
            command.env_remove(name);
        }
    }
    command.args(arguments).current_dir("/");
    command
}

fn insults(arguments: &[&str]) -> Output {
    command(arguments).output().expect("the program is built")
}

#[track_caller]
fn check(arguments: &[&str], code: i32, said: &str) {
    let output = insults(arguments);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert!(stderr.contains(said), "{stderr}");
    assert_eq!(output.stdout, b"");
}

#[test]
fn a_node_that_waits_for_its_broker_stops_when_it_is_told() {
    let broker = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("amqp://{}", broker.local_addr().unwrap());
    let mut node = command(&["serve"]);
    node.env("WARREN_BROKER_URL", url).env("WARREN_LOG", "off");
    let mut node = node.spawn().unwrap();
    let connection = broker.accept().unwrap();
    let pid = nix::unistd::Pid::from_raw(node.id().cast_signed());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
    assert_eq!(node.wait().unwrap().code(), Some(0));
    drop(connection);
}

#[test]
fn a_client_that_asks_for_nothing_sensible_is_told_at_once() {
    check(&["client", "add", " "], 2, "the word is empty");
    check(&["client", "sing"], 2, "unrecognized subcommand");
    let missing = insults(&["client", "list", "--config", "/nowhere.toml"]);
    assert_eq!(missing.status.code(), Some(64));
    assert_eq!(
        String::from_utf8_lossy(&missing.stderr),
        "error: can't read the configuration /nowhere.toml: No such file or directory (os error 2); \
         name another with --config or WARREN_CONFIG, or begin with the config.toml that Warren \
         comes with\n"
    );
}

#[test]
fn an_empty_variable_names_no_configuration() {
    let mut command = command(&["serve", "--pool", "nobody"]);
    let output = command.env("WARREN_CONFIG", "").output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(64), "{stderr}");
    // That of the shipped one.
    assert!(stderr.contains("no pool named \"nobody\""), "{stderr}");
}

#[test]
fn help_ends_with_an_example() {
    for command in ["serve", "filter", "client"] {
        let output = insults(&[command, "--help"]);
        assert_eq!(output.status.code(), Some(0));
        let help = String::from_utf8(output.stdout).unwrap();
        let (_, example) = help.split_once("Example").unwrap();
        assert!(
            example.contains(&format!("warren-insults {command} ")),
            "{help}"
        );
    }
}
