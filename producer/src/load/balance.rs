//! From what was measured to the report of a run.

use crate::load::offered::Load;
use crate::load::scenario::Scenario;
use crate::load::stats::Totals;
use crate::report::{FleetSummary, Report, SCHEMA};
use std::time::Duration;

/// What the report says beside the totals.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// Names the run in message ids.
    pub run: String,
    /// When it started, as RFC 3339.
    pub started_at: String,
    /// From start to report.
    pub duration: Duration,
    /// How many messages were due when sending ended.
    pub due: u64,
    /// How sending ended.
    pub ending: Ending,
    /// What the workers used, where a controller knows.
    pub fleet: Option<FleetSummary>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Finished,
    /// By its user, before its time.
    Interrupted,
}

/// Closes the accounts of a run.
#[must_use]
pub fn report(scenario: &Scenario, totals: &Totals, facts: Facts) -> Report {
    let counts = totals.accounts.counts();
    let load = &scenario.load;
    let asked_seconds = load.duration().as_secs_f64();
    let messages = load.messages();
    // A schedule that was kept ends with silence as often as with a message, so the rate
    // reached is over the schedule's time, or over what it took beyond that.
    let sent_seconds = match facts.ending {
        Ending::Finished => asked_seconds.max(totals.last_sent.as_secs_f64()),
        Ending::Interrupted => totals.last_sent.as_secs_f64(),
    };
    Report {
        schema: SCHEMA,
        scenario: scenario.name.clone(),
        run: facts.run,
        seed: scenario.seed,
        started_at: facts.started_at,
        duration_seconds: facts.duration.as_secs_f64(),
        interrupted: facts.ending == Ending::Interrupted,
        messages,
        due: facts.due,
        sent: counts.sent,
        confirms: totals.accounts.confirms(),
        confirmed: counts.confirmed,
        replied: counts.replied,
        lost: totals.accounts.unreplied(),
        duplicated: counts.duplicated,
        late: totals.late,
        returned: counts.returned,
        refused: counts.refused,
        timed_out: counts.timed_out,
        cut_off: counts.cut_off,
        resent: counts.resent,
        unsent: facts.due.saturating_sub(counts.sent),
        unconfirmed: totals.accounts.unconfirmed(),
        ignored_replies: totals.ignored,
        redelivered_replies: totals.redelivered,
        outages: totals.outages,
        blocked_count: totals.blocks.count(),
        blocked_seconds: totals.blocks.total(facts.duration).as_secs_f64(),
        rate_asked: rate_asked(load),
        rate_reached: per_second(counts.sent, sent_seconds),
        wait_seconds: totals.waits.percentiles(),
        schedule_lag_seconds: totals.lag.percentiles(),
        confirm_seconds: totals.confirm_latency.percentiles(),
        workers: facts.fleet,
        failed_conditions: Vec::new(),
    }
}

/// The mean rate that a load asks for. A flood asks for none, and clients ask for none: neither says
/// in which time its messages are to be sent.
fn rate_asked(load: &Load) -> Option<f64> {
    match load {
        Load::Open(schedule) if !schedule.has_flood() => {
            per_second(schedule.messages(), schedule.duration().as_secs_f64())
        }
        Load::Open(_) | Load::Closed(_) => None,
    }
}

/// A rate, where there was any time.
fn per_second(count: u64, seconds: f64) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    (seconds > 0.0).then(|| count as f64 / seconds)
}
