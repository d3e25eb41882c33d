//! Where the file comes from.

use config::{Config, Environment, Error};
use std::path::Path;

#[test]
fn a_file_is_read_and_named_in_what_is_wrong_with_it() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("mine.toml");
    let text = "[http]\nlisten = \"127.0.0.1:1\"\n[broker]\nurl = \"amqp://me:hunter2@rabbit\"\n";
    std::fs::write(&file, text).expect("written");
    let loaded = Config::load(&file, &Environment::default()).expect("valid");
    assert_eq!(loaded.config.http.listen.port(), 1);
    assert_eq!(loaded.text.expose(), text);
    assert!(!format!("{loaded:?}").contains("hunter2"));

    std::fs::write(&file, "[http]\nlisten = 1\n").expect("written");
    let error = Config::load_or_shipped(Some(&file), &Environment::default()).expect_err("invalid");
    let first = format!("1 problem in the configuration {}\n", file.display());
    assert!(error.to_string().starts_with(&first), "{error}");
}

#[test]
fn a_named_file_has_to_be_there() {
    let missing = Path::new("/nowhere/config.toml");
    let error =
        Config::load_or_shipped(Some(missing), &Environment::default()).expect_err("missing");
    assert!(matches!(error, Error::Read { .. }));
    assert!(
        error
            .to_string()
            .starts_with("can't read the configuration /nowhere/config.toml: ")
    );
}

#[test]
fn without_a_file_the_shipped_configuration_will_do() {
    // Tests run in the crate's own directory, which has no config.toml.
    let loaded = Config::load_or_shipped(None, &Environment::default()).expect("valid");
    assert_eq!(loaded.config, Config::default());
}

#[test]
fn a_huge_file_is_not_read_to_its_end() {
    let error = Config::load(Path::new("/dev/zero"), &Environment::default()).expect_err("endless");
    assert!(
        error
            .to_string()
            .contains("it is larger than 1048576 bytes"),
        "{error}"
    );
}
