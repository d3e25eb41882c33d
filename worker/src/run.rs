//! The worker's life: sessions with the broker, one after the other, until it is told to stop.

use crate::connections::{Connections, NotConnected};
use crate::counters::Counters;
use crate::deliveries::Notices;
use crate::kind::{DeadLetterNeed, Kind};
use crate::outage::{Loss, Outage, is_frame_too_large, refuses};
use crate::reporter::Reporter;
use crate::session::{Ended, Worker};
use crate::settings::Settings;
use crate::status::StatusSocket;
use anyhow::{Context, anyhow, bail};
use program::Interrupts;
use tokio::time::Instant;

/// One for every message that may be worked on at once, which is 4,096, and some for looking up the
/// broker's name, which may hang. A thread is there only when it is needed.
const BLOCKING_THREADS_MAX: usize = 4096 + 16;

/// Works on messages until SIGTERM or SIGINT.
///
/// # Errors
/// When the broker refuses the worker from the start, or the drain could not be finished in time.
pub fn work(settings: Settings, kind: Box<dyn Kind>) -> anyhow::Result<()> {
    // A look-up of the broker's name that hangs is not waited for: the drain would end in a kill.
    program::runtime::complete_with_threads(BLOCKING_THREADS_MAX, live(settings, kind))
}

async fn live(settings: Settings, kind: Box<dyn Kind>) -> anyhow::Result<()> {
    let interrupts = Interrupts::default();
    interrupts.listen()?;
    let socket = match &settings.status_socket {
        None => None,
        Some(path) => Some(
            StatusSocket::new(path.clone(), settings.identity.worker.clone())
                .context("can't make a socket for the status")?,
        ),
    };
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        pool = settings.identity.pool,
        worker = settings.identity.worker,
        queue = settings.queue,
        broker = %settings.endpoint,
        prefetch = settings.prefetch,
        "worker starts"
    );
    if settings.held_work() > settings.drain_timeout {
        tracing::warn!(
            held_seconds = settings.held_work().as_secs_f64(),
            drain_timeout_seconds = settings.drain_timeout.as_secs_f64(),
            "a full prefetch may take longer than a drain, which then gives messages back; lower \
             the prefetch or raise stop_grace"
        );
    }
    let mut worker = Worker {
        settings,
        kind,
        counters: Counters::default(),
        notices: Notices::default(),
        reporter: Reporter::new(socket),
        outage: Outage::default(),
        started_at: Instant::now(),
    };
    let result = tokio::select! {
        biased;
        // With the session, whatever is worked on is dropped, and ends.
        () = interrupts.hurry.cancelled() => Err(anyhow!(
            "a second signal ended the worker at once; what it held goes back to the queue"
        )),
        result = whole(&mut worker, &interrupts) => result,
    };
    let status_failures = worker.reporter.finish();
    worker.counters.log(status_failures);
    result
}

/// From the beginning of what the kind of work has going on to its end.
async fn whole(worker: &mut Worker, interrupts: &Interrupts) -> anyhow::Result<()> {
    let began = tokio::select! {
        biased;
        () = interrupts.stop.cancelled() => Ok(Began::Stopped),
        started = worker.kind.start(&interrupts.stop) => started.map(|()| Began::Ready),
    };
    let result = match began {
        Ok(Began::Ready) => sessions(worker, interrupts).await,
        Ok(Began::Stopped) => Ok(()),
        Err(error) => Err(error),
    };
    if interrupts.stop.is_cancelled() {
        worker.kind.finish().await;
    }
    result
}

async fn sessions(worker: &mut Worker, interrupts: &Interrupts) -> anyhow::Result<()> {
    let mut met = Met::NotYet;
    loop {
        let need = match met {
            Met::NotYet => worker.kind.dead_letters(),
            Met::Once => DeadLetterNeed::Optional,
        };
        let connections = tokio::select! {
            biased;
            () = interrupts.stop.cancelled() => return Ok(()),
            connections = Connections::open(&worker.settings, need) => connections,
        };
        let loss = match connections {
            Err(NotConnected::Broker(error)) if met == Met::NotYet && refuses(error.kind()) => {
                return Err(error).context("the broker refuses this worker");
            }
            Err(NotConnected::Broker(error)) => Loss::Broker(error),
            Err(NotConnected::NoDeadLetters { exchange }) => bail!(
                "there is no dead-letter exchange '{exchange}', and a message that fails would be \
                 worked on for ever; declare it, name another with --dead-letter-exchange, or give \
                 --on-failure drop"
            ),
            Ok(mut connections) => {
                if met == Met::NotYet {
                    worker.reporter.ready();
                }
                met = Met::Once;
                let ended = match worker.work(&mut connections, interrupts).await {
                    Ended::Lost(loss) => Ended::Lost(connections.cause(loss).await),
                    ended => ended,
                };
                // Nothing is held any more: what was not acknowledged is delivered again.
                let now = worker.now();
                worker.reporter.update(now, worker.counters.completed, 0);
                connections.close().await;
                match ended {
                    Ended::Drained => return Ok(()),
                    Ended::DrainTimedOut(messages) => bail!(
                        "the drain took longer than {}; {messages} messages go back to the queue",
                        humantime::format_duration(worker.settings.drain_timeout)
                    ),
                    Ended::Lost(loss) => {
                        worker.counters.connections_lost += 1;
                        if is_frame_too_large(&loss) {
                            worker.settings.take_large_frames();
                        }
                        loss
                    }
                }
            }
        };
        let pause = worker.outage.lost(&loss);
        tokio::select! {
            biased;
            () = interrupts.stop.cancelled() => return Ok(()),
            () = pause => {}
        }
    }
}

/// How the time before the first message ended.
enum Began {
    Ready,
    Stopped,
}

/// Whether the broker has ever let this worker in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Met {
    NotYet,
    Once,
}
