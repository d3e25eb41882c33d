//! The settings from flags, variables and configuration.

use super::*;
use crate::cli::{Cli, Command};
use clap::Parser;

/// The flags as the command line gives them; the tests' own environment has none of the variables.
fn command(flags: &[&str]) -> Command {
    command_of("filter", flags)
}

fn command_of(kind: &str, flags: &[&str]) -> Command {
    let line = ["warren-worker", kind]
        .into_iter()
        .chain(flags.iter().copied());
    Cli::try_parse_from(line).unwrap().command
}

const TWO_POOLS: &str = r#"
[[pool]]
name = "one"
exchange = "one.events"
work_queue = "one"
prefetch = 7
results_queue = "one.results"
on_unprocessable = "requeue"
max_message_bytes = "2KiB"

[pool.fleet]
stop_grace = "20s"

[[pool]]
name = "two"
exchange = "two.events"
work_queue = "two"
dead_letter_exchange = ""
on_unprocessable = "drop"
on_unroutable = "drop"
"#;

fn resolve(config: &str, flags: &[&str]) -> Result<Settings, String> {
    resolve_of("filter", config, flags)
}

fn resolve_of(kind: &str, config: &str, flags: &[&str]) -> Result<Settings, String> {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("config.toml");
    std::fs::write(&file, config).unwrap();
    command_of(kind, flags)
        .prepare(Some(&file), &Environment::default())
        .map(|(settings, _)| settings)
        .map_err(|error| format!("{error:#}"))
}

#[test]
fn the_keys_of_the_pool_that_is_named_count() {
    let settings = resolve(TWO_POOLS, &["--pool", "one", "--id", "3"]).unwrap();
    assert_eq!(settings.queue, "one");
    assert_eq!(settings.identity.pool, "one");
    assert_eq!(settings.identity.worker, "3");
    assert_eq!(settings.prefetch.get(), 7);
    assert_eq!(settings.rules.results_queue.as_deref(), Some("one.results"));
    assert_eq!(settings.rules.max_message_bytes, 2048);
    assert_eq!(settings.unprocessable, Unprocessable::Requeue);
    assert_eq!(
        settings.unroutable,
        Unroutable::DeadLetter("warren.dead".to_owned())
    );
    assert_eq!(settings.drain_timeout, Duration::from_secs(16));
    assert_eq!(settings.held_work(), Duration::ZERO);
}

#[test]
fn a_queue_says_which_pool_too_and_an_unknown_one_works_by_the_defaults() {
    assert_eq!(
        resolve(TWO_POOLS, &["--queue", "two"])
            .unwrap()
            .identity
            .pool,
        "two"
    );
    let settings = resolve(TWO_POOLS, &["--queue", "another"]).unwrap();
    assert_eq!(settings.queue, "another");
    assert_eq!(settings.identity.pool, "another");
    assert_eq!(settings.prefetch.get(), 50);
}

#[test]
fn flags_win() {
    let flags = [
        "--pool=one",
        "--queue=elsewhere",
        "--prefetch=9",
        "--results-queue=",
        "--max-message-bytes=1MiB",
        "--on-unprocessable=dead-letter",
        "--on-unroutable=drop",
        "--dead-letter-exchange=dead",
        "--drain-timeout=3s",
        "--work-time=5ms",
        "--broker-url=amqp://me:secret@rabbit/%2f",
    ];
    let settings = resolve(TWO_POOLS, &flags).unwrap();
    assert_eq!(settings.queue, "elsewhere");
    assert_eq!(settings.prefetch.get(), 9);
    assert_eq!(settings.rules.results_queue, None);
    assert_eq!(settings.rules.max_message_bytes, 1024 * 1024);
    assert_eq!(
        settings.unprocessable,
        Unprocessable::DeadLetter("dead".to_owned())
    );
    assert_eq!(settings.unroutable, Unroutable::Drop);
    assert_eq!(settings.drain_timeout, Duration::from_secs(3));
    assert_eq!(settings.held_work(), Duration::from_millis(9 * 5));
    let shown = format!("{settings:?} {:?}", command(&flags));
    assert!(
        shown.contains("rabbit") && !shown.contains("secret"),
        "{shown}"
    );
}

#[test]
fn an_empty_variable_counts_as_not_set() {
    let flags = [
        "--pool=",
        "--queue=one",
        "--broker-url=",
        "--id=",
        "--status-socket=",
    ];
    let settings = resolve(TWO_POOLS, &flags).unwrap();
    assert_eq!(settings.identity.pool, "one");
    assert_eq!(settings.identity.worker, std::process::id().to_string());
    assert_eq!(settings.status_socket, None);
}

#[test]
fn slow_work_holds_no_more_than_it_works_on_unless_somebody_chose_otherwise() {
    let held = |pool: &str, flags: &[&str]| {
        let flags = [flags, &["--for=1s", "--pool", pool]].concat();
        let settings = resolve_of("sleep", TWO_POOLS, &flags).unwrap();
        (settings.prefetch.get(), settings.concurrency.get())
    };
    assert_eq!(held("two", &[]), (1, 1));
    assert_eq!(held("two", &["--concurrency=8"]), (8, 8));
    assert_eq!(held("two", &["--concurrency=8", "--prefetch=9"]), (9, 8));
    assert_eq!(held("one", &["--concurrency=3"]), (7, 3));
    let refused = |flags: &[&str]| resolve_of("sleep", TWO_POOLS, flags).unwrap_err();
    let never_filled = refused(&["--pool=one", "--for=1s", "--concurrency=8"]);
    assert!(
        never_filled.contains("a prefetch of 7 never fills a concurrency of 8; raise --prefetch"),
        "{never_filled}"
    );
    let held_too_long = refused(&["--pool=one", "--for=10m", "--concurrency=2"]);
    assert!(
        held_too_long.contains("lower --prefetch or --for"),
        "{held_too_long}"
    );
}

#[test]
fn a_command_that_fails_needs_somewhere_to_go() {
    let resolve = |flags: &[&str]| {
        let flags = [&["--pool=one"], flags, &["--", "true"]].concat();
        resolve_of("exec", TWO_POOLS, &flags)
    };
    let refused = resolve(&[]).unwrap_err();
    assert!(
        refused.contains("give --on-unprocessable dead-letter, or --on-failure drop"),
        "{refused}"
    );
    assert_eq!(
        resolve(&["--on-failure=drop"]).unwrap().unprocessable,
        Unprocessable::Requeue
    );
    let settings = resolve(&["--on-unprocessable=dead-letter", "--timeout=10s"]).unwrap();
    assert_eq!(settings.held_work(), Duration::from_secs(7 * 15));
}

#[track_caller]
fn check_refused(flags: &[&str], expected: &str) {
    let error = resolve(TWO_POOLS, flags).unwrap_err();
    assert!(error.contains(expected), "{error}");
}

#[test]
fn what_does_not_fit_is_refused_with_what_to_do() {
    check_refused(&[], "say which pool to work for with --pool: one, two");
    check_refused(
        &["--pool=three"],
        "no pool named \"three\"; it has one, two",
    );
    check_refused(
        &["--pool=one", "--results-queue=one"],
        "name another with --results-queue",
    );
    check_refused(
        &["--pool=two", "--on-unprocessable=dead-letter"],
        "on-unprocessable is dead-letter, and there is no dead-letter exchange",
    );
    check_refused(&["--pool=one", "--prefetch=5000"], "4096 is the most");
    check_refused(
        &["--pool=one", "--work-time=5m"],
        "lower --prefetch or --work-time",
    );
    check_refused(
        &["--pool=one", "--words=/nowhere"],
        "can't read the word list /nowhere",
    );
    check_refused(&["--pool=one", "--broker-url=http://x"], "is no broker URL");
}

#[test]
fn a_wrong_url_is_not_repeated() {
    let error = resolve(TWO_POOLS, &["--pool=one", "--broker-url=amqp://u:secret@"]).unwrap_err();
    assert!(!error.contains("secret"), "{error}");
}
