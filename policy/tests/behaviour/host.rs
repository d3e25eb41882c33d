//! What the host has room for keeps the fleet from growing, and lowers nothing.

use crate::story::{SIGKILL, Story, without_hold};
use policy::{Event, HostLimits, HostUsage, Limit, LimitName, Settings};

const MIB: u64 = 1024 * 1024;

/// Up to 90 % of the processors, and 256 MiB of memory kept for others.
fn bounded() -> Settings {
    let mut settings = without_hold();
    settings.limits.host = HostLimits {
        cpu_limit: 0.9,
        memory_reserve_bytes: 256 * MIB,
    };
    settings
}

fn usage(cpu_ratio: f64, memory_available_mib: u64) -> Event {
    Event::HostMeasured {
        usage: HostUsage {
            cpu_ratio,
            memory_available_bytes: memory_available_mib * MIB,
        },
        worker_memory_bytes: Some(100 * MIB),
    }
}

fn by_host(from: u32, to: u32) -> Limit {
    let name = LimitName::Host;
    Limit { name, from, to }
}

#[test]
fn busy_processors_get_no_more_workers() {
    let mut story = Story::with_workers(bounded(), 3);
    story.tell(usage(0.95, 8_000));
    assert_eq!(story.queue(4_000, 0.0), []);
    assert_eq!(story.decision().limits, [by_host(10, 3)]);
    assert_eq!(
        story.decision().explain(),
        "no change: 3 workers, as backlog 4 000 and 0 msg/s need 10 at 200 msg/s each within 2 s; \
         host 3"
    );
    story.tell(usage(0.5, 8_000));
    story.queue(4_000, 0.0);
    assert_eq!(story.view().desired, 10);
}

#[test]
fn memory_has_room_for_so_many_more_until_it_is_measured_again() {
    let mut story = Story::with_workers(bounded(), 3);
    // (600 − 256) / 100 = 3 more.
    story.tell(usage(0.1, 600));
    for _ in 0..3 {
        story.queue(4_000, 0.0);
        assert_eq!(story.decision().limits, [by_host(10, 6)]);
        assert_eq!(
            story.states(),
            (3, 3, 0),
            "room that is taken is not there twice"
        );
    }
    story.bring_up();
    story.tell(usage(0.1, 380));
    story.queue(4_000, 0.0);
    assert_eq!(story.decision().limits, [by_host(10, 7)]);
}

#[test]
fn a_full_host_lowers_nothing() {
    let mut story = Story::with_workers(bounded(), 8);
    story.tell(usage(1.0, 0));
    story.queue(4_000, 0.0);
    assert_eq!(story.states(), (0, 8, 0));
    // Those that are not needed go, as ever.
    story.queue(0, 600.0);
    assert_eq!(story.view().desired, 3);
}

#[test]
fn who_died_is_not_started_again_on_a_full_host() {
    let mut story = Story::with_workers(bounded(), 8);
    story.tell(usage(1.0, 0));
    story.exited(1, SIGKILL);
    story.queue(4_000, 0.0);
    assert_eq!(story.decision().limits, [by_host(10, 7)]);
    assert_eq!(story.wait(5.0), []);
}

#[test]
fn min_is_wanted_whatever_the_host_says() {
    let mut settings = bounded();
    settings.limits.min = 5;
    let mut story = Story::new(settings);
    story.tell(usage(1.0, 0));
    story.queue(4_000, 0.0);
    assert_eq!(story.view().desired, 5);
    let names: Vec<_> = story.decision().limits.iter().map(|l| l.name).collect();
    assert_eq!(names, [LimitName::Host, LimitName::Min]);
}

#[test]
fn a_host_that_is_not_measured_any_more_is_not_a_full_one() {
    let mut story = Story::with_workers(bounded(), 3);
    story.tell(usage(1.0, 0));
    story.wait(10.0);
    story.queue(4_000, 0.0);
    assert_eq!(story.view().desired, 3);
    story.wait(1.0);
    story.queue(4_000, 0.0);
    assert_eq!(story.view().desired, 10);
}

#[test]
fn limits_that_are_off_never_forbid() {
    let mut story = Story::with_workers(without_hold(), 3);
    story.tell(usage(1.0, 0));
    story.queue(4_000, 0.0);
    assert_eq!(story.view().desired, 10);
    assert_eq!(story.decision().limits, []);
}
