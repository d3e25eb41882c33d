//! One run against a broker: connections that send, a connection that takes the replies, and a loop
//! that monitors them all and knows when it is over.
//!
//! Sending and taking are apart because a broker with an alarm stops reading the one that
//! publishes, and replies must still be acknowledged then. All write into the same stats; none
//! knows of the others.

use super::closed_loop::ClosedLoop;
use super::finished::Finished;
use super::fleet_usage::FleetWatch;
use super::monitor::{DueCount, Monitor, Progress};
use super::offered::Load;
use super::payload::Bodies;
use super::reconnect::Reconnect;
use super::replies::Receiver;
use super::scenario::{Reply, Scenario};
use super::send::queue::{SendQueue, Source};
use super::send::{Sender, State, Template};
use super::stats::Stats;
use super::target::{self, Target};
use crate::report::Confirms;
use crate::report::series::Series;
use broker::{Endpoint, ReplyQueue};
use config::Topology;
use program::Interrupts;
use std::fs::File;
use std::num::NonZeroU16;
use std::sync::Arc;
use std::time::Duration;

/// A reply queue that nobody consumes is removed by the broker after this: longer than an outage
/// that a run is expected to survive, and no longer than a killed run's leftovers should stay.
const REPLY_QUEUE_EXPIRES: Duration = Duration::from_secs(1800);

/// The bodies of unconfirmed messages take no more memory than this, unless a single one does: a
/// line of an input file may be as long as the file.
const WINDOW_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Messages that may be without a confirmation at once, where nothing else is asked: enough to keep
/// a broker busy that takes 50 ms for each at 40,000 a second.
const WINDOW: usize = 2000;

/// How long nothing may happen at the end, and how long a client waits for a reply, where nothing
/// else is asked: longer than a fleet takes that starts from nothing.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a second reply is waited for, where nothing else is asked.
const SECOND_REPLIES: Duration = Duration::from_secs(1);

/// All that a run needs to know.
#[derive(Debug)]
pub struct Plan {
    /// Where RabbitMQ is.
    pub endpoint: Endpoint,
    /// Where messages are published.
    pub exchange: String,
    pub routing_key: String,
    /// The queue that is to take the messages, where it is known: a run does not begin without it.
    pub queue: Option<String>,
    /// What to declare first, if that is wanted.
    pub declare: Option<Topology>,
    /// What is sent, when, and whether replies are wanted.
    pub scenario: Scenario,
    /// What the messages say.
    pub bodies: Bodies,
    /// How many connections publish; the rate is their sum.
    pub connections: NonZeroU16,
    /// Whether the broker's confirmations are asked for.
    pub confirms: Confirms,
    /// How many messages may be without a confirmation at once.
    pub window: usize,
    /// How long nothing may happen, once all messages were due, before the run gives up.
    pub settle: Duration,
    /// How long nothing may happen after every message is answered: a second reply may still come,
    /// and is counted only then.
    pub second_replies: Duration,
    /// How long a client of the closed loop waits for an answer before it goes on without.
    pub reply_timeout: Duration,
    /// How many of the first messages are kept one by one, for [`super::finished::Finished::observations`]; each
    /// takes 72 bytes.
    pub observe: Option<usize>,
    /// Where the time series goes, if it is wanted.
    pub series: Option<Series<File>>,
    /// What the workers use, where a controller says so.
    pub fleet: Option<FleetWatch>,
    /// How the run shows that it goes on.
    pub progress: Progress,
    /// What ends the run before its time.
    pub interrupts: Interrupts,
}

impl Plan {
    /// A run that declares nothing, shows nothing and handles no signal; every field can be set.
    #[must_use]
    pub fn new(
        endpoint: Endpoint,
        exchange: String,
        routing_key: String,
        scenario: Scenario,
        bodies: Bodies,
    ) -> Self {
        Self {
            endpoint,
            exchange,
            routing_key,
            queue: None,
            declare: None,
            scenario,
            bodies,
            connections: NonZeroU16::MIN,
            confirms: Confirms::Awaited,
            window: WINDOW,
            settle: PATIENCE,
            second_replies: SECOND_REPLIES,
            reply_timeout: PATIENCE,
            observe: None,
            series: None,
            fleet: None,
            progress: Progress::none(),
            interrupts: Interrupts::default(),
        }
    }
}

/// The window for messages so long: fewer than asked where their bodies together would be too much.
fn window(asked: usize, longest_bytes: usize) -> usize {
    asked.min(WINDOW_BYTES_MAX / longest_bytes.max(1)).max(1)
}

/// The connections that share a window: no more than have a message each in it.
fn connections(asked: u16, window: usize) -> u16 {
    let connections = u16::try_from(window).map_or(asked, |window| window.min(asked));
    if connections < asked {
        tracing::warn!(
            asked,
            connections,
            "fewer connections publish: no more messages may be without a confirmation at once"
        );
    }
    connections
}

pub async fn run(plan: Plan) -> anyhow::Result<Finished> {
    let id = format!("{:016x}", rand::random::<u64>());
    let reply = plan.scenario.reply;
    let confirms = plan.confirms;
    if matches!(plan.scenario.load, Load::Closed(_))
        && (reply, confirms) == (Reply::None, Confirms::Unwanted)
    {
        anyhow::bail!(
            "clients have nothing to wait for: let messages ask for a reply, or the broker confirm \
             them"
        );
    }
    let target = Target {
        exchange: plan.exchange,
        routing_key: plan.routing_key,
        declare: plan.declare,
        confirms,
    };
    let window = window(plan.window, plan.bodies.longest_bytes());
    let connections = connections(plan.connections.get(), window);
    let name = |what: &str| format!("warren-producer/{id} {what}");
    let sending: Vec<_> = (1..=connections)
        .map(|number| {
            let name = name(&format!("publishes {number}"));
            Reconnect::new(&plan.endpoint, name, target.clone())
        })
        .collect();
    let receiving = match reply {
        Reply::Wanted => {
            let queue = ReplyQueue::new(format!("warren.replies.{id}"), REPLY_QUEUE_EXPIRES);
            Some(Reconnect::new(&plan.endpoint, name("takes replies"), queue))
        }
        Reply::None => None,
    };

    // All connections stand before the clock starts, so that no message begins late.
    let opened = async {
        let mut outlets = Vec::with_capacity(sending.len());
        for connection in &sending {
            outlets.push(connection.first(plan.settle).await?);
        }
        // Only before the first message: a queue that goes later is missed by what is returned.
        if let (Some(queue), Some(outlet)) = (&plan.queue, outlets.first_mut()) {
            target::inspect_queue(&mut outlet.session, queue).await?;
        }
        let inlet = match &receiving {
            Some(connection) => Some(connection.first(plan.settle).await?),
            None => None,
        };
        anyhow::Ok((outlets, inlet))
    };
    let (outlets, inlet) = tokio::select! {
        opened = opened => opened?,
        () = plan.interrupts.stop.cancelled() => anyhow::bail!("interrupted before the first message"),
    };

    let connections = usize::from(connections);
    let (sources, clients) = sources(&plan.scenario.load, connections, plan.reply_timeout);
    let stats = Stats::start(id, reply, confirms)
        .with_clients(clients)
        .observing(plan.observe.unwrap_or(0));
    let stats = Arc::new(stats);
    let template = Arc::new(Template {
        bodies: plan.bodies,
        reply_to: receiving
            .as_ref()
            .map(|connection| connection.purpose.name().to_owned()),
        persistence: plan.scenario.persistence,
        headers: plan.scenario.headers.clone(),
    });
    let senders = sending
        .into_iter()
        .zip(outlets)
        .zip(sources)
        .map(|((connection, outlet), source)| {
            let sender = Sender {
                stats: Arc::clone(&stats),
                connection,
                template: Arc::clone(&template),
                queue: SendQueue::new(source),
                window: window / connections,
                state: State::default(),
            };
            (sender, outlet)
        })
        .collect();
    let receiver = receiving.zip(inlet).map(|(connection, inlet)| {
        let receiver = Receiver {
            stats: Arc::clone(&stats),
            connection,
        };
        (receiver, inlet)
    });
    let monitor = Monitor {
        stats,
        due: DueCount::of(&plan.scenario.load),
        scenario: plan.scenario,
        settle: plan.settle,
        second_replies: plan.second_replies,
        series: plan.series.map(Ok),
        fleet: plan.fleet,
        progress: plan.progress,
        interrupts: plan.interrupts,
    };
    monitor.over(senders, receiver).await
}

/// What each connection sends; and the virtual users behind it, in a closed loop.
fn sources(
    load: &Load,
    connections: usize,
    patience: Duration,
) -> (Vec<Source>, Option<Arc<ClosedLoop>>) {
    match load {
        Load::Open(schedule) => {
            let share = |connection| Source::schedule(schedule, connection, connections);
            ((0..connections).map(share).collect(), None)
        }
        Load::Closed(groups) => {
            let clients = Arc::new(ClosedLoop::new(groups.clone(), connections, patience));
            let share = |connection| Source::Clients {
                closed_loop: Arc::clone(&clients),
                connection,
            };
            ((0..connections).map(share).collect(), Some(clients))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_is_smaller_for_messages_that_are_long() {
        assert_eq!(window(2000, 80), 2000);
        assert_eq!(window(2000, 1024 * 1024), 16);
        assert_eq!(window(2000, 2 * WINDOW_BYTES_MAX), 1);
    }

    #[test]
    fn each_connection_has_room_for_a_message_in_the_window() {
        assert_eq!(connections(64, 2000), 64);
        assert_eq!(connections(64, 100_000), 64);
        // Messages of 8 MiB, of which two are as much as may be held.
        assert_eq!(connections(64, window(2000, 8 * 1024 * 1024)), 2);
        assert_eq!(connections(1, 1), 1);
    }
}
