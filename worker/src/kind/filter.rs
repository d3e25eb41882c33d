//! `filter`: replaces listed words.

use super::work::{Kind, Work};
use crate::censor::{Censor, Folding, Matching, WordList};
use crate::pace::{MessageTime, Pace};
use crate::reason::Reason;
use crate::request::Request;
use crate::settings::WorkerArgs;
use anyhow::Context;
use clap::Args;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use program::CancellationToken;
use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

const FILTER_EXAMPLE: &str = "\
A flag wins over its WARREN_WORKER_ variable, and that over the pool's keys in the configuration.

Example, with the broker's URL in the environment, where no process list shows its password:
  WARREN_BROKER_URL=amqp://user:password@rabbit/%2f \\
    warren-worker filter --queue texts --words insults.txt --results-queue clean";

/// `filter`. What is not given comes from the pool in the configuration.
#[derive(Args, Clone, Debug)]
#[command(after_help = FILTER_EXAMPLE)]
pub struct FilterArgs {
    /// What every kind of work is told.
    #[command(flatten)]
    pub worker: WorkerArgs,

    /// The words, one a line; blank lines and those that begin with # are passed over [default:
    /// seven built-in ones].
    #[arg(long, value_name = "FILE", help_heading = "Filter")]
    pub words: Option<PathBuf>,
    /// Where a listed word counts.
    #[arg(
        long = "match",
        value_enum,
        default_value_t = Matching::WholeWord,
        help_heading = "Filter"
    )]
    pub matching: Matching,
    /// Which differences in case are ignored.
    #[arg(long = "fold", value_enum, default_value_t = Folding::Ascii, help_heading = "Filter")]
    pub folding: Folding,
    /// Real waiting for each message, one at a time: stands for work [default: none].
    #[arg(
        long,
        value_name = "TIME",
        value_parser = humantime::parse_duration,
        help_heading = "Filter"
    )]
    pub work_time: Option<Duration>,
}

/// A word list that changes while the filter runs.
pub trait LiveList: fmt::Debug {
    /// Begins to follow the list. Comes back when the first version can be used, or has been waited
    /// for long enough.
    ///
    /// # Errors
    /// When the broker refuses it from the start.
    fn start(&mut self) -> LocalBoxFuture<'_, anyhow::Result<()>>;

    /// The censor of a new version, once for each. It is asked before every message.
    fn take_fresh(&mut self) -> Option<Arc<Censor>>;
}

/// Tells what texts become.
#[derive(Debug)]
pub struct Filter {
    censor: Arc<Censor>,
    /// `None` where the list stays the one that it began with.
    live: Option<Box<dyn LiveList>>,
    work_time: Duration,
}

impl Filter {
    /// Reads the word list.
    ///
    /// # Errors
    /// When it can't be read, or is too large to search for.
    pub fn new(args: &FilterArgs) -> anyhow::Result<Self> {
        let words = match &args.words {
            Some(file) => WordList::read(file)?,
            None => WordList::built_in(),
        };
        let censor = Censor::new(&words, args.matching, args.folding)
            .context("the word list is too large to search for")?;
        Ok(Self {
            censor: Arc::new(censor),
            live: None,
            work_time: args.work_time.unwrap_or_default(),
        })
    }

    /// Censors by this list, and by the one that was read only until its first version comes.
    #[must_use]
    pub fn following(self, list: impl LiveList + 'static) -> Self {
        let live: Option<Box<dyn LiveList>> = Some(Box::new(list));
        Self { live, ..self }
    }

    /// One text after the other.
    #[must_use]
    pub fn pace(args: &FilterArgs) -> Pace {
        Pace::OneByOne(MessageTime {
            time: args.work_time.unwrap_or_default(),
            flag: "--work-time",
        })
    }
}

impl Kind for Filter {
    fn wait(&mut self) -> Duration {
        self.work_time
    }

    fn start(&mut self, _stop: &CancellationToken) -> LocalBoxFuture<'_, anyhow::Result<()>> {
        match &mut self.live {
            None => async { Ok(()) }.boxed_local(),
            Some(live) => live.start(),
        }
    }

    fn work(&mut self, mut request: Request) -> Work {
        if let Some(censor) = self.live.as_mut().and_then(|live| live.take_fresh()) {
            self.censor = censor;
        }
        let Ok(text) = str::from_utf8(&request.delivery.body) else {
            return Work::Done(request.unprocessable(Reason::NotUtf8));
        };
        if !request.is_answer_wanted() {
            return Work::Done(request.unwanted());
        }
        let answer = match self.censor.censor(text) {
            Cow::Owned(censored) => censored.into_bytes(),
            Cow::Borrowed(_) => std::mem::take(&mut request.delivery.body),
        };
        Work::Done(request.answer(answer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disposition::Disposition;
    use crate::fixture::{delivery, rules};

    fn disposition_of(body: impl Into<Vec<u8>>, reply_to: Option<&str>) -> Disposition {
        let words = WordList::built_in();
        let mut filter = Filter {
            censor: Arc::new(Censor::new(&words, Matching::WholeWord, Folding::Ascii).unwrap()),
            live: None,
            work_time: Duration::ZERO,
        };
        let delivery = delivery(body, reply_to);
        match filter.work(Request::new(delivery, Duration::ZERO, &rules())) {
            Work::Done(disposition) => disposition,
            Work::Later(_) => panic!("a text is filtered at once"),
        }
    }

    #[test]
    fn listed_words_are_replaced() {
        let Disposition::Answer { queue, message } = disposition_of("hola tonto", Some("answers"))
        else {
            panic!("an answer");
        };
        assert_eq!(
            (queue.as_str(), message.body),
            ("answers", b"hola CENSORED".to_vec())
        );
    }

    #[test]
    fn a_text_without_any_is_answered_as_it_is() {
        let Disposition::Answer { message, .. } = disposition_of("hola", Some("answers")) else {
            panic!("an answer");
        };
        assert_eq!(message.body, b"hola");
    }

    #[test]
    fn what_is_no_text_comes_back_as_it_was() {
        let expected = delivery(b"\xff", Some("answers"));
        assert_eq!(
            disposition_of(b"\xff", Some("answers")),
            Disposition::Unprocessable(Reason::NotUtf8, expected)
        );
        assert_eq!(disposition_of("hola", None), Disposition::Unwanted);
    }
}
