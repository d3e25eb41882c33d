//! Counts what reaches an exchange, from outside and by the broker's own count: a queue that is
//! emptied every few milliseconds.

use super::place::Place;
use anyhow::{Context, Result, ensure};
use broker::{CountQueue, Session, topology};
use config::{Config, Environment};
use std::path::Path;
use std::time::{Duration, Instant};

/// How often the queue is emptied: a rate over seconds is exact to a tenth of a percent, and the
/// broker is asked 200 times a second.
const EVERY: Duration = Duration::from_millis(5);

/// After so long without a message, no more will come.
const WITHIN: Duration = Duration::from_secs(30);

/// An exchange with nothing behind it but a count.
pub(super) struct Sink {
    session: Session,
    queue: CountQueue,
}

/// How many messages had arrived, and when.
#[derive(Clone, Debug, Default)]
pub(super) struct Arrivals {
    /// The total at each instant at which any arrived.
    samples: Vec<(Instant, u64)>,
}

impl Sink {
    /// The exchange of a configuration's only pool, whose work queue is taken away.
    pub(super) async fn open(bench: &Place<'_>, config: &Path) -> Result<Self> {
        let loaded = Config::load(config, &Environment::default())?;
        let pool = loaded.config.pools.into_iter().next();
        let pool = pool.context("the configuration has no pool")?;
        let mut session = bench.vhost.session("warren-bench").await?;
        topology::ensure(&mut session, &pool.topology).await?;
        session.delete_queue(&pool.topology.work_queue).await?;
        let queue = CountQueue::bind(&mut session, &pool.name, &pool.topology).await?;
        Ok(Self { session, queue })
    }

    /// Counts until so many messages have come.
    pub(super) async fn count(&mut self, messages: u64) -> Result<Arrivals> {
        let mut arrivals = Arrivals::default();
        let mut total = 0;
        let mut last = Instant::now();
        let mut tick = tokio::time::interval(EVERY);
        while total < messages {
            tick.tick().await;
            let came = self.queue.purge(&mut self.session).await?.messages;
            if came > 0 {
                total += came;
                last = Instant::now();
                arrivals.samples.push((last, total));
            }
            ensure!(
                last.elapsed() < WITHIN,
                "only {total} of {messages} messages came"
            );
        }
        ensure!(total == messages, "{total} messages came for {messages}");
        Ok(arrivals)
    }

    pub(super) async fn close(self) {
        self.session.close().await;
    }
}

impl Arrivals {
    /// Messages per second, from the first to the last.
    pub(super) fn rate(&self) -> f64 {
        let (Some((from, before)), Some((to, total))) = (self.samples.first(), self.samples.last())
        else {
            return 0.0;
        };
        (total - before) as f64 / (*to - *from).as_secs_f64()
    }

    /// The most that came within any second.
    pub(super) fn most_within_a_second(&self) -> u64 {
        let mut most = 0;
        let mut earliest = 0;
        for (index, (instant, total)) in self.samples.iter().enumerate() {
            while *instant - self.samples[earliest].0 > Duration::from_secs(1) {
                earliest += 1;
            }
            // What the earliest sample brought came before it, and not within this second.
            if earliest < index {
                most = most.max(total - self.samples[earliest].1);
            }
        }
        most
    }
}
