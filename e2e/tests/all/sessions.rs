//! The broker crate against a real RabbitMQ: what its users take for granted.

use crate::context::{Context, SOON};
use crate::suite::Test;
use anyhow::{Context as _, Result, bail, ensure};
use broker::{
    Blocked, CountQueue, Endpoint, Error, ErrorKind, Holder, Mandatory, Message, Multiple, Outcome,
    OwnerQueue, Publisher, Session, topology,
};
use config::{Config, Declare, Environment, PoolName, QueueType, Topology};
use std::collections::BTreeSet;
use std::future::{Future, poll_fn};
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::pin::pin;
use testbed::node::{MemoryAlarm, Node};
use testbed::poll::until;
use tokio::task::coop;
use tokio::time::timeout;

pub(crate) fn tests() -> Vec<Test> {
    vec![
        Test::in_a_vhost(
            "sessions::a_missing_queue_leaves_the_session_usable",
            missing_queue,
        ),
        Test::in_a_vhost("sessions::the_topology_is_declared_once", declared_once),
        Test::in_a_vhost("sessions::every_arrival_is_counted", arrivals),
        Test::in_a_vhost("sessions::a_return_belongs_to_its_own_message", returns),
        Test::in_a_vhost(
            "sessions::a_busy_task_lets_others_run_and_sees_all_that_is_settled",
            busy,
        ),
        Test::in_a_vhost(
            "sessions::a_cancelled_consumer_gives_out_what_it_has",
            cancelled,
        ),
        Test::in_a_vhost("sessions::a_deleted_queue_ends_its_consumer", deleted_queue),
        Test::in_a_vhost("sessions::a_second_owner_learns_who_is_first", owners),
        Test::on_the_node("sessions::a_closed_connection_says_why", closed_connection),
        Test::alone("sessions::an_alarm_blocks_only_what_publishes", alarm),
    ]
}

async fn missing_queue(context: &Context) -> Result<()> {
    let mut session = context.session().await?;
    let queue = context.vhost.name("missing");
    for _ in 0..2 {
        refused(
            session.queue_status(&queue).await,
            ErrorKind::NotFound,
            &queue,
        )?;
    }
    topology::ensure_results_queue(&mut session, &queue).await?;
    ensure!(session.queue_status(&queue).await?.ready == 0);
    session.delete_queue(&queue).await?;
    session.close().await;
    Ok(())
}

async fn declared_once(context: &Context) -> Result<()> {
    use topology::Found::{Declared, Existing};
    let mut session = context.session().await?;
    for queue_type in [QueueType::Classic, QueueType::Quorum] {
        let mut wanted = topology_of(context, Declare::Never);
        wanted.queue_type = queue_type;
        let missing = topology::ensure(&mut session, &wanted).await;
        refused(missing, ErrorKind::NotFound, "declare = \"missing\"")?;
        wanted.declare = Declare::Missing;
        for found in [Declared, Existing] {
            let report = topology::ensure(&mut session, &wanted).await?;
            ensure!(
                report.exchange == found && report.work_queue == found,
                "{report:?}"
            );
            ensure!(report.dead_letter_exchange == Some(found), "{report:?}");
        }
        let mut publisher = session.publisher().await?;
        ensure!(publish(&mut publisher, &wanted.exchange, "").await? == Outcome::Confirmed);
        ensure!(session.queue_status(&wanted.work_queue).await?.ready == 1);
        remove(&mut session, &wanted).await?;
    }
    session.close().await;
    Ok(())
}

async fn arrivals(context: &Context) -> Result<()> {
    let mut session = context.session().await?;
    let topology = declared(&mut session, context).await?;
    let count = CountQueue::bind(&mut session, &pool(context)?, &topology).await?;
    let mut publishing = context.session().await?;
    let mut publisher = publishing.publisher().await?;
    for _ in 0..10_000 {
        publisher
            .publish(
                (),
                &topology.exchange,
                "",
                Message::default(),
                Mandatory::Yes,
            )
            .await?;
    }
    while let Some(((), outcome)) = publisher.outcome().await {
        ensure!(outcome? == Outcome::Confirmed);
    }
    let purged = count.purge(&mut session).await?;
    ensure!(purged.messages == 10_000 && !purged.at_bound, "{purged:?}");
    ensure!(count.purge(&mut session).await?.messages == 0);
    ensure!(session.queue_status(&topology.work_queue).await?.ready == 10_000);
    let name = count.name().to_owned();
    count.delete(&mut session).await?;
    refused(
        session.queue_status(&name).await,
        ErrorKind::NotFound,
        &name,
    )?;
    remove(&mut session, &topology).await?;
    Ok(())
}

/// The library gives a returned message to any of the confirmations that complete together.
async fn returns(context: &Context) -> Result<()> {
    let mut session = context.session().await?;
    let there = context.vhost.name("there");
    topology::ensure_results_queue(&mut session, &there).await?;
    let mut publisher = session.publisher().await?;
    for number in 0..3000_u32 {
        let (key, routable) = match number * 7919 % 10 {
            0..3 => ("nowhere", false),
            _ => (there.as_str(), true),
        };
        publisher
            .publish(
                (number, routable),
                "",
                key,
                Message::default(),
                Mandatory::Yes,
            )
            .await?;
    }
    let mut told = BTreeSet::new();
    while let Some(((number, routable), outcome)) = publisher.outcome().await {
        told.insert(number);
        match outcome? {
            Outcome::Confirmed if routable => {}
            Outcome::Returned { reason } if !routable => {
                ensure!(
                    reason.contains("NO_ROUTE") && reason.contains("nowhere"),
                    "{reason}"
                );
            }
            outcome => bail!("message {number}, routable: {routable}, was {outcome:?}"),
        }
    }
    ensure!(told.len() == 3000, "{} outcomes", told.len());
    ensure!(session.queue_status(&there).await?.ready == 2100);
    session.delete_queue(&there).await?;
    Ok(())
}

async fn busy(context: &Context) -> Result<()> {
    // Fewer than may be unconfirmed: publishing them waits for nothing.
    const MESSAGES: u16 = 4000;
    // What tokio lets a task do before it has to give way.
    const BUDGET: u16 = 128;
    let mut session = context.session().await?;
    let queue = context.vhost.name("busy");
    topology::ensure_results_queue(&mut session, &queue).await?;
    let mut publisher = session.publisher().await?;
    let publish_all = async {
        for number in 0..MESSAGES {
            publisher
                .publish(number, "", &queue, Message::default(), Mandatory::Yes)
                .await?;
        }
        Ok(())
    };
    ensure!(yields(publish_all).await? > 0, "publishing lets nobody run");
    until("the messages to be there", SOON, async || {
        Ok(session.queue_status(&queue).await?.ready == u64::from(MESSAGES))
    })
    .await?;
    let (mut known, mut at_once) = (0, 0);
    until("all to be settled", SOON, async || {
        while coop::has_budget_remaining() {
            coop::consume_budget().await;
        }
        let before = known;
        while publisher.known_outcome().is_some() {
            known += 1;
        }
        at_once = at_once.max(known - before);
        Ok(known == MESSAGES)
    })
    .await?;
    ensure!(at_once > BUDGET, "{at_once} outcomes were seen at once");

    let mut consumer = session
        .consume(&queue, NonZeroU16::new(MESSAGES).context("zero")?)
        .await?;
    until("the messages to be sent ahead", SOON, async || {
        Ok(session.queue_status(&queue).await?.ready == 0)
    })
    .await?;
    let take_all = async {
        for _ in 0..MESSAGES {
            consumer.next().await.context("no message")??;
        }
        Ok(())
    };
    ensure!(yields(take_all).await? > 0, "consuming lets nobody run");
    session.delete_queue(&queue).await?;
    Ok(())
}

/// How often a future gave way to others before it was done.
async fn yields(future: impl Future<Output = Result<()>>) -> Result<u32> {
    let mut future = pin!(future);
    let mut times = 0;
    poll_fn(|context| {
        let poll = future.as_mut().poll(context);
        times += u32::from(poll.is_pending());
        poll
    })
    .await?;
    Ok(times)
}

async fn cancelled(context: &Context) -> Result<()> {
    let mut session = context.session().await?;
    let queue = filled(&mut session, context, 30).await?;
    let mut consumer = session
        .consume(&queue, NonZeroU16::new(10).context("zero")?)
        .await?;
    let acknowledger = consumer.acknowledger();
    let first = consumer.next().await.context("no message")??;
    ensure!(first.tag == 1 && !first.redelivered, "{first:?}");
    // An acknowledgement of something else behind it: ten were sent ahead for sure.
    ensure!(session.queue_status(&queue).await?.consumers == 1);
    consumer.cancel().await?;
    let mut last = first.tag;
    while let Some(delivery) = consumer.next().await {
        last = delivery?.tag;
    }
    ensure!(last == 10, "{last} of the 10 messages sent ahead came out");
    ensure!(consumer.next().await.is_none());
    acknowledger.ack(last - 1, Multiple::UpTo)?;
    acknowledger.requeue(last)?;
    session.close().await;
    let mut session = context.session().await?;
    ensure!(session.queue_status(&queue).await?.ready == 21);
    session.delete_queue(&queue).await?;
    Ok(())
}

async fn deleted_queue(context: &Context) -> Result<()> {
    let mut session = context.session().await?;
    let queue = filled(&mut session, context, 0).await?;
    let mut consumer = session.consume(&queue, NonZeroU16::MIN).await?;
    context.session().await?.delete_queue(&queue).await?;
    let end = soon("the consumer's end", consumer.next()).await?;
    refused(
        end.context("a cancelled consumer")?,
        ErrorKind::NotFound,
        &queue,
    )?;
    ensure!(consumer.next().await.is_none());
    Ok(())
}

async fn owners(context: &Context) -> Result<()> {
    let pool = &pool(context)?;
    let (mut first, mut second) = (context.session().await?, context.session().await?);
    let owner = OwnerQueue::hold(&mut first, pool).await?;
    OwnerQueue::hold(&mut first, pool).await?;
    refused(
        OwnerQueue::hold(&mut second, pool).await,
        ErrorKind::Locked,
        "warren.owner",
    )?;
    ensure!(OwnerQueue::holder(&mut second, pool).await?.is_none());
    for pid in [7, 8] {
        let holder = Holder {
            host: "here".to_owned(),
            pid,
            since: "now".to_owned(),
        };
        owner.announce(&context.vhost.endpoint()?, &holder).await?;
        for _ in 0..2 {
            ensure!(OwnerQueue::holder(&mut second, pool).await?.as_ref() == Some(&holder));
        }
    }
    first.close().await;
    OwnerQueue::hold(&mut second, pool).await?;
    second
        .delete_queue(&OwnerQueue::note_name(pool.as_str()))
        .await?;
    Ok(())
}

async fn closed_connection(context: &Context, node: &Node) -> Result<()> {
    let mut session = context.session().await?;
    let queue = filled(&mut session, context, 0).await?;
    let mut consumer = session.consume(&queue, NonZeroU16::MIN).await?;
    let mut publisher = session.publisher().await?;
    node.control(&[
        "close_all_connections",
        "--vhost",
        &context.part,
        "closed by a test",
    ])
    .await?;
    let reason = soon("the session's end", session.closed()).await?;
    refused::<()>(Err(reason), ErrorKind::Closed, "closed by a test")?;
    let end = soon("the consumer's end", consumer.next()).await?;
    refused(
        end.context("a cancelled consumer")?,
        ErrorKind::Closed,
        "closed",
    )?;
    refused(
        publish(&mut publisher, "", &queue).await,
        ErrorKind::Closed,
        "closed",
    )?;
    refused(
        session.queue_status(&queue).await,
        ErrorKind::Closed,
        "closed",
    )?;
    context.session().await?.delete_queue(&queue).await?;
    Ok(())
}

async fn alarm(context: &Context, node: &mut Node) -> Result<()> {
    let mut consuming = context.session().await?;
    let queue = filled(&mut consuming, context, 2).await?;
    // It has published, so a session of its own consumes.
    let mut consuming = context.session().await?;
    let mut consumer = consuming.consume(&queue, NonZeroU16::MIN).await?;
    let mut publishing = context.session().await?;
    let mut publisher = publishing.publisher().await?;
    let mut blocked = publishing.blocked();
    node.set_memory_alarm(MemoryAlarm::On).await?;
    // The first publish is what the broker blocks the connection for; it still takes that one.
    let publish = async |publisher: &mut Publisher| {
        publisher
            .publish((), "", &queue, Message::default(), Mandatory::Yes)
            .await
    };
    publish(&mut publisher).await?;
    let block = blocked.wait_for(|blocked| *blocked != Blocked::No);
    soon("the block", block).await??;
    publish(&mut publisher).await?;
    let look = publishing.queue_status(&queue).await;
    refused(look, ErrorKind::Blocked, "list_alarms")?;
    let delivery = consumer.next().await.context("no message")??;
    consumer.acknowledger().ack(delivery.tag, Multiple::One)?;
    let next = soon("the message after the acknowledgement", consumer.next()).await?;
    next.context("no message")??;
    ensure!(consuming.queue_status(&queue).await?.ready == 1);
    node.set_memory_alarm(MemoryAlarm::Off).await?;
    let release = blocked.wait_for(|blocked| *blocked == Blocked::No);
    soon("the end of the block", release).await??;
    for _ in 0..2 {
        let outcome = soon("the confirmation", publisher.outcome()).await?;
        ensure!(outcome.context("an outcome")?.1? == Outcome::Confirmed);
    }
    ensure!(consuming.queue_status(&queue).await?.ready == 2);
    consuming.delete_queue(&queue).await?;
    Ok(())
}

pub(crate) async fn publish(
    publisher: &mut Publisher,
    exchange: &str,
    key: &str,
) -> Result<Outcome, Error> {
    publisher
        .publish_one(exchange, key, Message::default(), Mandatory::Yes)
        .await
}

/// A durable queue with so many messages.
async fn filled(session: &mut Session, context: &Context, messages: u32) -> Result<String> {
    let queue = context.vhost.name("filled");
    topology::ensure_results_queue(session, &queue).await?;
    let mut publisher = session.publisher().await?;
    for _ in 0..messages {
        ensure!(publish(&mut publisher, "", &queue).await? == Outcome::Confirmed);
    }
    Ok(queue)
}

pub(crate) fn topology_of(context: &Context, declare: Declare) -> Topology {
    Topology {
        arrivals: config::ArrivalsFrom::CountQueue,
        exchange: context.vhost.name("events"),
        routing_keys: vec![String::new()],
        work_queue: context.vhost.name("work"),
        declare,
        queue_type: QueueType::Classic,
        dead_letter_exchange: Some(context.vhost.name("dead")),
        delivery_limit: 5,
    }
}

pub(crate) async fn declared(session: &mut Session, context: &Context) -> Result<Topology> {
    let topology = topology_of(context, Declare::Missing);
    topology::ensure(session, &topology).await?;
    Ok(topology)
}

pub(crate) async fn remove(session: &mut Session, topology: &Topology) -> Result<()> {
    session.delete_queue(&topology.work_queue).await?;
    session.delete_exchange(&topology.exchange).await?;
    if let Some(exchange) = &topology.dead_letter_exchange {
        session.delete_queue(exchange).await?;
        session.delete_exchange(exchange).await?;
    }
    Ok(())
}

/// A pool of this vhost; nothing but a configuration makes the name of one.
pub(crate) fn pool(context: &Context) -> Result<PoolName> {
    let file = context.config(vec![context.pool("filter", "")])?;
    let pools = Config::load(&file, &Environment::default())?.config.pools;
    Ok(pools.into_iter().next().context("a pool")?.name)
}

pub(crate) fn endpoint(url: &str, ca_file: Option<PathBuf>) -> Result<Endpoint> {
    let url = url.parse().context("read the broker's URL")?;
    Ok(Endpoint::new(&config::Broker { url, ca_file }))
}

async fn soon<T>(what: &str, future: impl Future<Output = T>) -> Result<T> {
    timeout(SOON, future)
        .await
        .with_context(|| format!("{what} did not come within {SOON:?}"))
}

pub(crate) fn refused<T>(result: Result<T, Error>, kind: ErrorKind, part: &str) -> Result<()> {
    let Err(error) = result else {
        bail!("expected {kind:?}, but it worked")
    };
    ensure!(
        error.kind() == kind,
        "expected {kind:?}, not {:?}: {error}",
        error.kind()
    );
    ensure!(error.to_string().contains(part), "no {part:?} in: {error}");
    Ok(())
}
