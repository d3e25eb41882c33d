//! `make bench`: the figures that Warren is held to, each beside what it is compared with.
//!
//! Never a test: what a machine reaches depends on the machine. Everything runs in one go against
//! one broker, so that what is compared was measured under the same conditions.

mod censor;
mod decision;
mod exec;
mod figure;
mod fleet;
mod place;
mod producer;
mod queue_run;
mod sink;
mod throughput;

pub use figure::{Figure, Figures};

use anyhow::{Context, Result};
use place::Place;
use std::path::Path;
use testbed::broker_in_use::BrokerInUse;
use testbed::guard::Guard;
use testbed::programs::Programs;

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
    let bench = async |part: &'static str| -> Result<Place<'_>> {
        let directory = directory.join(part);
        if directory.exists() {
            std::fs::remove_dir_all(&directory)
                .with_context(|| format!("empty {}", directory.display()))?;
        }
        std::fs::create_dir_all(&directory)
            .with_context(|| format!("make {}", directory.display()))?;
        let vhost = broker.vhost(&format!("{part}-{}", guard.run())).await?;
        Ok(Place {
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

    for (part, workers, milliseconds_max) in [("ten", 10, 100.0), ("fifty", 50, 500.0)] {
        let start = bench(part).await?;
        figures.push(fleet::time_to_ready(&start, workers, milliseconds_max).await?);
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
