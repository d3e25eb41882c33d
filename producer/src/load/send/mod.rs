//! Sends one connection's share of the messages, over a connection that is opened again whenever it
//! breaks. How they are handed over is a matter of `confirmed` and `unconfirmed`.

mod confirmed;
pub(super) mod queue;
mod unconfirmed;

use super::payload::Bodies;
use super::reconnect::{self, Reconnect};
use super::stats::Stats;
use super::target::{Outlet, Publishes, Target};
use super::turn::Turn;
use broker::{
    ANSWER_WITHIN, Backoff, Blocked, Error, Headers, Message, Persistence, Properties, Session,
};
use program::until;
use queue::SendQueue;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How often the sender looks for room that no answer of the broker can make.
const ROOM_CHECK: Duration = Duration::from_millis(10);

/// A connection that lasted so long was a good one, and is opened again without a pause.
const LASTING: Duration = Duration::from_secs(2);

/// Why sending over one connection ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    #[error(transparent)]
    Ended(#[from] Error),
    #[error("the broker has answered nothing for {} s", ANSWER_WITHIN.as_secs())]
    Unanswered,
}

/// What is the same about all messages of a run.
#[derive(Debug)]
pub(super) struct Template {
    pub(super) bodies: Bodies,
    pub(super) reply_to: Option<String>,
    pub(super) persistence: Persistence,
    /// What the scenario says beside each body.
    pub(super) headers: Headers,
}

/// Sends one connection's share of a run's messages.
#[derive(Debug)]
pub(super) struct Sender {
    pub(super) stats: Arc<Stats>,
    pub(super) connection: Reconnect<Target>,
    pub(super) template: Arc<Template>,
    pub(super) queue: SendQueue,
    /// Messages that the broker may owe an answer for.
    pub(super) window: usize,
    pub(super) state: State,
}

/// What has become of a connection so far.
#[derive(Debug, Default)]
pub(super) struct State {
    /// Whether the broker has ever taken a message, so that what it says now may pass.
    pub(super) proven: bool,
    /// Messages on it that the broker owes no confirmation for and has not shown to have read.
    pub(super) unread: u64,
    blocked: bool,
}

/// What a sender does next.
pub(super) enum Step {
    /// Sends the message of this number, which was due then.
    Send(u64, Duration),
    /// Waits until then, or until something happens.
    Wait(Option<Instant>),
    End,
}

/// Sends over all connections, until everything is sent and answered by the broker, or until `stop`
/// and what was sent by then is answered. Only what can't heal before a connection's first answer is
/// an error.
pub(super) async fn send_all(
    senders: Vec<(Sender, Outlet)>,
    stop: CancellationToken,
) -> Result<(), Error> {
    let mut tasks = JoinSet::new();
    for (sender, outlet) in senders {
        tasks.spawn(sender.run(outlet, stop.clone()));
    }
    // The first error ends the others, with the set.
    while let Some(ended) = tasks.join_next().await {
        match ended {
            Ok(sent) => sent?,
            Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
        }
    }
    Ok(())
}

impl Sender {
    async fn run(mut self, mut outlet: Outlet, stop: CancellationToken) -> Result<(), Error> {
        let mut backoff = Backoff::default();
        loop {
            let opened = Instant::now();
            let Outlet { session, publisher } = &mut outlet;
            let sent = match publisher {
                Publishes::Confirmed(publisher) => {
                    self.send_confirmed(session, publisher, &stop).await
                }
                Publishes::Unconfirmed(publisher) => {
                    self.send_unconfirmed(session, publisher, &stop).await
                }
            };
            let Err(broken) = sent else {
                outlet.session.close().await;
                return Ok(());
            };
            drop(outlet);
            self.on_blocked(&Blocked::No);
            match broken {
                Broken::Ended(error)
                    if !self.state.proven && !reconnect::may_pass(error.kind()) =>
                {
                    return Err(error);
                }
                broken => tracing::warn!(%broken, "a connection that publishes broke"),
            }
            self.stats.totals().outages += 1;

            // A target that takes connections and refuses messages must not be hammered.
            match opened.elapsed() > LASTING {
                true => backoff.reset(),
                false => tokio::time::sleep(backoff.next()).await,
            }
            outlet = self.connection.again().await;
        }
    }

    /// What to do now, when `unanswered` messages wait for an answer of the broker. What is to be
    /// sent has been counted when this returns.
    pub(super) fn step(&mut self, unanswered: usize, stop: &CancellationToken) -> Step {
        let now = self.stats.clock.now();
        self.stats.give_up(now);
        let room = unanswered < self.window && !self.state.blocked && !self.stats.is_full();
        loop {
            let turn = match (stop.is_cancelled(), room) {
                (true, _) => Turn::Over,
                (false, true) => self.queue.take(now),
                (false, false) => self.queue.peek(now),
            };
            return match turn {
                Turn::Over if unanswered == 0 => Step::End,
                Turn::Over | Turn::Idle => Step::Wait(None),
                Turn::Wait(until) => Step::Wait(Some(self.stats.clock.instant(until))),
                Turn::Again(_) | Turn::First(_) if !room => {
                    Step::Wait(Some(Instant::now() + ROOM_CHECK))
                }
                Turn::Again(sequence) => {
                    let due = self.stats.totals().accounts.sent_again(sequence);
                    match due {
                        Some(due) => Step::Send(sequence, due),
                        // Its reply came in the meantime.
                        None => continue,
                    }
                }
                Turn::First(due) => {
                    let sequence = self.stats.sent(due, now);
                    self.queue.sent(sequence, now);
                    Step::Send(sequence, due)
                }
            };
        }
    }

    /// Waits for whatever but an answer of the broker may change what is to be done, and no longer
    /// than until that answer is overdue.
    async fn woken(
        &mut self,
        session: &Session,
        blocked: &mut watch::Receiver<Blocked>,
        answer_due: Option<Instant>,
        stop: &CancellationToken,
        wake: Option<Instant>,
    ) -> Result<(), Broken> {
        tokio::select! {
            Ok(()) = blocked.changed() => {
                let state = blocked.borrow_and_update().clone();
                self.on_blocked(&state);
            }
            error = session.closed() => return Err(error.into()),
            () = until(answer_due) => return Err(Broken::Unanswered),
            () = stop.cancelled(), if !stop.is_cancelled() => {}
            () = self.queue.freed() => {}
            () = until(wake) => {}
        }
        Ok(())
    }

    /// A message as it is published.
    pub(super) fn message(&self, sequence: u64, due: Duration) -> Message {
        let id = format!("{}-{sequence}", self.stats.id);
        let mut headers = self.template.headers.clone();
        headers.insert(
            "warren-sequence",
            i64::try_from(sequence).unwrap_or(i64::MAX),
        );
        let due_microseconds = i64::try_from(due.as_micros()).unwrap_or(i64::MAX);
        headers.insert("warren-due-microseconds", due_microseconds);
        Message {
            body: self.template.bodies.body(sequence).into_owned(),
            properties: Properties {
                reply_to: self.template.reply_to.clone(),
                correlation_id: Some(id.clone()),
                message_id: Some(id),
                content_type: Some(self.template.bodies.content_type().to_owned()),
                persistence: self.template.persistence,
                headers,
                ..Properties::default()
            },
        }
    }

    /// The broker gave a message back, or refused it. Each is counted; the first one is told.
    pub(super) fn on_returned(&self, sequence: u64, reason: &str) {
        if self.stats.returned(sequence) {
            tracing::warn!(
                reason,
                "the broker returns messages: no queue is bound for them; start \
                 warren-controller, which binds the work queue, or run again with --declare"
            );
        }
    }

    /// The broker refused a message.
    pub(super) fn on_refused(&self, sequence: u64) {
        if self.stats.refused(sequence) {
            tracing::warn!("the broker refuses messages: a queue is full, or can't be written");
        }
    }

    /// Whether the broker reads what this connection sends, from now on.
    pub(super) fn on_blocked(&mut self, blocked: &Blocked) {
        let now = self.stats.clock.now();
        match (self.state.blocked, blocked) {
            (false, Blocked::Yes(reason)) => {
                self.state.blocked = true;
                if self.stats.totals().blocks.begin(now) {
                    tracing::warn!(
                        reason,
                        "the broker has an alarm and reads nothing; messages wait and will be late"
                    );
                }
            }
            (true, Blocked::No) => {
                self.state.blocked = false;
                let lasted = self.stats.totals().blocks.end(now);
                if let Some(lasted) = lasted {
                    tracing::info!(seconds = lasted.as_secs_f64(), "the broker reads again");
                }
            }
            (true, Blocked::Yes(_)) | (false, Blocked::No) => {}
        }
    }
}
