//! What a scenario names for a sweep to delete.

use super::super::*;
use super::complaint;

const PHASE: &str = "[[phase]]\nrate = 1\nduration = \"1s\"\n";

#[test]
fn what_the_workers_make_is_named() {
    let text = format!(
        "name = \"x\"\n[cleanup]\nqueues = [\"list\", \"claims\"]\nexchanges = [\"updates\"]\n{PHASE}"
    );
    let cleanup = Scenario::parse(&text, Path::new("mine.toml"))
        .unwrap()
        .cleanup;
    assert_eq!(cleanup.queues, ["list", "claims"]);
    assert_eq!(cleanup.exchanges, ["updates"]);
}

#[test]
fn nothing_is_deleted_that_is_not_named() {
    let text = format!("name = \"x\"\n{PHASE}");
    let scenario = Scenario::parse(&text, Path::new("mine.toml")).unwrap();
    assert_eq!(scenario.cleanup, Cleanup::default());
}

#[test]
fn a_name_that_is_none_and_a_key_that_is_none_are_refused() {
    let told = complaint(&format!(
        "name = \"x\"\n[cleanup]\nqueues = [\"\"]\nexchange = [\"updates\"]\n{PHASE}"
    ));
    assert!(told.contains("cleanup.queues"), "{told}");
    assert!(told.contains("exchanges"), "{told}");
}
