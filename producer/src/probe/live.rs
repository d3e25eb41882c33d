//! A real fleet: each step is a run of the producer, while another connection samples the queue.

use super::step::{Exchange, Look, MESSAGES_MAX, Observed, Step};
use crate::load::finished::Finished;
use crate::load::offered::{Load, Until, VirtualUsers};
use crate::load::payload::{Bodies, Payload};
use crate::load::run::{self, Plan};
use crate::load::scenario::{Cleanup, Reply, Scenario};
use anyhow::Context as _;
use broker::{Endpoint, Headers, Persistence, QueueStatus, Session};
use program::Interrupts;
use std::path::Path;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use traffic::{Phase, Schedule};

/// Looks at the queue in one step at most: a look is a few bytes, and a long step is looked at
/// less often.
const LOOKS_MAX: u32 = 1000;

/// Between two looks: a look costs the broker a seventh of a millisecond.
const LOOK_EVERY_MIN: Duration = Duration::from_millis(20);

/// How often a step is looked at whose length depends on the fleet.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How long nothing may happen after a step's last answer. A probe counts no second replies, but
/// a worker acknowledges after its answer, and the next step is to find it idle.
const BETWEEN_STEPS: Duration = Duration::from_millis(50);

/// Where the fleet is, and what it is sent.
#[derive(Debug)]
pub struct Target {
    /// Where RabbitMQ is.
    pub endpoint: Endpoint,
    /// Where messages are published.
    pub exchange: String,
    pub routing_key: String,
    /// The queue that the fleet consumes.
    pub work_queue: String,
    /// What is the same of every step; each has a load of its own.
    pub scenario: Scenario,
    /// What the messages say.
    pub bodies: Bodies,
    /// How long an answer may take.
    pub patience: Duration,
    /// What ends the probe before its time.
    pub interrupts: Interrupts,
}

/// What came of a step.
#[derive(Debug)]
pub enum Done {
    /// It went to its end.
    Observed {
        observed: Observed,
        /// Answers that named no message of the step.
        unknown_answers: u64,
    },
    Interrupted,
}

impl Target {
    /// Looks at the queue once.
    pub async fn look(&self) -> anyhow::Result<QueueStatus> {
        let mut session = self.session().await?;
        let status = session.queue_status(&self.work_queue).await?;
        session.close().await;
        Ok(status)
    }

    /// Does it, and waits for what was sent to be answered.
    pub async fn carry_out(&self, step: Step) -> anyhow::Result<Done> {
        if self.interrupts.stop.is_cancelled() {
            return Ok(Done::Interrupted);
        }
        let began = Instant::now();
        let every = match step.duration() {
            Some(duration) => (duration / LOOKS_MAX).max(LOOK_EVERY_MIN),
            None => LOOK_EVERY,
        };
        let over = CancellationToken::new();
        let session = self.session().await?;
        let looking = look_on(session, self.work_queue.clone(), every, over.clone());
        let looking = tokio::spawn(looking);
        let ran = run::run(self.plan(step)).await;
        over.cancel();
        let looks = looking.await.context("looking at the queue ended early")?;
        // A step that was cut short before its first message has come to nothing.
        if ran.is_err() && self.interrupts.stop.is_cancelled() {
            return Ok(Done::Interrupted);
        }
        let Finished {
            report,
            clock,
            observations,
            ..
        } = ran?;
        if report.interrupted {
            return Ok(Done::Interrupted);
        }
        let exchanges = observations.into_iter().map(|message| Exchange {
            sent: message.sent,
            replied: message.replied,
        });
        // Looks at what was before the step say nothing of it.
        let start = clock.instant(Duration::ZERO);
        let looks = looks?.into_iter().filter_map(|(at, status)| {
            Some(Look {
                at: at.checked_duration_since(start)?,
                ready: status.ready,
                consumers: status.consumers,
            })
        });
        Ok(Done::Observed {
            observed: Observed {
                exchanges: exchanges.collect(),
                looks: looks.collect(),
                took: began.elapsed(),
            },
            unknown_answers: report.ignored_replies,
        })
    }

    async fn session(&self) -> anyhow::Result<Session> {
        Ok(Session::open(&self.endpoint, "warren-producer probe looks").await?)
    }

    fn plan(&self, step: Step) -> Plan {
        let scenario = Scenario {
            load: load(step),
            ..self.scenario.clone()
        };
        Plan {
            settle: self.patience,
            reply_timeout: self.patience,
            second_replies: BETWEEN_STEPS,
            interrupts: self.interrupts.clone(),
            // The rate of clients is not known before, so there is room for more than is planned.
            observe: Some(2 * MESSAGES_MAX as usize),
            ..Plan::new(
                self.endpoint.clone(),
                self.exchange.clone(),
                self.routing_key.clone(),
                scenario,
                self.bodies.clone(),
            )
        }
    }
}

/// What a probe sends: the lines of a file, or sentences that come with the program.
#[must_use]
pub fn scenario(input: Option<&Path>) -> Scenario {
    Scenario {
        name: "probe".to_owned(),
        about: String::new(),
        seed: 1,
        reply: Reply::Wanted,
        payload: input.map_or(Payload::BuiltIn, |path| Payload::Lines(path.to_owned())),
        persistence: Persistence::Persistent,
        headers: Headers::default(),
        load: Load::Closed(Vec::new()),
        cleanup: Cleanup::default(),
    }
}

fn load(step: Step) -> Load {
    match step {
        Step::Groups { size: 1, repeats } => Load::Closed(vec![VirtualUsers {
            clients: 1,
            until: Until::Requests(repeats.into()),
        }]),
        Step::Groups { size, repeats } => {
            let group = VirtualUsers {
                clients: size,
                until: Until::Requests(size.into()),
            };
            Load::Closed(vec![group; repeats as usize])
        }
        Step::Clients { clients, duration } => Load::Closed(vec![VirtualUsers {
            clients,
            until: Until::Duration(duration),
        }]),
        Step::Steady { rate, duration } => {
            Load::Open(Schedule::new(vec![Phase::Constant { rate, duration }]))
        }
    }
}

/// Looks at a queue until it is over.
async fn look_on(
    mut session: Session,
    queue: String,
    every: Duration,
    over: CancellationToken,
) -> anyhow::Result<Vec<(Instant, QueueStatus)>> {
    let mut looks = Vec::new();
    let mut tick = program::ticks(every);
    while over.run_until_cancelled(tick.tick()).await.is_some() {
        let asked = Instant::now();
        let status = session.queue_status(&queue).await?;
        // What was seen is what was so about in the middle of asking.
        let at = asked + asked.elapsed() / 2;
        if looks.len() < LOOKS_MAX as usize {
            looks.push((at, status));
        }
    }
    session.close().await;
    Ok(looks)
}
