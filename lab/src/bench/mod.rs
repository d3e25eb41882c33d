//! `make bench`: the figures that Warren is held to, each beside what it is compared with.
//!
//! Never a test: what a machine reaches depends on the machine. Everything runs in one go against
//! one broker, so that what is compared was measured under the same conditions.

mod censor;
mod decision;
mod exec;
mod figure;
mod fleet;
mod proc;
mod producer;
mod sink;
mod throughput;

pub use figure::{Figure, Figures};

use anyhow::{Context, Result};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use testbed::broker_in_use::{BrokerInUse, Vhost};
use testbed::controller::{Controller, Launch};
use testbed::guard::Guard;
use testbed::programs::Programs;
use tokio::process::Command;

/// What a measurement has: a vhost of the broker, a directory, and the programs to run in them.
struct Bench<'a> {
    guard: &'a Guard,
    programs: &'a Programs,
    vhost: Vhost,
    directory: PathBuf,
    /// The part of the run that its processes belong to.
    part: &'static str,
}

/// Measures everything, with files in `directory`, and stops all that it started.
pub async fn run(guard: &Guard, programs: &Programs, directory: &Path) -> Result<Figures> {
    std::fs::create_dir_all(directory).with_context(|| format!("make {}", directory.display()))?;
    let broker = BrokerInUse::open(guard, &directory.join("rabbitmq")).await?;
    let measured = measure(guard, programs, &broker, directory).await;
    let closed = broker.close(guard).await;
    let figures = measured?;
    closed?;
    Ok(figures)
}

async fn measure(
    guard: &Guard,
    programs: &Programs,
    broker: &BrokerInUse,
    directory: &Path,
) -> Result<Figures> {
    let mut figures = vec![decision::one_decision()?, censor::whole_words()?];
    let bench = async |part: &'static str| -> Result<Bench<'_>> {
        let directory = directory.join(part);
        if directory.exists() {
            std::fs::remove_dir_all(&directory)
                .with_context(|| format!("empty {}", directory.display()))?;
        }
        std::fs::create_dir_all(&directory)
            .with_context(|| format!("make {}", directory.display()))?;
        let vhost = broker.vhost(&format!("{part}-{}", guard.run())).await?;
        Ok(Bench {
            guard,
            programs,
            vhost,
            directory,
            part,
        })
    };

    let throughput = bench("throughput").await?;
    figures.extend(throughput::filter_and_others(&throughput).await?);
    throughput.end().await?;

    let exec = bench("exec").await?;
    figures.extend(exec::cost(&exec).await?);
    exec.end().await?;

    for (part, workers, target_milliseconds) in [("ten", 10, 100.0), ("fifty", 50, 500.0)] {
        let start = bench(part).await?;
        figures.push(fleet::time_to_ready(&start, workers, target_milliseconds).await?);
        start.end().await?;
    }

    let producer = bench("producer").await?;
    figures.extend(producer::figures(&producer).await?);
    producer.end().await?;

    let flood = bench("flood").await?;
    figures.extend(fleet::flood(&flood).await?);
    flood.end().await?;

    let footprint = bench("footprint").await?;
    figures.extend(fleet::footprint(&footprint).await?);
    footprint.end().await?;
    Ok(Figures::new(figures))
}

impl Bench<'_> {
    /// A configuration with these keys of the pool and tables of it; the rest is as shipped.
    fn config(&self, pool: &str) -> Result<PathBuf> {
        let path = self.directory.join("config.toml");
        let names = [
            ("exchange", "warren.events"),
            ("work_queue", "warren.work"),
            ("dead_letter_exchange", "warren.dead"),
        ]
        .map(|(key, name)| format!("{key} = \"{}\"\n", self.vhost.name(name)))
        .concat();
        std::fs::write(&path, format!("[[pool]]\nname = \"filter\"\n{names}{pool}"))
            .with_context(|| format!("write {}", path.display()))?;
        Ok(path)
    }

    /// A program of this measurement, told where the broker is, that says nothing.
    fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = self.guard.command(program, self.part);
        command
            .env("WARREN_BROKER_URL", self.vhost.url())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    async fn controller(&self, config: &Path) -> Result<Controller> {
        let launch = Launch {
            config,
            state_dir: &self.directory.join("state"),
            broker_url: Some(self.vhost.url()),
            part: self.part,
        };
        let controller = Controller::start(self.guard, self.programs, launch).await?;
        controller.ready().await?;
        Ok(controller)
    }

    async fn end(self) -> Result<()> {
        self.guard.kill_survivors(self.part);
        self.vhost.remove().await
    }
}
