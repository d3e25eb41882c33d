//! What the policy does, told as stories with a hand-moved clock, and what it never does.

#![cfg(test)]

mod balance;
mod crashes;
mod data;
mod dead_band;
mod deadline;
mod explain;
mod host;
mod invariants;
mod journal;
mod law;
mod life;
mod limits;
mod orders;
mod polling;
mod queue;
mod readiness;
mod saturation;
mod schedule;
mod start_up;
mod storms;
mod story;
mod turns;
mod victims;
mod worker_rate;
mod world;
