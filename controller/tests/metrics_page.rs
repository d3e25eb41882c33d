//! docs/metrics.md lists exactly the families that there are.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails on what it does not expect"
)]

use controller::metrics::{Metrics, PoolMetrics, WorkersUsage};
use controller::source::Link;
use policy::{Arrivals, HostUsage, Observation};
use std::collections::BTreeMap;
use std::time::Duration;

/// Every family with its type, with everything known that can be.
fn families() -> BTreeMap<String, String> {
    let metrics = Metrics::new();
    metrics.set_host(HostUsage {
        cpu_ratio: 0.5,
        memory_available_bytes: 1,
    });
    metrics.set_sample_age("filter", Duration::from_secs(1));
    let pool = PoolMetrics::new(metrics.clone(), "filter");
    pool.looked(Duration::from_millis(1), Link::Up);
    let arrivals = Arrivals::Counted {
        messages: 1,
        over: Duration::from_secs(2),
    };
    pool.sampled(1, arrivals);
    let scaling = config::Config::default().pools[0].scaling.clone();
    let mut policy = policy::Pool::new(scaling);
    policy.handle(
        Duration::ZERO,
        policy::Event::Sampled(policy::Sample {
            taken_at: Duration::ZERO,
            ready: 1,
            consumers: 0,
            arrivals,
        }),
    );
    let view = policy.view();
    let seen = view.observation.map(|seen| Observation {
        in_flight: Some(1),
        ..seen
    });
    let usage = WorkersUsage {
        cpu_ratio: Some(0.5),
        memory_bytes: Some(1),
    };
    pool.show(&view, seen.as_ref(), usage);

    let text = String::from_utf8(metrics.render().unwrap()).unwrap();
    let mut families = BTreeMap::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let (name, kind) = line.split_once(' ').unwrap();
        families.insert(name.to_owned(), kind.to_owned());
    }
    families
}

/// The rows of the page's table: name and type.
fn documented() -> BTreeMap<String, String> {
    include_str!("../../docs/metrics.md")
        .lines()
        .filter_map(|line| {
            let mut cells = line.strip_prefix("| `warren_")?.split('|').map(str::trim);
            let name = format!("warren_{}", cells.next()?.trim_end_matches('`'));
            Some((name, cells.next()?.to_owned()))
        })
        .collect()
}

#[test]
fn the_page_lists_exactly_the_families_that_there_are() {
    assert_eq!(families(), documented());
}

#[test]
fn the_names_are_those_of_the_design() {
    let names: Vec<String> = families().into_keys().collect();
    insta::assert_snapshot!(names.join("\n"), @r"
    warren_arrival_gaps_total
    warren_arrival_rate
    warren_arrivals_total
    warren_broker_connected
    warren_build_info
    warren_consumers
    warren_count_queue_messages
    warren_decisions_total
    warren_host_cpu_ratio
    warren_host_memory_available_bytes
    warren_in_flight_messages
    warren_ready_messages
    warren_sample_age_seconds
    warren_sample_duration_seconds
    warren_sample_failures_total
    warren_scale_actions_total
    warren_worker_cpu_ratio
    warren_worker_exits_total
    warren_worker_memory_bytes
    warren_worker_rate
    warren_workers
    warren_workers_demand
    warren_workers_desired
    warren_workers_max
    warren_workers_min
    ");
}
