//! Pause, override, configuration and the end: what somebody ordered comes before the strategy.

use crate::story::{SIGKILL, Story, drain, each, kill, start, without_hold};
use policy::{Event, Exit, Health, LimitName, Override, PoolMode, Reason, Shutdown, WorkerId};

#[test]
fn a_paused_pool_starts_and_drains_nothing() {
    let mut story = Story::with_workers(without_hold(), 4);
    story.queue(0, 600.0);
    assert_eq!(story.tell(Event::Paused), []);
    assert_eq!(story.view().mode, PoolMode::Paused);
    assert_eq!(story.queue(4_000, 0.0), []);
    assert_eq!(story.decision().reason, Reason::Paused);
    assert_eq!((story.view().demand, story.view().desired), (10, 3));
    assert_eq!(story.queue(0, 0.0), []);
    assert_eq!(story.exited(2, SIGKILL), []);
    assert_eq!(story.wait(9.9), [], "the dead are not replaced");
    assert_eq!(
        story.wait(0.1),
        [kill(1)],
        "a drain that was under way goes on"
    );
    assert_eq!(story.tell(Event::Resumed), [start(5)]);
    assert_eq!(story.view().mode, PoolMode::Auto);
}

#[test]
fn a_fixed_number_is_bounded_by_max_alone() {
    let mut settings = without_hold();
    settings.limits.min = 2;
    let mut story = Story::with_workers(settings, 3);
    assert_eq!(
        story.tell(Event::Overridden(Override::Workers(5))),
        each(start, 4..=5)
    );
    assert_eq!(story.view().mode, PoolMode::Overridden(5));
    assert_eq!(story.decision().reason, Reason::Override);
    assert_eq!(story.queue(0, 0.0), [], "whatever the strategy asks for");
    assert_eq!(story.decision().demand, 0);

    assert_eq!(
        story.tell(Event::Overridden(Override::Workers(50))),
        each(start, 6..=10)
    );
    assert_eq!(story.decision().limits[0].name, LimitName::Max);
    story.bring_up();
    assert_eq!(
        story.tell(Event::Overridden(Override::Workers(0))),
        each(drain, 1..=10)
    );
    // Back to the strategy: `min` at once, the rest with the next sample.
    assert_eq!(
        story.tell(Event::Overridden(Override::Auto)),
        each(start, 11..=12)
    );
    assert_eq!(story.view().mode, PoolMode::Auto);
    assert_eq!(story.queue(1_200, 0.0), [start(13)]);
}

#[test]
fn a_fixed_number_holds_without_data_and_through_a_pause() {
    let mut story = Story::new(without_hold());
    assert_eq!(
        story.tell(Event::Overridden(Override::Workers(2))),
        each(start, 1..=2)
    );
    story.bring_up();
    story.no_data();
    assert_eq!(story.decision().reason, Reason::Override);
    story.tell(Event::Paused);
    assert_eq!(story.tell(Event::Overridden(Override::Workers(3))), []);
    assert_eq!(story.view().mode, PoolMode::Paused);
    assert_eq!(story.tell(Event::Resumed), [start(3)]);
}

#[test]
fn new_settings_count_at_once() {
    let mut settings = without_hold();
    let mut story = Story::with_workers(settings.clone(), 6);
    settings.limits.max = 4;
    assert_eq!(
        story.tell(Event::ConfigChanged(settings.clone())),
        each(drain, 1..=2)
    );
    assert_eq!(story.view().max, 4);
    settings.limits.min = 4;
    story.queue(0, 0.0);
    assert_eq!(story.view().desired, 0);
    assert_eq!(
        story.tell(Event::ConfigChanged(settings.clone())),
        each(start, 7..=10)
    );
    // A shorter grace counts for the drains that are under way.
    settings.stop_grace = std::time::Duration::ZERO;
    let killed = story.tell(Event::ConfigChanged(settings));
    assert_eq!(killed, each(kill, 1..=6));
}

#[test]
fn new_limits_start_nothing_before_the_first_sample() {
    let mut settings = without_hold();
    settings.limits.min = 4;
    let mut story = Story::new(settings.clone());
    assert_eq!(story.tell(Event::ConfigChanged(settings)), []);
}

#[test]
fn shutdown_drains_everything_and_is_done_when_nobody_is_left() {
    let mut story = Story::with_workers(without_hold(), 3);
    story.busy(2, 10);
    // 790 wait, 10 are in flight and 1 200 arrive: two workers more.
    story.queue(790, 600.0);
    let actions = story.tell(Event::Shutdown(Shutdown::Drain));
    assert_eq!(actions.len(), 5);
    assert!(
        actions
            .iter()
            .all(|action| matches!(action, policy::Action::Drain(_)))
    );
    assert_eq!(story.view().mode, PoolMode::ShuttingDown);
    assert_eq!(story.decision().reason, Reason::Shutdown);
    assert_eq!(story.queue(9_000, 500.0), [], "nothing is started any more");
    story.tell(Event::Resumed);
    story.tell(Event::Overridden(Override::Workers(5)));
    assert_eq!(story.view().desired, 0);
    for id in [1, 3, 4, 5] {
        assert_eq!(story.exited(id, Exit::Code(0)), []);
    }
    assert_eq!(
        story.wait(10.0),
        [kill(2)],
        "what outlives the grace is killed"
    );
    story.exited(2, SIGKILL);
    assert_eq!(story.view().mode, PoolMode::Done);
    assert_eq!(story.view().health, Health::Healthy);
}

#[test]
fn shutdown_ends_a_paused_pool_too() {
    let mut story = Story::with_workers(without_hold(), 2);
    story.tell(Event::Paused);
    assert_eq!(
        story.tell(Event::Shutdown(Shutdown::Drain)),
        each(drain, 1..=2)
    );
}

#[test]
fn a_second_shutdown_skips_the_grace() {
    let mut story = Story::with_workers(without_hold(), 2);
    assert_eq!(
        story.tell(Event::Shutdown(Shutdown::Drain)),
        each(drain, 1..=2)
    );
    assert_eq!(
        story.tell(Event::Shutdown(Shutdown::Kill)),
        each(kill, 1..=2)
    );
    assert_eq!(
        story.tell(Event::Shutdown(Shutdown::Drain)),
        [],
        "there is no way back"
    );
    assert_eq!(story.wait(4.9), []);
    assert_eq!(story.wait(0.1), each(kill, 1..=2));
}

#[test]
fn shutdown_may_kill_at_once() {
    let mut story = Story::with_workers(without_hold(), 2);
    story.queue(0, 600.0);
    assert_eq!(
        story.tell(Event::Shutdown(Shutdown::Kill)),
        each(kill, 1..=3)
    );
    assert_eq!(
        story.tell(Event::WorkerAdopted {
            worker: WorkerId(9)
        }),
        [kill(9)]
    );
    for id in [1, 2, 3, 9] {
        story.exited(id, SIGKILL);
    }
    assert_eq!(story.view().mode, PoolMode::Done);
}

#[test]
fn a_pool_without_workers_is_done_at_once() {
    let mut story = Story::new(without_hold());
    story.tell(Event::Shutdown(Shutdown::Drain));
    assert_eq!(story.view().mode, PoolMode::Done);
}
