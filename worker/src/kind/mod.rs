//! What a worker can be: each kind of work is given a message and says, at once or later, what is to
//! be done about it.
//!
//! A kind knows nothing of queues, acknowledgements or drains: `deliveries` takes care of those, and has
//! as many messages running as the kind's [`Pace`](crate::pace::Pace) allows. What the command
//! line says of a kind stands beside it.

mod burn;
mod exec;
mod filter;
mod ping;
mod sleep;
mod time_args;
mod times;
mod work;

pub use burn::{Burn, BurnArgs};
pub use exec::{Exec, ExecArgs};
pub use filter::{Filter, FilterArgs, LiveList};
pub use ping::{Ping, PingArgs};
pub use sleep::{Sleep, SleepArgs};
pub use time_args::TimeArgs;
pub use times::{Distribution, Times};
pub use work::{DeadLetterNeed, Kind, Work};
