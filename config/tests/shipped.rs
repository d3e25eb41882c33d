//! The shipped `config.toml` is the defaults.
use config::{Config, Environment};

#[test]
fn an_empty_file_is_the_shipped_configuration() {
    let loaded = Config::parse("", "config.toml", &Environment::default()).expect("valid");
    assert_eq!(loaded.config, Config::default());
}
