//! The command line, and which part of the crate carries out each command.

use crate::explain::{self, Question, Which};
use crate::mode::Mode;
use crate::run::Overrides;
use crate::status::{self, Output};
use crate::{check, run};
use api::Url;
use clap::{Args, Parser, Subcommand};
use config::{Config, Environment, Loaded, Pool};
use program::log::{self, LogFormat, Times};
use program::{Failure, non_empty, path_parser};
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// Keeps RabbitMQ work queues short by running as many workers as they need, and no more
#[derive(Debug, Parser)]
#[command(
    name = "warren-controller",
    version,
    after_help = "\
Example:
  warren-controller check --config config.toml
  warren-controller run --config config.toml
  warren-controller status

Exit codes: 0 done, 1 failed, 2 usage, 64 bad configuration.
WARREN_LOG filters the log, as in WARREN_LOG=info,controller=debug."
)]
pub struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args, Debug)]
struct Common {
    /// The configuration
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "WARREN_CONFIG",
        default_value = config::DEFAULT_FILE,
        value_parser = path_parser()
    )]
    config: PathBuf,
    /// How the log on stderr looks
    #[arg(long, global = true, value_enum, default_value = "text")]
    log: LogFormat,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs every pool until SIGTERM or SIGINT; a second one kills the workers at once
    Run(RunArguments),
    /// Says everything that is wrong with the configuration, and starts nothing
    Check,
    /// Shows what the running controller does
    Status(StatusArguments),
    /// Says what was decided and why, from the journal; the controller need not run
    Explain(ExplainArguments),
}

#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  warren-controller run --dry-run --listen 127.0.0.1:0")]
struct RunArguments {
    /// Decide and record, but start and stop nothing
    #[arg(long)]
    dry_run: bool,
    /// Answer HTTP here, instead of at http.listen; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Keep what outlives the controller here, instead of in controller.state_dir
    #[arg(long, value_name = "DIRECTORY")]
    state_dir: Option<PathBuf>,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  warren-controller status --url http://127.0.0.1:9110")]
struct StatusArguments {
    /// Print the controller's own answer, as JSON
    #[arg(long)]
    json: bool,
    /// Ask the controller here, instead of at http.listen of the configuration
    #[arg(long, value_name = "URL")]
    url: Option<Url>,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  warren-controller explain --pool filter --last 5")]
struct ExplainArguments {
    /// Only this pool's decisions, instead of those of every pool of the configuration
    #[arg(long, value_name = "NAME")]
    pool: Option<String>,
    /// How many decisions to show, the newest last
    #[arg(long, value_name = "COUNT", default_value = "20")]
    last: NonZeroUsize,
    /// Every decision, instead of only those that changed the number of workers
    #[arg(long)]
    all: bool,
    /// What `run --dry-run` decided
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Where the controller keeps its journals, instead of controller.state_dir
    #[arg(long, value_name = "DIRECTORY")]
    state_dir: Option<PathBuf>,
}

impl Cli {
    /// Does what the command line says.
    ///
    /// # Errors
    /// When that is not possible.
    pub fn execute(self) -> Result<(), Failure> {
        log::start(self.common.log, Times::Shown, std::io::stderr)?;
        let file = non_empty(Some(&self.common.config)).unwrap_or(Path::new(config::DEFAULT_FILE));
        match self.command {
            Command::Run(arguments) => {
                let loaded = load(file)?;
                let overrides = Overrides {
                    listen: arguments.listen,
                    state_dir: arguments.state_dir,
                };
                let mode = if arguments.dry_run {
                    Mode::DryRun
                } else {
                    Mode::Live
                };
                run::run(loaded, file, overrides, mode)
            }
            Command::Check => check::check(file, &load(file)?),
            Command::Status(arguments) => {
                let output = if arguments.json {
                    Output::Json
                } else {
                    Output::Table
                };
                let url = match arguments.url {
                    Some(url) => url,
                    None => status::url(load(file)?.config.http.listen)?,
                };
                status::status(url, output)
            }
            Command::Explain(arguments) => explain(&load(file)?.config, arguments),
        }
    }
}

fn explain(config: &Config, arguments: ExplainArguments) -> Result<(), Failure> {
    let pools: Vec<&Pool> = match &arguments.pool {
        None => config.pools.iter().collect(),
        Some(name) => {
            let pool = config.pool(name);
            vec![pool.map_err(|unknown| Failure::Usage(unknown.to_string()))?]
        }
    };
    let pools: Vec<String> = pools.iter().map(|pool| pool.name.to_string()).collect();
    let question = Question {
        state_dir: arguments
            .state_dir
            .as_deref()
            .unwrap_or(&config.controller.state_dir),
        pools: &pools,
        mode: if arguments.dry_run {
            Mode::DryRun
        } else {
            Mode::Live
        },
        which: if arguments.all {
            Which::All
        } else {
            Which::Changes
        },
        last: arguments.last.get(),
        as_json: arguments.json,
    };
    program::print(&explain::explain(&question)?)
}

fn load(file: &Path) -> Result<Loaded, Failure> {
    Ok(Config::load(file, &Environment::from_process())?)
}
