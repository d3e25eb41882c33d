//! What a kind of work is to the rest of the worker.

use crate::disposition::Disposition;
use crate::headers::WORK_HEADER;
use crate::request::Request;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use program::CancellationToken;
use std::fmt;
use std::time::Duration;

pub trait Kind: fmt::Debug {
    /// How long the next message waits for before it is worked on: waiting that stands for work.
    /// The deliveries take care of it, without drift however late its timers wake.
    fn wait(&mut self) -> Duration {
        Duration::ZERO
    }

    /// How much depends on the dead-letter exchange.
    fn dead_letters(&self) -> DeadLetterNeed {
        DeadLetterNeed::Optional
    }

    /// Begins what goes on beside the messages, and waits for what must be there before the first of
    /// them. Called once, before the worker consumes; an order to stop ends the waiting.
    ///
    /// # Errors
    /// When the broker refuses it.
    fn start(&mut self, stop: &CancellationToken) -> LocalBoxFuture<'_, anyhow::Result<()>> {
        let _: &CancellationToken = stop;
        async { Ok(()) }.boxed_local()
    }

    /// Waits for the end of what goes on beside the messages. Called once, after the last of them and
    /// after the order to stop, if there was one.
    fn finish(&mut self) -> LocalBoxFuture<'_, ()> {
        async {}.boxed_local()
    }

    /// Works on a message. It is one that may be answered: the rest never gets here.
    fn work(&mut self, request: Request) -> Work;
}

/// How much a kind of work depends on the dead-letter exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadLetterNeed {
    /// Without it, messages that can't be processed go back to the queue soon: it costs next to
    /// nothing to find out once more that they can't be.
    Optional,
    /// Without it nothing is begun: each message that fails would be worked on for ever. Where the
    /// exchange vanishes later, such a message is held for a while before it goes back.
    Required {
        /// For how long such a message is held.
        pause: Duration,
    },
}

#[expect(
    clippy::large_enum_variant,
    reason = "there is one at a time, and what is done at once is not to be boxed"
)]
pub enum Work {
    Done(Disposition),
    /// It goes on. Where it is dropped before its end, the message goes back to the queue, and
    /// whatever was started for it must end with it.
    Later(LocalBoxFuture<'static, Disposition>),
}

/// An answer says how long its message was worked on.
pub(super) fn worked(disposition: Disposition, time: Duration) -> Disposition {
    match disposition {
        Disposition::Answer { queue, mut message } => {
            let microseconds = i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
            message.properties.headers.insert(WORK_HEADER, microseconds);
            Disposition::Answer { queue, message }
        }
        other => other,
    }
}
