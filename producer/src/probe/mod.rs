//! Finds out from outside what an unknown fleet can do: by sending it messages, and by looking at
//! its answers and its queue.
//!
//! What is done (`step`), what follows from it (`estimate`, `service`, `saturation`, `growth`), in
//! which order (`procedure`), and the result (`findings`, `advice`) know neither a clock nor a
//! broker, and are tested against fleets in virtual time whose truth is known. `live` carries the
//! steps out.

pub mod advice;
pub mod estimate;
pub mod evidence;
pub mod findings;
pub mod growth;
pub mod live;
pub mod procedure;
pub mod question;
pub mod record;
pub mod round_trip;
pub mod row;
pub mod saturation;
pub mod service;
pub mod step;
mod student;
mod text;

#[cfg(test)]
mod simulated;
#[cfg(test)]
mod tests;

use anyhow::bail;
use broker::{ErrorKind, QueueStatus};
use findings::Findings;
use live::{Done, Target};
use procedure::{Known, Limits, Procedure};
use question::Question;
use row::Row;

/// Is told how far a probe is.
pub trait Audience {
    /// A step begins; so much of the time is spent.
    fn begins(&mut self, question: Question, spent_share: f64);
    fn ended(&mut self, row: &Row);
}

/// Samples the queue before the first message. It must have consumers and, unless `busy` accepts
/// that, no waiting messages.
pub async fn look_first(target: &Target, busy: Busy) -> anyhow::Result<QueueStatus> {
    let queue = &target.work_queue;
    let status = match target.look().await {
        Err(error) if is_not_found(&error) => {
            return Err(error.context(format!(
                "there is no queue '{queue}' to probe: start its workers under warren-controller, \
                 which declares it, or name the queue that they consume with --queue"
            )));
        }
        looked => looked?,
    };
    if status.consumers == 0 {
        bail!(
            "queue '{queue}' has no consumers, so there is no fleet to probe: start workers (under \
             warren-controller with min = max, so that their number stays the same) and try again"
        );
    }
    if status.ready > 0 && busy == Busy::Refused {
        bail!(
            "{} messages wait in queue '{queue}': they would be in the way of the probe and it in \
             theirs; try again when the queue is empty, or with --force",
            status.ready
        );
    }
    Ok(status)
}

fn is_not_found(error: &anyhow::Error) -> bool {
    let kind = error.downcast_ref().map(broker::Error::kind);
    kind == Some(ErrorKind::NotFound)
}

/// Whether a queue may be probed in which messages wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Busy {
    Refused,
    /// It may, by its user's will.
    Accepted,
}

/// Probes a fleet. `None` where its user ended the probe before its time.
pub async fn probe(
    target: &Target,
    known: Known,
    limits: Limits,
    audience: &mut impl Audience,
) -> anyhow::Result<Option<(Findings, Vec<Row>)>> {
    let mut procedure = Procedure::new(limits, known);
    let mut rows = Vec::new();
    while let Some(step) = procedure.next() {
        let question = procedure.question();
        audience.begins(question, procedure.spent_share());
        let (observed, unknown_answers) = match target.carry_out(step).await? {
            Done::Observed {
                observed,
                unknown_answers,
            } => (observed, unknown_answers),
            Done::Interrupted => return Ok(None),
        };
        if question == Question::First && observed.responses().next().is_none() {
            return Err(no_answer(target, unknown_answers).await?);
        }
        let row = Row::of(question, step, &observed);
        audience.ended(&row);
        rows.push(row);
        procedure.learn(step, &observed);
    }
    let (known, evidence) = procedure.evidence();
    Ok(Some((Findings::of(*known, evidence), rows)))
}

/// Why the first message was not answered, as far as that can be seen.
async fn no_answer(target: &Target, unknown_answers: u64) -> anyhow::Result<anyhow::Error> {
    let QueueStatus { ready, consumers } = target.look().await?;
    let queue = &target.work_queue;
    let within = humantime::format_duration(target.patience);
    let why = if unknown_answers > 0 {
        "an answer came without the message's correlation_id; the probe needs workers that copy it"
            .to_owned()
    } else if ready > 0 {
        format!(
            "none of the {consumers} consumers took it, and it is still there: they may be busy or \
             hang; a longer --patience waits for them"
        )
    } else {
        "the queue is empty, so a consumer took it or it went elsewhere: the probe needs workers that \
         answer to reply_to, and a route from the exchange to that queue"
            .to_owned()
    };
    Ok(anyhow::anyhow!(
        "the first message to queue '{queue}' was not answered within {within}: {why}"
    ))
}
