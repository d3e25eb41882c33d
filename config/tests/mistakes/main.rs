//! What a wrong file gets: everything at once, each with its line, key, value and range.

mod keys;

use config::{Config, Environment, Invalid, Loaded, Secret};

const MISTAKES: &str = include_str!("mistakes.toml");

fn parse(text: &str) -> Result<Loaded, Invalid> {
    Config::parse(text, "config.toml", &Environment::default())
}

/// The one thing that is wrong with this text.
fn the_problem(text: &str) -> String {
    let invalid = parse(text).expect_err(text);
    assert_eq!(invalid.violations.len(), 1, "{text}\n{invalid}");
    invalid.violations[0].to_string()
}

#[test]
fn a_file_with_many_mistakes_is_told_all_of_them_as_the_reference_page_shows() {
    let invalid = parse(MISTAKES).expect_err("full of mistakes");
    assert_eq!(invalid.violations.len(), 16);
    let page = include_str!("../../../docs/configuration.md");
    assert!(
        page.contains(&format!("```\nerror: {invalid}\n```")),
        "error: {invalid}"
    );
}

#[test]
fn a_misspelt_key_is_told_the_nearest_one() {
    for (text, expected) in [
        (
            "[htttp]",
            "line 1: htttp: no such key; did you mean `http`?",
        ),
        (
            "[[pool]]\nwork-queue = 1",
            "line 2: pool[0].work-queue: no such key; did you mean `work_queue`?",
        ),
        ("[pool.scaling]\n", "line 1: pool = "),
        (
            "[[pool]]\n[pool.scaling]\nmaks = 3",
            "line 3: pool[0].scaling.maks: no such key; did you mean `max`?",
        ),
        (
            "[[pool]]\nmax = 3",
            "line 2: pool[0].max: no such key here; `max` belongs to [pool.scaling]",
        ),
        (
            "[http]\nzebra = 3",
            "line 2: http.zebra: no such key; there are: listen",
        ),
    ] {
        let problem = the_problem(text);
        assert!(problem.starts_with(expected), "{problem}");
    }
}

#[test]
fn tables_and_lists_of_tables_are_told_apart() {
    for (text, expected) in [
        (
            "[pool]\nname = \"a\"",
            "must be 1 to 64 tables, each under [[pool]] in double brackets",
        ),
        (
            "pool = []",
            "must be 1 to 64 tables, each under [[pool]] in double brackets",
        ),
        ("http = 3", "line 1: http = 3: must be a table: [http]"),
        (
            "[[pool]]\nfleet = []",
            "line 2: pool[0].fleet = []: must be a table: [pool.fleet]",
        ),
    ] {
        let problem = the_problem(text);
        assert!(problem.contains(expected), "{problem}");
    }
}

#[test]
fn a_text_that_is_not_toml_shows_line_and_caret() {
    assert_eq!(
        the_problem("[[pool]]\ninterval = \"2s\nname = \"a\"\n"),
        "line 2: column 15: not TOML: invalid basic string, expected `\"`\
         \n    2 | interval = \"2s\
         \n      |               ^"
    );
}

#[test]
fn pools_share_neither_name_nor_work_queue() {
    let invalid = parse("[[pool]]\n[[pool]]\nwork_queue = \"warren.work\"\n").expect_err("doubled");
    assert_eq!(
        invalid.to_string(),
        "2 problems in the configuration config.toml\
         \n  line 3: pool[1].work_queue = \"warren.work\": \
         must differ: pool[0].work_queue is the same\
         \n  pool[1].name = \"filter\": \
         must differ: pool[0].name is the same (the file does not set it)"
    );
}

#[test]
fn no_message_repeats_a_password() {
    for text in [
        "[broker]\nurl = \"amqp://warren:sesame@host:port/\"",
        "[broker]\nurl = \"http://warren:sesame@host/\"",
        "[broker]\nurl = \"amqp://warren:sesame@host/a/b\"",
        "[broker]\nurl = [\"amqp://warren:sesame@host/\"]",
        "[broker]\nurl = \"amqp://warren:sesame@host/",
        "[broker]\nurl = \"amqp:/warren:sesame@host/",
        "[broker]\nurls = \"amqp://warren:sesame@host/\"",
        "[http]\nlisten = \"amqp://warren:sesame@host/\"",
    ] {
        assert!(
            !the_problem(text).contains("sesame"),
            "{}",
            the_problem(text)
        );
    }
    let environment = Environment {
        broker_url: Some(Secret::new("amqp://warren:sesame@host:port/")),
        http_token: Some(Secret::new("open sesame")),
        ..Environment::default()
    };
    let invalid = Config::parse("", "config.toml", &environment).expect_err("two bad variables");
    assert!(!format!("{invalid} {invalid:?} {environment:?}").contains("sesame"));
    let keys: Vec<_> = invalid
        .violations
        .iter()
        .map(|problem| problem.key.as_str())
        .collect();
    assert_eq!(keys, ["WARREN_BROKER_URL", "WARREN_HTTP_TOKEN"]);
}
