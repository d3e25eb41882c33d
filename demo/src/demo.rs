//! `make demo`: one burst through Warren on a real RabbitMQ, shown while it happens, and what came
//! of it.
//!
//! Everything runs as a user would run it: the shipped `config.toml`, the built programs, the
//! controller's own HTTP interface. Only where the broker is, the port and the state directory are
//! set from outside. Nothing is left running, whatever happens.

use crate::live::Live;
use crate::report::Report;
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;
use testbed::broker_in_use::{BrokerInUse, Vhost};
use testbed::controller::{self, Controller};
use testbed::fresh_directory;
use testbed::guard::Guard;
use testbed::poll::until;
use testbed::producer::{self, Outcome, Producer};
use testbed::programs::{Programs, checkout};

/// The part of the run that controller, workers and producer belong to.
const PART: &str = "demo";
/// How often the controller is asked: often enough for the picture to show workers coming and going.
const LOOK: Duration = Duration::from_millis(500);
/// A pool without work is empty after its hold, one sample and the end of its workers.
const EMPTY: Duration = Duration::from_secs(15);

#[derive(Clone, Debug)]
pub(crate) struct Demo {
    /// A shipped scenario, or a file.
    pub(crate) scenario: String,
    /// A text file for the messages.
    pub(crate) input: Option<PathBuf>,
}

impl Demo {
    /// Runs it, with its files in `directory`, and stops all that it started; `None` where `stop`
    /// came first.
    pub(crate) async fn run(
        &self,
        guard: &Guard,
        programs: &Programs,
        directory: &Path,
        stop: impl Future<Output = ()>,
    ) -> Result<Option<Report>> {
        let mut stop = pin!(stop);
        let directory = fresh_directory(directory)?;
        let node = directory.join("rabbitmq");
        let broker = tokio::select! {
            broker = BrokerInUse::open(guard, &node) => broker?,
            () = &mut stop => return Ok(None),
        };
        let vhost = broker.vhost(&format!("demo-{}", guard.run())).await?;
        let result = tokio::select! {
            report = self.run_in(guard, programs, &directory, &vhost) => report.map(Some),
            () = &mut stop => Ok(None),
        };
        if !matches!(result, Ok(Some(_))) {
            guard.kill_survivors(PART); // Before what they use is taken away.
        }
        // What went wrong first is what the user must see.
        let removed = vhost.remove().await;
        let closed = broker.close(guard).await;
        let report = result?;
        removed?;
        closed?;
        let left = guard.survivors("");
        ensure!(left.is_empty(), "still running after the demo: {left:?}");
        if let Some(report) = &report {
            report.write(&directory)?;
        }
        Ok(report)
    }

    async fn run_in(
        &self,
        guard: &Guard,
        programs: &Programs,
        directory: &Path,
        vhost: &Vhost,
    ) -> Result<Report> {
        let config = vhost.configuration(&checkout().join("config.toml"), directory)?;
        let controller = Controller::start(
            guard,
            programs,
            controller::Launch {
                config: &config,
                state_dir: &directory.join("state"),
                broker_url: Some(vhost.url()),
                part: PART,
            },
        )
        .await?;
        controller.ready().await?;
        let producer = Producer::start(
            guard,
            programs,
            producer::Launch {
                scenario: &self.scenario,
                arguments: &[],
                input: self.input.as_deref(),
                config: &config,
                broker_url: vhost.url(),
                part: PART,
            },
        )?;

        let mut live = Live::start();
        let outcome = watch(&controller, producer, &mut live).await?;
        // The picture is to show the fleet going home too.
        until("the workers to go home", EMPTY, async || {
            let pools = controller.pools().await?;
            live.look(&pools);
            Ok(pools.pools.iter().all(|pool| pool.workers.all() == 0))
        })
        .await
        .ok(); // A fleet that stays is seen in the picture; the stop below drains it.
        let pools = controller.pools().await?;
        let pool = pools.pools.first().context("the controller has no pool")?;
        let report = Report::new(outcome, pool.totals, live.into_looks());
        std::fs::write(directory.join("controller.log"), controller.log())
            .context("write the controller's log")?;
        controller.stop().await?;
        Ok(report)
    }
}

async fn watch(controller: &Controller, producer: Producer, live: &mut Live) -> Result<Outcome> {
    let outcome = producer.outcome();
    tokio::pin!(outcome);
    let mut look = program::ticks(LOOK);
    loop {
        tokio::select! {
            outcome = &mut outcome => return outcome,
            _ = look.tick() => live.look(&controller.pools().await?),
        }
    }
}
