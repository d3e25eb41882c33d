//! What every program of Warren has, whatever it does: why it ends and with which exit code, its log,
//! its clock and its signals, what a misspelt name was meant to be, tables and bars for people.
//! What a program is for, its flags and its words stay with it, and so does whatever only one needs.

#[cfg(feature = "bars")]
pub mod bars;
#[cfg(feature = "runtime")]
mod clock;
mod failure;
#[cfg(feature = "runtime")]
mod interrupts;
#[cfg(feature = "log")]
pub mod log;
mod names;
mod output;
mod path;
#[cfg(feature = "runtime")]
pub mod runtime;
#[cfg(feature = "runtime")]
mod signals;
mod table;
#[cfg(feature = "runtime")]
mod ticks;

#[cfg(feature = "runtime")]
pub use clock::{Clock, until};
pub use failure::{Failure, exit};
#[cfg(feature = "runtime")]
pub use interrupts::Interrupts;
pub use names::hint;
pub use output::print;
pub use path::{non_empty, path_parser};
#[cfg(feature = "runtime")]
pub use signals::Signals;
pub use table::{Column, Table};
#[cfg(feature = "runtime")]
pub use ticks::ticks;
/// What [`Interrupts`] and whoever waits for them share.
#[cfg(feature = "runtime")]
pub use tokio_util::sync::CancellationToken;
