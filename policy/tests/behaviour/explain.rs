//! Every decision in one sentence.

use crate::story::{SIGKILL, Story, seconds, settings, without_hold};
use policy::{Arrivals, Capacity, Event, Override, Shutdown, WorkerRate, WorkerRateSource};
use std::num::NonZeroU32;

fn said(story: &Story) -> String {
    story.decision().explain()
}

#[test]
fn demand_with_its_numbers() {
    let mut settings = without_hold();
    settings.limits.max = 19;
    settings.limits.max_processes = 38;
    let mut story = Story::with_workers(settings, 12);
    story.queue(6_900, 950.0);
    assert_eq!(
        said(&story),
        "12 → 19 workers: backlog 6 900 and 950 msg/s need 22 at 200 msg/s each within 2 s; max 19"
    );
    story.bring_up();
    story.queue(0, 180.0);
    assert_eq!(
        said(&story),
        "19 → 1 worker: backlog 0 and 180 msg/s need 1 at 200 msg/s each within 2 s"
    );
    story.queue(0, 180.5);
    assert_eq!(
        said(&story),
        "no change: 1 worker, as backlog 0 and 180 msg/s need 1 at 200 msg/s each within 2 s"
    );
}

#[test]
fn small_numbers_and_several_limits() {
    let mut settings = settings();
    settings.capacity = Capacity::try_new(0.2).unwrap();
    settings.prefetch = NonZeroU32::MIN;
    settings.limits.max = 2;
    let mut story = Story::new(settings);
    story.queue(3, 0.0);
    assert_eq!(
        said(&story),
        "0 → 2 workers: backlog 3 and 0 msg/s need 15 at 0.1 msg/s each within 2 s; useful 3; max 2"
    );
}

#[test]
fn how_the_worker_rate_is_known_is_said() {
    let mut settings = settings();
    settings.worker_rate = WorkerRate::Measured;
    let mut story = Story::new(settings);
    story.queue(400, 200.0);
    let mut decision = story.decision();
    assert_eq!(
        decision.explain(),
        "0 → 2 workers: backlog 400 and 200 msg/s need 2 at an assumed 200 msg/s each within 2 s"
    );
    decision.observation.worker_rate_source = WorkerRateSource::Measured { error_ratio: 0.1 };
    assert_eq!(
        decision.explain(),
        "0 → 2 workers: backlog 400 and 200 msg/s need 2 at a measured 200 msg/s each within 2 s"
    );
}

#[test]
fn what_is_not_known_is_said() {
    let mut story = Story::new(without_hold());
    story.no_data();
    assert_eq!(
        said(&story),
        "no change: 0 workers, as the queue could not be sampled"
    );
    story.sampled(100, 0, Arrivals::Unknown);
    assert_eq!(
        said(&story),
        "0 → 1 worker: backlog 100 and an unknown arrival rate need 1 at 200 msg/s each within 2 s"
    );
    let mut story = Story::with_workers(without_hold(), 3);
    story.sampled(
        1,
        3,
        Arrivals::AtLeast {
            messages: 100,
            over: seconds(2.0),
        },
    );
    assert_eq!(
        said(&story),
        "no change: 3 workers, as backlog 1 and at least 50 msg/s need 1 at 200 msg/s each within \
         2 s; nothing is lowered by a rate that is not known"
    );
    story.sampled(0, 0, Arrivals::Unknown);
    assert_eq!(
        said(&story),
        "no change: 3 workers, as 0 messages and 0 consumers can't be true while own workers consume"
    );
    story.exited(1, SIGKILL);
    story.no_data();
    assert_eq!(
        said(&story),
        "2 → 3 workers: the queue could not be sampled, and 3 stay wanted"
    );
}

#[test]
fn orders_are_said() {
    let mut story = Story::with_workers(without_hold(), 3);
    let need = "backlog 0 and 600 msg/s need 3 at 200 msg/s each within 2 s";
    story.tell(Event::Paused);
    assert_eq!(
        said(&story),
        format!("no change: 3 workers, as the pool is paused; {need}")
    );
    story.tell(Event::Resumed);
    story.tell(Event::Overridden(Override::Workers(12)));
    assert_eq!(
        said(&story),
        format!("3 → 10 workers: the number is fixed by hand; {need}; max 10")
    );
    story.tell(Event::Shutdown(Shutdown::Drain));
    assert_eq!(said(&story), "10 → 0 workers: the pool ends");
}

#[test]
fn a_decision_serialises_with_its_units() {
    let story = Story::with_workers(without_hold(), 3);
    let json = serde_json::to_value(story.decision()).unwrap();
    assert_eq!(json["at_seconds"], 100.0);
    assert_eq!(json["reason"], "demand");
    assert_eq!(json["observation"]["drain_time_seconds"], 2.0);
    assert_eq!(json["observation"]["arrival_rate"], 600.0);
    assert_eq!(json["observation"]["arrival_rate_source"], "counted");
}
