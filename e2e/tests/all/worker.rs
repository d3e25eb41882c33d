//! The filter worker by itself, against a real RabbitMQ: what becomes of each message, whatever is
//! wrong with the message or breaks around the worker.

use crate::context::{Context, SOON};
use crate::harness::{Harness, number, question, stop};
use crate::suite::Test;
use anyhow::{Context as _, Result, ensure};
use broker::{ErrorKind, Mandatory, Outcome, Persistence, Session, topology};
use nix::sys::signal::Signal;
use testbed::node::{MemoryAlarm, Node, Permissions};
use testbed::poll::until;
use testbed::process;
use tokio::time::timeout;

pub(crate) fn tests() -> Vec<Test> {
    vec![
        Test::in_a_vhost("worker::an_answer_is_known_by_its_question", answers),
        Test::in_a_vhost("worker::killed_again_and_again_it_loses_nothing", killed),
        Test::in_a_vhost("worker::a_drain_leaves_nothing_half_done", drained),
        Test::in_a_vhost("worker::what_has_nowhere_to_go_is_a_dead_letter", dead),
        Test::in_a_vhost(
            "worker::a_result_that_is_given_up_against_the_configuration_is_said",
            no_dead_letters,
        ),
        Test::in_a_vhost("worker::bad_messages_hold_up_nobody", requeued),
        Test::in_a_vhost("worker::a_deleted_queue_is_found_again", deleted),
        Test::in_a_vhost("worker::very_many_headers_end_one_session", headers),
        Test::on_the_node("worker::a_refusal_says_which_of_four", refusals),
        Test::alone("worker::an_alarm_ends_no_worker_and_loses_nothing", alarm),
    ]
}

async fn answers(context: &Context) -> Result<()> {
    let mut harness = Harness::set_up(context, "").await?;
    harness.ask(0..3).await?;
    let worker = harness.worker(context, "filter", &[])?;
    let answers = harness.answers(3).await?;
    ensure!(answers.len() == 3, "{answers:?}");
    for (sequence, answer) in answers.iter().enumerate() {
        let properties = &answer.properties;
        ensure!(number(answer)? == i64::try_from(sequence)?, "{answer:?}");
        ensure!(answer.body == b"hola CENSORED", "{answer:?}");
        let correlation = format!("question-{sequence}");
        ensure!(properties.correlation_id == Some(correlation), "{answer:?}");
        ensure!(
            properties.persistence == Persistence::Persistent,
            "{answer:?}"
        );
        ensure!(properties.headers.integer("other").is_none(), "{answer:?}");
    }
    stop(worker, 0).await?;
    ensure!(harness.waiting().await? == 0);
    Ok(())
}

async fn killed(context: &Context) -> Result<()> {
    let mut harness = Harness::set_up(context, "").await?;
    harness.ask(0..1500).await?;
    for round in 1..=5 {
        let mut worker = harness.worker(context, "filter", &["--work-time", "1ms"])?;
        let replies = harness.replies.clone();
        until("some answers", SOON, async || {
            Ok(context.ready_messages(&replies).await? >= round * 100)
        })
        .await?;
        worker.kill().await?;
    }
    let worker = harness.worker(context, "filter", &[])?;
    harness.answers(1500).await?;
    stop(worker, 0).await?;
    ensure!(harness.waiting().await? == 0);
    Ok(())
}

async fn drained(context: &Context) -> Result<()> {
    let mut harness = Harness::set_up(context, "").await?;
    harness.ask(0..600).await?;
    for round in 1..=3 {
        let worker = harness.worker(context, "filter", &["--work-time", "1ms"])?;
        let replies = harness.replies.clone();
        until("some answers", SOON, async || {
            Ok(context.ready_messages(&replies).await? >= round * 100)
        })
        .await?;
        stop(worker, 0).await?;
    }
    let worker = harness.worker(context, "filter", &[])?;
    let answers = harness.answers(600).await?;
    ensure!(answers.len() == 600, "{} answers to 600", answers.len());
    stop(worker, 0).await
}

async fn dead(context: &Context) -> Result<()> {
    let mut harness = Harness::set_up(context, "max_message_bytes = \"1KiB\"").await?;
    let (work, replies) = (harness.topology.work_queue.clone(), harness.replies.clone());
    harness.publish(question(0, b"\xff", &replies)).await?;
    harness
        .publish(question(1, "x".repeat(1025), &replies))
        .await?;
    harness.publish(question(2, "hola", &work)).await?;
    harness
        .publish(question(3, "hola tonto", "nowhere"))
        .await?;
    harness
        .publish(question(4, "x".repeat(1024), &replies))
        .await?;
    let worker = harness.worker(context, "filter", &["--id", "7"])?;
    let mut letters = harness.dead_letters(4).await?;
    letters.sort_by_key(|letter| letter.properties.headers.integer("warren-sequence"));
    let reasons = [
        "not-utf8",
        "too-large",
        "replies-to-work-queue",
        "result-unroutable",
    ];
    ensure!(letters.len() == reasons.len(), "{letters:?}");
    for (letter, reason) in letters.iter().zip(reasons) {
        let header = |name| letter.properties.headers.text(name);
        ensure!(
            header("warren-reason").as_deref() == Some(reason),
            "{letter:?}"
        );
        ensure!(
            header("warren-pool") == Some(context.vhost.pool_name("filter")),
            "{letter:?}"
        );
        ensure!(
            header("warren-worker").as_deref() == Some("7"),
            "{letter:?}"
        );
    }
    let keys = letters.iter().map(|letter| {
        let key = letter.properties.headers.text("warren-routing-key");
        key.unwrap_or_default()
    });
    let keys: Vec<String> = keys.collect();
    ensure!(keys == [work.as_str(), &work, &work, "nowhere"], "{keys:?}");
    ensure!(letters[0].body == b"\xff" && letters[3].body == b"hola CENSORED");
    ensure!(harness.answers(1).await?.len() == 1);
    stop(worker, 0).await?;
    ensure!(harness.waiting().await? == 0);
    Ok(())
}

/// The result would never find a way: trying again would go on for ever.
async fn no_dead_letters(context: &Context) -> Result<()> {
    let mut harness = Harness::set_up(context, "").await?;
    let exchange = harness.topology.dead_letter_exchange.clone();
    let exchange = exchange.context("dead letters")?;
    harness.session.delete_exchange(&exchange).await?;
    harness.publish(question(0, "hola", "nowhere")).await?;
    harness.ask(1..10).await?;
    let log = context.directory.join("worker.log");
    let mut command = harness.command(context, "filter", &[])?;
    command.env("WARREN_LOG", "warn");
    let worker = command
        .stderr(std::fs::File::create(&log)?)
        .spawn()
        .context("start a worker")?;
    harness.answers(9).await?;
    until("it to be said", SOON, async || {
        let log = std::fs::read_to_string(&log)?;
        Ok(log.contains("results are dropped") && log.contains(&exchange))
    })
    .await?;
    stop(worker, 0).await?;
    ensure!(harness.waiting().await? == 0);
    Ok(())
}

async fn requeued(context: &Context) -> Result<()> {
    let changes = "prefetch = 5\non_unprocessable = \"requeue\"\n";
    let mut harness = Harness::set_up(context, changes).await?;
    for number in 0..4 {
        harness
            .publish(question(number, b"\xff", "nowhere"))
            .await?;
    }
    harness.ask(10..210).await?;
    let worker = harness.worker(context, "filter", &[])?;
    let answers = harness.answers(200).await?;
    ensure!(answers.len() == 200, "{} answers to 200", answers.len());
    stop(worker, 0).await?;
    ensure!(harness.waiting().await? == 4, "the bad messages stay");
    Ok(())
}

async fn deleted(context: &Context) -> Result<()> {
    let mut harness = Harness::set_up(context, "").await?;
    harness.ask(0..10).await?;
    let worker = harness.worker(context, "filter", &[])?;
    harness.answers(10).await?;
    let queue = harness.topology.work_queue.clone();
    harness.session.delete_queue(&queue).await?;
    let missing = harness.session.queue_status(&queue).await;
    ensure!(missing.is_err_and(|error| error.kind() == ErrorKind::NotFound));
    topology::ensure(&mut harness.session, &harness.topology).await?;
    harness.ask(10..20).await?;
    harness.answers(10).await?;
    stop(worker, 0).await
}

/// Headers travel in one frame, whatever size was agreed: the worker's frames hold 8 KiB, those of
/// other publishers 128 KiB.
async fn headers(context: &Context) -> Result<()> {
    let mut harness = Harness::set_up(context, "").await?;
    let endpoint = context.vhost.endpoint()?.with_large_frames();
    let mut large = Session::open(&endpoint, "warren-e2e").await?;
    let mut message = question(0, "hola", &harness.replies);
    message
        .properties
        .headers
        .insert("other", "x".repeat(20_000));
    let mut publisher = large.publisher().await?;
    let queue = &harness.topology.work_queue;
    let publish = publisher.publish_one("", queue, message, Mandatory::Yes);
    ensure!(publish.await? == Outcome::Confirmed);
    harness.ask(1..10).await?;
    let worker = harness.worker(context, "filter", &[])?;
    harness.answers(10).await?;
    stop(worker, 0).await?;
    ensure!(harness.waiting().await? == 0);
    Ok(())
}

async fn refusals(context: &Context, node: &Node) -> Result<()> {
    let harness = Harness::set_up(context, "").await?;
    let (host, user) = (context.part.as_str(), format!("{}-user", context.part));
    let management = node.management();
    management.create_user(&user, "right").await?;
    let other = format!("{}-other", context.part);
    management.create_user(&other, "right").await?;
    management.permit(host, &other, Permissions::NONE).await?;
    let queue = &harness.topology.work_queue;
    let cases = [
        (node.url_as(&user, "wrong", host), "wrong user or password"),
        (
            node.url_as(&user, "right", host),
            "may not use virtual host",
        ),
        (
            node.url_as("guest", "guest", "no-such-host"),
            "has no virtual host 'no-such-host'",
        ),
        (
            node.url_as(&other, "right", host),
            &format!("lacks the read right on queue '{queue}'"),
        ),
    ];
    for (url, part) in cases {
        let program = context.programs.path("warren-worker")?;
        let mut command = context.suite.guard.command(program, &context.part);
        command
            .args(["filter", "--config"])
            .arg(&harness.config)
            .env("WARREN_WORKER_BROKER_URL", url);
        let output = timeout(SOON, command.output()).await;
        let output = output.context("the refused worker's end")??;
        let log = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.code() == Some(1), "{}: {log}", output.status);
        ensure!(log.contains(part), "no {part:?} in: {log}");
        ensure!(!log.contains(":wrong@"), "the password is in the log");
    }
    Ok(())
}

async fn alarm(context: &Context, node: &mut Node) -> Result<()> {
    let mut harness = Harness::set_up(context, "").await?;
    // At 20 ms each there is work left, however long the alarms take to come and go.
    harness.ask(0..2000).await?;
    let arguments = ["--work-time", "20ms", "--drain-timeout", "1s"];
    let log = context.directory.join("worker.log");
    let mut command = harness.command(context, "filter", &arguments)?;
    command
        .env("WARREN_LOG", "info")
        .stderr(std::fs::File::create(&log)?);
    let mut worker = command.spawn().context("start a worker")?;
    let replies = harness.replies.clone();
    let answered = async |messages| {
        until("answers", SOON, async || {
            Ok(context.ready_messages(&replies).await? >= messages)
        })
        .await
    };
    let blocked = async |times| {
        until("the worker to be blocked", SOON, async || {
            let log = std::fs::read_to_string(&log)?;
            Ok(log.matches("broker takes no results for now").count() == times)
        })
        .await
    };
    answered(20).await?;
    node.set_memory_alarm(MemoryAlarm::On).await?;
    blocked(1).await?;
    // It goes on by itself.
    node.set_memory_alarm(MemoryAlarm::Off).await?;
    answered(context.ready_messages(&replies).await? + 50).await?;
    // A drain in an alarm ends too, but not well: it could not finish what it holds.
    node.set_memory_alarm(MemoryAlarm::On).await?;
    blocked(2).await?;
    process::signal(&worker, Signal::SIGTERM)?;
    let status = timeout(SOON, worker.wait())
        .await
        .context("the drain's end")??;
    ensure!(status.code() == Some(1), "the worker ended with {status}");
    node.set_memory_alarm(MemoryAlarm::Off).await?;
    let worker = harness.worker(context, "filter", &[])?;
    harness.answers(2000).await?;
    stop(worker, 0).await?;
    ensure!(harness.waiting().await? == 0);
    Ok(())
}
