//! What a worker can be: each kind of work is given a message and says, at once or later, what is to
//! be done about it.
//!
//! A kind knows nothing of queues, acknowledgements or drains: the bench takes care of those, and has
//! as many messages under way as the kind's [`Pace`] allows.

mod burn;
mod exec;
mod filter;
mod insults;
mod ping;
mod sleep;
mod times;

pub use burn::Burn;
pub use exec::Exec;
pub use filter::Filter;
pub use insults::Insults;
pub use ping::Ping;
pub use sleep::Sleep;
pub use times::{Distribution, Times};

use crate::cli::Command;
use crate::request::{Request, WORK_HEADER};
use crate::settings::Settings;
use crate::stop::Stop;
use crate::treatment::Treatment;
use config::Environment;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::fmt;
use std::num::NonZeroU16;
use std::path::Path;
use std::time::Duration;

/// A kind of work.
pub trait Kind: fmt::Debug {
    /// How long the next message waits for before it is worked on: waiting that stands for work.
    /// The bench takes care of it, without drift however late its timers wake.
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
    fn start(&mut self, stop: &Stop) -> LocalBoxFuture<'_, anyhow::Result<()>> {
        let _: &Stop = stop;
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
    /// exchange vanishes later, such a message is held for so long before it goes back.
    Required {
        /// So long.
        pause: Duration,
    },
}

/// Work on one message.
#[expect(
    clippy::large_enum_variant,
    reason = "there is one at a time, and what is done at once is not to be boxed"
)]
pub enum Work {
    /// It is done.
    Done(Treatment),
    /// It goes on. Where it is dropped before its end, the message goes back to the queue, and
    /// whatever was started for it must end with it.
    Later(LocalBoxFuture<'static, Treatment>),
}

/// How a kind of work goes about its messages, as far as the rest of the worker depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// In no time, or however many there are at once: all that are held are under way.
    AtOnce,
    /// One after the other.
    OneByOne(MessageTime),
    /// So many at a time, and no more are held than that unless a flag says so: what one worker has
    /// fetched ahead for minutes, an idle one could have had.
    Abreast(NonZeroU16, MessageTime),
}

/// How long the work on one message takes: on average, or at most where it has a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageTime {
    /// So long.
    pub time: Duration,
    /// The flag that says so.
    pub flag: &'static str,
}

impl Pace {
    /// How long one message takes, where it takes any time.
    #[must_use]
    pub fn message_time(self) -> Option<MessageTime> {
        match self {
            Self::AtOnce => None,
            Self::OneByOne(time) | Self::Abreast(_, time) => Some(time),
        }
    }
}

/// What a command line asks for: the settings, and the kind of work.
///
/// # Errors
/// When the configuration or a file that a flag names is missing or wrong, or a flag does not fit
/// the rest: the caller's exit code 64.
pub fn prepare(
    command: &Command,
    file: Option<&Path>,
    environment: &Environment,
) -> anyhow::Result<(Settings, Box<dyn Kind>)> {
    let settings = |args, pace| Settings::resolve(args, pace, file, environment);
    Ok(match command {
        Command::Filter(args) => {
            let settings = settings(&args.worker, Filter::pace(args))?;
            let filter = Filter::new(args, &settings)?;
            (settings, Box::new(filter))
        }
        Command::Insults(args) => {
            let settings = settings(&Insults::worker_args(args), Insults::PACE)?;
            let node = Insults::new(args, &settings)?;
            (settings, Box::new(node))
        }
        Command::Exec(args) => {
            let settings = settings(&args.worker, Exec::pace(args))?;
            let exec = Exec::new(args, &settings)?;
            (settings, Box::new(exec))
        }
        Command::Sleep(args) => {
            let settings = settings(&args.worker, args.time.pace())?;
            let times = args.time.times(&settings.identity);
            (settings, Box::new(Sleep::new(times)))
        }
        Command::Burn(args) => {
            let settings = settings(&args.worker, args.time.pace())?;
            let times = args.time.times(&settings.identity);
            (settings, Box::new(Burn::new(times)))
        }
        Command::Ping(args) => (settings(&args.worker, Pace::AtOnce)?, Box::new(Ping)),
    })
}

/// An answer says how long its message was worked on.
fn worked(treatment: Treatment, time: Duration) -> Treatment {
    match treatment {
        Treatment::Answer { queue, mut message } => {
            let microseconds = i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
            message.properties.headers.insert(WORK_HEADER, microseconds);
            Treatment::Answer { queue, message }
        }
        other => other,
    }
}
