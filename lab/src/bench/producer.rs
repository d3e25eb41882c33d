//! The producer: how exactly it keeps a rate, how fast it is without confirmations, and what memory
//! it takes. What it sends is counted at the broker, behind nothing that could slow it down.

use super::figure::{Figure, Target};
use super::place::Place;
use super::sink::{Arrivals, Sink};
use anyhow::{Context, Result, ensure};
use std::path::Path;
use std::time::Duration;
use testbed::process;
use testbed::producer::{Launch, Outcome, Producer};

/// Asked rates, and for how long: the slowest needs some messages to have a rate at all.
const RATES: [(u32, u32); 5] = [(10, 10), (100, 5), (1000, 5), (2000, 10), (10_000, 5)];

/// At this rate the timing error has a target too.
const TIMED_RATE: u32 = 2000;

/// Enough to take a second or more each, and little enough for the queue that counts.
const RACE_MESSAGES: u64 = 60_000;

/// The two take turns, and the median counts.
const RACE_ROUNDS: usize = 3;

/// Memory is looked at after so many messages, and after ten times as many.
const MEMORY_MESSAGES: u64 = 100_000;

pub(super) async fn figures(bench: &Place<'_>) -> Result<Vec<Figure>> {
    let config = bench.config("")?;
    let mut sink = Sink::open(bench, &config).await?;
    let measured = measure(bench, &config, &mut sink).await;
    sink.close().await;
    measured
}

async fn measure(bench: &Place<'_>, config: &Path, sink: &mut Sink) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for (rate, seconds) in RATES {
        figures.extend(rate_kept(bench, config, sink, rate, seconds).await?);
    }
    figures.push(overshoot(bench, config, sink).await?);
    figures.extend(without_confirmations(bench, config, sink).await?);
    figures.extend(memory(bench, config, sink).await?);
    Ok(figures)
}

async fn rate_kept(
    bench: &Place<'_>,
    config: &Path,
    sink: &mut Sink,
    rate: u32,
    seconds: u32,
) -> Result<Vec<Figure>> {
    let phase = format!("rate = {rate}\nduration = \"{seconds}s\"");
    let load = Load::of(&phase, u64::from(rate) * u64::from(seconds));
    let (arrivals, outcome) = load.run(bench, config, sink, &[]).await?;
    let mut figures = vec![Figure {
        name: format!("producer at {rate} msg/s, rate error"),
        value: 100.0 * (arrivals.rate() / f64::from(rate) - 1.0).abs(),
        unit: "%",
        target: Some(Target::Below(1.0)),
        remark: format!("over {seconds} s, with confirmations, counted at the broker"),
    }];
    if rate == TIMED_RATE {
        let lag = outcome.other.get("schedule_lag_seconds");
        let p99 = lag.and_then(|lag| lag.get("p99")?.as_f64());
        figures.push(Figure {
            name: format!("producer at {rate} msg/s, timing error p99"),
            value: 1000.0 * p99.context("the result has no schedule lag")?,
            unit: "ms",
            target: Some(Target::Below(5.0)),
            remark: "from when a message is due to when it is handed over".to_owned(),
        });
    }
    Ok(figures)
}

async fn overshoot(bench: &Place<'_>, config: &Path, sink: &mut Sink) -> Result<Figure> {
    let phase = format!(
        "shape = \"onoff\"\nrate = {TIMED_RATE}\non = \"2s\"\noff = \"2s\"\nduration = \"10s\""
    );
    let load = Load::of(&phase, 6 * u64::from(TIMED_RATE));
    let (arrivals, _) = load.run(bench, config, sink, &[]).await?;
    let most = arrivals.most_within_a_second();
    Ok(Figure {
        name: "producer, overshoot after a pause".to_owned(),
        value: 100.0 * (most as f64 / f64::from(TIMED_RATE) - 1.0).max(0.0),
        unit: "%",
        target: Some(Target::Below(1.0)),
        remark: format!("the fullest second at {TIMED_RATE} msg/s, with pauses of 2 s"),
    })
}

async fn without_confirmations(
    bench: &Place<'_>,
    config: &Path,
    sink: &mut Sink,
) -> Result<Vec<Figure>> {
    let phase = format!("shape = \"flood\"\nmessages = {RACE_MESSAGES}");
    let (mut ours, mut plain) = (Vec::new(), Vec::new());
    for _ in 0..RACE_ROUNDS {
        let load = Load::of(&phase, RACE_MESSAGES);
        let (arrivals, _) = load.run(bench, config, sink, &["--no-confirms"]).await?;
        ours.push(arrivals.rate());
        plain.push(plain_loop(bench, sink).await?.rate());
    }
    let (ours, plain) = (median(ours), median(plain));
    let remark = format!("median of {RACE_ROUNDS} times {RACE_MESSAGES}, counted at the broker");
    Ok(vec![
        Figure {
            name: "producer without confirmations".to_owned(),
            value: ours,
            unit: "/s",
            target: None,
            remark: remark.clone(),
        },
        Figure {
            name: "plain lapin loop that awaits each publish".to_owned(),
            value: plain,
            unit: "/s",
            target: None,
            remark,
        },
        Figure {
            name: "producer over the plain loop".to_owned(),
            value: ours / plain,
            unit: "times",
            target: Some(Target::AtLeast(1.5)),
            remark: "same broker, same run, neither confirmed".to_owned(),
        },
    ])
}

async fn plain_loop(bench: &Place<'_>, sink: &mut Sink) -> Result<Arrivals> {
    let mut command = bench.command(bench.programs.path("examples/plain_loop")?);
    command
        .arg(bench.vhost.name("warren.events"))
        .arg(RACE_MESSAGES.to_string());
    let mut child = command.spawn().context("start the plain loop")?;
    let arrivals = sink.count(RACE_MESSAGES).await?;
    let status = child.wait().await.context("wait for the plain loop")?;
    ensure!(status.success(), "the plain loop ended with {status}");
    Ok(arrivals)
}

async fn memory(bench: &Place<'_>, config: &Path, sink: &mut Sink) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    let mut peaks = Vec::new();
    for messages in [MEMORY_MESSAGES, 10 * MEMORY_MESSAGES] {
        let phase = format!("shape = \"flood\"\nmessages = {messages}");
        let load = Load::of(&phase, messages);
        peaks.push(load.peak_megabytes(bench, config, sink).await?);
    }
    let [few, many] = peaks[..] else {
        anyhow::bail!("two peaks were measured");
    };
    figures.push(Figure {
        name: "producer after 1,000,000, resident memory".to_owned(),
        value: many,
        unit: "MB",
        target: Some(Target::Below(60.0)),
        remark: format!("peak, all confirmed; after 100,000: {few:.1} MB"),
    });
    figures.push(Figure {
        name: "producer, its growth from 100,000 on".to_owned(),
        value: 100.0 * (many / few - 1.0).max(0.0),
        unit: "%",
        target: Some(Target::Below(10.0)),
        remark: "flat: what is confirmed is forgotten".to_owned(),
    });
    let messages = 10 * MEMORY_MESSAGES;
    let load = Load {
        reply: true,
        ..Load::of(
            &format!("shape = \"flood\"\nmessages = {messages}"),
            messages,
        )
    };
    figures.push(Figure {
        name: "producer with 1,000,000 unanswered".to_owned(),
        value: load.peak_megabytes(bench, config, sink).await?,
        unit: "MB",
        target: Some(Target::Below(60.0)),
        remark: "peak; each waits for a reply that never comes".to_owned(),
    });
    Ok(figures)
}

/// What a producer is given to do.
struct Load {
    phase: String,
    messages: u64,
    reply: bool,
}

impl Load {
    fn of(phase: &str, messages: u64) -> Self {
        Self {
            phase: phase.to_owned(),
            messages,
            reply: false,
        }
    }

    /// Runs the load; gives what arrived, and what the producer reported.
    async fn run(
        &self,
        bench: &Place<'_>,
        config: &Path,
        sink: &mut Sink,
        arguments: &[&str],
    ) -> Result<(Arrivals, Outcome)> {
        let producer = self.start(bench, config, arguments)?;
        let arrivals = sink.count(self.messages).await?;
        Ok((arrivals, producer.outcome().await?))
    }

    /// Runs the load; gives the producer's peak of resident memory.
    async fn peak_megabytes(
        &self,
        bench: &Place<'_>,
        config: &Path,
        sink: &mut Sink,
    ) -> Result<f64> {
        let producer = self.start(bench, config, &[])?;
        let pid = producer.pid()?;
        let watched = async {
            let mut peak = 0.0_f64;
            // Ends with the process; the peak cannot have risen much since the last reading.
            while let Ok(megabytes) = process::resident_peak_megabytes(pid) {
                peak = peak.max(megabytes);
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            peak
        };
        let (arrivals, outcome, peak) =
            tokio::join!(sink.count(self.messages), producer.outcome(), watched);
        arrivals?;
        let sent = outcome?.sent;
        ensure!(sent == self.messages, "{sent} were sent");
        Ok(peak)
    }

    fn start(&self, bench: &Place<'_>, config: &Path, arguments: &[&str]) -> Result<Producer> {
        let path = bench.directory.join("scenario.toml");
        let scenario = format!(
            "name = \"bench\"\nreply = {}\npersistent = false\n[[phase]]\n{}\n",
            self.reply, self.phase
        );
        std::fs::write(&path, scenario).with_context(|| format!("write {}", path.display()))?;
        let exchange = bench.vhost.name("warren.events");
        let mut all = vec!["--quiet", "--exchange", &exchange, "--settle", "1s"];
        all.extend(arguments);
        let launch = Launch {
            scenario: path.to_str().context("the bench's path is not UTF-8")?,
            input: None,
            arguments: &all,
            config,
            broker_url: bench.vhost.url(),
            part: bench.part,
        };
        Producer::start(bench.guard, bench.programs, launch)
    }
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}
