//! The command line: what the program is told, and the list of the kinds of work.

use crate::kind::{
    Burn, BurnArgs, Exec, ExecArgs, Filter, FilterArgs, Kind, Ping, PingArgs, Sleep, SleepArgs,
};
use crate::pace::Pace;
use crate::settings::Settings;
use clap::{Args, Parser, Subcommand};
use config::Environment;
use program::log::{LogFormat, Times};
use program::{Failure, path_parser};
use std::path::{Path, PathBuf};

/// Consumers of a work queue that Warren's controller starts and drains.
///
/// SIGTERM means: take no more, finish and acknowledge what is held, exit 0.
/// A second signal ends it at once, with exit code 1; the broker gives the rest to others.
#[derive(Debug, Parser)]
#[command(name = "warren-worker", version, after_help = EXIT_CODES)]
pub struct Cli {
    #[command(flatten)]
    pub global: GlobalArgs,
    #[command(subcommand)]
    pub command: Command,
}

// What every command of the program takes. No doc comment: clap would show it as the program's own.
#[derive(Args, Debug)]
pub struct GlobalArgs {
    /// Configuration; without one, config.toml if it is here, else what Warren ships.
    #[arg(long, global = true, env = "WARREN_CONFIG", value_name = "FILE", value_parser = path_parser())]
    config: Option<PathBuf>,
    /// How the log on stderr is written; WARREN_LOG is its filter (info).
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text)]
    log: LogFormat,
}

impl GlobalArgs {
    /// The configuration that is named.
    #[must_use]
    pub fn config(&self) -> Option<&Path> {
        program::non_empty(self.config.as_deref())
    }

    /// Starts the log. The controller reads a worker's lines into its own log, which has the time.
    ///
    /// # Errors
    /// When `WARREN_LOG` can't be followed.
    pub fn start_log(&self) -> Result<(), Failure> {
        let times = match std::env::var_os("WARREN_WORKER_ID") {
            Some(_) => Times::Hidden,
            None => Times::Shown,
        };
        program::log::start(self.log, times, std::io::stderr)
    }
}

/// What a worker does with a message.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Replace listed words by CENSORED, and send the text to the message's reply_to.
    Filter(Box<FilterArgs>),
    /// Run a command for each message: its body on stdin, the result on stdout.
    Exec(Box<ExecArgs>),
    /// Wait for each message, as work does that waits for somebody else.
    Sleep(Box<SleepArgs>),
    /// Use a processor for each message, as computing does.
    Burn(Box<BurnArgs>),
    /// Answer at once with what the message says.
    Ping(Box<PingArgs>),
}

impl Command {
    /// What a command line asks for: the settings, and the kind of work.
    ///
    /// # Errors
    /// When the configuration or a file that a flag names is missing or wrong, or a flag does not fit
    /// the rest: the caller's exit code 64.
    pub fn prepare(
        &self,
        file: Option<&Path>,
        environment: &Environment,
    ) -> anyhow::Result<(Settings, Box<dyn Kind>)> {
        let settings = |args, pace| Settings::resolve(args, pace, file, environment);
        Ok(match self {
            Self::Filter(args) => {
                let settings = settings(&args.worker, Filter::pace(args))?;
                let filter = Filter::new(args)?;
                (settings, Box::new(filter))
            }
            Self::Exec(args) => {
                let settings = settings(&args.worker, Exec::pace(args))?;
                let exec = Exec::new(args, &settings)?;
                (settings, Box::new(exec))
            }
            Self::Sleep(args) => {
                let settings = settings(&args.worker, args.time.pace())?;
                let times = args.time.times(&settings.identity);
                (settings, Box::new(Sleep::new(times)))
            }
            Self::Burn(args) => {
                let settings = settings(&args.worker, args.time.pace())?;
                let times = args.time.times(&settings.identity);
                (settings, Box::new(Burn::new(times)))
            }
            Self::Ping(args) => (settings(&args.worker, Pace::AtOnce)?, Box::new(Ping)),
        })
    }
}

const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 failed, 2 usage, 64 bad configuration.

Example:
  WARREN_BROKER_URL=amqp://user:password@rabbit/%2f warren-worker filter --queue texts";

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
