//! `filter`: replaces listed words.

use super::{Kind, MessageTime, Pace, Work};
use crate::censor::{Censor, WordList};
use crate::cli::FilterArgs;
use crate::insults::live::LiveList;
use crate::insults::service::Service;
use crate::request::Request;
use crate::settings::Settings;
use crate::stop::Stop;
use crate::treatment::Reason;
use anyhow::Context;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

/// Tells what texts become.
#[derive(Debug)]
pub struct Filter {
    censor: Arc<Censor>,
    /// `None` where the list stays the one that it began with.
    live: Option<LiveList>,
    work_time: Duration,
}

impl Filter {
    /// Reads the word list.
    ///
    /// # Errors
    /// When it can't be read, or is too large to search for.
    pub fn new(args: &FilterArgs, settings: &Settings) -> anyhow::Result<Self> {
        let words = match &args.words {
            Some(file) => WordList::read(file)?,
            None => WordList::built_in(),
        };
        let censor = Censor::new(&words, args.matching, args.folding)
            .context("the word list is too large to search for")?;
        let live = args.live_list.as_ref().map(|service| {
            let identity = &settings.identity;
            LiveList::new(
                settings.endpoint.clone(),
                format!(
                    "warren-worker/{}/{} following",
                    identity.pool, identity.worker
                ),
                Service::new(service),
                args.matching,
                args.folding,
            )
        });
        Ok(Self {
            censor: Arc::new(censor),
            live,
            work_time: args.work_time.unwrap_or_default(),
        })
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

    fn start(&mut self, _stop: &Stop) -> LocalBoxFuture<'_, anyhow::Result<()>> {
        async {
            match &mut self.live {
                None => Ok(()),
                Some(live) => {
                    let started = live.start().await;
                    started.context("the broker refuses this worker")
                }
            }
        }
        .boxed_local()
    }

    fn work(&mut self, mut request: Request) -> Work {
        if let Some(censor) = self.live.as_mut().and_then(LiveList::take_fresh) {
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
    use crate::censor::{Folding, Matching};
    use crate::request::tests::{delivery, rules};
    use crate::treatment::Treatment;

    fn treat(body: impl Into<Vec<u8>>, reply_to: Option<&str>) -> Treatment {
        let words = WordList::built_in();
        let mut filter = Filter {
            censor: Arc::new(Censor::new(&words, Matching::WholeWord, Folding::Ascii).unwrap()),
            live: None,
            work_time: Duration::ZERO,
        };
        let delivery = delivery(body, reply_to);
        match filter.work(Request::new(delivery, Duration::ZERO, &rules())) {
            Work::Done(treatment) => treatment,
            Work::Later(_) => panic!("a text is filtered at once"),
        }
    }

    #[test]
    fn listed_words_are_replaced() {
        let Treatment::Answer { queue, message } = treat("hola tonto", Some("answers")) else {
            panic!("an answer");
        };
        assert_eq!(
            (queue.as_str(), message.body),
            ("answers", b"hola CENSORED".to_vec())
        );
    }

    #[test]
    fn a_text_without_any_is_answered_as_it_is() {
        let Treatment::Answer { message, .. } = treat("hola", Some("answers")) else {
            panic!("an answer");
        };
        assert_eq!(message.body, b"hola");
    }

    #[test]
    fn what_is_no_text_comes_back_as_it_was() {
        let expected = delivery(b"\xff", Some("answers"));
        assert_eq!(
            treat(b"\xff", Some("answers")),
            Treatment::Unprocessable(Reason::NotUtf8, expected)
        );
        assert_eq!(treat("hola", None), Treatment::Unwanted);
    }
}
