//! `burn`: uses a processor for each message, as computing does.
//!
//! Time is measured as the processor time of the thread that burns it: preempted for a second, it
//! burns as much as if it had not been, and says so.

use super::time_args::TimeArgs;
use super::times::Times;
use super::work::{Kind, Work, worked};
use crate::request::Request;
use crate::settings::WorkerArgs;
use clap::Args;
use nix::time::{ClockId, clock_gettime};
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const EXAMPLE: &str = "\
The time is that of the processor: a worker that gets half of one takes twice as long.
Without --prefetch, as many messages are held as are worked on.

Example, on two processors, times like those of real requests:
  warren-worker burn --for 50ms --distribution lognormal:0.5 --concurrency 2

In config.toml:
  [pool.fleet]
  command = [\"warren-worker\", \"burn\", \"--for\", \"50ms\"]";

/// `burn`. What is not given comes from the pool in the configuration.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLE)]
pub struct BurnArgs {
    /// How long each message takes.
    #[command(flatten)]
    pub time: TimeArgs,
    /// What every kind of work is told.
    #[command(flatten)]
    pub worker: WorkerArgs,
}

/// Rounds of arithmetic between two looks at the clock: about 1 µs on a machine of today, so that a
/// look (0.2 µs) is a small part of what is burnt, and what is burnt too much smaller still.
const ROUNDS: u32 = 500;

/// Work that is all computing.
#[derive(Debug)]
pub struct Burn {
    times: Times,
}

impl Burn {
    /// Burns as long as is drawn from these.
    #[must_use]
    pub fn new(times: Times) -> Self {
        Self { times }
    }
}

impl Kind for Burn {
    fn work(&mut self, request: Request) -> Work {
        let time = self.times.draw();
        Work::Later(Box::pin(async move {
            let order = Order::default();
            let flag = Arc::clone(&order.0);
            let burning = tokio::task::spawn_blocking(move || burn(time, &flag)).await;
            // It panics for no message, and is not cancelled while somebody waits for it.
            let burnt = burning.unwrap_or_default();
            worked(request.echo(), burnt)
        }))
    }
}

/// Ends the burning when the work on its message is dropped: a thread can't be.
#[derive(Debug, Default)]
struct Order(Arc<AtomicBool>);

impl Drop for Order {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Uses so much processor time, and says how much it was.
fn burn(time: Duration, stop: &AtomicBool) -> Duration {
    let begin = processor_time();
    let mut number = 1_u64;
    loop {
        let burnt = processor_time().saturating_sub(begin);
        if burnt >= time || stop.load(Ordering::Relaxed) {
            return burnt;
        }
        for _ in 0..ROUNDS {
            number = black_box(
                number
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1),
            );
        }
    }
}

/// What this thread has used so far.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID);
    Duration::from(time.expect("every thread has a clock of its processor time"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_burnt_is_processor_time() {
        let before = processor_time();
        let burnt = burn(Duration::from_millis(20), &AtomicBool::new(false));
        let used = processor_time() - before;
        assert!(burnt >= Duration::from_millis(20), "{burnt:?}");
        assert!(used >= burnt, "{used:?} for {burnt:?}");
    }

    #[test]
    fn burning_ends_when_it_is_told_to() {
        let burnt = burn(Duration::from_secs(3600), &AtomicBool::new(true));
        assert!(burnt < Duration::from_secs(1), "{burnt:?}");
    }
}
