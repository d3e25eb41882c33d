//! How many workers a RabbitMQ queue needs, and which to start or stop.
//!
//! This crate is the whole of Warren's judgement and none of its hands.
//! [`Pool::handle`] takes what happened and when, and answers with what to do; nothing here reads a
//! clock, does I/O, awaits, or draws a random number, and `clippy.toml` beside this crate refuses
//! the calls that would.
//! Wall-clock time and random fractions arrive inside events, so the same events always give the
//! same actions: the daemon and the simulator run this very code.

#![warn(missing_docs)]

mod action;
mod balance;
mod bounds;
mod ceiling;
mod closed_set;
mod count;
mod crashes;
mod dead_band;
mod decide;
mod decision;
mod event;
mod exact_seconds;
mod explain;
mod hold;
mod host;
pub mod journal;
mod limited;
mod limits;
mod no_data;
mod plan;
mod polling;
mod pool;
mod quantity;
mod readiness;
mod roster;
mod saturation;
mod schedule;
mod seconds;
mod settings;
mod situation;
mod start_up;
mod strategy;
mod traffic;
mod useful;
mod victims;
mod view;
mod worker;
mod worker_rate;

pub use action::{Action, Polling};
pub use decision::{Decision, Limit, LimitName, Observation, RateSource, Reason, WorkerRateSource};
pub use event::{
    Activity, Arrivals, Event, Exit, FailedAction, HostUsage, LocalTime, Override, Sample,
    SampleFailure, Shutdown, WorkerStatus,
};
pub use explain::integer;
pub use pool::Pool;
pub use quantity::{Capacity, Fraction, Headroom, InvalidQuantity, Rate, WorkerId};
pub use settings::{
    Backlog, DeadBand, FastInterval, Floor, HostLimits, Limits, MinuteOfDay, Settings, Step,
    Strategy, Weekday, WorkerRate,
};
pub use view::{Health, PoolMode, Saturated, View, WorkerState, WorkerView};
