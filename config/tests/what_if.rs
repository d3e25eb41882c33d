//! Settings after changes, and the text that they are made to, which must lose nothing.

use config::{Config, Environment, Pool, what_if, what_if_keys};
use policy::{FastInterval, Settings, Step, Strategy, WorkerRate};
use proptest::prelude::*;
use proptest::strategy::Strategy as Generator;
use std::time::Duration;

fn pool(text: &str) -> Pool {
    let loaded = Config::parse(text, "config.toml", &Environment::default()).expect(text);
    loaded.config.pools.into_iter().next().expect("one")
}

fn changed(base: &str, changes: &[&str]) -> Settings {
    let changes: Vec<_> = changes.iter().map(ToString::to_string).collect();
    what_if(base, &changes).unwrap_or_else(|invalid| panic!("{changes:?}: {invalid}"))
}

/// What is wrong, without the heading.
fn problems(base: &str, changes: &[&str]) -> String {
    let changes: Vec<_> = changes.iter().map(ToString::to_string).collect();
    let invalid = what_if(base, &changes).expect_err("invalid");
    let said: Vec<_> = invalid.violations.iter().map(ToString::to_string).collect();
    said.join("\n")
}

fn milliseconds(range: std::ops::RangeInclusive<u64>) -> impl Generator<Value = String> {
    range.prop_map(|milliseconds| format!("\"{milliseconds}ms\""))
}

/// A rate as people write it, or any other.
fn rate() -> impl Generator<Value = f64> {
    prop_oneof![
        (1_u32..1_000_000).prop_map(|hundredths| f64::from(hundredths) / 100.0),
        1e-6..1e-5,
        1e-6..1e6_f64,
        Just(1e-6),
        Just(1e6),
    ]
}

const DAY: u64 = 24 * 60 * 60 * 1000;

prop_compose! {
    fn law()(
        drain_time in prop_oneof![milliseconds(100..=10_000), milliseconds(100..=DAY)],
        wait in proptest::option::of(milliseconds(100..=DAY)),
        rate in rate(),
        capacity in prop_oneof![1e-6..1e-5_f64, 1e-6..1e4_f64, 1e-6..1e11_f64, Just(1e11)],
        kind in 0..4,
        headroom in 0.0..10.0_f64,
        count_in_flight: bool,
    ) -> String {
        let strategy = match wait {
            None => "strategy = \"formula\"".to_owned(),
            Some(wait) => format!("strategy = \"deadline\"\nwait = {wait}"),
        };
        let capacity = match kind {
            0 => format!("capacity = {capacity:?}"),
            1 => format!("worker_rate = \"auto\"\nworker_rate_prior = {rate:?}"),
            _ => format!("worker_rate = {rate:?}"),
        };
        format!("drain_time = {drain_time}\n{strategy}\n{capacity}\nheadroom = {headroom:?}\ncount_in_flight = {count_in_flight}\n")
    }
}

prop_compose! {
    fn limits()(
        max in 1_u32..=1000,
        min_share in 0.0..=1.0_f64,
        more_processes in proptest::option::of(0_u32..=1000),
        steps in (0_u32..=1000, 0_u32..=1000),
        hold in milliseconds(0..=DAY),
        dead_band in (milliseconds(0..=DAY), 0.0..1.0_f64, milliseconds(0..=DAY)),
        floors in proptest::collection::vec((1_u8..128, 0_u32..1440, 0_u32..=1440, 0.0..=1.0_f64), 0..3),
    ) -> String {
        let share = |share: f64| f64::from(max) * share;
        let step = |workers| match workers {
            0 => "\"unlimited\"".to_owned(),
            workers => format!("{workers}"),
        };
        let mut text = format!(
            "max = {max}\nmin = {:.0}\nhold = {hold}\nstep_up = {}\nstep_down = {}\n\
             dead_band_wait = {}\ndead_band_share = {:?}\ndead_band_hold = {}\n",
            share(min_share).floor(), step(steps.0), step(steps.1), dead_band.0, dead_band.1, dead_band.2,
        );
        if let Some(more) = more_processes {
            text += &format!("max_processes = {}\n", max + more);
        }
        for (days, from, until, workers) in floors {
            let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
            let days = names.iter().enumerate().filter(|(day, _)| days >> day & 1 == 1);
            let days: Vec<_> = days.map(|(_, name)| format!("{name:?}")).collect();
            text += &format!(
                "[[pool.scaling.schedule]]\ndays = [{}]\nfrom = \"{:02}:{:02}\"\nuntil = \"{:02}:{:02}\"\nworkers = {:.0}\n",
                days.join(", "), from / 60, from % 60, until / 60, until % 60, share(workers).floor(),
            );
        }
        text
    }
}

prop_compose! {
    fn a_file()(
        law in law(),
        limits in limits(),
        interval in 100_u64..=60 * 60 * 1000,
        fast_share in proptest::option::of(0.0..=1.0_f64),
        fast_off: bool,
        prefetch in proptest::option::of(1_u32..=65_535),
        fleet in (milliseconds(0..=DAY), milliseconds(100..=60 * 60 * 1000)),
        host in (0.05..=1.0_f64, 0_u64..=1 << 46),
    ) -> String {
        let mut text = format!(
            "[host]\ncpu_limit = {:?}\nmemory_reserve = \"{}B\"\n[[pool]]\ninterval = \"{interval}ms\"\n",
            host.0, host.1,
        );
        if fast_off {
            text += "fast_interval = \"off\"\n";
        } else if let Some(share) = fast_share {
            let nanoseconds = 50e6 + share * (interval as f64 * 1e6 - 50e6);
            text += &format!("fast_interval = \"{nanoseconds:.0}ns\"\n");
        }
        if let Some(prefetch) = prefetch {
            text += &format!("prefetch = {prefetch}\n");
        }
        text + &format!(
            "[pool.fleet]\nstop_grace = {}\nready_after = {}\n[pool.scaling]\n{law}{limits}",
            fleet.0, fleet.1,
        )
    }
}

proptest! {
    #[test]
    fn without_changes_nothing_changes(text in a_file()) {
        let pool = pool(&text);
        prop_assert_eq!(what_if(&pool.policy_table, &[]), Ok(pool.scaling));
    }
}

#[test]
fn each_key_can_be_changed_alone() {
    let base = "";
    let after = |change: &str| changed(base, &[change]);
    assert_eq!(after("max=20").limits.max, 20);
    assert_eq!(after("pool.scaling.max=20"), after("max = 20"));
    assert_eq!(after("min=3").limits.min, 3);
    assert_eq!(after("max_processes=15").limits.max_processes, 15);
    assert_eq!(after("hold=10s").limits.hold, Duration::from_secs(10));
    assert_eq!(after("hold=\"10s\""), after("hold=10s"), "quotes may stand");
    assert_eq!(after("interval=1s").interval, Duration::from_secs(1));
    assert_eq!(after("fast_interval=off").fast_interval, FastInterval::Off);
    assert_eq!(after("prefetch=7").prefetch.get(), 7);
    assert_eq!(after("headroom=1").headroom.beta(), 1.0);
    assert_eq!(
        after("dead_band_share=0.5").limits.dead_band.share.get(),
        0.5
    );
    assert_eq!(after("stop_grace=1m").stop_grace, Duration::from_secs(60));
    assert_eq!(
        after("ready_after=30s").ready_after,
        Duration::from_secs(30)
    );
    assert_eq!(
        after("pool.fleet.ready_after=30s"),
        after("ready_after=30s")
    );
    assert_eq!(
        after("count_in_flight=false").backlog,
        policy::Backlog::Ready
    );
    assert_eq!(after("cpu_limit=0.8").limits.host.cpu_limit, 0.8);
    assert_eq!(
        after("memory_reserve=1KiB")
            .limits
            .host
            .memory_reserve_bytes,
        1024
    );
    let two = std::num::NonZeroU32::new(2).expect("above zero");
    assert_eq!(after("step_up=2").limits.step_up, Step::AtMost(two));
    let by_two = "[[pool]]\n[pool.scaling]\nstep_up = 2\n";
    assert_eq!(changed(by_two, &["step_up=unlimited"]), changed(base, &[]));
    assert_eq!(
        changed(base, &["max=5", "max=20"]),
        after("max=20"),
        "the last one counts"
    );
}

#[test]
fn what_follows_from_another_key_goes_on_following() {
    let base = "";
    assert_eq!(changed(base, &["max=20"]).limits.max_processes, 40);
    assert_eq!(
        changed(base, &["worker_rate=40"]).prefetch.get(),
        10,
        "40 · 0.25 s"
    );
    let often = changed(base, &["interval=200ms"]);
    assert_eq!(often.fast_interval, FastInterval::Off);

    let given = "[[pool]]\nprefetch = 7\n[pool.scaling]\nmax_processes = 15\n";
    let after = changed(given, &["max=12", "worker_rate=40"]);
    assert_eq!((after.limits.max_processes, after.prefetch.get()), (15, 7));
    assert_eq!(
        problems(given, &["max=20"]),
        "pool.scaling.max_processes = 15: must be a whole number from 20 to 2000"
    );
}

#[test]
fn capacity_and_worker_rate_take_each_others_place() {
    let base = "";
    assert_eq!(
        changed(base, &["capacity=1000"]).capacity.messages(),
        1000.0
    );
    assert_eq!(
        changed(base, &["capacity=1000", "worker_rate=50"])
            .capacity
            .messages(),
        100.0
    );
    let slower = changed(base, &["drain_time=4s"]);
    assert_eq!(
        slower.capacity.messages(),
        800.0,
        "a worker is no quicker for it: 200 · 4 s"
    );

    let measured = changed(base, &["worker_rate=auto"]);
    assert_eq!(measured.worker_rate, WorkerRate::Measured);
    assert_eq!(
        measured.capacity.messages(),
        400.0,
        "what was given is the prior"
    );
    let other_prior = changed(base, &["worker_rate=auto", "worker_rate_prior=50"]);
    assert_eq!(other_prior.capacity.messages(), 100.0);
    let measured = "[[pool]]\n[pool.scaling]\nworker_rate = \"auto\"\nworker_rate_prior = 50\n";
    let shipped = changed(base, &[]);
    assert_eq!(changed(measured, &["worker_rate=200"]), shipped);
    assert_eq!(changed(measured, &["capacity=400"]), shipped);
    let exact = "[[pool]]\n[pool.scaling]\ndrain_time = \"300ms\"\nworker_rate = 0.1\n";
    assert_eq!(
        changed(exact, &["worker_rate=auto"]).capacity,
        changed(exact, &[]).capacity,
        "0.1 · 0.3 s, to the last digit"
    );
    let by_capacity = "[[pool]]\n[pool.scaling]\ncapacity = 1000\n";
    let slower = changed(by_capacity, &["drain_time=4s"]);
    assert_eq!(slower.capacity.messages(), 2000.0, "500 · 4 s");
    assert!(problems(base, &["worker_rate_prior=50"]).contains("must stand beside"));
}

#[test]
fn the_deadline_brings_its_wait_and_takes_it_away() {
    let base = "";
    let wait = |seconds| Strategy::Deadline {
        wait: Duration::from_secs(seconds),
    };
    assert_eq!(changed(base, &["strategy=deadline"]).strategy, wait(2));
    let both = ["wait=1s", "strategy=deadline"];
    assert_eq!(changed(base, &both).strategy, wait(1));
    let deadline = "[[pool]]\n[pool.scaling]\nstrategy = \"deadline\"\nwait = \"1s\"\n";
    let shipped = changed(base, &[]);
    assert_eq!(changed(deadline, &["strategy=formula"]), shipped);
    assert_eq!(changed(deadline, &["wait=3s"]).strategy, wait(3));
    assert!(problems(base, &["wait=1s"]).contains("must stand beside strategy = \"deadline\""));
}

#[test]
fn the_schedule_survives_and_can_not_be_changed() {
    let file = "[[pool]]\n[[pool.scaling.schedule]]\nfrom = \"08:00\"\nworkers = 8\n";
    let Pool {
        scaling,
        policy_table: base,
        ..
    } = pool(file);
    let base = base.as_str();
    assert_eq!(changed(base, &["max=20"]).schedule, scaling.schedule);
    assert_eq!(
        problems(base, &["max=5"]),
        "pool.scaling.schedule[0].workers = 8: must be a whole number from 0 to 5, which is `max`"
    );
    assert!(problems(base, &["schedule=[]"]).contains("no such key to change; there are: "));
}

#[test]
fn every_mistake_is_told_at_once() {
    let base = "";
    assert_eq!(
        problems(
            base,
            &["maks=3", "20", "pool.scaling.wiat=1s", "exchange=other"]
        )
        .lines()
        .map(|line| line
            .split_once("there are")
            .map_or(line, |(before, _)| before))
        .collect::<Vec<_>>(),
        [
            "maks: no such key; did you mean `max`?",
            "\"20\" must be key=value, such as max=20 or wait=1s",
            "pool.scaling.wiat: no such key; did you mean `wait`?",
            "exchange: no such key to change; ",
        ]
    );
    let changes = ["max=0".to_owned(), "drain_time=2".to_owned()];
    assert_eq!(
        what_if(base, &changes).expect_err("invalid").to_string(),
        "2 problems in the configuration after the changes\
         \n  pool.scaling.drain_time = 2: must be a duration with a unit, in quotes, from \
         \"100ms\" to \"1day\"\
         \n  pool.scaling.max = 0: must be a whole number from 1 to 1000, or \"auto\""
    );
    assert_eq!(
        what_if("[[pool]]\n[pool.scaling]\nmax = 0\n", &changes)
            .expect_err("invalid")
            .to_string(),
        "1 problem in the configuration before the changes\
         \n  pool.scaling.max = 0: must be a whole number from 1 to 1000, or \"auto\""
    );
    for odd in [
        "max=20\nmin=5",
        "max=[",
        "max=",
        "hold=1s\"\n#",
        "pool.max=3",
    ] {
        assert!(!problems(base, &[odd]).is_empty(), "{odd}");
    }
}

/// A journal keeps the text: what is no business of the policy's stays out, and what the host decides
/// is told as it came to.
#[test]
fn the_text_of_a_pool_holds_what_the_policy_sees_and_nothing_else() {
    let second = "[broker]\nurl = \"amqp://u:p4ss@h/v\"\n[host]\ncpu_limit = 0.5\n\
        [[pool]]\nname = \"a\"\nwork_queue = \"a\"\n\
        [[pool]]\nname = \"b\"\nwork_queue = \"b\"\nprefetch = 7\n\
        [pool.fleet]\ncommand = [\"secret\"]\nready_after = \"1s\"\n\
        [pool.scaling]\nmax = \"auto\"\n";
    let loaded = Config::parse(second, "config.toml", &Environment::default()).expect(second);
    assert_eq!(
        loaded.config.pools[1].policy_table,
        "[host]\ncpu_limit = 0.5\n\n[[pool]]\nprefetch = 7\n\n[pool.fleet]\nready_after = \"1s\"\n\n\
         [pool.scaling]\nmax = 3\n",
        "three for one processor"
    );
}

#[test]
fn whatever_of_the_file_reaches_the_policy_can_be_changed() {
    let all = config::keys();
    let can = what_if_keys();
    assert!(can.iter().all(|key| all.contains(key)), "{can:?}");
    for key in all {
        let reaches = key.starts_with("host.") || key.starts_with("pool.scaling.");
        let schedule = key.contains("schedule") || key == "pool.scaling.time_zone";
        assert!(!reaches || schedule || can.contains(&key), "{key}");
    }
}
