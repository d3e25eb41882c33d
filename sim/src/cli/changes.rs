//! `--set key=value`: what if Warren were configured otherwise?

use crate::policies::{Policy, config_text};
use crate::workload::Workload;
use clap::Args;
use program::Failure;

/// What Warren with changed settings is called beside Warren with the shipped ones.
pub(super) const CHANGED: &str = "warren-set";

/// Changes of Warren's settings.
#[derive(Args, Debug)]
pub(super) struct Changes {
    /// Change one of Warren's settings, named as in config.toml: max=20, strategy=deadline,
    /// fast_interval=off. Again for more
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

impl Changes {
    pub(super) fn is_empty(&self) -> bool {
        self.set.is_empty()
    }

    /// Warren with the settings that the workload gives it, changed.
    pub(super) fn policy(&self, name: &str, workload: &Workload) -> Result<Policy, Failure> {
        let changed =
            config::what_if(&config_text(workload), &self.set).map_err(Failure::configuration)?;
        Ok(Policy::with_settings(name, changed))
    }
}
