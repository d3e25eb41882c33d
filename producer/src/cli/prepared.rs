//! What every command that sends messages begins with, loaded once.

use crate::load::payload::{Bodies, Payload};
use crate::load::scenario::{self, Scenario};
use anyhow::anyhow;
use config::{Config, Environment, Loaded, Pool, Secret};
use program::Failure;
use std::path::Path;

/// What a command works with.
pub(super) struct Prepared {
    pub(super) loaded: Loaded,
    /// The pool that is sent to.
    pub(super) pool: Pool,
    pub(super) scenario: Scenario,
    /// What the scenario's messages say.
    pub(super) bodies: Bodies,
}

impl Prepared {
    /// Reads the configuration of `file`, whose broker may be another one; of its pools the one of
    /// that name, or else the first; and the files that the scenario's messages are made of.
    pub(super) fn load(
        file: Option<&Path>,
        broker_url: Option<Secret>,
        pool: Option<&str>,
        scenario: impl FnOnce() -> Result<Scenario, scenario::Error>,
    ) -> Result<Self, Failure> {
        let mut environment = Environment::from_process();
        if broker_url.is_some() {
            environment.broker_url = broker_url;
        }
        let loaded = Config::load_or_shipped(file, &environment)?;
        let pool = named(&loaded.config, pool).map_err(Failure::Configuration)?;
        let pool = pool.clone();
        let scenario = scenario().map_err(Failure::configuration)?;
        let bodies =
            Bodies::load(&scenario.payload, scenario.seed).map_err(Failure::configuration)?;
        Ok(Self {
            loaded,
            pool,
            scenario,
            bodies,
        })
    }
}

/// The scenario of that name or in that file; `input` replaces what its messages say.
pub(super) fn scenario(name: &str, input: Option<&Path>) -> Result<Scenario, scenario::Error> {
    let mut scenario = Scenario::find(name)?;
    if let Some(input) = input {
        scenario.payload = Payload::Lines(input.to_owned());
    }
    Ok(scenario)
}

fn named<'c>(config: &'c Config, name: Option<&str>) -> anyhow::Result<&'c Pool> {
    let Some(name) = name else {
        return config
            .pools
            .first()
            .ok_or_else(|| anyhow!("the configuration has no pool"));
    };
    Ok(config.pool(name)?)
}
