//! What comes into the work queue: counted by a count queue of this connection's.
//!
//! **Skew.** The broker empties the count queue at some moment between the request and its answer,
//! taken here as the middle of the two.
//! An interval is therefore wrong by at most one round trip: 0.13 ms of 2 s on a near broker, which
//! is 0.007 % of the arrival rate; no message is counted twice or left out for it.
//!
//! **While the pool is idle** a wakeup waits for the first message, so that nobody waits for the next
//! look. It is opened when the pool becomes idle, stays over looks that find nothing, and is given
//! back at the first look after a message has come: with that message, which the purge of the same
//! look then counts. A pool that leaves idle polling for another reason keeps it until a message has
//! come; it costs nothing until then, and nothing is counted differently.
//! `broker::Wakeup` says why no message is counted twice or left out.

use broker::{CountQueue, Session, Wakeup};
use config::{PoolName, Topology};
use policy::Arrivals;
use program::Clock;
use std::time::Duration;

/// A count queue that is bound, and when it was last emptied.
#[derive(Debug)]
pub(super) struct Counting {
    queue: CountQueue,
    since: Duration,
    wakeup: WakeupState,
}

/// Whether the count queue tells of its first message.
#[derive(Debug)]
enum WakeupState {
    /// Nobody has asked for it.
    Unasked,
    /// The first message ends the wait on it.
    Open(Box<Wakeup>),
    /// It ended: the next look finds out why, and the next time that the pool is idle asks again.
    Ended,
}

impl Counting {
    /// Counts from now on. The work queue has just been seen: alone, a count queue would make
    /// messages that nobody keeps look delivered to their publishers.
    pub(super) async fn begin(
        session: &mut Session,
        pool: &PoolName,
        topology: &Topology,
        clock: Clock,
    ) -> Result<Self, broker::Error> {
        let before = clock.now();
        let queue = CountQueue::bind(session, pool, topology).await?;
        Ok(Self {
            queue,
            since: middle(before, clock.now()),
            wakeup: WakeupState::Unasked,
        })
    }

    /// What came in since the last call, or since the beginning.
    pub(super) async fn count(
        &mut self,
        session: &mut Session,
        clock: Clock,
    ) -> Result<Arrivals, broker::Error> {
        let wakeup = std::mem::replace(&mut self.wakeup, WakeupState::Unasked);
        if let WakeupState::Open(mut wakeup) = wakeup {
            match wakeup.has_message() {
                Ok(true) => wakeup.give_back().await?,
                Ok(false) => self.wakeup = WakeupState::Open(wakeup),
                // What it held is back in the queue; the next idle time opens another one.
                Err(error) => {
                    tracing::debug!(error = %error, "wakeup on the count queue has ended")
                }
            }
        }
        let before = clock.now();
        let purged = self.queue.purge(session).await?;
        let now = middle(before, clock.now());
        let over = now.saturating_sub(self.since);
        self.since = now;
        if over.is_zero() {
            return Ok(Arrivals::Unknown);
        }
        let messages = purged.messages;
        Ok(if purged.at_bound {
            Arrivals::AtLeast { messages, over }
        } else {
            Arrivals::Counted { messages, over }
        })
    }

    /// Asks to be told of the first message, unless that is asked for already.
    ///
    /// To be seen through, or the session is to be given up: see `CountQueue::wakeup`.
    pub(super) async fn open_wakeup(&mut self, session: &mut Session) -> Result<(), broker::Error> {
        if let WakeupState::Unasked = self.wakeup {
            self.wakeup = WakeupState::Open(Box::new(self.queue.wakeup(session).await?));
        }
        Ok(())
    }

    /// Waits for a message that no look has counted. Where nobody tells, this never ends.
    ///
    /// Dropping the future loses nothing.
    pub(super) async fn first_message(&mut self) {
        if let WakeupState::Open(wakeup) = &mut self.wakeup {
            match wakeup.first_message().await {
                Ok(()) => return,
                // The next look finds out what is wrong with the connection or the queue.
                Err(error) => {
                    tracing::debug!(error = %error, "wakeup on the count queue has ended")
                }
            }
            self.wakeup = WakeupState::Ended;
        }
        std::future::pending().await
    }

    /// Ends the counting at the broker.
    pub(super) async fn end(self, session: &mut Session) -> Result<(), broker::Error> {
        self.queue.delete(session).await
    }
}

fn middle(before: Duration, after: Duration) -> Duration {
    before + after.saturating_sub(before) / 2
}
