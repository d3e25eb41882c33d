//! Tells when the first message comes into a count queue, without being asked again and again.
//!
//! A consumer with prefetch 1: the broker sends it the first message and keeps the others.
//! That one message is no longer *ready*, and a purge counts ready messages only, so it has to be
//! counted some other way, once.
//!
//! **It is given back, not taken.** Nothing is acknowledged here. Closing the consumer's channel
//! makes the broker put back what is unacknowledged, and the purge that follows counts it with all
//! the others. So the broker is the only one that counts: a message is either ready, and some purge
//! removes it, or held by a wakeup, whose end makes it ready again. This holds however it
//! ends: given back here, dropped, its channel closed by the broker. Where the connection goes, the
//! count queue goes with it, and its whole interval is a gap anyway.
//! To acknowledge the message and add one to the purge's number would be wrong by one whenever the
//! channel goes before the broker has read the acknowledgement: nobody knows then which it was.
//!
//! RabbitMQ puts the message back before it answers the end of the channel (3.10.8: 300 times of
//! 300), so the next purge has it. Were it later, the purge after that would.
//!
//! The channel is the wakeup's own: a work queue that is missing closes the channel that asked for
//! it, and a refused consumer closes its own.
//!
//! **Cost.** The first message of each rest travels to the controller, whole; the count queue holds
//! none above 64 MiB.

use crate::consumer::Consumer;
use crate::error::Error;
use futures_util::FutureExt;
use tokio::task::coop::unconstrained;

/// Waits for the first message of a [`crate::CountQueue`]. Dropping it gives back what it holds, a
/// moment later than [`Wakeup::give_back`] does.
#[derive(Debug)]
pub struct Wakeup {
    consumer: Consumer,
    has_message: bool,
}

impl Wakeup {
    pub(crate) fn new(consumer: Consumer) -> Self {
        Self {
            consumer,
            has_message: false,
        }
    }

    /// Waits until there is a message; at once where there is one already. An error says that none
    /// will be told any more.
    ///
    /// Dropping the future loses nothing.
    pub async fn first_message(&mut self) -> Result<(), Error> {
        if !self.has_message {
            match self.consumer.next().await {
                Some(Ok(_)) => self.has_message = true,
                Some(Err(error)) => return Err(error),
                // Only a consumer that was cancelled or has failed before ends like this.
                None => std::future::pending().await,
            }
        }
        Ok(())
    }

    /// Whether there is a message that no purge counts. One that is on its way is not seen yet.
    /// An error, told once, says that there is none and that none will be told any more.
    pub fn has_message(&mut self) -> Result<bool, Error> {
        // Even where the task has used up its share of time, what is there is seen.
        match unconstrained(self.first_message()).now_or_never() {
            Some(Ok(())) => Ok(true),
            Some(Err(error)) => Err(error),
            None => Ok(false),
        }
    }

    /// Ends it. The message that it holds is counted by the next purge.
    pub async fn give_back(self) -> Result<(), Error> {
        self.consumer.close().await
    }
}
