//! Rates over time: how many messages enter per second, how many have entered by an instant, at
//! which instant the next one is due, and the CSV file of a recorded rate. What is sent, by whom and
//! to which broker is left to the programs, and so is the clock: nothing here waits.
//!
//! All of it is exact. A rate is a whole number of billionths of a message per second, an instant one
//! of nanoseconds, and the integral is kept in their product, so that 285 messages per second for 82
//! seconds are 23,370 messages, and no error adds up however long the traffic is.

#![warn(missing_docs)]

mod curve;
mod due;
mod instants;
mod integral;
mod phase;
mod pieces;
mod process;
mod rate;
mod recording;
mod rng;
mod schedule;
mod series;
mod sine;
mod walk;

pub use due::Due;
pub use instants::Instants;
pub use phase::{Holding, Phase};
pub use process::ArrivalProcess;
pub use rate::{Rate, RateError};
pub use recording::{Playback, RecordingError};
pub use schedule::Schedule;
pub use series::{DURATION_MAX, POINTS_MAX, Point, RateSeries, SeriesError};
pub use walk::Walk;
