//! What each key refuses.

use crate::the_problem;

#[test]
fn every_key_refuses_what_it_does_not_permit() {
    let table = [
        (
            "broker",
            "url",
            r#""http://localhost""#,
            "not an amqp:// or amqps:// URL",
        ),
        ("broker", "ca_file", "3", "must be a string"),
        (
            "http",
            "listen",
            r#""9110""#,
            "must be an IP address and a port",
        ),
        (
            "controller",
            "state_dir",
            r#""""#,
            "must be the path of a directory",
        ),
        (
            "controller",
            "journal_size",
            r#""64KiB""#,
            "must be a size with a unit, in quotes, from \"1MiB\" to \"1TiB\"",
        ),
        (
            "pool",
            "name",
            r#""a b""#,
            "must be 1 to 63 of a-z, 0-9, - and _",
        ),
        (
            "pool",
            "exchange",
            r#""""#,
            "nothing can be bound to the default exchange",
        ),
        (
            "pool",
            "exchange",
            "[]",
            "must be a string of 1 to 255 bytes",
        ),
        (
            "pool",
            "arrivals",
            r#""guess""#,
            r#"must be "count" or "balance""#,
        ),
        (
            "pool",
            "fast_interval",
            r#""3s""#,
            r#"from "50ms" to "2s", which is `interval`, or "off""#,
        ),
        (
            "pool",
            "fast_interval",
            r#""49ms""#,
            r#"from "50ms" to "2s""#,
        ),
        ("pool", "fast_interval", "0", r#"from "50ms" to "2s""#),
        (
            "host",
            "cpu_limit",
            "0.04",
            "must be a number from 0.05 to 1",
        ),
        (
            "host",
            "cpu_limit",
            "1.1",
            "must be a number from 0.05 to 1",
        ),
        (
            "host",
            "memory_reserve",
            r#""65TiB""#,
            r#"in quotes, from "0B" to "64TiB""#,
        ),
        (
            "pool",
            "routing_keys",
            "[]",
            "must be a list of 1 to 100 strings",
        ),
        ("pool", "routing_keys", "[1]", "each of 0 to 255 bytes"),
        (
            "pool",
            "work_queue",
            r#""""#,
            "must be a string of 1 to 255 bytes",
        ),
        (
            "pool",
            "work_queue",
            r#""amq.gen-x""#,
            "that does not begin with amq.",
        ),
        (
            "pool",
            "declare",
            r#""always""#,
            r#"must be "missing" or "never""#,
        ),
        (
            "pool",
            "declare",
            r#""mising""#,
            r#"must be "missing" or "never"; did you mean "missing"?"#,
        ),
        (
            "pool",
            "queue_type",
            r#""stream""#,
            r#"must be "classic" or "quorum""#,
        ),
        (
            "pool",
            "dead_letter_exchange",
            r#""warren.events""#,
            "must not be exchange and dead_letter_exchange in one",
        ),
        (
            "pool",
            "dead_letter_exchange",
            r#""warren.work""#,
            "must not be work_queue and dead_letter_exchange in one",
        ),
        (
            "pool",
            "dead_letter_exchange",
            "false",
            "must be a string of 1 to 255 bytes",
        ),
        (
            "pool",
            "work_queue",
            r#""warren.dead""#,
            "must not be work_queue and dead_letter_exchange in one",
        ),
        (
            "pool",
            "delivery_limit",
            "0",
            "must be a whole number from 1 to 10000",
        ),
        ("pool", "interval", r#""99ms""#, r#"from "100ms" to "1h""#),
        ("pool", "interval", r#""61m""#, r#"from "100ms" to "1h""#),
        (
            "pool",
            "prefetch",
            "65536",
            "must be a whole number from 1 to 65535",
        ),
        (
            "pool",
            "prefetch",
            "0",
            "must be a whole number from 1 to 65535",
        ),
        (
            "pool",
            "results_queue",
            r#""warren.work""#,
            "must not be the work queue",
        ),
        (
            "pool",
            "results_queue",
            r#""amq.x""#,
            "that does not begin with amq.",
        ),
        (
            "pool",
            "on_unprocessable",
            r#""keep""#,
            r#""dead-letter" or "requeue" or "drop""#,
        ),
        (
            "pool",
            "on_unroutable",
            r#""requeue""#,
            r#"must be "dead-letter" or "drop""#,
        ),
        (
            "pool",
            "max_message_bytes",
            "1024",
            r#"in quotes, from "1B" to "512MiB""#,
        ),
        (
            "pool",
            "max_message_bytes",
            r#""0B""#,
            r#"from "1B" to "512MiB""#,
        ),
        (
            "pool.scaling",
            "strategy",
            r#""magic""#,
            r#"must be "formula" or "deadline""#,
        ),
        (
            "pool.scaling",
            "wait",
            r#""3s""#,
            r#"must stand beside strategy = "deadline""#,
        ),
        (
            "pool.scaling",
            "wait",
            r#""99ms""#,
            r#"from "100ms" to "1day""#,
        ),
        (
            "pool.scaling",
            "worker_rate_prior",
            "100",
            r#"must stand beside worker_rate = "auto""#,
        ),
        (
            "pool.scaling",
            "worker_rate_prior",
            r#""auto""#,
            "must be a number from 0.000001 to 1000000",
        ),
        (
            "pool.scaling",
            "headroom",
            "10.5",
            "must be a number from 0 to 10",
        ),
        (
            "pool.scaling",
            "headroom",
            "-1",
            "must be a number from 0 to 10",
        ),
        (
            "pool.scaling",
            "dead_band_wait",
            "0",
            r#"from "0s" to "1day""#,
        ),
        ("pool.scaling", "dead_band_share", "1", "from 0 to below 1"),
        (
            "pool.scaling",
            "dead_band_share",
            "-0.1",
            "from 0 to below 1",
        ),
        (
            "pool.scaling",
            "dead_band_hold",
            r#""25h""#,
            r#"from "0s" to "1day""#,
        ),
        (
            "pool.scaling",
            "time_zone",
            r#""Europe/Berln""#,
            r#"no such time zone; did you mean "Europe/Berlin"?"#,
        ),
        (
            "pool.scaling",
            "time_zone",
            r#""our office""#,
            "no such time zone: must be \"UTC\" or a name of the IANA database",
        ),
        ("pool.scaling", "time_zone", "1", "must be a string"),
        (
            "pool.scaling",
            "schedule",
            "[1]",
            "must be up to 200 tables, each under [[pool.scaling.schedule]]",
        ),
        (
            "pool.scaling",
            "drain_time",
            r#""25h""#,
            r#"from "100ms" to "1day""#,
        ),
        (
            "pool.scaling",
            "capacity",
            "0",
            "must be a number from 0.000001 to 100000000000",
        ),
        (
            "pool.scaling",
            "capacity",
            "nan",
            "must be a number from 0.000001 to 100000000000",
        ),
        (
            "pool.scaling",
            "worker_rate",
            "-0.5",
            "must be a number from 0.000001 to 1000000",
        ),
        (
            "pool.scaling",
            "worker_rate",
            "inf",
            "must be a number from 0.000001 to 1000000",
        ),
        (
            "pool.scaling",
            "worker_rate",
            r#""automatic""#,
            r#"must be a number from 0.000001 to 1000000, or "auto""#,
        ),
        (
            "pool.scaling",
            "count_in_flight",
            r#""yes""#,
            "must be true or false",
        ),
        (
            "pool.scaling",
            "step_up",
            "0",
            r#"from 1 to 1000, or "unlimited""#,
        ),
        (
            "pool.scaling",
            "step_down",
            "1.5",
            r#"from 1 to 1000, or "unlimited""#,
        ),
        ("pool.scaling", "hold", "-1", r#"from "0s" to "1day""#),
        (
            "pool.scaling",
            "max",
            "1001",
            r#"from 1 to 1000, or "auto""#,
        ),
        ("pool.scaling", "max", "0", r#"from 1 to 1000, or "auto""#),
        ("pool.scaling", "min", "11", "from 0 to 10, which is `max`"),
        ("pool.scaling", "min", "-1", "from 0 to 10, which is `max`"),
        ("pool.scaling", "max_processes", "9", "from 10 to 2000"),
        (
            "pool.fleet",
            "kind",
            r#""kubernetes""#,
            r#"must be "process""#,
        ),
        (
            "pool.fleet",
            "command",
            r#""warren-worker filter""#,
            "must be a list of 1 to 256 strings",
        ),
        (
            "pool.fleet",
            "command",
            r#"["", "x"]"#,
            "must begin with the name or the path of a program",
        ),
        (
            "pool.fleet",
            "stop_grace",
            r#""2""#,
            r#"from "0s" to "1day""#,
        ),
        (
            "pool.fleet",
            "ready_after",
            r#""0s""#,
            r#"from "100ms" to "1h""#,
        ),
    ];
    for (section, key, value, expected) in table {
        let (header, path) = match section.strip_prefix("pool") {
            Some("") => ("\n[[pool]]".to_owned(), format!("pool[0].{key}")),
            Some(rest) => (
                format!("[[pool]]\n[{section}]"),
                format!("pool[0]{rest}.{key}"),
            ),
            None => (format!("\n[{section}]"), format!("{section}.{key}")),
        };
        let text = format!("{header}\n{key} = {value}\n");
        let problem = the_problem(&text);
        assert!(
            problem.starts_with(&format!("line 3: {path}")),
            "{text}{problem}"
        );
        assert!(problem.contains(expected), "{text}{problem}");
        if !value.contains("://") {
            assert!(
                problem.contains(&format!("{path} = {value}: ")),
                "{text}{problem}"
            );
        }
    }
    for key in config::keys() {
        // A list of tables in a table: tried below.
        if key.starts_with("pool.scaling.schedule.") {
            continue;
        }
        let is_table = config::keys()
            .iter()
            .any(|other| other.starts_with(&format!("{key}.")));
        let tried = table
            .iter()
            .any(|(section, name, ..)| key == format!("{section}.{name}"));
        assert!(is_table || tried, "{key} is not tried");
    }
}

#[test]
fn every_key_of_a_schedule_refuses_what_it_does_not_permit() {
    for (key, value, expected) in [
        ("days", "[]", "must be a list of 1 to 7 of \"mon\", \"tue\""),
        ("days", r#""mon""#, "must be a list of 1 to 7 of"),
        ("days", r#"["monday"]"#, "must be a list of 1 to 7 of"),
        ("days", r#"["mon", "mon"]"#, "each once"),
        ("from", r#""24:00""#, r#"from "00:00" to "23:59""#),
        ("from", r#""8:00""#, r#"from "00:00" to "23:59""#),
        ("until", r#""24:01""#, r#"from "00:00" to "24:00""#),
        ("until", r#""18.00""#, r#"from "00:00" to "24:00""#),
        ("until", "18", "must be a time of day in quotes"),
        ("workers", "11", "from 0 to 10, which is `max`"),
        ("workers", "-1", "from 0 to 10, which is `max`"),
        ("worker", "1", "no such key; did you mean `workers`?"),
    ] {
        let workers = if key == "workers" {
            ""
        } else {
            "workers = 1\n"
        };
        let text = format!("[[pool]]\n[[pool.scaling.schedule]]\n{key} = {value}\n{workers}");
        let problem = the_problem(&text);
        let start = format!("line 3: pool[0].scaling.schedule[0].{key}");
        assert!(problem.starts_with(&start), "{text}{problem}");
        assert!(problem.contains(expected), "{text}{problem}");
    }
    assert_eq!(
        the_problem("[[pool]]\n[[pool.scaling.schedule]]\nfrom = \"08:00\"\n"),
        "line 2: pool[0].scaling.schedule[0].workers: must be given: the least workers of these hours"
    );
}
