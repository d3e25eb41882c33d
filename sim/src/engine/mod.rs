//! A queue, its workers and its traffic in virtual time: a heap of what will happen, and one stream
//! of randomness for each purpose.
//!
//! [`World`] is what happens; a [`Driver`] is who decides. `run.rs` turns the one with the other.

mod agenda;
mod fleet;
mod floor;
mod meter;
mod peak;
mod platform;
mod queue;
mod random;
mod sight;
mod steps;
mod worker;
mod world;

pub(crate) use agenda::{Alarm, Happening};
pub(crate) use fleet::Counts;
pub(crate) use floor::Floor;
pub(crate) use peak::StaticPeak;
pub(crate) use platform::Platform;
pub(crate) use random::{Purpose, fraction, stream};
pub(crate) use worker::{Life, Worker};
pub(crate) use world::{Killed, Notice, Wishes, World};

use policy::Decision;
use std::time::Duration;

/// Who decides how many workers there are.
pub(crate) trait Driver {
    /// What it wants of its world.
    fn wishes(&self) -> Wishes;

    fn on_begin(&mut self, world: &mut World<'_>);

    /// A time has come that it wanted to be woken at.
    fn on_alarm(&mut self, alarm: Alarm, world: &mut World<'_>);

    /// Something happened to its workers.
    fn on_notice(&mut self, notice: Notice, world: &mut World<'_>);

    /// Workers wanted now.
    fn desired(&self) -> u32;

    /// What it must keep to.
    fn bounds(&self) -> Bounds;

    /// What it decided, in order, as far as it keeps that.
    fn take_decisions(&mut self) -> Vec<Decision> {
        Vec::new()
    }

    /// What the last look led to, where it showed nothing.
    fn take_no_data(&mut self) -> Option<NoData> {
        None
    }
}

/// What a driver must keep to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// Never more starting and ready workers than this.
    pub(crate) max: u32,
    /// Never more processes alive than this, where there is such a bound.
    pub(crate) max_processes: Option<u32>,
    /// From the order to stop until a worker is killed.
    pub(crate) grace: Duration,
}

/// What a look that failed led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoData {
    pub(crate) desired_before: u32,
    pub(crate) desired_after: u32,
    pub(crate) drained: u32,
}
