//! One request and its answer.

use super::print::{self, Form};
use crate::answer::Answer;
use crate::request::Request;
use crate::service::Service;
use anyhow::{Context, bail};
use broker::{
    Consumer, Endpoint, ErrorKind, FollowerQueue, Mandatory, Message, Multiple, Outcome,
    Persistence, Properties, Session,
};
use std::num::{NonZeroU16, NonZeroU32};
use std::time::Duration;

/// What RabbitMQ shows for the connection.
const CONNECTION: &str = "warren-insults client";

/// A write that is carried out twice is answered twice.
const ANSWERS_MAX: NonZeroU32 = NonZeroU32::new(8).expect("8 is not zero");

/// What is known of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// It may have been taken, and it may not.
    Nothing,
    /// The broker has confirmed it.
    Taken,
}

pub(super) async fn ask(
    endpoint: &Endpoint,
    service: &Service,
    request: &Request,
    timeout: Duration,
    form: Form,
) -> anyhow::Result<()> {
    let mut session = Session::open(endpoint, CONNECTION).await?;
    let mut known = Known::Nothing;
    let exchange = exchange(&mut session, service, request, &mut known);
    let asked = tokio::time::timeout(timeout, exchange).await;
    let answer = match asked {
        Ok(answer) => answer,
        Err(_) => Err(nobody(&mut session, service, request, known, timeout).await),
    };
    session.close().await;
    print::answer(&answer?, form)
}

async fn exchange(
    session: &mut Session,
    service: &Service,
    request: &Request,
    known: &mut Known,
) -> anyhow::Result<Answer> {
    let answers = FollowerQueue::declare(session, &service.followers(), ANSWERS_MAX).await?;
    let mut consumer = session.consume(answers.name(), NonZeroU16::MIN).await?;
    let message = Message {
        body: request.to_bytes(),
        properties: Properties {
            reply_to: Some(answers.name().to_owned()),
            correlation_id: Some(answers.name().to_owned()),
            content_type: Some("application/json".to_owned()),
            persistence: Persistence::Persistent,
            ..Properties::default()
        },
    };
    let mut publisher = session.publisher().await?;
    let queue = service.requests();
    let publish = publisher.publish_one("", queue, message, Mandatory::Yes);
    match publish.await? {
        Outcome::Confirmed => *known = Known::Taken,
        Outcome::Returned { .. } => bail!(
            "no queue '{queue}' takes requests; start a node with `warren-insults serve`, or name \
             its queue with --service"
        ),
        Outcome::Refused => bail!("queue '{queue}' is full; try again later"),
    }
    answer(&mut consumer).await
}

async fn answer(consumer: &mut Consumer) -> anyhow::Result<Answer> {
    let delivery = consumer.next().await.context("the consumer ended")??;
    consumer.acknowledger().ack(delivery.tag, Multiple::One)?;
    serde_json::from_slice(&delivery.body).context("the answer is none of the insult service's")
}

/// Why there is no answer, as far as the queue of requests shows it.
async fn nobody(
    session: &mut Session,
    service: &Service,
    request: &Request,
    known: Known,
    timeout: Duration,
) -> anyhow::Error {
    let queue = service.requests();
    let within = humantime::format_duration(timeout);
    let why = match session.queue_status(queue).await {
        Ok(status) if status.consumers == 0 => {
            "nobody consumes it; start a node with `warren-insults serve`".to_owned()
        }
        Ok(status) => format!(
            "it has {} consumers and {} waiting requests; look at the nodes' logs, or give it more \
             time with --timeout",
            status.consumers, status.ready
        ),
        Err(error) if error.kind() == ErrorKind::NotFound => "it is gone".to_owned(),
        Err(error) => error.to_string(),
    };
    let then = then(request, known);
    anyhow::anyhow!("no node answered on queue '{queue}' within {within}: {why}{then}")
}

/// What becomes of a request that was not answered.
fn then(request: &Request, known: Known) -> &'static str {
    match (request, known) {
        (Request::Read(_), _) => "",
        (Request::Write(_), Known::Taken) => {
            " (the request stays in the queue, and is carried out later)"
        }
        (Request::Write(_), Known::Nothing) => {
            " (it is not known whether the request was taken; to ask again does no harm)"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{Read, Write};

    #[test]
    fn only_a_write_that_the_broker_has_confirmed_is_promised_to_be_carried_out() {
        let write = Request::Write(Write::BroadcastStart);
        assert!(then(&write, Known::Taken).contains("is carried out later"));
        assert!(then(&write, Known::Nothing).contains("not known whether"));
        assert_eq!(then(&Request::Read(Read::List), Known::Taken), "");
    }
}
