//! The kinds of work that stand for others: what they answer, and how long they take.

use crate::context::{Context, SOON};
use crate::harness::{Harness, number, question, stop};
use crate::suite::Test;
use anyhow::{Context as _, Result, ensure};
use broker::Delivery;
use std::time::{Duration, Instant};
use testbed::poll::until;
use testbed::process;

pub(crate) fn tests() -> Vec<Test> {
    vec![
        Test::in_a_vhost("kinds::ping_answers_with_what_it_was_told", pinged),
        Test::in_a_vhost("kinds::sleep_works_on_so_many_at_a_time", slept),
        Test::in_a_vhost("kinds::a_slow_message_holds_up_no_other", overtaken),
        Test::in_a_vhost("kinds::burn_uses_the_processor_and_says_how_long", burnt),
        Test::in_a_vhost("kinds::a_kill_in_the_middle_loses_nothing", killed),
    ]
}

async fn pinged(context: &Context) -> Result<()> {
    let mut harness = Harness::set_up(context, "").await?;
    let every_byte: Vec<u8> = (0..=255).collect();
    harness
        .publish(question(0, every_byte.clone(), &harness.replies))
        .await?;
    harness.ask(1..200).await?;
    let worker = harness.worker(context, "ping", &[])?;
    let answers = harness.answers(200).await?;
    ensure!(answers.len() == 200, "{} answers to 200", answers.len());
    for answer in &answers {
        let number = number(answer)?;
        let expected: &[u8] = if number == 0 {
            &every_byte
        } else {
            b"hola tonto"
        };
        ensure!(answer.body == expected, "{answer:?}");
        let correlation = format!("question-{number}");
        ensure!(
            answer.properties.correlation_id == Some(correlation),
            "{answer:?}"
        );
    }
    stop(worker, 0).await?;
    ensure!(harness.waiting().await? == 0);
    Ok(())
}

/// Six messages of 1.5 s, three at a time, take 3 s at the least, and one after the other 9 s.
async fn slept(context: &Context) -> Result<()> {
    let mut harness = Harness::set_up(context, "").await?;
    harness.ask(0..6).await?;
    let began = Instant::now();
    let worker = harness.worker(context, "sleep", &["--for", "1500ms", "--concurrency", "3"])?;
    let answers = harness.answers(6).await?;
    let took = began.elapsed();
    ensure!(answers.len() == 6, "{} answers to 6", answers.len());
    ensure!(
        (3.0..9.0).contains(&took.as_secs_f64()),
        "six messages of 1.5 s took {took:?} three at a time"
    );
    for answer in &answers {
        ensure!(worked(answer)? >= Duration::from_millis(1500), "{answer:?}");
    }
    stop(worker, 0).await
}

/// With one message that takes for ever, the others still find their places free again.
async fn overtaken(context: &Context) -> Result<()> {
    let mut harness = Harness::set_up(context, "").await?;
    harness.ask(0..40).await?;
    // Drawn so that some take many times as long as others; the seed makes it the same every time.
    let arguments = [
        "--for",
        "60ms",
        "--distribution",
        "lognormal:2",
        "--seed",
        "1",
        "--concurrency",
        "4",
    ];
    let worker = harness.worker(context, "sleep", &arguments)?;
    let answers = harness.answers(40).await?;
    ensure!(answers.len() == 40, "{} answers to 40", answers.len());
    let order = answers.iter().map(number).collect::<Result<Vec<_>>>()?;
    ensure!(!order.is_sorted(), "nobody overtook anybody: {order:?}");
    stop(worker, 0).await?;
    ensure!(harness.waiting().await? == 0);
    Ok(())
}

async fn burnt(context: &Context) -> Result<()> {
    let mut harness = Harness::set_up(context, "").await?;
    harness.ask(0..20).await?;
    let arguments = ["--for", "20ms", "--concurrency", "2"];
    let worker = harness.worker(context, "burn", &arguments)?;
    let answers = harness.answers(20).await?;
    ensure!(answers.len() == 20, "{} answers to 20", answers.len());
    let mut said = Duration::ZERO;
    for answer in &answers {
        let worked = worked(answer)?;
        ensure!(worked >= Duration::from_millis(20), "{answer:?}");
        said += worked;
    }
    let used = process::processor_time(process::pid(&worker)?)?;
    // The kernel has a count for the program and one for itself, each cut to ticks of 10 ms.
    ensure!(
        used + Duration::from_millis(20) >= said,
        "it says {said:?}, and has used {used:?}"
    );
    stop(worker, 0).await
}

async fn killed(context: &Context) -> Result<()> {
    let mut harness = Harness::set_up(context, "").await?;
    harness.ask(0..300).await?;
    for (round, kind) in (1..).zip(["sleep", "burn", "sleep"]) {
        let arguments = ["--for", "2ms", "--concurrency", "4"];
        let mut worker = harness.worker(context, kind, &arguments)?;
        until("some answers", SOON, async || {
            Ok(context.ready_messages(&harness.replies).await? >= round * 50)
        })
        .await?;
        worker.kill().await?;
    }
    // However much those before it did, the last one has something to answer before it is stopped.
    harness.ask(300..303).await?;
    let worker = harness.worker(context, "ping", &[])?;
    harness.answers(303).await?;
    stop(worker, 0).await?;
    ensure!(harness.waiting().await? == 0);
    Ok(())
}

/// How long an answer says that its message was worked on.
fn worked(answer: &Delivery) -> Result<Duration> {
    let microseconds = answer
        .properties
        .headers
        .integer("warren-work-microseconds");
    let microseconds = microseconds.context("an answer that does not say how long it took")?;
    Ok(Duration::from_micros(microseconds.try_into()?))
}
