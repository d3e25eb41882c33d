//! From a configuration to the loops of its pools.

use crate::dry_run;
use crate::event_loop::{End, EventLoop, Parts, Phase};
use crate::fleet::{ProcessFleet, Setup, StateDir, drain_abandoned};
use crate::http::PoolWatch;
use crate::journal::{self, Journal, Place};
use crate::metrics::{Metrics, PoolMetrics};
use crate::mode::Mode;
use crate::report::PoolFacts;
use crate::source::{Cadence, QueueSource, Role};
use crate::wall_clock::WallClock;
use anyhow::Context;
use broker::Endpoint;
use config::{Config, Pool};
use policy::HostUsage;
use program::Clock;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

/// Events of a fleet that wait for the loop; the fleet keeps what has no room.
const FLEET_EVENTS_MAX: usize = 64;

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
    let shared = Shared {
        config,
        config_file,
        host,
        clock,
        metrics,
        phases,
        usage,
    };
    let state_dir = match mode {
        Mode::Live => Some(StateDir::open(&config.controller.state_dir)?),
        Mode::DryRun => None,
    };
    let state_dir = state_dir.map(Arc::new);
    if let Some(state_dir) = &state_dir {
        let configured: Vec<_> = config.pools.iter().map(|pool| &pool.name).collect();
        drain_abandoned(state_dir, &configured);
    }
    let mut loops = JoinSet::new();
    let mut watches = Vec::new();
    for pool in &config.pools {
        let watch = match &state_dir {
            Some(state_dir) => shared.start_real(pool, state_dir, &mut loops)?,
            None => shared.start_seeming(pool, &mut loops),
        };
        watches.push(watch);
    }
    Ok(Pools {
        loops,
        watches: watches.into(),
    })
}

impl Shared<'_> {
    fn start_real(
        &self,
        pool: &Pool,
        state_dir: &Arc<StateDir>,
        loops: &mut JoinSet<(String, End)>,
    ) -> anyhow::Result<PoolWatch> {
        let setup = Setup {
            pool: pool.name.clone(),
            command: pool.fleet.command.clone(),
            work_queue: pool.topology.work_queue.clone(),
            broker_url: self.config.broker.url.clone(),
            config_file: self.config_file.clone(),
        };
        let (events, fleet_events) = mpsc::channel(FLEET_EVENTS_MAX);
        let (fleet, adopted) = ProcessFleet::open(state_dir, setup, events)
            .with_context(|| format!("open the fleet of pool {}", pool.name))?;
        let parts = Parts {
            name: pool.name.to_string(),
            pool: policy::Pool::new(pool.scaling.clone()),
            worker_rate: pool.scaling.configured_worker_rate().per_second(),
            cadence: Cadence::of(&pool.scaling),
            source: self.source(pool, Role::Owner),
            fleet,
            adopted,
            fleet_events,
            phase: self.phases.clone(),
            host: self.usage.clone(),
            clock: self.clock,
            wall_clock: WallClock::of(pool),
            metrics: PoolMetrics::new(self.metrics.clone(), pool.name.as_str()),
            journal: self.journal(pool, state_dir.path(), Mode::Live),
        };
        // The lock on the directory is held for as long as a loop runs.
        let guard = Arc::clone(state_dir);
        Ok(spawn(pool, parts, guard, loops))
    }

    fn start_seeming(&self, pool: &Pool, loops: &mut JoinSet<(String, End)>) -> PoolWatch {
        let (fleet, fleet_events, source) = dry_run::pretend(
            self.source(pool, Role::Observer),
            pool.scaling.limits.max_processes,
        );
        let parts = Parts {
            name: pool.name.to_string(),
            pool: policy::Pool::new(pool.scaling.clone()),
            worker_rate: pool.scaling.configured_worker_rate().per_second(),
            cadence: Cadence::of(&pool.scaling),
            source,
            fleet,
            adopted: Vec::new(),
            fleet_events,
            phase: self.phases.clone(),
            host: self.usage.clone(),
            clock: self.clock,
            wall_clock: WallClock::of(pool),
            metrics: PoolMetrics::new(self.metrics.clone(), pool.name.as_str()),
            journal: self.journal(pool, &self.config.controller.state_dir, Mode::DryRun),
        };
        spawn(pool, parts, (), loops)
    }

    fn journal(&self, pool: &Pool, state_dir: &Path, mode: Mode) -> Option<Journal> {
        Journal::open(Place {
            directory: journal::directory(state_dir, pool.name.as_str(), mode),
            pool: pool.name.to_string(),
            bytes_max: self.config.controller.journal_bytes_max?,
        })
    }

    fn source(&self, pool: &Pool, role: Role) -> QueueSource {
        let endpoint = Endpoint::new(&self.config.broker);
        QueueSource::new(endpoint, pool, self.host.clone(), role, self.clock)
    }
}

/// Spawns the loop; `guard` lives as long as it does.
fn spawn<F, S, G>(
    pool: &Pool,
    parts: Parts<F, S>,
    guard: G,
    loops: &mut JoinSet<(String, End)>,
) -> PoolWatch
where
    F: crate::fleet::Fleet + 'static,
    S: crate::source::Source,
    G: Send + 'static,
{
    let name = pool.name.to_string();
    let facts = PoolFacts {
        name: name.clone(),
        work_queue: pool.topology.work_queue.clone(),
        worker_rate: parts.worker_rate,
    };
    let (event_loop, snapshots) = EventLoop::new(parts);
    loops.spawn(async move {
        let end = event_loop.run().await;
        drop(guard);
        (name, end)
    });
    PoolWatch { facts, snapshots }
}
