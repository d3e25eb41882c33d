//! What one test has: a vhost of the broker, a directory, and the programs to run in them.

use crate::suite::Suite;
use anyhow::{Context as _, Result, ensure};
use broker::Session;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use testbed::broker_in_use::Vhost;
use testbed::controller::{self, Controller};
use testbed::guard::Survivor;
use testbed::poll::until;
use testbed::pool_report::PoolReport;
use testbed::producer::{self, Outcome, Producer};
use testbed::programs::Programs;
use toml::{Table, Value};

/// A pool as the tests want it: quick to react, and with work that takes real time.
const POOL: &str = r#"
interval = "200ms"
[scaling]
drain_time = "1s"
worker_rate = 150
headroom = 0
hold = "1s"
dead_band_wait = "0s"
dead_band_share = 0
max = 4
[fleet]
command = ["warren-worker", "filter", "--work-time", "5ms"]
ready_after = "2s"
"#;

/// How long a test waits for what must happen, on a machine that does other things too.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// Longer than any test takes.
const STEADY_SECONDS: u32 = 600;

pub(crate) struct Context {
    pub(crate) suite: &'static Suite,
    pub(crate) programs: &'static Programs,
    pub(crate) vhost: Arc<Vhost>,
    pub(crate) directory: PathBuf,
    pub(crate) part: String,
    /// Producers that were started.
    producers: AtomicU32,
}

impl Context {
    pub(crate) fn new(
        suite: &'static Suite,
        programs: &'static Programs,
        vhost: Arc<Vhost>,
        directory: PathBuf,
        part: String,
    ) -> Self {
        Self {
            suite,
            programs,
            vhost,
            directory,
            part,
            producers: AtomicU32::new(0),
        }
    }

    /// A pool of its own exchange and queues; `changes` are TOML, with `[scaling]` and `[fleet]`
    /// standing for the pool's tables.
    pub(crate) fn pool(&self, name: &str, changes: &str) -> Table {
        let mut pool: Table = POOL.parse().expect("the tests' own pool is TOML");
        for (key, value) in [
            ("name", self.vhost.pool_name(name)),
            ("exchange", self.vhost.name("warren.events")),
            ("work_queue", self.work_queue()),
            ("dead_letter_exchange", self.vhost.name("warren.dead")),
        ] {
            pool.insert(key.to_owned(), value.into());
        }
        merge(
            &mut pool,
            changes.parse().expect("a test's changes are TOML"),
        );
        pool
    }

    /// What the work queue of [`Context::pool`] is called.
    pub(crate) fn work_queue(&self) -> String {
        self.vhost.name("warren.work")
    }

    /// Writes a configuration of these pools.
    pub(crate) fn config(&self, pools: Vec<Table>) -> Result<PathBuf> {
        let pools = pools.into_iter().map(Value::Table).collect();
        let file = Table::from_iter([("pool".to_owned(), Value::Array(pools))]);
        self.write("config.toml", &file.to_string())
    }

    /// Writes a file into the test's directory.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.directory.join(name);
        std::fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
        Ok(path)
    }

    /// Starts a controller, and waits for its first sample.
    pub(crate) async fn controller(&self, config: &Path) -> Result<Controller> {
        let controller = self.controller_at(config, self.vhost.url()).await?;
        controller.ready().await?;
        Ok(controller)
    }

    /// Starts a controller of another broker or user, and waits until it listens.
    pub(crate) async fn controller_at(&self, config: &Path, url: &str) -> Result<Controller> {
        let launch = controller::Launch {
            config,
            state_dir: &self.directory.join("state"),
            broker_url: Some(url),
            part: &self.part,
        };
        Controller::start(&self.suite.guard, self.programs, launch).await
    }

    /// What a controller says of a pool of [`Context::pool`].
    pub(crate) async fn report(&self, controller: &Controller, pool: &str) -> Result<PoolReport> {
        controller.pool(&self.vhost.pool_name(pool)).await
    }

    /// Waits until so many more messages have come to the pool "filter".
    pub(crate) async fn counted(&self, controller: &Controller, messages: u64) -> Result<()> {
        let arrivals = async || {
            let report = self.report(controller, "filter").await?;
            anyhow::Ok(report.totals.arrivals)
        };
        let before = arrivals().await?;
        until("messages to have been counted", SOON, async || {
            Ok(arrivals().await? >= before + messages)
        })
        .await
    }

    /// Starts a producer of `rate` messages a second for so long, all of which want an answer.
    pub(crate) fn producer(&self, config: &Path, rate: u32, seconds: u32) -> Result<Producer> {
        let phase = format!("rate = {rate}\nduration = \"{seconds}s\"");
        self.producer_of(config, &phase, &[])
    }

    /// Starts a producer that a test stops when it has seen enough, however slow the machine is.
    pub(crate) fn steady_producer(&self, config: &Path) -> Result<Producer> {
        self.producer(config, 400, STEADY_SECONDS)
    }

    /// Starts a producer of one phase, all of whose messages want an answer.
    pub(crate) fn producer_of(
        &self,
        config: &Path,
        phase: &str,
        arguments: &[&str],
    ) -> Result<Producer> {
        let scenario = format!(
            "name = \"test\"\nseed = 1\nreply = true\n\
             [[phase]]\n{phase}\n"
        );
        self.producer_of_scenario(config, &scenario, arguments)
    }

    /// Starts a producer of a whole scenario.
    pub(crate) fn producer_of_scenario(
        &self,
        config: &Path,
        scenario: &str,
        arguments: &[&str],
    ) -> Result<Producer> {
        // A test may run several at once.
        let number = self.producers.fetch_add(1, Ordering::Relaxed);
        let scenario = self.write(&format!("scenario-{number}.toml"), scenario)?;
        let launch = producer::Launch {
            scenario: scenario.to_str().context("a test's path is not UTF-8")?,
            input: None,
            arguments,
            config,
            broker_url: self.vhost.url(),
            part: &self.part,
        };
        Producer::start(&self.suite.guard, self.programs, launch)
    }

    /// A connection of the test's own.
    pub(crate) async fn session(&self) -> Result<Session> {
        self.vhost.session("warren-e2e").await
    }

    /// Messages waiting in a queue.
    pub(crate) async fn ready_messages(&self, queue: &str) -> Result<u64> {
        let mut session = self.session().await?;
        let status = session.queue_status(queue).await?;
        session.close().await;
        Ok(status.ready)
    }

    /// Every message was confirmed and answered, and nothing is left over or given up.
    pub(crate) async fn all_answered(&self, outcome: &Outcome, sent: u64) -> Result<()> {
        ensure!(
            (
                outcome.sent,
                outcome.confirmed,
                outcome.replied,
                outcome.lost
            ) == (sent, sent, sent, 0),
            "not every message was answered: {outcome:#?}"
        );
        let waiting = self.ready_messages(&self.work_queue()).await?;
        ensure!(
            waiting == 0,
            "{waiting} messages are left in the work queue"
        );
        let dead = self.ready_messages(&self.vhost.name("warren.dead")).await?;
        ensure!(dead == 0, "{dead} messages were given up");
        Ok(())
    }

    /// The worker processes of this test.
    pub(crate) fn workers(&self) -> Vec<Survivor> {
        let mut found = self.suite.guard.survivors(&self.part);
        found.retain(|process| process.command.contains("warren-worker"));
        found
    }
}

fn merge(table: &mut Table, changes: Table) {
    for (key, change) in changes {
        match (table.get_mut(&key), change) {
            (Some(Value::Table(inner)), Value::Table(change)) => merge(inner, change),
            (_, change) => {
                table.insert(key, change);
            }
        }
    }
}
