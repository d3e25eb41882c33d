//! What `make middlewares` compares answers right before it is compared: each node in Python, the
//! worker, and both kinds of clients. Redis is only where somebody installed it for the comparison,
//! which looks at every answer itself.

use crate::context::Context;
use crate::suite::Test;
use anyhow::{Result, ensure};
use lab::middlewares::{Call, Case, Middleware, Nodes, Place, Rate, Work, rate_of};
use std::time::Duration;

/// Some hundred calls, and a few on a machine that stalls meanwhile.
const ASKED: Duration = Duration::from_millis(500);

pub(crate) fn tests() -> Vec<Test> {
    vec![
        Test::in_a_vhost(
            "a text is filtered through each middleware",
            async |context| {
                for middleware in [
                    Middleware::XmlRpc,
                    Middleware::Pyro,
                    Middleware::Pika,
                    Middleware::Warren,
                    Middleware::WarrenProducer,
                ] {
                    answers(context, middleware, Call::Filter).await?;
                }
                Ok(())
            },
        ),
        // Warren's insult service declares queues of its own, which go with the virtual host.
        Test::on_the_node(
            "insults are read and changed through each middleware",
            async |context, _| {
                for middleware in [
                    Middleware::XmlRpc,
                    Middleware::Pyro,
                    Middleware::Pika,
                    Middleware::Warren,
                ] {
                    for call in [Call::Random, Call::Change] {
                        answers(context, middleware, call).await?;
                    }
                }
                Ok(())
            },
        ),
        Test::in_a_vhost("a middleware whose node is gone fails its case", gone),
    ]
}

fn place(context: &Context) -> Place<'_> {
    Place {
        guard: &context.suite.guard,
        programs: context.programs,
        vhost: &context.vhost,
        redis: None,
        directory: &context.directory,
        part: &context.part,
    }
}

fn case(middleware: Middleware, call: Call) -> Case {
    Case {
        middleware,
        call,
        work: Work::None,
        nodes: 1,
        clients: 2,
    }
}

async fn answers(context: &Context, middleware: Middleware, call: Call) -> Result<()> {
    let (place, case) = (place(context), case(middleware, call));
    let mut nodes = Nodes::start(&place, case, middleware as usize).await?;
    let rate = rate_of(&place, &nodes, case, ASKED).await?;
    nodes.stop().await?;
    ensure!(
        rate.per_second().is_some_and(|rate| rate > 0.0),
        "{case}: {rate}"
    );
    Ok(())
}

async fn gone(context: &Context) -> Result<()> {
    let (place, case) = (place(context), case(Middleware::XmlRpc, Call::Filter));
    let mut nodes = Nodes::start(&place, case, 0).await?;
    nodes.stop().await?;
    let rate = rate_of(&place, &nodes, case, ASKED).await?;
    ensure!(matches!(rate, Rate::Failed(_)), "{case}: {rate}");
    Ok(())
}
