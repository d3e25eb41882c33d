//! The controller and its fleet: how soon workers are ready, what a flood loses, what it costs.

use super::figure::{Figure, Target};
use super::place::Place;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::time::{Duration, Instant, SystemTime};
use testbed::controller::Controller;
use testbed::poll::until_some;
use testbed::process;
use testbed::producer::{Launch, Producer};
use tokio::time::sleep;

const SOON: Duration = Duration::from_secs(30);
/// As long as a look at the idle controller takes.
const WATCHED: Duration = Duration::from_secs(40);

/// From the controller's log line of a decision for so many workers to the moment all are ready.
pub(super) async fn time_to_ready(
    bench: &Place<'_>,
    workers: u32,
    milliseconds_max: f64,
) -> Result<Figure> {
    // Everything at once from the first sample on: what is measured is starting, not deciding.
    let config = bench.config(&format!(
        "[pool.scaling]\nmin = {workers}\nmax = {workers}\n\
         [pool.fleet]\ncommand = [\"warren-worker\", \"filter\"]\n"
    ))?;
    let controller = bench.controller(&config).await?;
    let ready_at = until_some("every worker to be ready", SOON, async || {
        let ready = controller.pool("filter").await?.workers.ready;
        Ok((ready == workers).then(SystemTime::now))
    })
    .await?;
    let decided_at = decided_at(&controller, workers)?;
    let took = ready_at.duration_since(decided_at).unwrap_or_default();
    controller.stop().await?;
    Ok(Figure {
        name: format!("from the decision to {workers} workers ready"),
        value: took.as_secs_f64() * 1e3,
        unit: "ms",
        target: Some(Target::Below(milliseconds_max)),
        remark: "log line to /api/v1/pools, asked every 20 ms".to_owned(),
    })
}

/// 60,000 messages as fast as they go, into a fleet that shrinks with the backlog.
pub(super) async fn flood(bench: &Place<'_>) -> Result<Vec<Figure>> {
    let config = bench.config(
        "interval = \"500ms\"\n[pool.scaling]\nhold = \"0s\"\ndead_band_share = 0\nmax = 20\n",
    )?;
    let controller = bench.controller(&config).await?;
    let producer = Producer::start(
        bench.guard,
        bench.programs,
        Launch {
            scenario: "flood",
            input: None,
            arguments: &[],
            config: &config,
            broker_url: bench.vhost.url(),
            part: bench.part,
        },
    )?;
    let outcome = producer.outcome();
    tokio::pin!(outcome);
    let mut shrank_with_backlog = 0_u32;
    let mut desired_before = 0;
    let outcome = loop {
        tokio::select! {
            outcome = &mut outcome => break outcome?,
            () = sleep(Duration::from_millis(50)) => {
                let pool = controller.pool("filter").await?;
                let unfinished = pool.ready.unwrap_or(0) + pool.in_flight.unwrap_or(0);
                if pool.desired < desired_before && unfinished > 0 {
                    shrank_with_backlog += 1;
                }
                desired_before = pool.desired;
            }
        }
    };
    controller.stop().await?;
    Ok(vec![
        Figure {
            name: format!("flood, answered of {}", outcome.sent),
            value: outcome.replied as f64,
            unit: "messages",
            target: Some(Target::AtLeast(60_000.0)),
            remark: format!(
                "{} answered twice; the reference loses 28 to 31 %",
                outcome.duplicated
            ),
        },
        Figure {
            name: "flood, scale-downs with work unfinished".to_owned(),
            value: f64::from(shrank_with_backlog),
            unit: "decisions",
            target: Some(Target::AtLeast(1.0)),
            remark: "in the same run".to_owned(),
        },
    ])
}

/// What the shipped configuration costs while idle.
pub(super) async fn footprint(bench: &Place<'_>) -> Result<Vec<Figure>> {
    let config = bench.config("")?;
    let controller = bench.controller(&config).await?;
    let pid = controller.pid()?;
    let used_before = process::processor_time(pid)?;
    let started = Instant::now();
    sleep(WATCHED).await; // The time itself is what is measured over.
    let used = process::processor_time(pid)? - used_before;
    let percent = used.as_secs_f64() / started.elapsed().as_secs_f64() * 100.0;
    let memory = process::resident_peak_megabytes(pid)?;
    controller.stop().await?;
    Ok(vec![
        Figure {
            name: "controller, resident memory".to_owned(),
            value: memory,
            unit: "MB",
            target: Some(Target::Below(15.0)),
            remark: "one pool at 2 s, peak".to_owned(),
        },
        Figure {
            name: "controller, of one core".to_owned(),
            value: percent,
            unit: "%",
            target: Some(Target::Below(0.5)),
            remark: format!("one pool at 2 s, over {} s", WATCHED.as_secs()),
        },
    ])
}

/// The time of the log line that says so many workers are wanted.
fn decided_at(controller: &Controller, workers: u32) -> Result<SystemTime> {
    for line in controller.log().lines() {
        let Ok(line) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        let fields = &line["fields"];
        if fields["message"] == "decided" && fields["desired"] == workers {
            let time = line["timestamp"]
                .as_str()
                .context("find the time of a log line")?;
            return humantime::parse_rfc3339(time).context("read the time of a log line");
        }
    }
    bail!(
        "the controller logged no decision for {workers} workers:\n{}",
        controller.log()
    )
}
