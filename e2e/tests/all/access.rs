//! Who the broker lets in, and to what: logins, rights and certificates, against a real RabbitMQ.

use crate::context::Context;
use crate::sessions::{declared, endpoint, pool, publish, refused, remove, topology_of};
use crate::suite::Test;
use anyhow::{Result, ensure};
use broker::{CountQueue, ErrorKind, Holder, Outcome, OwnerQueue, Session, topology};
use config::{Declare, QueueType, Topology};
use std::num::NonZeroU16;
use testbed::node::{Node, Permissions};

pub(crate) fn tests() -> Vec<Test> {
    vec![
        Test::on_the_node("access::a_refused_login_says_which_of_three", refused_login),
        Test::on_the_node(
            "access::the_documented_rights_are_enough",
            documented_rights,
        ),
        Test::on_the_node(
            "access::a_queue_that_could_not_be_bound_is_bound_the_next_time",
            refused_binding,
        ),
        Test::on_the_node("access::tls_trusts_the_named_authority", tls),
    ]
}

async fn refused_login(context: &Context, node: &Node) -> Result<()> {
    let user = format!("{}-user", context.part);
    node.management().create_user(&user, "right").await?;
    let cases = [
        (
            node.url_as(&user, "wrong", &context.part),
            ErrorKind::WrongPassword,
            "wrong user or",
        ),
        (
            node.url_as(&user, "right", "no-such"),
            ErrorKind::NoVirtualHost,
            "'no-such'",
        ),
        (
            node.url_as(&user, "right", &context.part),
            ErrorKind::NoPermission,
            "set_permissions",
        ),
        (
            "amqp://127.0.0.1:1".to_owned(),
            ErrorKind::Unreachable,
            "refused",
        ),
    ];
    for (url, kind, part) in cases {
        let result = Session::open(&endpoint(&url, None)?, "warren-e2e").await;
        refused(result, kind, part)?;
    }
    Ok(())
}

/// The line of docs/adopting.md.
async fn documented_rights(context: &Context, node: &Node) -> Result<()> {
    let (host, user) = (context.part.as_str(), format!("{}-user", context.part));
    let mut admin = context.session().await?;
    let mut topology = declared(&mut admin, context).await?;
    topology.declare = Declare::Never;
    topology.dead_letter_exchange = None;
    node.management().create_user(&user, "right").await?;
    node.management()
        .permit(host, &user, Permissions::NONE)
        .await?;
    let endpoint = endpoint(&node.url_as(&user, "right", host), None)?;
    let mut session = Session::open(&endpoint, "warren-e2e").await?;
    topology::ensure(&mut session, &topology).await?;
    let count = CountQueue::bind(&mut session, &pool(context)?, &topology).await;
    refused(
        count,
        ErrorKind::NoPermission,
        "lacks the configure right on queue 'warren.count.",
    )?;
    let read = format!(
        r"^(warren\.(count|owner)\..*|{})$",
        topology.exchange.replace('.', r"\.")
    );
    let rights = Permissions {
        configure: r"^warren\.(count|owner)\.",
        write: r"^(warren\.(count|owner)\..*|amq\.default)$",
        read: &read,
    };
    node.management().permit(host, &user, rights).await?;
    // The broker remembers for a while what a channel may do.
    let mut session = Session::open(&endpoint, "warren-e2e").await?;
    topology::ensure(&mut session, &topology).await?;
    let owner = OwnerQueue::hold(&mut session, &pool(context)?).await?;
    let holder = Holder {
        host: "here".to_owned(),
        pid: 1,
        since: "now".to_owned(),
    };
    owner.announce(&endpoint, &holder).await?;
    ensure!(OwnerQueue::holder(&mut session, &pool(context)?).await? == Some(holder));
    let count = CountQueue::bind(&mut session, &pool(context)?, &topology).await?;
    count.wakeup(&mut session).await?.give_back().await?;
    count.purge(&mut session).await?;
    count.delete(&mut session).await?;
    let consume = session.consume(&topology.work_queue, NonZeroU16::MIN).await;
    let part = format!("lacks the read right on queue '{}'", topology.work_queue);
    refused(consume, ErrorKind::NoPermission, &part)?;
    Ok(())
}

/// A queue that is found is not bound again, and what is published past an unbound one is gone.
async fn refused_binding(context: &Context, node: &Node) -> Result<()> {
    let (host, user) = (context.part.as_str(), format!("{}-no-reader", context.part));
    node.management().create_user(&user, "right").await?;
    let no_reader = Permissions {
        read: "^$",
        ..Permissions::ALL
    };
    node.management().permit(host, &user, no_reader).await?;
    let endpoint = endpoint(&node.url_as(&user, "right", host), None)?;
    let topology = topology_of(context, Declare::Missing);
    let without_dead_letters = Topology {
        dead_letter_exchange: None,
        queue_type: QueueType::Quorum,
        ..topology.clone()
    };
    let mut session = Session::open(&endpoint, "warren-e2e").await?;
    for refused_one in [&topology, &without_dead_letters] {
        let dead = refused_one.dead_letter_exchange.as_ref();
        let exchange = dead.unwrap_or(&topology.exchange);
        for _ in 0..2 {
            let part = format!("lacks the read right on exchange '{exchange}'");
            refused(
                topology::ensure(&mut session, refused_one).await,
                ErrorKind::NoPermission,
                &part,
            )?;
        }
    }
    let mut admin = context.session().await?;
    topology::ensure(&mut admin, &topology).await?;
    let mut publisher = admin.publisher().await?;
    ensure!(publish(&mut publisher, &topology.exchange, "").await? == Outcome::Confirmed);
    ensure!(admin.queue_status(&topology.work_queue).await?.ready == 1);
    remove(&mut admin, &topology).await
}

async fn tls(context: &Context, node: &Node) -> Result<()> {
    let url = node.tls_url(&context.part);
    let named = endpoint(&url, Some(node.ca_file()))?;
    let mut session = Session::open(&named, "warren-e2e").await?;
    refused(
        session.queue_status("missing").await,
        ErrorKind::NotFound,
        "missing",
    )?;
    session.close().await;
    let another_name = url.replace("localhost", "127.0.0.1");
    let plain_port = node.url(&context.part).replace("amqp://", "amqps://");
    let cases = [
        (url.as_str(), None, "broker.ca_file"),
        (another_name.as_str(), Some(node.ca_file()), "host name"),
        (
            plain_port.as_str(),
            Some(node.ca_file()),
            "does not speak TLS",
        ),
    ];
    for (url, ca_file, part) in cases {
        let result = Session::open(&endpoint(url, ca_file)?, "warren-e2e").await;
        refused(result, ErrorKind::Tls, part)?;
    }
    let tls_port = url.replace("amqps://", "amqp://");
    let result = Session::open(&endpoint(&tls_port, None)?, "warren-e2e").await;
    refused(result, ErrorKind::Unreachable, "can't reach")?;
    Ok(())
}
