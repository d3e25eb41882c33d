//! A message that is to be worked on, and what becomes of it: what every kind of work does alike with
//! requests and their answers. Pure.

use crate::disposition::Disposition;
use crate::headers::{ATTEMPTS_HEADER, EXCHANGE_HEADER, Origin, ROUTING_KEY_HEADER, of_answer};
use crate::reason::Reason;
use broker::{Delivery, Message, Persistence, Properties};
use std::time::Duration;

/// What every kind of work does alike with requests and their answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The queue that is consumed; nothing may be answered to it.
    pub work_queue: String,
    /// Where results go when a message names no `reply_to`.
    pub results_queue: Option<String>,
    /// A larger message is unprocessable.
    pub max_message_bytes: u64,
}

impl Rules {
    /// Why nobody may work on this message, if nobody may.
    #[must_use]
    pub fn refuse(&self, delivery: &Delivery) -> Option<Reason> {
        if delivery.body.len() as u64 > self.max_message_bytes {
            return Some(Reason::TooLarge);
        }
        let loops = delivery.properties.reply_to.as_ref() == Some(&self.work_queue);
        loops.then_some(Reason::RepliesToWorkQueue)
    }
}

/// A message that may be worked on, and where its answer goes.
#[derive(Debug)]
pub struct Request {
    pub delivery: Delivery,
    /// How long it has waited, where waiting stands for work.
    pub waited: Duration,
    /// `None` where nobody wants an answer.
    answer_to: Option<String>,
}

impl Request {
    /// A message that the rules did not refuse.
    #[must_use]
    pub fn new(delivery: Delivery, waited: Duration, rules: &Rules) -> Self {
        let reply_to = delivery.properties.reply_to.as_ref();
        let reply_to = reply_to.filter(|queue| !queue.is_empty());
        let answer_to = reply_to.or(rules.results_queue.as_ref()).cloned();
        Self {
            delivery,
            waited,
            answer_to,
        }
    }

    /// Whether anybody wants an answer.
    #[must_use]
    pub fn is_answer_wanted(&self) -> bool {
        self.answer_to.is_some()
    }

    /// How often this message has been worked on in vain.
    #[must_use]
    pub fn failed_attempts(&self) -> u32 {
        let attempts = self.delivery.properties.headers.integer(ATTEMPTS_HEADER);
        u32::try_from(attempts.unwrap_or_default()).unwrap_or_default()
    }

    /// Answers with this, known by what the request is known by; with nothing where nobody wants an
    /// answer.
    #[must_use]
    pub fn answer(self, body: Vec<u8>) -> Disposition {
        let Some(queue) = self.answer_to else {
            return Disposition::Unwanted;
        };
        let message = Message {
            body,
            properties: of_answer(self.delivery.properties),
        };
        Disposition::Answer { queue, message }
    }

    /// Answers with what the request says.
    #[must_use]
    pub fn echo(mut self) -> Disposition {
        let body = std::mem::take(&mut self.delivery.body);
        self.answer(body)
    }

    /// Hands the request on to another queue, to be answered by whoever takes it from there. It
    /// survives there what it would not have survived here, a restart of the broker.
    #[must_use]
    pub fn forward(self, queue: String) -> Disposition {
        let message = Message {
            body: self.delivery.body,
            properties: Properties {
                reply_to: self.answer_to,
                persistence: Persistence::Persistent,
                ..self.delivery.properties
            },
        };
        Disposition::Forward { queue, message }
    }

    #[must_use]
    pub fn unwanted(self) -> Disposition {
        Disposition::Unwanted
    }

    #[must_use]
    pub fn unprocessable(self, reason: Reason) -> Disposition {
        Disposition::Unprocessable(reason, self.delivery)
    }

    /// It goes back to the queue as it was, after this long.
    #[must_use]
    pub fn give_back(self, reason: Reason, after: Duration) -> Disposition {
        Disposition::GiveBack { reason, after }
    }

    /// It is worked on again after this long, and knows that it has been worked on once more.
    #[must_use]
    pub fn retry(mut self, reason: Reason, after: Duration) -> Disposition {
        let attempts = self.failed_attempts().saturating_add(1);
        let origin = Origin::of(&self.delivery);
        let headers = &mut self.delivery.properties.headers;
        headers.insert(ATTEMPTS_HEADER, i64::from(attempts));
        headers.insert(EXCHANGE_HEADER, origin.exchange);
        headers.insert(ROUTING_KEY_HEADER, origin.routing_key);
        Disposition::Retry {
            reason,
            after,
            delivery: self.delivery,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disposition::dead_letter;
    use crate::fixture::{delivery, rules};
    use crate::headers::{EXIT_CODE_HEADER, SIGNAL_HEADER, STDERR_HEADER, WORK_HEADER};
    use crate::identity::Identity;
    use broker::PUBLISH_HEADER;

    fn request(reply_to: Option<&str>, rules: &Rules) -> Request {
        Request::new(delivery("hola", reply_to), Duration::ZERO, rules)
    }

    #[test]
    fn the_answer_is_known_by_what_the_question_was_known_by() {
        let disposition = request(Some("answers"), &rules()).answer(b"adeu".to_vec());
        let Disposition::Answer { queue, message } = disposition else {
            panic!("an answer");
        };
        assert_eq!(queue, "answers");
        assert_eq!(message.body, b"adeu");
        let properties = message.properties;
        assert_eq!(properties.correlation_id.as_deref(), Some("c"));
        assert_eq!(properties.message_id.as_deref(), Some("m"));
        assert_eq!(properties.reply_to, None);
        assert_eq!(properties.persistence, Persistence::Persistent);
        assert_eq!(properties.headers.integer("warren-sequence"), Some(7));
        assert_eq!(properties.headers.len(), 1);
    }

    #[test]
    fn the_answer_to_a_message_that_was_worked_on_again_says_nothing_of_that() {
        let mut came = delivery("hola", Some("answers"));
        // As it comes from a worker before this one, by way of its publisher.
        came.properties.headers.insert(WORK_HEADER, 5);
        came.properties.headers.insert(PUBLISH_HEADER, 6);
        let first = Request::new(came, Duration::ZERO, &rules());
        let Disposition::Retry { delivery, .. } =
            first.retry(Reason::TemporaryFailure, Duration::from_secs(1))
        else {
            panic!("a retry");
        };
        let second = Request::new(delivery, Duration::ZERO, &rules());
        let Disposition::Answer { message, .. } = second.echo() else {
            panic!("an answer");
        };
        let names: Vec<&str> = message.properties.headers.names().collect();
        assert_eq!(names, ["warren-sequence"]);
    }

    #[test]
    fn the_answer_to_a_dead_letter_that_was_moved_back_says_nothing_of_why_it_was_one() {
        let came = delivery("hola", Some("answers"));
        let message = Message {
            body: came.body.clone(),
            properties: came.properties.clone(),
        };
        let identity = Identity {
            program: "warren-worker",
            pool: "filter".to_owned(),
            worker: "7".to_owned(),
        };
        let mut dead = dead_letter(message, Reason::Signal, Origin::of(&came), &identity);
        for (name, value) in [(EXIT_CODE_HEADER, 1), (SIGNAL_HEADER, 9)] {
            dead.properties.headers.insert(name, value);
        }
        dead.properties.headers.insert(STDERR_HEADER, "no room");
        let moved_back = Delivery {
            properties: dead.properties,
            ..came
        };
        let Disposition::Answer { message, .. } =
            Request::new(moved_back, Duration::ZERO, &rules()).echo()
        else {
            panic!("an answer");
        };
        let names: Vec<&str> = message.properties.headers.names().collect();
        assert_eq!(names, ["warren-sequence"]);
    }

    #[test]
    fn without_reply_to_the_result_goes_to_the_results_queue_if_there_is_one() {
        let mut rules = rules();
        assert_eq!(request(None, &rules).echo(), Disposition::Unwanted);
        assert_eq!(request(Some(""), &rules).echo(), Disposition::Unwanted);
        rules.results_queue = Some("results".to_owned());
        let disposition = request(None, &rules).echo();
        assert!(
            matches!(&disposition, Disposition::Answer { queue, message }
                if queue == "results" && message.body == b"hola"),
            "{disposition:?}"
        );
    }

    #[test]
    fn a_request_that_is_handed_on_is_the_same_request_and_is_kept() {
        let mut came = delivery("hola", Some("answers"));
        came.properties.persistence = Persistence::Transient;
        let request = Request::new(came.clone(), Duration::ZERO, &rules());
        let Disposition::Forward { queue, message } = request.forward("others".to_owned()) else {
            panic!("handed on");
        };
        assert_eq!((queue.as_str(), &message.body), ("others", &came.body));
        came.properties.persistence = Persistence::Persistent;
        assert_eq!(message.properties, came.properties);
    }

    #[test]
    fn what_nobody_may_work_on_is_refused() {
        let rules = rules();
        let refused = |body: &str, reply_to| rules.refuse(&delivery(body, Some(reply_to)));
        assert_eq!(refused("hola", "answers"), None);
        assert_eq!(refused(&"x".repeat(21), "answers"), Some(Reason::TooLarge));
        assert_eq!(refused("hola", "work"), Some(Reason::RepliesToWorkQueue));
    }

    #[test]
    fn a_message_that_is_worked_on_again_knows_how_often_and_where_it_came_from() {
        let rules = rules();
        let first = request(Some("answers"), &rules);
        assert_eq!(first.failed_attempts(), 0);
        let Disposition::Retry { mut delivery, .. } =
            first.retry(Reason::TooLarge, Duration::from_secs(1))
        else {
            panic!("a retry");
        };
        // As the broker delivers the copy, which went by the default exchange.
        delivery.exchange = String::new();
        delivery.routing_key = "work".to_owned();
        let second = Request::new(delivery, Duration::ZERO, &rules);
        assert_eq!(second.failed_attempts(), 1);
        let Disposition::Retry { delivery, .. } =
            second.retry(Reason::TooLarge, Duration::from_secs(1))
        else {
            panic!("a retry");
        };
        assert_eq!(delivery.properties.headers.integer("x-other"), Some(8));
        let expected = Origin {
            exchange: "events".to_owned(),
            routing_key: "key".to_owned(),
        };
        assert_eq!(Origin::of(&delivery), expected);
        assert_eq!(
            Request::new(delivery, Duration::ZERO, &rules).failed_attempts(),
            2
        );
    }
}
