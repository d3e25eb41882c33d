//! `warren-controller run`: builds one loop per pool, and waits for their common end (`shutdown`).
//!
//! Pools are independent tasks: one that breaks leaves the others running.
//! The run ends when it is told to, when another controller holds one of its pools (then somebody
//! has started one too many, and half of it would help nobody), or when no pool is left.

mod pools;
mod shutdown;

use crate::clients::{Clients, Limits};
use crate::event_loop::Phase;
use crate::host::Host;
use crate::http::{self, AppState};
use crate::metrics::Metrics;
use crate::mode::Mode;
use crate::systemd;
use anyhow::{Context, anyhow};
use config::Loaded;
use policy::HostUsage;
use program::{Clock, Failure, Signals};
use shutdown::Loops;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The host is looked at this often.
const HOST_EVERY: Duration = Duration::from_secs(2);

/// Answers that are being written when the run ends have this long.
const HTTP_CLOSE_MAX: Duration = Duration::from_secs(2);

/// What the command line says against the configuration.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// Instead of `http.listen`.
    pub listen: Option<SocketAddr>,
    /// Instead of `controller.state_dir`.
    pub state_dir: Option<PathBuf>,
}

/// Runs every pool until told to stop.
///
/// # Errors
/// When nothing could be started, or when the run did not end as it was told to.
pub fn run(
    mut loaded: Loaded,
    file: &Path,
    overrides: Overrides,
    mode: Mode,
) -> Result<(), Failure> {
    let config = &mut loaded.config;
    config.http.listen = overrides.listen.unwrap_or(config.http.listen);
    if let Some(state_dir) = overrides.state_dir {
        config.controller.state_dir = state_dir;
    }
    Ok(program::runtime::complete(serve(&loaded, file, mode))?)
}

async fn serve(loaded: &Loaded, file: &Path, mode: Mode) -> anyhow::Result<()> {
    let config = &loaded.config;
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        config = %file.display(),
        broker = %config.broker.url,
        pools = config.pools.len(),
        dry_run = mode == Mode::DryRun,
        "warren-controller starts"
    );
    for warning in &loaded.warnings {
        tracing::warn!(warning = %warning, "configuration may not be meant so");
    }
    // From here on a signal means an orderly end, however early it comes.
    let signals = Signals::listen().context("listen for signals")?;
    let listener = bind(config.http.listen).await?;
    let address = listener
        .local_addr()
        .context("ask for the port of http.listen")?;

    let clock = Clock::start();
    let metrics = Metrics::new();
    let (phase, phases) = watch::channel(Phase::Running);
    let (host, host_task) = watch_host(metrics.clone());
    let pools = pools::start(config, file, mode, clock, &metrics, &phases, &host)?;
    let app = AppState {
        clock,
        metrics,
        pools: pools.watches,
        phase: phases,
        host,
    };
    let stop = CancellationToken::new();
    let answering = tokio::spawn(answer(listener, app.clone(), stop.clone()));
    tracing::info!(addr = %address, "http listening");
    systemd::ready();

    let stop_grace_max = config
        .pools
        .iter()
        .map(|pool| pool.fleet.stop_grace)
        .max()
        .unwrap_or_default();
    let result = Loops::new(pools.loops, phase, app, stop_grace_max)
        .run_to_end(signals)
        .await;

    stop.cancel();
    host_task.abort();
    if tokio::time::timeout(HTTP_CLOSE_MAX, answering)
        .await
        .is_err()
    {
        tracing::debug!("a client is still reading its answer; the run ends without it");
    }
    if result.is_ok() {
        tracing::info!("warren-controller ends");
    }
    result
}

async fn bind(listen: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(listen).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => anyhow!(
            "port {} of {} is in use, perhaps by another controller; choose another with the key \
             http.listen or with --listen",
            listen.port(),
            listen.ip()
        ),
        _ => anyhow!(
            "can't listen at {listen}: {error}; choose another address with the key http.listen or \
             with --listen"
        ),
    })
}

async fn answer(listener: TcpListener, app: AppState, stop: CancellationToken) {
    let served = axum::serve(Clients::new(listener, Limits::default()), http::router(app))
        .with_graceful_shutdown(stop.cancelled_owned())
        .await;
    if let Err(error) = served {
        tracing::error!(error = %error, "http has ended; nobody can ask any more");
    }
}

/// Looks at the host now and then, for whoever asks. Ends when aborted.
fn watch_host(metrics: Metrics) -> (watch::Receiver<Option<HostUsage>>, JoinHandle<()>) {
    let (sender, receiver) = watch::channel(None);
    let task = tokio::spawn(async move {
        let mut host = match Host::new() {
            Ok(host) => host,
            Err(error) => {
                tracing::warn!(error = %error, "host can't be looked at; its figures stay unknown");
                return;
            }
        };
        let mut cadence = program::ticks(HOST_EVERY);
        // The first tick comes at once, and there is nothing to compare with yet.
        cadence.tick().await;
        loop {
            cadence.tick().await;
            let usage = host.refresh();
            metrics.set_host(usage);
            sender.send_replace(Some(usage));
        }
    });
    (receiver, task)
}

impl shutdown::Requests for Signals {
    async fn next(&mut self) -> &'static str {
        Signals::next(self).await
    }
}
