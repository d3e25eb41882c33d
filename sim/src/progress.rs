//! Shows on stderr that runs take a while: an estimate where they take more than a minute, and a bar
//! where somebody watches. Short runs show nothing.

use crate::comparison::Advance;
use indicatif::ProgressBar;
use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// The first second of the runs says how long all of them take.
const MEASURED: Duration = Duration::from_secs(1);

/// Whoever waits longer than this is told beforehand.
const PATIENCE: Duration = Duration::from_secs(60);

/// Does runs, which tell how far they are, and shows it.
pub(crate) fn shown<T>(runs: impl FnOnce(&mut dyn FnMut(Advance)) -> T) -> T {
    let mut progress = Progress::start();
    let outcome = runs(&mut |advance| progress.show(advance));
    progress.finish();
    outcome
}

/// How runs show that they go on.
#[derive(Debug)]
struct Progress {
    begin: Instant,
    display: Display,
}

#[derive(Debug)]
enum Display {
    /// Nobody knows yet how long it takes.
    Measuring,
    Bar(ProgressBar),
    /// Soon over, or nobody watches.
    Nothing,
}

impl Progress {
    fn start() -> Self {
        Self {
            begin: Instant::now(),
            display: Display::Measuring,
        }
    }

    /// Shows how far the runs are, if there is something to show.
    fn show(&mut self, advance: Advance) {
        if let Display::Measuring = self.display {
            let elapsed = self.begin.elapsed();
            if elapsed >= MEASURED {
                self.display = display(advance, estimate(advance, elapsed));
            }
        }
        if let Display::Bar(bar) = &self.display {
            bar.set_position(advance.done);
        }
    }

    /// Takes the bar away.
    fn finish(&self) {
        if let Display::Bar(bar) = &self.display {
            bar.finish_and_clear();
        }
    }
}

/// How long all of it takes, going on like this; `None` where nothing is done yet.
fn estimate(advance: Advance, elapsed: Duration) -> Option<Duration> {
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let done = advance.done as f64 / advance.total.max(1) as f64;
    Duration::try_from_secs_f64(elapsed.as_secs_f64() / done).ok()
}

fn display(advance: Advance, estimate: Option<Duration>) -> Display {
    match estimate {
        Some(estimate) if estimate < PATIENCE => return Display::Nothing,
        _ => {}
    }
    let estimate = estimate.map_or_else(|| "more than an hour".to_owned(), about);
    // Where stderr is closed or full, the result still comes.
    drop(writeln!(std::io::stderr(), "this takes {estimate}"));
    if !std::io::stderr().is_terminal() {
        return Display::Nothing;
    }
    Display::Bar(program::bars::bar(
        advance.total,
        "{elapsed_precise} [{bar:30}] {percent} %, {eta} left",
    ))
}

/// In minutes, rounded up.
fn about(duration: Duration) -> String {
    format!("about {} min", duration.as_secs().div_ceil(60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_second_says_how_long_all_of_it_takes() {
        let estimate = |done, total| estimate(Advance { done, total }, MEASURED);
        assert_eq!(
            estimate(1_000_000, 150_000_000),
            Some(Duration::from_secs(150))
        );
        assert_eq!(estimate(0, 150_000_000), None);
        assert_eq!(about(Duration::from_secs(150)), "about 3 min");
    }
}
