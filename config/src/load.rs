//! From a file to a [`Config`]: read, parsed, validated, with everything that is wrong at once.

use crate::environment::Environment;
use crate::error::{Error, Invalid};
use crate::file::read_at_most;
use crate::read;
use crate::root::Config;
use crate::secret::Secret;
use crate::toml_read::{self, Findings, Section};
use crate::warning::{self, Warning};
use crate::what_if::policy_table;
use std::path::Path;
use toml::Table;
use toml::de::DeTable;

/// The file that programs read where none is named.
pub const DEFAULT_FILE: &str = "config.toml";

/// The shipped configuration, which shows every default. Where a key is commented out there, its
/// default stands beside the code that reads it, and `tests/shipped.rs` holds the two to each other.
pub const SHIPPED: &str = include_str!("../../config.toml");

/// A longer file is something else.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// A configuration that can be used.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// What it says.
    pub config: Config,
    /// What may not be meant.
    pub warnings: Vec<Warning>,
    /// The text that it was read from; the broker's URL in it may hold a password.
    pub text: Secret,
}

impl Config {
    /// Reads and validates a file.
    ///
    /// # Errors
    /// When the file can't be read, or with everything that is wrong in it and in `environment`.
    pub fn load(file: &Path, environment: &Environment) -> Result<Loaded, Error> {
        let text = read_bounded(file).map_err(|cause| Error::Read {
            file: file.to_owned(),
            cause,
        })?;
        Ok(Self::parse(
            &text,
            &file.display().to_string(),
            environment,
        )?)
    }

    /// Validates a text; `file` names it in messages.
    ///
    /// # Errors
    /// With everything that is wrong in it and in `environment`.
    pub fn parse(text: &str, file: &str, environment: &Environment) -> Result<Loaded, Invalid> {
        let mut config = read_text(text, environment)
            .into_result()
            .map_err(|violations| Invalid {
                what: "configuration",
                file: file.to_owned(),
                violations,
            })?;
        let table: Table = text.parse().expect("it has been read as TOML");
        for (index, pool) in config.pools.iter_mut().enumerate() {
            pool.policy_table = policy_table(&table, index, &pool.scaling);
        }
        let warnings = warning::about(&config);
        Ok(Loaded {
            config,
            warnings,
            text: Secret::new(text),
        })
    }

    /// The shipped configuration, with what the environment overrides.
    ///
    /// # Errors
    /// With everything that is wrong in `environment`.
    pub fn shipped(environment: &Environment) -> Result<Loaded, Error> {
        Ok(Self::parse(SHIPPED, "built in", environment)?)
    }

    /// For programs that can do without a file: the one that is named, else `config.toml`, else the
    /// shipped configuration.
    ///
    /// # Errors
    /// As [`Config::load`]; a file that is named has to be there.
    pub fn load_or_shipped(
        named: Option<&Path>,
        environment: &Environment,
    ) -> Result<Loaded, Error> {
        match named {
            Some(file) => Self::load(file, environment),
            None => match Self::load(Path::new(DEFAULT_FILE), environment) {
                Err(Error::Read { cause, .. }) if cause.kind() == std::io::ErrorKind::NotFound => {
                    Self::shipped(environment)
                }
                loaded => loaded,
            },
        }
    }
}

impl Default for Config {
    /// The shipped configuration.
    fn default() -> Self {
        Self::parse(SHIPPED, "built in", &Environment::default())
            .expect("the shipped config.toml is valid: a test loads it")
            .config
    }
}

/// The keys that a file can have, as the reference page names them: `pool.scaling.max`.
#[must_use]
pub fn keys() -> Vec<String> {
    read_text("", &Environment::default()).known
}

fn read_text(text: &str, environment: &Environment) -> Findings<Config> {
    let shipped =
        DeTable::parse(SHIPPED).expect("the shipped config.toml is TOML: a test loads it");
    let read = |root: &Section<'_>| read::config(root, environment);
    toml_read::read_over(text, Some(shipped.get_ref()), read)
}

fn read_bounded(file: &Path) -> std::io::Result<String> {
    use std::io::{Error, ErrorKind};
    let Some(bytes) = read_at_most(file, FILE_BYTES_MAX)? else {
        let problem = format!("it is larger than {FILE_BYTES_MAX} bytes");
        return Err(Error::new(ErrorKind::FileTooLarge, problem));
    };
    String::from_utf8(bytes)
        .map_err(|_| Error::new(ErrorKind::InvalidData, "stream did not contain valid UTF-8"))
}
