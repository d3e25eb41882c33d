//! The label values. Each set is closed, so that no input can make series without end, and each
//! is told in full from the start: a counter that appears together with its first count hides that
//! count from `rate()`.

use policy::{Exit, Reason, SampleFailure, WorkerState};

/// Every value of `state`.
pub(super) const STATES: [WorkerState; 3] = [
    WorkerState::Starting,
    WorkerState::Ready,
    WorkerState::Draining,
];

/// Every value of `reason`.
pub(super) const REASONS: [Reason; 9] = [
    Reason::Demand,
    Reason::RateUnknown,
    Reason::NoData,
    Reason::FullHands,
    Reason::Implausible,
    Reason::Stale,
    Reason::Paused,
    Reason::Override,
    Reason::Shutdown,
];

/// Every value of `kind`.
pub(super) const FAILURES: [SampleFailure; 6] = [
    SampleFailure::Unreachable,
    SampleFailure::Timeout,
    SampleFailure::QueueMissing,
    SampleFailure::Refused,
    SampleFailure::NotOwner,
    SampleFailure::Broker,
];

/// Every value of `direction`.
pub(super) const DIRECTIONS: [Direction; 2] = [Direction::Up, Direction::Down];

/// Every value of `outcome`.
pub(super) const OUTCOMES: [&str; 4] = ["ok", "error", "signal", "unseen"];

/// Which way a decision moved the fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// It started workers.
    Up,
    /// It drained workers.
    Down,
}

pub(super) fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Up => "up",
        Direction::Down => "down",
    }
}

pub(super) fn state(state: WorkerState) -> &'static str {
    match state {
        WorkerState::Starting => "starting",
        WorkerState::Ready => "ready",
        WorkerState::Draining => "draining",
    }
}

pub(crate) fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Demand => "demand",
        Reason::RateUnknown => "rate_unknown",
        Reason::NoData => "no_data",
        Reason::FullHands => "full_hands",
        Reason::Implausible => "implausible",
        Reason::Stale => "stale",
        Reason::Paused => "paused",
        Reason::Override => "override",
        Reason::Shutdown => "shutdown",
    }
}

pub(crate) fn failure(failure: SampleFailure) -> &'static str {
    match failure {
        SampleFailure::Unreachable => "unreachable",
        SampleFailure::Timeout => "timeout",
        SampleFailure::QueueMissing => "queue_missing",
        SampleFailure::Refused => "refused",
        SampleFailure::NotOwner => "not_owner",
        SampleFailure::Broker => "broker",
    }
}

pub(super) fn outcome(exit: Exit) -> &'static str {
    match exit {
        Exit::Code(0) => "ok",
        Exit::Code(_) => "error",
        Exit::Signal(_) => "signal",
        Exit::Unseen => "unseen",
    }
}
