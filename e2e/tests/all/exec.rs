//! `exec`: any program as a worker, however it ends and whatever ends it.

use crate::context::{Context, SOON};
use crate::harness::{Harness, number, question, stop};
use crate::suite::Test;
use anyhow::{Context as _, Result, ensure};
use nix::sys::signal::Signal;
use std::fs;
use std::path::Path;
use testbed::guard::Survivor;
use testbed::poll::until;
use testbed::process;
use tokio::process::Child;
use tokio::time::timeout;

pub(crate) fn tests() -> Vec<Test> {
    vec![
        Test::in_a_vhost("exec::a_result_is_what_the_command_wrote", results),
        Test::in_a_vhost(
            "exec::a_command_knows_its_message_and_no_secret",
            environment,
        ),
        Test::in_a_vhost("exec::every_way_to_fail_has_its_dead_letter", failures),
        Test::in_a_vhost(
            "exec::nothing_is_begun_where_a_failure_would_have_nowhere_to_go",
            nowhere,
        ),
        Test::in_a_vhost("exec::a_hang_is_killed_with_all_that_it_started", hang),
        Test::in_a_vhost("exec::what_asks_for_another_try_gets_it", retried),
        Test::in_a_vhost("exec::a_program_that_vanishes_is_waited_for", vanished),
        Test::in_a_vhost("exec::two_hundred_commands_leave_nothing_behind", tidy),
        Test::in_a_vhost("exec::a_drain_lets_commands_finish", drained),
        Test::in_a_vhost(
            "exec::a_drain_that_takes_too_long_gives_messages_back",
            cut_short,
        ),
        Test::in_a_vhost("exec::a_second_signal_ends_the_commands_too", ended),
        Test::in_a_vhost("exec::a_kill_in_the_middle_loses_nothing", killed),
        Test::in_a_vhost("exec::a_fleet_of_commands_scales", fleet),
    ]
}

/// A worker that runs a script of the shell for each message.
fn shell(harness: &Harness, context: &Context, flags: &[&str], script: &str) -> Result<Child> {
    let arguments = [flags, &["--", "sh", "-c", script]].concat();
    harness.worker(context, "exec", &arguments)
}

async fn results(context: &Context) -> Result<()> {
    let mut harness = Harness::set_up(context, "").await?;
    // More than a pipe holds, and nothing that is text.
    let body = |number: i64| -> Vec<u8> {
        let bytes = (0..=255).cycle().skip(usize::try_from(number).unwrap_or(0));
        bytes.take(100_000).collect()
    };
    for number in 0..10 {
        let replies = harness.replies.clone();
        harness
            .publish(question(number, body(number), &replies))
            .await?;
    }
    let arguments = ["--concurrency", "3", "--", "cat"];
    let worker = harness.worker(context, "exec", &arguments)?;
    let answers = harness.answers(10).await?;
    ensure!(answers.len() == 10, "{} answers to 10", answers.len());
    for answer in &answers {
        ensure!(answer.body == body(number(answer)?), "{}", number(answer)?);
        let took = answer
            .properties
            .headers
            .integer("warren-work-microseconds");
        ensure!(took.is_some_and(|took| took > 0), "it took {took:?}");
    }
    stop(worker, 0).await?;
    ensure!(harness.waiting().await? == 0);
    Ok(())
}

async fn environment(context: &Context) -> Result<()> {
    let mut harness = Harness::set_up(context, "").await?;
    let mut message = question(7, "", &harness.replies);
    message.properties.message_id = Some("m-7".to_owned());
    message.properties.content_type = Some("text/plain".to_owned());
    message.properties.headers.insert("x-user.id", "ü 7");
    harness.publish(message).await?;
    let mut command = harness.command(context, "exec", &["--", "env"])?;
    command
        .env("WARREN_BROKER_URL", "amqp://me:hidden@nowhere")
        .env("WARREN_HTTP_TOKEN", "hidden")
        .env("WARREN_HEADER_STALE", "of another message");
    let worker = command.spawn().context("start a worker")?;
    let answers = harness.answers(1).await?;
    let text = String::from_utf8(answers[0].body.clone())?;
    let queue = &harness.topology.work_queue;
    for line in [
        "WARREN_MESSAGE_ID=m-7",
        "WARREN_CORRELATION_ID=question-7",
        &format!("WARREN_REPLY_TO={}", harness.replies),
        "WARREN_CONTENT_TYPE=text/plain",
        "WARREN_EXCHANGE=",
        &format!("WARREN_ROUTING_KEY={queue}"),
        "WARREN_REDELIVERED=false",
        "WARREN_ATTEMPT=1",
        "WARREN_HEADER_WARREN_SEQUENCE=7",
        "WARREN_HEADER_X_USER_ID=ü 7",
    ] {
        ensure!(text.lines().any(|one| one == line), "no {line} in {text}");
    }
    for secret in [
        "WARREN_WORKER_BROKER_URL",
        "WARREN_BROKER_URL",
        "hidden",
        "STALE",
    ] {
        ensure!(!text.contains(secret), "{secret} is in {text}");
    }
    stop(worker, 0).await
}

async fn failures(context: &Context) -> Result<()> {
    let mut harness = Harness::set_up(context, "").await?;
    let replies = harness.replies.clone();
    for (number, script) in (0..).zip([
        "echo fine",
        "echo broken >&2; exit 3",
        "kill -SEGV $$",
        "yes",
        "exit 75",
        "sleep 1000",
        "echo fine too",
    ]) {
        harness.publish(question(number, script, &replies)).await?;
    }
    let flags = [
        "--timeout",
        "2s",
        "--output-limit",
        "10KB",
        "--retries",
        "0",
    ];
    let worker = shell(&harness, context, &flags, "eval \"$(cat)\"")?;
    let mut letters = harness.dead_letters(5).await?;
    letters.sort_by_key(|letter| letter.properties.headers.integer("warren-sequence"));
    let expected = [
        ("exit-code", Some(3), None, "broken"),
        ("signal", None, Some(11), ""),
        ("output-limit", None, None, ""),
        ("temporary-failure", Some(75), None, ""),
        ("timeout", None, None, ""),
    ];
    ensure!(letters.len() == expected.len(), "{letters:?}");
    for (letter, (reason, code, signal, last_words)) in letters.iter().zip(expected) {
        let headers = &letter.properties.headers;
        ensure!(
            headers.text("warren-reason").as_deref() == Some(reason),
            "{letter:?}"
        );
        ensure!(headers.integer("warren-exit-code") == code, "{letter:?}");
        ensure!(headers.integer("warren-signal") == signal, "{letter:?}");
        let stderr = headers.text("warren-stderr").unwrap_or_default();
        ensure!(stderr.contains(last_words), "{letter:?}");
    }
    ensure!(
        letters[0].body == b"echo broken >&2; exit 3",
        "{:?}",
        letters[0]
    );
    let answers = harness.answers(2).await?;
    ensure!(answers.len() == 2, "{answers:?}");
    ensure!(
        answers[0].body == b"fine\n" && answers[1].body == b"fine too\n",
        "{answers:?}"
    );
    stop(worker, 0).await?;
    ensure!(harness.waiting().await? == 0);
    Ok(())
}

async fn hang(context: &Context) -> Result<()> {
    let mut harness = Harness::set_up(context, "").await?;
    harness.ask(0..1).await?;
    // Long enough to be seen before it is over.
    let flags = ["--timeout", "2s", "--kill-after", "100ms"];
    // Neither it nor its child listens to SIGTERM.
    let worker = shell(
        &harness,
        context,
        &flags,
        "trap '' TERM; sleep 1000 & sleep 1000; sleep 1000",
    )?;
    until("the command and its child", SOON, async || {
        Ok(sleeps(context).len() == 2)
    })
    .await?;
    let letters = harness.dead_letters(1).await?;
    let reason = letters[0].properties.headers.text("warren-reason");
    ensure!(reason.as_deref() == Some("timeout"), "{reason:?}");
    until("the whole group to be gone", SOON, async || {
        Ok(sleeps(context).is_empty())
    })
    .await?;
    stop(worker, 0).await
}

async fn retried(context: &Context) -> Result<()> {
    let mut harness = Harness::set_up(context, "").await?;
    let replies = harness.replies.clone();
    for (number, tries) in (0..).zip(["1", "3", "100"]) {
        harness.publish(question(number, tries, &replies)).await?;
    }
    let flags = [
        "--retries",
        "4",
        "--retry-delay",
        "50ms",
        "--retry-on",
        "9,75",
    ];
    let script =
        "[ $WARREN_ATTEMPT -ge $(cat) ] || exit 9; echo $WARREN_ATTEMPT $WARREN_ROUTING_KEY";
    let worker = shell(&harness, context, &flags, script)?;
    let answers = harness.answers(2).await?;
    let key = &harness.topology.work_queue;
    ensure!(answers.len() == 2, "{answers:?}");
    for (answer, attempt) in answers.iter().zip([1, 3]) {
        let expected = format!("{attempt} {key}\n");
        ensure!(answer.body == expected.as_bytes(), "{answer:?}");
    }
    let letters = harness.dead_letters(1).await?;
    let headers = &letters[0].properties.headers;
    ensure!(
        letters.len() == 1 && letters[0].body == b"100",
        "{letters:?}"
    );
    ensure!(headers.integer("warren-attempts") == Some(4), "{letters:?}");
    ensure!(
        headers.integer("warren-exit-code") == Some(9),
        "{letters:?}"
    );
    stop(worker, 0).await?;
    ensure!(harness.waiting().await? == 0);
    Ok(())
}

async fn vanished(context: &Context) -> Result<()> {
    let mut harness = Harness::set_up(context, "").await?;
    let program = context.directory.join("program");
    let install = |path: &Path| -> Result<()> {
        // Not written in place: a file that is open for writing can't be run.
        let new = path.with_extension("new");
        fs::write(&new, "#!/bin/sh\nexec cat\n")?;
        fs::set_permissions(&new, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
        Ok(fs::rename(&new, path)?)
    };
    install(&program)?;
    let log = context.directory.join("worker.log");
    let path = program.to_str().context("a test's path is not UTF-8")?;
    let arguments = ["--retry-delay", "100ms", "--retries", "0", "--", path];
    let mut command = harness.command(context, "exec", &arguments)?;
    command
        .env("WARREN_LOG", "warn")
        .stderr(fs::File::create(&log)?);
    let worker = command.spawn().context("start a worker")?;
    harness.ask(0..1).await?;
    harness.answers(1).await?;
    fs::remove_file(&program)?;
    harness.ask(1..4).await?;
    until("it to be said", SOON, async || {
        let log = fs::read_to_string(&log)?;
        Ok(log.contains("can't start the command") && log.contains(path))
    })
    .await?;
    install(&program)?;
    let answers = harness.answers(3).await?;
    ensure!(answers.len() == 3, "{answers:?}");
    stop(worker, 0).await?;
    ensure!(harness.waiting().await? == 0);
    let dead = context
        .ready_messages(&context.vhost.name("warren.dead"))
        .await?;
    ensure!(dead == 0, "{dead} messages were given up");
    Ok(())
}

async fn tidy(context: &Context) -> Result<()> {
    let mut harness = Harness::set_up(context, "").await?;
    harness.ask(0..10).await?;
    let worker = shell(
        &harness,
        context,
        &["--concurrency", "4"],
        "sleep 1000 & cat",
    )?;
    harness.answers(10).await?;
    let pid = worker.id().context("the worker is gone")?;
    let files = || -> Result<usize> { Ok(fs::read_dir(format!("/proc/{pid}/fd"))?.count()) };
    let before = files()?;
    harness.ask(10..210).await?;
    let answers = harness.answers(200).await?;
    ensure!(answers.len() == 200, "{} answers to 200", answers.len());
    until("no child and no file more than before", SOON, async || {
        Ok(children(pid)? == 0 && files()? <= before && sleeps(context).is_empty())
    })
    .await?;
    stop(worker, 0).await
}

async fn drained(context: &Context) -> Result<()> {
    let mut harness = Harness::set_up(context, "").await?;
    for round in 0..3 {
        // A worker that has answered something heeds signals, so each has something to answer.
        let before = context.ready_messages(&harness.replies).await?;
        harness.ask(round * 10..(round + 1) * 10).await?;
        let worker = shell(&harness, context, &["--concurrency", "2"], "sleep 0.1; cat")?;
        until("some answers", SOON, async || {
            Ok(context.ready_messages(&harness.replies).await? >= before + 4)
        })
        .await?;
        stop(worker, 0).await?;
    }
    harness.ask(30..33).await?;
    let worker = shell(&harness, context, &[], "cat")?;
    let answers = harness.answers(33).await?;
    ensure!(answers.len() == 33, "{} answers to 33", answers.len());
    stop(worker, 0).await
}

async fn cut_short(context: &Context) -> Result<()> {
    let mut harness = Harness::set_up(context, "").await?;
    harness.ask(0..5).await?;
    let flags = ["--drain-timeout", "300ms", "--concurrency", "2"];
    let worker = shell(&harness, context, &flags, "exec sleep 1000")?;
    until(
        "two commands",
        SOON,
        async || Ok(sleeps(context).len() == 2),
    )
    .await?;
    stop(worker, 1).await?;
    until("the commands to be gone", SOON, async || {
        Ok(sleeps(context).is_empty())
    })
    .await?;
    until("every message to be back", SOON, async || {
        Ok(context.ready_messages(&context.work_queue()).await? == 5)
    })
    .await?;
    let worker = shell(&harness, context, &[], "cat")?;
    harness.answers(5).await?;
    stop(worker, 0).await
}

async fn ended(context: &Context) -> Result<()> {
    let harness = Harness::set_up(context, "").await?;
    harness.ask(0..1).await?;
    let mut worker = shell(&harness, context, &[], "sleep 1000; exit 0")?;
    until("the command", SOON, async || Ok(sleeps(context).len() == 1)).await?;
    process::signal(&worker, Signal::SIGTERM)?;
    // Two of the same that come at once are one.
    process::signal(&worker, Signal::SIGINT)?;
    let status = timeout(SOON, worker.wait())
        .await
        .context("the worker's end")??;
    ensure!(status.code() == Some(1), "the worker ended with {status}");
    until("the command to be gone", SOON, async || {
        Ok(sleeps(context).is_empty())
    })
    .await
}

async fn nowhere(context: &Context) -> Result<()> {
    let mut harness = Harness::set_up(context, "").await?;
    harness.ask(0..1).await?;
    let exchange = context.vhost.name("nowhere");
    let flags = ["--dead-letter-exchange", &exchange];
    let mut worker = shell(&harness, context, &flags, "exit 1")?;
    let status = timeout(SOON, worker.wait())
        .await
        .context("the worker's end")??;
    ensure!(status.code() == Some(1), "the worker ended with {status}");
    ensure!(harness.waiting().await? == 1, "the message is gone");
    // Who needs no dead letters does not ask for the exchange.
    let flags = ["--on-failure", "drop", "--dead-letter-exchange", &exchange];
    let worker = shell(&harness, context, &flags, "cat")?;
    let answers = harness.answers(1).await?;
    ensure!(answers.len() == 1, "{answers:?}");
    stop(worker, 0).await
}

/// Nothing can end the commands of a worker that is killed: they go on beside the next worker's.
async fn killed(context: &Context) -> Result<()> {
    let mut harness = Harness::set_up(context, "").await?;
    harness.ask(0..60).await?;
    for round in 1..=3 {
        let mut worker = shell(
            &harness,
            context,
            &["--concurrency", "3"],
            "sleep 0.05; cat",
        )?;
        until("some answers", SOON, async || {
            Ok(context.ready_messages(&harness.replies).await? >= round * 10)
        })
        .await?;
        worker.kill().await?;
    }
    // However much those before it did, the last one has something to answer before it is stopped.
    harness.ask(60..63).await?;
    let worker = shell(&harness, context, &["--concurrency", "2"], "cat")?;
    harness.answers(63).await?;
    stop(worker, 0).await?;
    ensure!(harness.waiting().await? == 0);
    until("the orphans to end by themselves", SOON, async || {
        Ok(context.suite.guard.survivors(&context.part).is_empty())
    })
    .await
}

async fn fleet(context: &Context) -> Result<()> {
    let changes = r#"
        [scaling]
        worker_rate = 10
        [fleet]
        command = ["warren-worker", "exec", "--", "sh", "-c", "sleep 0.05; cat"]
    "#;
    let config = context.config(vec![context.pool("filter", changes)])?;
    let controller = context.controller(&config).await?;
    let outcome = context.producer(&config, 25, 4)?.outcome().await?;
    context.all_answered(&outcome, 100).await?;
    let peak = context
        .report(&controller, "filter")
        .await?
        .totals
        .workers_peak;
    ensure!(
        (3..=4).contains(&peak),
        "25 messages/s at 10 each took {peak} workers"
    );
    until("the workers to go home", SOON, async || {
        Ok(context.report(&controller, "filter").await?.workers.all() == 0)
    })
    .await?;
    controller.stop().await
}

/// The test's processes that only sleep.
fn sleeps(context: &Context) -> Vec<Survivor> {
    let mut found = context.suite.guard.survivors(&context.part);
    found.retain(|process| process.command == "sleep 1000");
    found
}

/// The children of a process, those included that wait for being reaped.
fn children(pid: u32) -> Result<usize> {
    let parents = fs::read_dir("/proc")?.flatten().filter_map(|entry| {
        // A process that has just gone can't be read, and is nobody's child.
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        let (_, fields) = stat.rsplit_once(") ")?;
        fields.split_whitespace().nth(1)?.parse::<u32>().ok()
    });
    Ok(parents.filter(|parent| *parent == pid).count())
}
