//! Commands, run as they are for messages, without a broker.

use super::*;
use crate::fixture::{delivery, rules};
use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const SOON: Duration = Duration::from_secs(20);

fn limits() -> Limits {
    Limits {
        timeout: SOON,
        kill_after: SOON,
        output_bytes_max: 1 << 20,
    }
}

fn request(body: &[u8]) -> Request {
    Request::new(delivery(body, Some("answers")), Duration::ZERO, &rules())
}

fn program(command: &[&str]) -> Program {
    let command: Vec<OsString> = command.iter().map(OsString::from).collect();
    Program::find(&command, std::env::var_os("PATH")).unwrap()
}

async fn run_within(limits: Limits, script: &str, body: &[u8]) -> Run {
    let program = program(&["sh", "-c", script]);
    let environment = Environment::of_this_process();
    let mut request = request(body);
    let voice = Rc::default();
    let run = process::run(&program, &environment, limits, &voice, &mut request);
    let run = tokio::time::timeout(SOON, run).await.unwrap().unwrap();
    assert_eq!(request.delivery.body, body, "the body is given back");
    run
}

async fn run(script: &str, body: &[u8]) -> Run {
    run_within(limits(), script, body).await
}

/// Whether a process is there, and does more than to wait for being reaped.
fn is_alive(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ")
        .is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

/// A kill takes its effect when the killed one is next looked at.
async fn is_gone(pid: &str) {
    let gone = async {
        while is_alive(pid) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(SOON, gone)
        .await
        .expect("it is still there");
}

#[tokio::test]
async fn what_goes_in_comes_out_whatever_it_is_and_however_long() {
    // Far more than fits into a pipe, both ways at once.
    let body: Vec<u8> = (0..=255).cycle().take(1 << 20).collect();
    let run = run("cat", &body).await;
    assert_eq!(run.ending, Ending::Exited { code: 0 });
    assert!(run.output == body);
}

#[tokio::test]
async fn a_command_need_not_read_its_input() {
    let run = run("echo done", &vec![b'x'; 1 << 20]).await;
    assert_eq!(run.ending, Ending::Exited { code: 0 });
    assert_eq!(run.output, b"done\n");
}

#[tokio::test]
async fn the_end_of_a_command_and_its_last_words_are_told() {
    let failed = run("echo broken >&2; exit 3", b"").await;
    assert_eq!(failed.ending, Ending::Exited { code: 3 });
    assert_eq!(failed.last_words, "broken");
    let died = run("kill -SEGV $$", b"").await;
    assert_eq!(died.ending, Ending::Signalled { signal: 11 });
}

#[tokio::test]
async fn a_command_that_takes_too_long_is_told_to_end_and_then_killed_with_its_children() {
    let mut limits = limits();
    limits.timeout = Duration::from_millis(300);
    let polite = "trap 'echo bye; exit 0' TERM; while :; do sleep 0.01; done";
    let told = run_within(limits, polite, b"").await;
    assert_eq!(
        (told.ending, told.output.as_slice()),
        (Ending::TimedOut, b"bye\n".as_slice())
    );

    limits.kill_after = Duration::from_millis(100);
    let deaf = "trap '' TERM; sleep 1000 & echo $!; wait";
    let killed = run_within(limits, deaf, b"").await;
    assert_eq!(killed.ending, Ending::TimedOut);
    is_gone(String::from_utf8(killed.output).unwrap().trim()).await;
}

#[tokio::test]
async fn a_flood_is_cut_off() {
    let mut limits = limits();
    limits.output_bytes_max = 100_000;
    let flooded = run_within(limits, "yes", b"").await;
    assert_eq!(flooded.ending, Ending::Flooded);
    let just = run_within(limits, "head -c 100000 /dev/zero", b"").await;
    assert_eq!(just.ending, Ending::Exited { code: 0 });
    let more = run_within(limits, "head -c 100001 /dev/zero", b"").await;
    assert_eq!(more.ending, Ending::Flooded);
}

#[tokio::test]
async fn a_flood_of_complaints_holds_up_no_timeout() {
    let mut limits = limits();
    limits.timeout = Duration::from_millis(100);
    let told = run_within(limits, "yes >&2", b"").await;
    assert_eq!(told.ending, Ending::TimedOut);
    assert!(told.last_words.ends_with("y\ny"), "{}", told.last_words);

    limits.kill_after = Duration::from_millis(100);
    let deaf = "trap '' TERM; yes >&2";
    let floods = (0..3).map(|_| run_within(limits, deaf, b""));
    for killed in futures_util::future::join_all(floods).await {
        assert_eq!(killed.ending, Ending::TimedOut);
    }
}

#[tokio::test]
async fn what_a_command_leaves_behind_ends_with_it_and_holds_up_nobody() {
    let left = run("sleep 1000 & echo $!", b"").await;
    assert_eq!(left.ending, Ending::Exited { code: 0 });
    is_gone(String::from_utf8(left.output).unwrap().trim()).await;
}

/// It has a session of its own, and with that a group: only its hold on the pipe is left.
#[tokio::test]
async fn what_has_left_the_group_holds_up_nobody() {
    let script = r#"
        setsid sleep 1000 & echo $!
        until [ "$(cut -d ' ' -f 6 /proc/$!/stat)" = $! ]; do :; done
    "#;
    let left = run(script, b"").await;
    assert_eq!(left.ending, Ending::Exited { code: 0 });
    let pid = String::from_utf8(left.output)
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    let pid = nix::unistd::Pid::from_raw(pid);
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).unwrap();
}

#[tokio::test]
async fn work_that_is_dropped_is_killed_with_its_children_and_reaped() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("pids");
    let script = format!(
        "sleep 1000 & echo $! $$ > {0}.new; mv {0}.new {0}; wait",
        file.display()
    );
    let program = program(&["sh", "-c", &script]);
    let environment = Environment::of_this_process();
    let voice = Rc::default();
    let mut request = request(b"");
    let run = process::run(&program, &environment, limits(), &voice, &mut request);
    let started = async {
        while !file.exists() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = run => panic!("it does not end by itself"),
        () = started => {}
    }
    let pids = std::fs::read_to_string(&file).unwrap();
    for pid in pids.split_whitespace() {
        is_gone(pid).await;
    }
}

#[tokio::test]
async fn a_program_that_is_gone_is_an_error_that_names_no_message() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("resize");
    std::fs::write(&path, "#!/bin/sh\nexit 0\n").unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o700)).unwrap();
    let program = program(&[path.to_str().unwrap()]);
    std::fs::remove_file(&path).unwrap();
    assert!(!Path::new(&program.path).exists());
    let environment = Environment::of_this_process();
    let voice = Rc::default();
    let mut request = request(b"");
    let run = process::run(&program, &environment, limits(), &voice, &mut request).await;
    assert_eq!(
        run.err().map(|error| error.kind()),
        Some(std::io::ErrorKind::NotFound)
    );
}

fn policy(on_failure: OnFailure) -> Policy {
    Policy {
        retry_on: vec![75, 9],
        retry_delay: Duration::from_secs(5),
        retries: 2,
        on_failure,
    }
}

#[test]
fn what_becomes_of_a_message_goes_by_the_end_of_its_command() {
    use OnFailure::{DeadLetter, Drop, Retry};
    use Verdict::{Done, Dropped, Failed};
    let exited = |code| Ending::Exited { code };
    let again = Verdict::Retry;
    let cases = [
        (exited(0), 0, [Done, Done, Done]),
        (exited(75), 0, [again(Reason::TemporaryFailure); 3]),
        (exited(9), 1, [again(Reason::TemporaryFailure); 3]),
        (
            exited(75),
            2,
            [
                Failed(Reason::TemporaryFailure),
                Failed(Reason::TemporaryFailure),
                Dropped(Reason::TemporaryFailure),
            ],
        ),
        (
            exited(1),
            0,
            [
                Failed(Reason::ExitCode),
                again(Reason::ExitCode),
                Dropped(Reason::ExitCode),
            ],
        ),
        (
            Ending::Signalled { signal: 9 },
            2,
            [
                Failed(Reason::Signal),
                Failed(Reason::Signal),
                Dropped(Reason::Signal),
            ],
        ),
        (
            Ending::TimedOut,
            1,
            [
                Failed(Reason::Timeout),
                again(Reason::Timeout),
                Dropped(Reason::Timeout),
            ],
        ),
        (
            Ending::Flooded,
            0,
            [
                Failed(Reason::OutputLimit),
                again(Reason::OutputLimit),
                Dropped(Reason::OutputLimit),
            ],
        ),
    ];
    for (ending, failed_attempts, verdicts) in cases {
        for (on_failure, verdict) in [DeadLetter, Retry, Drop].into_iter().zip(verdicts) {
            let judged = policy(on_failure).judge(ending, failed_attempts);
            assert_eq!(
                judged, verdict,
                "{ending:?} {failed_attempts} {on_failure:?}"
            );
        }
    }
}

#[test]
fn a_dead_letter_will_say_how_its_command_ended() {
    let run = Run {
        ending: Ending::Exited { code: 3 },
        output: Vec::new(),
        last_words: "broken".to_owned(),
        took: Duration::ZERO,
    };
    let disposition = policy(OnFailure::DeadLetter).disposition(request(b"body"), run);
    let Disposition::Unprocessable(Reason::ExitCode, delivery) = disposition else {
        panic!("{disposition:?}");
    };
    let headers = &delivery.properties.headers;
    assert_eq!(headers.integer("warren-exit-code"), Some(3));
    assert_eq!(headers.text("warren-stderr").as_deref(), Some("broken"));
    assert_eq!(delivery.body, b"body");
}
