//! SIGTERM and SIGINT: the first is an order to drain, the second ends the process.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// Messages that were held are not finished.
const EXIT_CODE_FAILED: i32 = 1;

/// Whether the worker is to end.
#[derive(Clone, Debug)]
pub struct Stop {
    ordered: watch::Receiver<bool>,
}

impl Stop {
    /// Listens from now on.
    ///
    /// # Errors
    /// When signals can't be listened to.
    pub fn on_signals() -> std::io::Result<Self> {
        let terminate = signal(SignalKind::terminate())?;
        let interrupt = signal(SignalKind::interrupt())?;
        let (order, ordered) = watch::channel(false);
        tokio::spawn(listen(terminate, interrupt, order));
        Ok(Self { ordered })
    }

    /// Whether the worker is to end.
    #[must_use]
    pub fn is_ordered(&self) -> bool {
        *self.ordered.borrow()
    }

    /// Waits until the worker is to end.
    pub async fn ordered(&mut self) {
        // The sender lives in a task that never ends.
        drop(self.ordered.wait_for(|ordered| *ordered).await);
    }
}

async fn listen(mut terminate: Signal, mut interrupt: Signal, order: watch::Sender<bool>) {
    next(&mut terminate, &mut interrupt).await;
    order.send_replace(true);
    next(&mut terminate, &mut interrupt).await;
    tracing::warn!("second signal: ending at once, what is held goes back to the queue");
    std::process::exit(EXIT_CODE_FAILED);
}

async fn next(terminate: &mut Signal, interrupt: &mut Signal) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
