//! The filter worker, without work time, beside consumers that one writes first: the same messages,
//! the same broker, one after the other. All are measured from outside, at the queue of the results.

use super::figure::{Figure, Target};
use super::place::Place;
use super::queue_run::{QueueRun, Seen, median};
use anyhow::{Context, Result};
use broker::Persistence;
use std::path::Path;
use testbed::programs::checkout;
use tokio::process::Command;

/// The messages that the filter worker and the lapin loop have in flight.
const PREFETCH: u16 = 250;
/// They take turns, and the median counts: a shared machine has better and worse seconds.
const ROUNDS: usize = 5;
/// A tenth of the results is left out.
const WARM_UP_RATIO: u64 = 10;

/// What takes the messages.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Consumer {
    Filter,
    Pika,
    /// pika that waits for the confirmation of each result.
    PikaConfirmed,
    /// lapin that waits for the confirmation of each result, many at a time.
    LapinConfirmed,
}

pub(super) async fn filter_and_others(bench: &Place<'_>) -> Result<Vec<Figure>> {
    let config = bench.config(&format!("prefetch = {PREFETCH}\n"))?;
    let mut figures = Vec::new();
    let mut worker_megabytes = 0.0_f64;
    for (kind, persistence, others) in [
        ("transient", Persistence::Transient, &[Consumer::Pika][..]),
        (
            "persistent",
            Persistence::Persistent,
            &[
                Consumer::Pika,
                Consumer::PikaConfirmed,
                Consumer::LapinConfirmed,
            ][..],
        ),
    ] {
        let mut filter = Vec::new();
        let mut rates = vec![Vec::new(); others.len()];
        for _ in 0..ROUNDS {
            let seen = Consumer::Filter
                .measure(bench, &config, persistence)
                .await?;
            filter.push(seen.results_per_second);
            worker_megabytes = worker_megabytes.max(seen.megabytes);
            for (other, rates) in others.iter().zip(&mut rates) {
                let seen = other.measure(bench, &config, persistence).await?;
                rates.push(seen.results_per_second);
            }
        }
        let filter = median(filter);
        figures.push(Consumer::Filter.figure(kind, filter));
        for (other, rates) in others.iter().zip(rates) {
            let rate = median(rates);
            figures.push(other.figure(kind, rate));
            figures.push(Figure {
                name: format!("filter worker over {}, {kind}", other.short()),
                value: filter / rate,
                unit: "times",
                target: other.target(),
                remark: "same broker, same run".to_owned(),
            });
        }
    }
    figures.push(Figure {
        name: "filter worker, resident memory".to_owned(),
        value: worker_megabytes,
        unit: "MB",
        target: Some(Target::Below(10.0)),
        remark: format!(
            "peak over all of these messages, prefetch {PREFETCH}; the reference's: 33.5 MB"
        ),
    });
    Ok(figures)
}

impl Consumer {
    /// A second or two of work: enough that starting up does not count. Not more, because a classic
    /// queue with a deep backlog spends its time on collecting garbage, and then it is the queue
    /// that is measured.
    fn messages(self) -> u64 {
        match self {
            Self::Filter | Self::LapinConfirmed => 40_000,
            Self::Pika => 20_000,
            Self::PikaConfirmed => 4_000,
        }
    }

    fn short(self) -> &'static str {
        match self {
            Self::Filter => "filter",
            Self::Pika => "pika",
            Self::PikaConfirmed => "pika that confirms",
            Self::LapinConfirmed => "lapin that confirms",
        }
    }

    /// What the filter worker is held to reach, as a multiple of this one's rate.
    fn target(self) -> Option<Target> {
        match self {
            Self::Filter | Self::PikaConfirmed => None,
            Self::Pika => Some(Target::AtLeast(4.0)),
            Self::LapinConfirmed => Some(Target::AtLeast(0.8)),
        }
    }

    fn figure(self, kind: &str, rate: f64) -> Figure {
        let (name, how) = match self {
            Self::Filter => ("filter worker", "results confirmed"),
            Self::Pika => ("plain pika consumer", "prefetch 100, nothing confirmed"),
            Self::PikaConfirmed => (
                "pika consumer that confirms",
                "prefetch 100, each result confirmed before the next",
            ),
            Self::LapinConfirmed => (
                "lapin loop that confirms",
                "same prefetch, each message acknowledged once its result is confirmed",
            ),
        };
        let messages = self.messages();
        Figure {
            name: format!("{name}, {kind} messages"),
            value: rate,
            unit: "/s",
            target: None,
            remark: format!("{how}; median of {ROUNDS} times {messages}"),
        }
    }

    fn command(self, bench: &Place<'_>, config: &Path, queue: &str) -> Result<Command> {
        let program = |name| Ok::<_, anyhow::Error>(bench.command(bench.programs.path(name)?));
        match self {
            Self::Filter => {
                let mut command = program("warren-worker")?;
                command
                    .args(["filter", "--queue", queue, "--pool", "filter", "--config"])
                    .arg(config);
                Ok(command)
            }
            Self::LapinConfirmed => {
                let mut command = program("examples/confirming_loop")?;
                command.args([queue, &PREFETCH.to_string()]);
                Ok(command)
            }
            Self::Pika | Self::PikaConfirmed => {
                let mut command = bench.command(bench.programs.python()?);
                command
                    .arg(checkout().join("lab/pika_filter.py"))
                    .args([queue, &self.messages().to_string()]);
                if self == Self::PikaConfirmed {
                    command.arg("--confirm");
                }
                Ok(command)
            }
        }
    }

    /// Results per second, and the consumer's peak of resident memory in MB.
    async fn measure(
        self,
        bench: &Place<'_>,
        config: &Path,
        persistence: Persistence,
    ) -> Result<Seen> {
        let messages = self.messages();
        let run = QueueRun {
            messages,
            persistence,
            warm_up: messages / WARM_UP_RATIO,
        };
        run.measure(bench, |queue| self.command(bench, config, queue))
            .await
            .with_context(|| format!("measure {}", self.short()))
    }
}
