//! What is done with one message, without doing it: from a delivery to what is to be published.

use crate::censor::Censor;
use crate::settings::Identity;
use broker::{Delivery, Message, Properties};
use std::borrow::Cow;

/// Headers of a request whose names begin with this are given back with its result: the producer
/// knows its messages by them.
const COPIED_HEADERS: &str = "warren-";

/// Tells what texts become, and where they go.
#[derive(Debug)]
pub struct Filter {
    /// Replaces the listed words.
    pub censor: Censor,
    /// The queue that is consumed; nothing may be answered to it.
    pub work_queue: String,
    /// Where results go when a message names no `reply_to`.
    pub results_queue: Option<String>,
    /// A larger message is unprocessable.
    pub max_message_bytes: u64,
}

/// What is to be done about a message.
#[derive(Debug, PartialEq)]
pub enum Treatment {
    /// Publish this to this queue.
    Answer {
        /// By way of the default exchange.
        queue: String,
        /// The result.
        message: Message,
    },
    /// Nothing: nobody wants the result.
    Unwanted,
    /// It can't be processed; here it is again.
    Unprocessable(Reason, Delivery),
}

/// Why a message, or its result, has nowhere to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Its text is not UTF-8.
    NotUtf8,
    /// It is larger than `max_message_bytes`.
    TooLarge,
    /// Its `reply_to` is the work queue: the result would come back as a message, for ever.
    RepliesToWorkQueue,
    /// Its result reached no queue.
    ResultUnroutable,
}

impl Reason {
    /// What stands in the header `warren-reason`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotUtf8 => "not-utf8",
            Self::TooLarge => "too-large",
            Self::RepliesToWorkQueue => "replies-to-work-queue",
            Self::ResultUnroutable => "result-unroutable",
        }
    }
}

impl Filter {
    /// What is to be done about this message.
    #[must_use]
    pub fn treat(&self, delivery: Delivery) -> Treatment {
        if delivery.body.len() as u64 > self.max_message_bytes {
            return Treatment::Unprocessable(Reason::TooLarge, delivery);
        }
        let reply_to = delivery.properties.reply_to.as_ref();
        let reply_to = reply_to.filter(|queue| !queue.is_empty());
        if reply_to == Some(&self.work_queue) {
            return Treatment::Unprocessable(Reason::RepliesToWorkQueue, delivery);
        }
        let Ok(text) = str::from_utf8(&delivery.body) else {
            return Treatment::Unprocessable(Reason::NotUtf8, delivery);
        };
        let Some(queue) = reply_to.or(self.results_queue.as_ref()).cloned() else {
            return Treatment::Unwanted;
        };
        let censored = match self.censor.censor(text) {
            Cow::Borrowed(_) => None,
            Cow::Owned(censored) => Some(censored.into_bytes()),
        };
        let Properties {
            correlation_id,
            message_id,
            content_type,
            persistence,
            headers,
            ..
        } = delivery.properties;
        let message = Message {
            body: censored.unwrap_or(delivery.body),
            properties: Properties {
                correlation_id,
                message_id,
                content_type,
                persistence,
                headers: headers.starting_with(COPIED_HEADERS),
                ..Properties::default()
            },
        };
        Treatment::Answer { queue, message }
    }
}

/// The copy of a message that goes to the dead-letter exchange: as it was, with headers that say
/// why, where it was going, and who gave it up.
#[must_use]
pub fn dead_letter(
    mut message: Message,
    reason: Reason,
    exchange: &str,
    routing_key: &str,
    identity: &Identity,
) -> Message {
    let headers = &mut message.properties.headers;
    headers.insert("warren-reason", reason.as_str());
    headers.insert("warren-exchange", exchange);
    headers.insert("warren-routing-key", routing_key);
    headers.insert("warren-pool", identity.pool.as_str());
    headers.insert("warren-worker", identity.worker.as_str());
    message
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::censor::{Folding, Matching, WordList};
    use broker::Persistence;

    fn filter() -> Filter {
        let words = WordList::built_in();
        Filter {
            censor: Censor::new(&words, Matching::WholeWord, Folding::Ascii).unwrap(),
            work_queue: "work".to_owned(),
            results_queue: None,
            max_message_bytes: 20,
        }
    }

    fn delivery(body: impl Into<Vec<u8>>, reply_to: Option<&str>) -> Delivery {
        let mut properties = Properties {
            reply_to: reply_to.map(str::to_owned),
            correlation_id: Some("c".to_owned()),
            message_id: Some("m".to_owned()),
            persistence: Persistence::Persistent,
            ..Properties::default()
        };
        properties.headers.insert("warren-sequence", 7);
        properties.headers.insert("x-other", 8);
        Delivery {
            tag: 1,
            redelivered: false,
            exchange: "events".to_owned(),
            routing_key: "key".to_owned(),
            body: body.into(),
            properties,
        }
    }

    #[test]
    fn the_answer_is_known_by_what_the_question_was_known_by() {
        let Treatment::Answer { queue, message } =
            filter().treat(delivery("hola tonto", Some("answers")))
        else {
            panic!("an answer");
        };
        assert_eq!(queue, "answers");
        assert_eq!(message.body, b"hola CENSORED");
        let properties = message.properties;
        assert_eq!(properties.correlation_id.as_deref(), Some("c"));
        assert_eq!(properties.message_id.as_deref(), Some("m"));
        assert_eq!(properties.reply_to, None);
        assert_eq!(properties.persistence, Persistence::Persistent);
        assert_eq!(properties.headers.integer("warren-sequence"), Some(7));
        assert_eq!(properties.headers.len(), 1);
    }

    #[test]
    fn without_reply_to_the_result_goes_to_the_results_queue_if_there_is_one() {
        let mut filter = filter();
        assert_eq!(filter.treat(delivery("hola", None)), Treatment::Unwanted);
        assert_eq!(
            filter.treat(delivery("hola", Some(""))),
            Treatment::Unwanted
        );
        filter.results_queue = Some("results".to_owned());
        let treatment = filter.treat(delivery("hola", None));
        assert!(
            matches!(&treatment, Treatment::Answer { queue, .. } if queue == "results"),
            "{treatment:?}"
        );
    }

    #[track_caller]
    fn check_unprocessable(delivery: &Delivery, reason: Reason) {
        assert_eq!(
            filter().treat(delivery.clone()),
            Treatment::Unprocessable(reason, delivery.clone())
        );
    }

    #[test]
    fn what_cannot_be_processed_comes_back_as_it_was() {
        check_unprocessable(&delivery(b"\xff", Some("answers")), Reason::NotUtf8);
        check_unprocessable(&delivery("x".repeat(21), Some("answers")), Reason::TooLarge);
        check_unprocessable(&delivery("hola", Some("work")), Reason::RepliesToWorkQueue);
    }

    #[test]
    fn a_dead_letter_says_why_and_keeps_everything_else() {
        let delivery = delivery(b"\xff", Some("answers"));
        let message = Message {
            body: delivery.body.clone(),
            properties: delivery.properties.clone(),
        };
        let identity = Identity {
            pool: "filter".to_owned(),
            worker: "7".to_owned(),
        };
        let dead = dead_letter(message, Reason::NotUtf8, "events", "key", &identity);
        let header = |name| dead.properties.headers.text(name);
        assert_eq!(header("warren-reason").as_deref(), Some("not-utf8"));
        assert_eq!(header("warren-exchange").as_deref(), Some("events"));
        assert_eq!(header("warren-routing-key").as_deref(), Some("key"));
        assert_eq!(header("warren-pool").as_deref(), Some("filter"));
        assert_eq!(header("warren-worker").as_deref(), Some("7"));
        assert_eq!(dead.properties.headers.integer("x-other"), Some(8));
        assert_eq!(dead.properties.reply_to, delivery.properties.reply_to);
        assert_eq!(dead.body, delivery.body);
    }
}
