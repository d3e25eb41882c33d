//! A program's life, on as few threads as it needs, and its end.

use anyhow::Context as _;
use tokio::runtime::Builder;

/// Drives a whole life on one thread, and then waits for nothing more: a look-up of the broker's
/// name that hangs is a thread that nobody can stop, and would hold up the end.
///
/// One thread is enough: what costs time is the broker, which a controller waits for nearly always.
/// A second one costs memory, and there may be fifty workers.
///
/// # Errors
/// When there can be no runtime, or with what the life ended with.
pub fn complete<T>(life: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    run(&mut Builder::new_current_thread(), life)
}

/// The same with two threads beside the caller's: neither of two things that are busy waits for the
/// other.
///
/// # Errors
/// As [`complete`].
pub fn complete_on_two_threads<T>(
    life: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    run(Builder::new_multi_thread().worker_threads(2), life)
}

/// The same on one thread, for a life with calls that block: each has a thread of its own while it
/// lasts, so many at most.
///
/// # Errors
/// As [`complete`].
pub fn complete_with_threads<T>(
    blocking_threads_max: usize,
    life: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    let mut builder = Builder::new_current_thread();
    run(builder.max_blocking_threads(blocking_threads_max), life)
}

fn run<T>(
    builder: &mut Builder,
    life: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    let runtime = builder
        .enable_all()
        .build()
        .context("can't start the runtime")?;
    let outcome = runtime.block_on(life);
    runtime.shutdown_background();
    outcome
}

#[cfg(test)]
mod tests {
    use super::{complete, complete_on_two_threads};

    #[test]
    fn the_end_waits_for_no_thread_that_hangs() {
        let life = async || {
            tokio::task::spawn_blocking(|| {
                loop {
                    std::thread::park();
                }
            });
            Ok(7)
        };

        assert_eq!(complete(life()).unwrap(), 7);
        assert_eq!(complete_on_two_threads(life()).unwrap(), 7);
    }
}
