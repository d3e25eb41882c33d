//! SIGTERM and SIGINT: the first is an order to drain, the second to end at once.

use program::Signals;
use tokio::sync::watch;

/// Whether the worker is to end.
#[derive(Clone, Debug)]
pub struct Stop {
    order: watch::Receiver<Order>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Order {
    Work,
    Drain,
    End,
}

impl Stop {
    /// Listens from now on.
    ///
    /// # Errors
    /// When signals can't be listened to.
    pub fn on_signals() -> std::io::Result<Self> {
        let signals = Signals::listen()?;
        let (orders, order) = watch::channel(Order::Work);
        tokio::spawn(listen(signals, orders));
        Ok(Self { order })
    }

    /// Whether the worker is to finish what it holds, or to end.
    #[must_use]
    pub fn is_ordered(&self) -> bool {
        *self.order.borrow() >= Order::Drain
    }

    /// Waits until the worker is to finish what it holds.
    pub async fn ordered(&mut self) {
        self.at_least(Order::Drain).await;
    }

    /// Waits until the worker is to end, whatever it holds.
    pub async fn ended(&mut self) {
        self.at_least(Order::End).await;
    }

    async fn at_least(&mut self, least: Order) {
        // The sender lives in a task that never ends.
        drop(self.order.wait_for(|order| *order >= least).await);
    }
}

async fn listen(mut signals: Signals, orders: watch::Sender<Order>) {
    for order in [Order::Drain, Order::End] {
        signals.next().await;
        orders.send_replace(order);
    }
    orders.closed().await;
}
