//! A program's log: to stderr, as text or JSON, filtered by `WARREN_LOG`.

use crate::Failure;
use clap::ValueEnum;
use std::io::IsTerminal as _;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The variable that holds the filter.
const FILTER_VARIABLE: &str = "WARREN_LOG";

/// The AMQP library calls every refusal an error, also those that are answers here (a queue is not
/// there yet) and those that are said better elsewhere; it warns of every message that comes back,
/// body and all. A filter that names it still shows it.
const QUIET: (&str, LevelFilter) = ("lapin", LevelFilter::OFF);

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people
    Text,
    /// One JSON object a line
    Json,
}

/// Whether a line of text begins with the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    Shown,
    /// For a reader who adds the time, as the controller does with what its workers say.
    Hidden,
}

/// Starts the log of this process. `writer` is stderr, or what comes before it.
///
/// # Errors
/// When `WARREN_LOG` can't be followed.
pub fn start(
    format: LogFormat,
    times: Times,
    writer: impl for<'w> MakeWriter<'w> + Send + Sync + 'static,
) -> Result<(), Failure> {
    let asked = std::env::var(FILTER_VARIABLE).unwrap_or_default();
    let filter = filter(&asked).map_err(|problem| {
        Failure::Usage(format!(
            "{FILTER_VARIABLE} is no filter: {problem}; try \"info\" or \"info,broker=debug\""
        ))
    })?;
    let lines = tracing_subscriber::fmt::layer()
        // A line that stderr does not take is gone: telling a closed or full stderr of that panics.
        .log_internal_errors(false)
        .with_writer(writer);
    let text = |lines: tracing_subscriber::fmt::Layer<_, _, _, _>| {
        lines.with_ansi(colour()).with_target(false)
    };
    let lines = match (format, times) {
        (LogFormat::Text, Times::Shown) => text(lines).boxed(),
        (LogFormat::Text, Times::Hidden) => text(lines).without_time().boxed(),
        (LogFormat::Json, _) => lines.json().boxed(),
    };
    tracing_subscriber::registry()
        .with(filter)
        .with(lines)
        .init();
    Ok(())
}

/// Reads `info,controller=debug`: a level for everything, and one for each target that is named.
/// A target without a level shows all it has.
///
/// `Targets` reads such a text itself, and takes what it can't follow: `=` for a target without a
/// name, a span in brackets for the name of one.
fn filter(asked: &str) -> Result<Targets, String> {
    let mut filter = Targets::new().with_targets([QUIET]);
    let mut directives = asked
        .split(',')
        .map(str::trim)
        .filter(|directive| !directive.is_empty())
        .peekable();
    if directives.peek().is_none() {
        return Ok(filter.with_default(LevelFilter::INFO));
    }
    for directive in directives {
        let (target, level) = match directive.split_once('=') {
            Some((target, level)) => (Some(target), Some(level)),
            None if directive.parse::<LevelFilter>().is_ok() => (None, Some(directive)),
            None => (Some(directive), None),
        };
        let level = match level {
            None => LevelFilter::TRACE,
            Some(level) => level
                .parse()
                .ok()
                .filter(|_| !level.is_empty())
                .ok_or_else(|| {
                    format!("\"{directive}\": a level is off, error, warn, info, debug or trace")
                })?,
        };
        filter = match target {
            None => filter.with_default(level),
            Some(target) if is_target(target) => filter.with_target(target, level),
            Some(_) => {
                return Err(format!(
                    "\"{directive}\": a target is a crate or a module, such as broker::publisher"
                ));
            }
        };
    }
    Ok(filter)
}

fn is_target(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ':'))
}

/// Colour only where somebody sees it and has not asked for none.
fn colour() -> bool {
    std::io::stderr().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The levels of a target of ours and of the AMQP library.
    fn levels(asked: &str) -> [Option<LevelFilter>; 2] {
        let filter = filter(asked).unwrap();
        ["broker::publisher", "lapin"].map(|target| {
            [
                LevelFilter::TRACE,
                LevelFilter::DEBUG,
                LevelFilter::INFO,
                LevelFilter::WARN,
                LevelFilter::ERROR,
            ]
            .into_iter()
            .find(|level| {
                level
                    .into_level()
                    .is_some_and(|level| filter.would_enable(target, &level))
            })
        })
    }

    #[test]
    fn a_filter_is_levels_for_all_and_for_some() {
        const DEBUG: Option<LevelFilter> = Some(LevelFilter::DEBUG);
        const INFO: Option<LevelFilter> = Some(LevelFilter::INFO);
        const TRACE: Option<LevelFilter> = Some(LevelFilter::TRACE);
        for (asked, expected) in [
            ("", [INFO, None]),
            ("debug", [DEBUG, None]),
            ("off", [None, None]),
            ("info,broker=debug", [DEBUG, None]),
            ("info, broker::publisher=debug", [DEBUG, None]),
            ("INFO,broker,", [TRACE, None]),
            ("worker=debug", [None, None]),
            ("info,lapin=debug", [INFO, DEBUG]),
        ] {
            assert_eq!(levels(asked), expected, "{asked}");
        }
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        for asked in [
            "info,=",
            "broker=",
            "broker=loud",
            "[span]=debug",
            "broker[span]",
            "a b=info",
        ] {
            let problem = filter(asked).unwrap_err();
            assert!(problem.contains(": a "), "{asked}: {problem}");
        }
    }
}
