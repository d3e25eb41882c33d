//! The exchanges and queues that Warren uses: looked at first, declared only where they are missing
//! and may be.
//!
//! What exists is used as it is: RabbitMQ does not tell its arguments, so nothing is compared, and
//! nothing needs a right that only declaring needs. The count queue and the owner queue have files
//! of their own.

use crate::error::{Error, ErrorKind, Operation};
use crate::message::{long, short};
use crate::session::Session;
use config::{Declare, QueueType, Topology};
use lapin::ExchangeKind;
use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::FieldTable;

/// What was found, and what was done about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The exchange by which messages enter.
    pub exchange: Found,
    /// The queue that workers consume.
    pub work_queue: Found,
    /// Where messages go that can't be processed; `None` where none is configured.
    pub dead_letter_exchange: Option<Found>,
}

/// How a queue or an exchange was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// It was there, and is used as it is.
    Existing,
    /// It was missing, and has been declared.
    Declared,
    /// It is missing, and may not be declared. Only a dead-letter exchange is reported so: nothing
    /// works without the others.
    Missing,
}

/// Makes sure that a pool's work queue and exchanges are there, and that the queue is bound where
/// either was declared here.
pub async fn ensure(session: &mut Session, topology: &Topology) -> Result<Report, Error> {
    let dead_letter_exchange = match &topology.dead_letter_exchange {
        Some(exchange) => Some(ensure_dead_letters(session, exchange, topology.declare).await?),
        None => None,
    };
    // The queue before the exchange: whoever is interrupted in between finds the exchange missing
    // the next time, and then binds. The other way round the queue would be there, unbound, and
    // what is published would be gone.
    let work_queue = match session.queue_status(&topology.work_queue).await {
        Ok(_) => Found::Existing,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            may_declare(topology.declare, error)?;
            let arguments = work_queue_arguments(topology);
            declare_durable_queue(session, &topology.work_queue, arguments).await?;
            Found::Declared
        }
        Err(error) => return Err(error),
    };
    // The default exchange is always there, and its bindings are the names of the queues.
    if topology.exchange.is_empty() {
        return Ok(Report {
            exchange: Found::Existing,
            work_queue,
            dead_letter_exchange,
        });
    }
    let exchange = match inspect_exchange(session, &topology.exchange).await {
        Ok(()) => Found::Existing,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            may_declare(topology.declare, error)?;
            declare_fanout(session, &topology.exchange).await?;
            Found::Declared
        }
        Err(error) => return Err(error),
    };
    if work_queue == Found::Declared || exchange == Found::Declared {
        for key in &topology.routing_keys {
            let bound = bind(session, &topology.work_queue, &topology.exchange, key).await;
            if let Err(error) = bound {
                let queue = (work_queue == Found::Declared).then_some(&*topology.work_queue);
                let exchange = (exchange == Found::Declared).then_some(&*topology.exchange);
                take_back(session, queue, exchange).await;
                return Err(error);
            }
        }
    }
    Ok(Report {
        exchange,
        work_queue,
        dead_letter_exchange,
    })
}

/// Deletes what has just been declared and could not be bound, so that the next attempt starts over:
/// it would find both, bind neither, and messages would be confirmed and gone. The queue goes first,
/// and its bindings with it.
async fn take_back(session: &mut Session, queue: Option<&str>, exchange: Option<&str>) {
    let deleted = async {
        if let Some(queue) = queue {
            // Asked beforehand: quorum queues take no conditions with the deletion.
            let status = session.queue_status(queue).await?;
            if status.ready == 0 && status.consumers == 0 {
                session.delete_queue(queue).await?;
            }
        }
        if let Some(exchange) = exchange {
            session.delete_unused_exchange(exchange).await?;
        }
        Ok::<(), Error>(())
    };
    if let Err(error) = deleted.await {
        tracing::warn!(
            queue,
            exchange,
            %error,
            "what was declared is not bound and could not be deleted; bind it, or delete it"
        );
    }
}

/// Makes sure that the queue for results is there; declares it durable where it is missing.
pub async fn ensure_results_queue(session: &mut Session, queue: &str) -> Result<Found, Error> {
    match session.queue_status(queue).await {
        Ok(_) => Ok(Found::Existing),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            declare_durable_queue(session, queue, FieldTable::default()).await?;
            Ok(Found::Declared)
        }
        Err(error) => Err(error),
    }
}

/// Makes sure that a fanout exchange is there; declares it durable where it is missing.
pub async fn ensure_fanout(session: &mut Session, exchange: &str) -> Result<Found, Error> {
    match inspect_exchange(session, exchange).await {
        Ok(()) => Ok(Found::Existing),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            declare_fanout(session, exchange).await?;
            Ok(Found::Declared)
        }
        Err(error) => Err(error),
    }
}

/// An exchange without a queue forgets what it is given, so a declared one gets a queue of the same
/// name.
async fn ensure_dead_letters(
    session: &mut Session,
    exchange: &str,
    declare: Declare,
) -> Result<Found, Error> {
    match inspect_exchange(session, exchange).await {
        Ok(()) => Ok(Found::Existing),
        Err(error) if error.kind() == ErrorKind::NotFound => match declare {
            Declare::Never => Ok(Found::Missing),
            Declare::Missing => {
                declare_durable_queue(session, exchange, FieldTable::default()).await?;
                declare_fanout(session, exchange).await?;
                if let Err(error) = bind(session, exchange, exchange, "").await {
                    take_back(session, None, Some(exchange)).await;
                    return Err(error);
                }
                Ok(Found::Declared)
            }
        },
        Err(error) => Err(error),
    }
}

fn may_declare(declare: Declare, missing: Error) -> Result<(), Error> {
    match declare {
        Declare::Missing => Ok(()),
        Declare::Never => Err(Error::new(
            ErrorKind::NotFound,
            format!("{missing}; declare it, or let Warren do so with declare = \"missing\""),
        )),
    }
}

fn work_queue_arguments(topology: &Topology) -> FieldTable {
    let mut arguments = FieldTable::default();
    if let Some(exchange) = &topology.dead_letter_exchange {
        arguments.insert("x-dead-letter-exchange".into(), long(exchange));
    }
    match topology.queue_type {
        QueueType::Classic => arguments.insert("x-queue-type".into(), long("classic")),
        QueueType::Quorum => arguments
            .insert("x-queue-type".into(), long("quorum"))
            .insert(
                "x-delivery-limit".into(),
                i64::from(topology.delivery_limit).into(),
            ),
    };
    arguments
}

/// Looks for an exchange without changing it; of kind `NotFound` where it is missing.
pub async fn inspect_exchange(session: &mut Session, exchange: &str) -> Result<(), Error> {
    let operation = Operation::InspectExchange(exchange.to_owned());
    let options = ExchangeDeclareOptions {
        passive: true,
        ..ExchangeDeclareOptions::default()
    };
    declare_exchange(session, exchange, options, &operation).await
}

async fn declare_fanout(session: &mut Session, exchange: &str) -> Result<(), Error> {
    let operation = Operation::DeclareExchange(exchange.to_owned());
    let options = ExchangeDeclareOptions {
        durable: true,
        ..ExchangeDeclareOptions::default()
    };
    declare_exchange(session, exchange, options, &operation).await
}

async fn declare_exchange(
    session: &mut Session,
    exchange: &str,
    options: ExchangeDeclareOptions,
    operation: &Operation,
) -> Result<(), Error> {
    let name = short(exchange, "exchange name")?;
    let channel = session.channel().await?;
    let declare =
        channel.exchange_declare(name, ExchangeKind::Fanout, options, FieldTable::default());
    session.context().call(operation, declare).await
}

async fn declare_durable_queue(
    session: &mut Session,
    queue: &str,
    arguments: FieldTable,
) -> Result<(), Error> {
    let options = QueueDeclareOptions {
        durable: true,
        ..QueueDeclareOptions::default()
    };
    declare_queue(session, queue, options, arguments).await
}

pub(crate) async fn declare_queue(
    session: &mut Session,
    queue: &str,
    options: QueueDeclareOptions,
    arguments: FieldTable,
) -> Result<(), Error> {
    let name = short(queue, "queue name")?;
    let channel = session.channel().await?;
    let declare = channel.queue_declare(name, options, arguments);
    session
        .context()
        .call(&Operation::DeclareQueue(queue.to_owned()), declare)
        .await?;
    Ok(())
}

pub(crate) async fn bind(
    session: &mut Session,
    queue: &str,
    exchange: &str,
    routing_key: &str,
) -> Result<(), Error> {
    let operation = Operation::Bind {
        queue: queue.to_owned(),
        exchange: exchange.to_owned(),
    };
    let channel = session.channel().await?;
    let call = channel.queue_bind(
        short(queue, "queue name")?,
        short(exchange, "exchange name")?,
        short(routing_key, "routing key")?,
        QueueBindOptions::default(),
        FieldTable::default(),
    );
    session.context().call(&operation, call).await
}
