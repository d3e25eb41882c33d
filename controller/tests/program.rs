//! The built program, as far as it goes without a broker.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails on what it does not expect"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// A directory with a configuration in it.
struct Harness {
    root: TempDir,
}

impl Harness {
    fn new(config: &str) -> Self {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("config.toml"), config).unwrap();
        Self { root }
    }

    /// One pool with a command that exists, and a broker that does not.
    fn without_broker() -> Self {
        Self::new(&valid("[\"/bin/sh\"]"))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_warren-controller"));
        command.args(arguments).current_dir(self.root.path());
        for name in [
            "WARREN_CONFIG",
            "WARREN_BROKER_URL",
            "WARREN_HTTP_TOKEN",
            "WARREN_LOG",
        ] {
            command.env_remove(name);
        }
        command
    }

    fn output(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn run(&self, arguments: &[&str]) -> Running {
        let arguments = [&["run", "--log", "json"], arguments].concat();
        Self::start(self.command(&arguments))
    }

    fn start(mut command: Command) -> Running {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("http listening") {
            line.clear();
            assert_ne!(
                log.read_line(&mut line).unwrap(),
                0,
                "it ended before it listened"
            );
        }
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        let address = line["fields"]["addr"].as_str().unwrap().parse().unwrap();
        Running {
            child,
            log,
            address,
        }
    }
}

struct Running {
    child: Child,
    log: BufReader<std::process::ChildStderr>,
    address: SocketAddr,
}

impl Running {
    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let host = self.address;
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn pid(&self) -> nix::unistd::Pid {
        nix::unistd::Pid::from_raw(i32::try_from(self.child.id()).unwrap())
    }

    /// Asks it to stop; its exit code and the rest of its log.
    fn stop(mut self) -> (Option<i32>, String) {
        nix::sys::signal::kill(self.pid(), nix::sys::signal::Signal::SIGTERM).unwrap();
        let mut log = String::new();
        self.log.read_to_string(&mut log).unwrap();
        (self.child.wait().unwrap().code(), log)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A test that failed must not leave it running; one that has ended is no matter.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn valid(command: &str) -> String {
    // Port 1 is nobody's.
    format!(
        "[broker]\nurl = \"amqp://guest:hunter2@127.0.0.1:1/%2f\"\n[http]\nlisten = \
         \"127.0.0.1:0\"\n[[pool]]\nname = \"filter\"\n[pool.fleet]\ncommand = {command}\n"
    )
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

const BAD: &str = "\
[http]
listen = \"everywhere\"
[[pool]]
name = \"filter\"
[pool.scaling]
max = -3
droin_time = \"2s\"
";

#[test]
fn a_bad_configuration_is_told_whole_and_starts_nothing() {
    let harness = Harness::new(BAD);

    for command in ["check", "run"] {
        let output = harness.output(&[command]);

        assert_eq!(output.status.code(), Some(64), "{command}");
        let told = text(&output.stderr);
        for expected in [
            "http.listen",
            "pool[0].scaling.max",
            "drain_time",
            "line 2",
            "line 6",
        ] {
            assert!(
                told.contains(expected),
                "{command} says nothing of {expected}: {told}"
            );
        }
        assert_eq!(told.matches("error: ").count(), 1, "{told}");
    }
    let entries: Vec<PathBuf> = std::fs::read_dir(harness.root.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(entries, [harness.root.path().join("config.toml")]);
}

#[test]
fn a_configuration_that_is_not_there_is_a_bad_one() {
    let root = tempfile::tempdir().unwrap();
    let harness = Harness { root };

    for arguments in [
        &["check"][..],
        &["run"],
        &["status"],
        &["run", "--config", "other.toml"],
    ] {
        let output = harness.output(arguments);

        assert_eq!(output.status.code(), Some(64), "{arguments:?}");
        let told = text(&output.stderr);
        assert!(
            told.contains(".toml") && told.contains("--config"),
            "{told}"
        );
    }
}

#[test]
fn an_empty_variable_names_no_configuration() {
    let harness = Harness::without_broker();

    let output = harness
        .command(&["check"])
        .env("WARREN_CONFIG", "")
        .output()
        .unwrap();

    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(
        text(&output.stdout).contains("ok: config.toml: filter"),
        "{}",
        text(&output.stdout)
    );
}

#[test]
fn a_full_disk_under_stderr_changes_no_exit_code() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let full = || {
        std::fs::File::options()
            .write(true)
            .open("/dev/full")
            .unwrap()
    };
    for (arguments, code) in [
        (&["check", "--config", "other.toml"][..], 64),
        (&["run", "--listen", &address], 1),
    ] {
        let harness = Harness::without_broker();
        let mut command = harness.command(arguments);

        let status = command.stderr(full()).status().unwrap();

        assert_eq!(status.code(), Some(code), "{arguments:?}");
    }
}

#[test]
fn check_is_content_with_what_can_be_run() {
    let output = Harness::without_broker().output(&["check"]);

    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(
        text(&output.stdout).contains("ok: config.toml: filter"),
        "{}",
        text(&output.stdout)
    );
}

#[test]
fn check_says_which_worker_command_is_missing() {
    let output = Harness::new(&valid("[\"no-such-worker\"]")).output(&["check"]);

    assert_eq!(output.status.code(), Some(64));
    let told = text(&output.stderr);
    assert!(
        told.contains("pool filter") && told.contains("no-such-worker"),
        "{told}"
    );
}

#[test]
fn a_command_line_that_is_not_understood_is_usage() {
    let harness = Harness::without_broker();

    for arguments in [&["walk"][..], &[], &["run", "--listen", "here"]] {
        assert_eq!(
            harness.output(arguments).status.code(),
            Some(2),
            "{arguments:?}"
        );
    }
    let output = harness
        .command(&["run"])
        .env("WARREN_LOG", "info,=")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).contains("WARREN_LOG"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn help_ends_with_an_example() {
    let output = Harness::without_broker().output(&["--help"]);

    assert_eq!(output.status.code(), Some(0));
    assert!(
        text(&output.stdout).contains("Example:\n"),
        "{}",
        text(&output.stdout)
    );
}

#[test]
fn a_port_in_use_is_named_with_the_key_that_changes_it() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();

    let output = Harness::without_broker().output(&["run", "--listen", &address.to_string()]);

    assert_eq!(output.status.code(), Some(1));
    let told = text(&output.stderr);
    assert!(
        told.contains(&address.port().to_string()) && told.contains("http.listen"),
        "{told}"
    );
}

#[test]
fn status_says_how_to_start_a_controller_where_none_runs() {
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let url = format!("http://{free}");

    let output = Harness::without_broker().output(&["status", "--url", &url]);

    assert_eq!(output.status.code(), Some(1));
    let told = text(&output.stderr);
    assert!(
        told.contains(&url) && told.contains("warren-controller run"),
        "{told}"
    );
}

#[test]
fn a_broker_that_is_not_there_is_waited_for_and_said_once() {
    let harness = Harness::without_broker();
    let running = harness.run(&[]);

    let ready = running.get("/readyz");
    assert!(ready.starts_with("HTTP/1.1 503"), "{ready}");
    assert!(running.get("/healthz").starts_with("HTTP/1.1 200"));
    assert!(
        running
            .get("/api/v1/pools")
            .contains(r#""broker_connected":false"#)
    );
    let url = format!("http://{}", running.address);
    let status = harness.output(&["status", "--url", &url]);
    assert_eq!(status.status.code(), Some(0), "{}", text(&status.stderr));
    assert!(
        text(&status.stdout).contains("filter"),
        "{}",
        text(&status.stdout)
    );
    let json = harness.output(&["status", "--json", "--url", &url]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["schema"], 1);

    for arguments in [&["check"][..], &["status", "--json", "--url", &url]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = harness.command(arguments);
        let early = command.stdout(writer).status().unwrap();
        assert_eq!(early.code(), Some(0), "{arguments:?} into a closed pipe");
    }

    let (code, log) = running.stop();
    assert_eq!(code, Some(0), "{log}");
    assert_eq!(log.matches("queue can't be looked at").count(), 1, "{log}");
    assert!(!log.contains("hunter2"), "{log}");
}

#[test]
fn a_second_controller_on_the_state_directory_is_told_who_has_it() {
    let harness = Harness::without_broker();
    let running = harness.run(&[]);

    let output = harness.output(&["run"]);

    assert_eq!(output.status.code(), Some(1));
    let told = text(&output.stderr);
    assert!(told.contains(&format!("pid {}", running.pid())), "{told}");
}

#[test]
fn a_dry_run_leaves_only_its_journal_behind() {
    let harness = Harness::without_broker();
    let running = harness.run(&["--dry-run"]);

    let (code, log) = running.stop();

    assert_eq!(code, Some(0), "{log}");
    let state_dir = harness.root.path().join(".warren");
    let names = |directory: &std::path::Path| -> Vec<_> {
        let entries = std::fs::read_dir(directory).unwrap();
        entries.map(|entry| entry.unwrap().file_name()).collect()
    };
    assert_eq!(names(&state_dir), ["filter"]);
    assert_eq!(names(&state_dir.join("filter")), ["journal-dry-run"]);

    let explained = harness.output(&["explain", "--dry-run", "--all"]);
    assert_eq!(explained.status.code(), Some(0));
    let told = text(&explained.stdout);
    assert!(told.contains("the pool ends"), "{told}");
    let unknown = harness.output(&["explain", "--pool", "other"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown.stderr).contains("it has filter"));
}

#[test]
fn systemd_is_told_of_the_start_of_each_turn_and_of_the_end() {
    let harness = Harness::without_broker();
    let path = harness.root.path().join("notify");
    let socket = std::os::unix::net::UnixDatagram::bind(&path).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    let told = || {
        let mut buffer = [0; 256];
        let length = socket.recv(&mut buffer).unwrap();
        text(&buffer[..length])
    };
    let mut command = harness.command(&["run", "--log", "json"]);
    command
        .env("NOTIFY_SOCKET", &path)
        .env("WATCHDOG_USEC", "200000");

    let running = Harness::start(command);
    assert_eq!(told(), "READY=1\n");
    assert_eq!(told(), "WATCHDOG=1\n");

    let (code, _) = running.stop();
    assert_eq!(code, Some(0));
    let mut last = told();
    while last == "WATCHDOG=1\n" {
        last = told();
    }
    assert!(
        last.starts_with("STOPPING=1\nEXTEND_TIMEOUT_USEC="),
        "{last}"
    );
}
