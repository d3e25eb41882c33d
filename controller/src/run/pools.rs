//! From a configuration to the loops of its pools.

use crate::dry_run;
use crate::event_loop::{End, EventLoop, Parts, Phase};
use crate::fleet::{Fleet, Outbox, ProcessFleet, Setup, StateDir, drain_abandoned};
use crate::http::PoolWatch;
use crate::journal::{self, Journal, Place};
use crate::metrics::{Metrics, PoolMetrics};
use crate::mode::Mode;
use crate::report::PoolFacts;
use crate::source::{Cadence, QueueSource, Role, Source};
use crate::wall_clock::WallClock;
use anyhow::Context;
use broker::Endpoint;
use config::{Config, Pool};
use policy::{Event, HostUsage};
use program::Clock;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// The running loops, and where each can be seen.
pub(super) struct Pools {
    pub(super) loops: JoinSet<(String, End)>,
    pub(super) watches: Arc<[PoolWatch]>,
}

/// What the loops of one run share.
struct Shared<'a> {
    config: &'a Config,
    config_file: PathBuf,
    host: String,
    mode: Mode,
    /// `None` in a dry run, which locks and writes nothing there but its journals.
    state_dir: Option<Arc<StateDir>>,
    clock: Clock,
    metrics: &'a Metrics,
    phases: &'a watch::Receiver<Phase>,
    usage: &'a watch::Receiver<Option<HostUsage>>,
}

/// Starts a loop for each pool.
pub(super) fn start(
    config: &Config,
    file: &Path,
    mode: Mode,
    clock: Clock,
    metrics: &Metrics,
    phases: &watch::Receiver<Phase>,
    usage: &watch::Receiver<Option<HostUsage>>,
) -> anyhow::Result<Pools> {
    let host = nix::unistd::gethostname().map_or_else(
        |_| "unknown host".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    );
    // Workers read it, too, and may have changed their directory.
    let config_file = std::path::absolute(file)
        .with_context(|| format!("find the directory of {}", file.display()))?;
    let state_dir = match mode {
        Mode::Live => Some(Arc::new(StateDir::open(&config.controller.state_dir)?)),
        Mode::DryRun => None,
    };
    if let Some(state_dir) = &state_dir {
        let configured: Vec<_> = config.pools.iter().map(|pool| &pool.name).collect();
        drain_abandoned(state_dir, &configured);
    }
    let shared = Shared {
        config,
        config_file,
        host,
        mode,
        state_dir,
        clock,
        metrics,
        phases,
        usage,
    };
    let mut loops = JoinSet::new();
    let mut watches = Vec::new();
    for pool in &config.pools {
        watches.push(shared.start(pool, &mut loops)?);
    }
    Ok(Pools {
        loops,
        watches: watches.into(),
    })
}

impl Shared<'_> {
    fn start(&self, pool: &Pool, loops: &mut JoinSet<(String, End)>) -> anyhow::Result<PoolWatch> {
        let events = Arc::new(Outbox::default());
        let Some(state_dir) = &self.state_dir else {
            let source = self.source(pool, Role::Observer);
            let (fleet, source) = dry_run::pretend(source, Arc::clone(&events));
            return Ok(self.spawn(pool, Box::new(fleet), Vec::new(), events, source, loops));
        };
        let setup = Setup {
            pool: pool.name.clone(),
            command: pool.fleet.command.clone(),
            work_queue: pool.topology.work_queue.clone(),
            broker_url: self.config.broker.url.clone(),
            config_file: self.config_file.clone(),
        };
        let (fleet, adopted) = ProcessFleet::open(state_dir, setup, Arc::clone(&events))
            .with_context(|| format!("open the fleet of pool {}", pool.name))?;
        let source = self.source(pool, Role::Owner);
        Ok(self.spawn(pool, Box::new(fleet), adopted, events, source, loops))
    }

    fn spawn(
        &self,
        pool: &Pool,
        fleet: Box<dyn Fleet>,
        adopted: Vec<Event>,
        fleet_events: Arc<Outbox>,
        source: impl Source,
        loops: &mut JoinSet<(String, End)>,
    ) -> PoolWatch {
        let name = pool.name.to_string();
        let facts = PoolFacts {
            name: name.clone(),
            work_queue: pool.topology.work_queue.clone(),
        };
        let (event_loop, snapshots) = EventLoop::new(Parts {
            name: name.clone(),
            pool: policy::Pool::new(pool.scaling.clone()),
            cadence: Cadence::of(&pool.scaling),
            source,
            fleet,
            adopted,
            fleet_events,
            phase: self.phases.clone(),
            host: self.usage.clone(),
            clock: self.clock,
            wall_clock: WallClock::of(pool),
            metrics: PoolMetrics::new(self.metrics.clone(), pool.name.as_str()),
            journal: self.journal(pool),
        });
        // The lock on the directory is held for as long as a loop runs.
        let lock = self.state_dir.clone();
        loops.spawn(async move {
            let end = event_loop.run().await;
            drop(lock);
            (name, end)
        });
        PoolWatch { facts, snapshots }
    }

    fn journal(&self, pool: &Pool) -> Option<Journal> {
        let controller = &self.config.controller;
        Journal::open(Place {
            directory: journal::directory(&controller.state_dir, pool.name.as_str(), self.mode),
            pool: pool.name.to_string(),
            config: pool.policy_table.clone(),
            bytes_max: controller.journal_bytes_max?,
        })
    }

    fn source(&self, pool: &Pool, role: Role) -> QueueSource {
        let endpoint = Endpoint::new(&self.config.broker);
        QueueSource::new(endpoint, pool, self.host.clone(), role, self.clock)
    }
}
