//! What a right file means.

use config::{
    ArrivalsFrom, Config, Declare, Environment, Loaded, OnUnprocessable, OnUnroutable, QueueType,
    Secret,
};
use policy::{
    Backlog, FastInterval, Floor, HostLimits, MinuteOfDay, Step, Strategy, Weekday, WorkerRate,
};
use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

fn load(text: &str) -> Loaded {
    Config::parse(text, "config.toml", &Environment::default()).expect(text)
}

fn pool(text: &str) -> config::Pool {
    load(text).config.pools.remove(0)
}

#[test]
fn every_key_is_taken() {
    let config = load(
        r#"
        [broker]
        url = "amqps://mq.example.org"
        ca_file = "ca.pem"
        [http]
        listen = "[::1]:0"
        [controller]
        state_dir = "/var/lib/warren"
        journal_size = "0B"
        [host]
        cpu_limit = 0.9
        memory_reserve = "512MiB"
        [[pool]]
        name = "mail-2"
        arrivals = "balance"
        exchange = "amq.topic"
        routing_keys = ["mail.*", "post.#"]
        work_queue = "mail"
        declare = "never"
        queue_type = "quorum"
        dead_letter_exchange = ""
        delivery_limit = 5
        interval = "1s 500ms"
        fast_interval = "100ms"
        prefetch = 3
        results_queue = "sent"
        on_unprocessable = "requeue"
        on_unroutable = "drop"
        max_message_bytes = "64KiB"
        [pool.scaling]
        strategy = "deadline"
        wait = "5s"
        headroom = 0.5
        dead_band_wait = "1s"
        dead_band_share = 0.25
        dead_band_hold = "1m"
        time_zone = "Europe/Berlin"
        drain_time = "4s"
        capacity = 2.5
        count_in_flight = false
        hold = "0s"
        step_up = 4
        step_down = 1
        min = 1
        max = 2
        max_processes = 2
        [[pool.scaling.schedule]]
        days = ["fri", "mon"]
        from = "22:30"
        until = "24:00"
        workers = 2
        [[pool.scaling.schedule]]
        workers = 0
        [pool.fleet]
        kind = "process"
        command = ["./send", "--fast"]
        stop_grace = "1m"
        ready_after = "10s"
        "#,
    )
    .config;
    assert_eq!(
        config.broker.url.to_string(),
        "amqps://guest:***@mq.example.org:5671/%2F"
    );
    assert_eq!(config.broker.ca_file, Some("ca.pem".into()));
    assert_eq!(config.http.listen.to_string(), "[::1]:0");
    assert_eq!(
        config.controller.state_dir.to_str(),
        Some("/var/lib/warren")
    );
    assert_eq!(config.controller.journal_bytes_max, None);
    let megabyte = load("[controller]\njournal_size = \"1MiB\"").config;
    assert_eq!(megabyte.controller.journal_bytes_max, Some(1024 * 1024));
    let pool = &config.pools[0];
    assert_eq!(pool.name.as_str(), "mail-2");
    assert_eq!(pool.topology.exchange, "amq.topic");
    assert_eq!(pool.topology.arrivals, ArrivalsFrom::Balance);
    assert_eq!(pool.time_zone.to_string(), "Europe/Berlin");
    assert_eq!(pool.topology.routing_keys, ["mail.*", "post.#"]);
    assert_eq!(pool.topology.work_queue, "mail");
    assert_eq!(pool.topology.declare, Declare::Never);
    assert_eq!(pool.topology.queue_type, QueueType::Quorum);
    assert_eq!(pool.topology.dead_letter_exchange, None);
    assert_eq!(pool.topology.delivery_limit, 5);
    assert_eq!(pool.worker.prefetch.get(), 3);
    assert_eq!(pool.worker.results_queue.as_deref(), Some("sent"));
    assert_eq!(pool.worker.on_unprocessable, OnUnprocessable::Requeue);
    assert_eq!(pool.worker.on_unroutable, OnUnroutable::Drop);
    assert_eq!(pool.worker.max_message_bytes, 65_536);
    assert_eq!(pool.fleet.command.program, "./send");
    assert_eq!(pool.fleet.command.arguments, ["--fast"]);
    let scaling = &pool.scaling;
    assert_eq!(scaling.interval, Duration::from_millis(1500));
    assert_eq!(scaling.drain_time, Duration::from_secs(4));
    assert_eq!(scaling.capacity.messages(), 2.5);
    assert_eq!(
        scaling.strategy,
        Strategy::Deadline {
            wait: Duration::from_secs(5)
        }
    );
    assert_eq!(scaling.worker_rate, WorkerRate::Given);
    assert_eq!(scaling.headroom.beta(), 0.5);
    assert_eq!(
        scaling.fast_interval,
        FastInterval::Every(Duration::from_millis(100))
    );
    let minute = |hour, minute| MinuteOfDay::new(hour, minute).expect("a minute");
    assert_eq!(
        scaling.schedule[0],
        Floor {
            days: vec![Weekday::Friday, Weekday::Monday],
            from: minute(22, 30),
            until: minute(0, 0),
            workers: 2,
        }
    );
    assert_eq!(scaling.schedule[1].days.len(), 7, "every day");
    assert_eq!(
        scaling.schedule[1].from, scaling.schedule[1].until,
        "a whole day"
    );
    assert_eq!(scaling.prefetch.get(), 3);
    assert_eq!(scaling.backlog, Backlog::Ready);
    assert_eq!(scaling.stop_grace, Duration::from_secs(60));
    assert_eq!(scaling.ready_after, Duration::from_secs(10));
    let limits = scaling.limits;
    assert_eq!(limits.hold, Duration::ZERO);
    assert_eq!(limits.dead_band.wait, Duration::from_secs(1));
    assert_eq!(limits.dead_band.share.get(), 0.25);
    assert_eq!(limits.dead_band.hold, Duration::from_secs(60));
    assert_eq!(
        limits.host,
        HostLimits {
            cpu_limit: 0.9,
            memory_reserve_bytes: 512 << 20,
        }
    );
    assert_eq!(
        limits.step_up,
        Step::AtMost(NonZeroU32::new(4).expect("above zero"))
    );
    assert_eq!(limits.step_down, Step::AtMost(NonZeroU32::MIN));
    assert_eq!((limits.min, limits.max, limits.max_processes), (1, 2, 2));
}

#[test]
fn the_shipped_numbers_are_those_of_the_law() {
    let pool = Config::default().pools.remove(0);
    assert_eq!(pool.scaling.capacity.messages(), 400.0, "C = 200 · 2 s");
    assert_eq!(pool.worker.prefetch.get(), 50, "200 · 0.25 s");
    assert_eq!(pool.scaling.limits.max_processes, 20);
    assert_eq!(pool.scaling.backlog, Backlog::ReadyAndInFlight);
}

#[test]
fn a_capacity_takes_the_place_of_the_shipped_worker_rate() {
    let Loaded {
        config, warnings, ..
    } = load("[[pool]]\n[pool.scaling]\ncapacity = 1000\n");
    assert_eq!(
        warnings,
        [],
        "what the reference's users know is no mistake"
    );
    let pool = &config.pools[0];
    assert_eq!(pool.scaling.capacity.messages(), 1000.0);
    assert_eq!(pool.worker.prefetch.get(), 125, "500 · 0.25 s");
}

#[test]
fn the_default_prefetch_stays_within_1_and_250() {
    let prefetch = |rate: &str| {
        pool(&format!("[[pool]]\n[pool.scaling]\nworker_rate = {rate}\n"))
            .worker
            .prefetch
            .get()
    };
    assert_eq!(
        [prefetch("0.1"), prefetch("90"), prefetch("50_000")],
        [1, 22, 250]
    );
}

#[test]
fn a_measured_worker_rate_begins_with_its_prior() {
    let measured = |rest: &str| {
        pool(&format!(
            "[[pool]]\n[pool.scaling]\nworker_rate = \"auto\"\n{rest}"
        ))
    };
    let shipped_prior = measured("");
    assert_eq!(shipped_prior.scaling.worker_rate, WorkerRate::Measured);
    assert_eq!(
        shipped_prior.scaling.capacity.messages(),
        400.0,
        "200 · 2 s"
    );
    let slow = measured("worker_rate_prior = 8");
    assert_eq!(slow.scaling.capacity.messages(), 16.0, "8 · 2 s");
    assert_eq!(slow.worker.prefetch.get(), 2, "8 · 0.25 s");
}

#[test]
fn the_deadline_is_two_seconds_unless_it_is_given() {
    assert_eq!(
        pool("[[pool]]\n[pool.scaling]\nstrategy = \"deadline\"\n")
            .scaling
            .strategy,
        Strategy::Deadline {
            wait: Duration::from_secs(2)
        }
    );
}

#[test]
fn the_fast_interval_is_off_where_the_interval_is_shorter() {
    let fast = |text: &str| pool(&format!("[[pool]]\n{text}\n")).scaling.fast_interval;
    let half_a_second = FastInterval::Every(Duration::from_millis(500));
    assert_eq!(fast(""), half_a_second);
    assert_eq!(fast("interval = \"500ms\""), half_a_second);
    assert_eq!(fast("interval = \"499ms\""), FastInterval::Off);
    assert_eq!(fast("fast_interval = \"off\""), FastInterval::Off);
    assert_eq!(
        fast("interval = \"100ms\"\nfast_interval = \"50ms\""),
        FastInterval::Every(Duration::from_millis(50))
    );
}

#[test]
fn without_a_count_queue_the_default_exchange_will_do() {
    let pool = pool("[[pool]]\narrivals = \"balance\"\nexchange = \"\"\n");
    assert_eq!(pool.topology.exchange, "");
    assert_eq!(pool.topology.arrivals, ArrivalsFrom::Balance);
    let counted = Config::default().pools.remove(0);
    assert_eq!(counted.topology.arrivals, ArrivalsFrom::CountQueue);
}

#[test]
fn an_automatic_max_is_twice_the_cpus_and_one() {
    let environment = Environment {
        cpus: NonZeroUsize::new(4).expect("above zero"),
        ..Environment::default()
    };
    let text = "[[pool]]\n[pool.scaling]\nmax = \"auto\"\n";
    let loaded = Config::parse(text, "config.toml", &environment).expect("valid");
    assert_eq!(loaded.config.pools[0].scaling.limits.max, 9);
}

#[test]
fn the_environment_comes_before_the_file() {
    let environment = Environment {
        broker_url: Some(Secret::new("amqp://a:b@c/d")),
        http_token: Some(Secret::new("t0ken")),
        ..Environment::default()
    };
    let config = Config::shipped(&environment).expect("valid").config;
    assert_eq!(config.broker.url.expose(), "amqp://a:b@c:5672/d");
    assert_eq!(
        config
            .http
            .token
            .map(|token| token.expose().to_owned())
            .as_deref(),
        Some("t0ken")
    );
}

#[test]
fn several_pools_have_the_same_defaults() {
    let text =
        "[[pool]]\nname = \"a\"\nwork_queue = \"a\"\n[[pool]]\nname = \"b\"\nwork_queue = \"b\"\n";
    let pools = load(text).config.pools;
    assert_eq!(pools.len(), 2);
    assert_eq!(pools[0].scaling, pools[1].scaling);
}

#[test]
fn what_may_not_be_meant_is_a_warning() {
    for (text, expected) in [
        (
            "interval = \"3s\"",
            "pool filter: interval (3s) is longer than drain_time (2s)",
        ),
        (
            "[pool.scaling]\nworker_rate = 0.125",
            "pool filter: drain_time (2s) is shorter than one message takes (8s)",
        ),
        (
            "[pool.scaling]\nstrategy = \"deadline\"\nwait = \"1s\"",
            "pool filter: wait (1s) is shorter than interval (2s)",
        ),
        (
            "[pool.scaling]\ndead_band_wait = \"3s\"",
            "pool filter: dead_band_wait (3s) is longer than drain_time (2s)",
        ),
        (
            "[pool.scaling]\ndead_band_wait = \"4s\"\nstrategy = \"deadline\"\nwait = \"3s\"",
            "pool filter: dead_band_wait (4s) is longer than wait (3s)",
        ),
        (
            "dead_letter_exchange = \"\"\non_unprocessable = \"drop\"\non_unroutable = \"drop\"",
            "pool filter: there is no dead-letter exchange: messages that can't be processed are \
             deleted",
        ),
        (
            "prefetch = 20\n[pool.scaling]\nworker_rate = 0.02\ndrain_time = \"1m\"\n\
             [pool.fleet]\nstop_grace = \"1h\"",
            "pool filter: a worker holds 20 messages, which take it 16m 40s",
        ),
        (
            "prefetch = 2100",
            "pool filter: stop_grace (10s) is shorter than the 2100 messages that a worker holds \
             take (10s 500ms)",
        ),
    ] {
        let warnings = load(&format!("[[pool]]\n{text}\n")).warnings;
        assert_eq!(warnings.len(), 1, "{text}: {warnings:?}");
        assert!(
            warnings[0].to_string().starts_with(expected),
            "{}",
            warnings[0]
        );
    }
    let quorum = load(
        "[[pool]]\nqueue_type = \"quorum\"\ndead_letter_exchange = \"\"\n\
         on_unprocessable = \"requeue\"\non_unroutable = \"drop\"\n",
    );
    let said = quorum
        .warnings
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n");
    assert!(
        said.contains("deletes a message that was delivered 20 times"),
        "{said}"
    );
    let ca_file = load("[broker]\nca_file = \"ca.pem\"\n").warnings;
    assert!(
        ca_file[0]
            .to_string()
            .starts_with("broker.ca_file is not used")
    );
}
