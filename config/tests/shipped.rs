//! The shipped `config.toml` is the defaults, and the reference page names every key.

use config::{Config, Environment, PrefetchFrom, SHIPPED};
use std::collections::BTreeSet;

fn parse(text: &str) -> config::Loaded {
    Config::parse(text, "config.toml", &Environment::default()).expect("a valid configuration")
}

/// What a file comes to, without the text that it came from.
fn meaning(text: &str) -> Config {
    without_text(parse(text).config)
}

fn without_text(mut config: Config) -> Config {
    for pool in &mut config.pools {
        pool.policy_table.clear();
    }
    config
}

#[test]
fn the_shipped_file_is_the_default_and_nothing_about_it_is_odd() {
    let loaded = parse(SHIPPED);
    assert_eq!(loaded.config, Config::default());
    assert_eq!(loaded.warnings, []);
}

#[test]
fn an_empty_file_is_the_shipped_configuration() {
    assert_eq!(meaning(""), without_text(Config::default()));
}

#[test]
fn a_key_that_is_commented_out_shows_its_default() {
    let all_keys: String = SHIPPED
        .lines()
        .map(|line| commented_out(line).unwrap_or(line).to_owned() + "\n")
        .collect();
    let keys = SHIPPED.lines().filter_map(commented_out).count();
    assert!(keys >= 10, "only {keys} keys are commented out");
    let mut shown = meaning(&all_keys);
    for pool in &mut shown.pools {
        // A key that is there is a key that was given, whatever it says.
        assert_eq!(pool.worker.prefetch_from, PrefetchFrom::Key);
        pool.worker.prefetch_from = PrefetchFrom::WorkerRate;
    }
    assert_eq!(shown, without_text(Config::default()));
}

#[test]
fn the_shipped_file_shows_every_key() {
    // What stands in a text is an example, or goes only beside another value than the shipped one.
    let in_a_text = |name: &str| {
        let example = format!("\n# {name} = ");
        SHIPPED.contains(&example) || SHIPPED.contains(&format!(" {name} = "))
    };
    let lines = SHIPPED
        .lines()
        .map(|line| commented_out(line).unwrap_or(line));
    let shown: BTreeSet<&str> = lines
        .filter_map(|line| line.split_once(" = "))
        .map(|(key, _)| key)
        .collect();
    for key in leaves() {
        let name = key.rsplit('.').next().unwrap_or_default();
        assert!(
            shown.contains(name) || in_a_text(name),
            "config.toml does not show {key}"
        );
    }
}

/// The keys that hold a value, not a table.
fn leaves() -> Vec<String> {
    let keys = config::keys();
    let is_leaf = |key: &&String| {
        !keys
            .iter()
            .any(|other| other.starts_with(&format!("{key}.")))
    };
    keys.iter().filter(is_leaf).cloned().collect()
}

fn commented_out(line: &str) -> Option<&str> {
    line.strip_prefix('#')
        .filter(|rest| rest.starts_with(|first: char| first.is_ascii_lowercase()))
}

#[test]
fn the_reference_page_has_every_key_and_no_other() {
    let page = include_str!("../../docs/configuration.md");
    let mut section = "";
    let mut documented = BTreeSet::new();
    for line in page.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            section = heading
                .strip_prefix("`[")
                .map_or("", |name| name.trim_matches(['`', '[', ']']));
        } else if let Some(row) = line.strip_prefix("| `") {
            let name = row.split('`').next().unwrap_or_default();
            if !section.is_empty() {
                documented.insert(format!("{section}.{name}"));
            }
        }
    }
    assert_eq!(documented, leaves().into_iter().collect());
}

#[test]
fn the_schedule_that_the_shipped_file_shows_can_be_used() {
    let (before, rest) = SHIPPED
        .split_once("# [[pool.scaling.schedule]]")
        .expect("the shipped file shows a schedule");
    let shown: Vec<_> = rest
        .lines()
        .map_while(|line| line.strip_prefix("# ").or((line.is_empty()).then_some("")))
        .take_while(|line| !line.starts_with('['))
        .collect();
    let text = format!("{before}[[pool.scaling.schedule]]\n{}\n", shown.join("\n"));
    let schedule = &parse(&text).config.pools[0].scaling.schedule;
    assert_eq!(schedule.len(), 1, "{text}");
    assert_eq!((schedule[0].days.len(), schedule[0].workers), (5, 4));
}
