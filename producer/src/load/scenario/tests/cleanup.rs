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

#[test]
fn a_name_has_room_behind_a_work_queues_and_there_are_a_hundred_at_most() {
    let read = |queues: &[String]| {
        let text = format!("name = \"x\"\n[cleanup]\nqueues = {queues:?}\n{PHASE}");
        Scenario::parse(&text, Path::new("mine.toml")).map(|scenario| scenario.cleanup.queues)
    };
    let longest = "q".repeat(200);
    let most = vec![longest.clone(); 100];
    assert_eq!(read(&most).unwrap(), most);
    for refused in [vec![longest + "q"], vec!["q".to_owned(); 101]] {
        let told = read(&refused).unwrap_err().to_string();
        let must = "must be a list of 0 to 100 strings, each of 1 to 200 bytes";
        assert!(told.contains(must), "{told}");
    }
}
