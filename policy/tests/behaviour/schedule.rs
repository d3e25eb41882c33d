//! Floors by the time of the day and the week.

use crate::story::{Story, each, settings, start, without_hold};
use policy::{
    Event, Floor, Limit, LimitName, LocalTime, MinuteOfDay, Override, Reason, Settings, Weekday,
};

/// Four workers from eight to six on Mondays, and six of them from ten to noon.
fn scheduled(mut settings: Settings) -> Settings {
    let floor = |from, until, workers| Floor {
        days: vec![Weekday::Monday],
        from: MinuteOfDay::new(from, 0).unwrap(),
        until: MinuteOfDay::new(until, 0).unwrap(),
        workers,
    };
    settings.schedule = vec![floor(8, 18, 4), floor(10, 12, 6)];
    settings
}

fn monday(hour: u8, minute: u8) -> Event {
    let minute = MinuteOfDay::new(hour, minute).unwrap();
    let weekday = Weekday::Monday;
    Event::LocalTime(LocalTime { weekday, minute })
}

#[test]
fn a_floor_brings_its_workers_when_its_time_comes_and_lets_them_go_at_the_next_look() {
    let mut story = Story::new(scheduled(without_hold()));
    story.tell(monday(7, 59));
    assert_eq!(story.queue(0, 0.0), []);
    assert_eq!(story.tell(monday(8, 0)), each(start, 1..=4));
    let limit = |name, from, to| Limit { name, from, to };
    assert_eq!(story.decision().limits, [limit(LimitName::Schedule, 0, 4)]);
    story.bring_up();
    story.queue(0, 0.0);
    assert_eq!(story.view().desired, 4);
    assert_eq!(
        story.decision().explain(),
        "no change: 4 workers, as backlog 0 and 0 msg/s need 0 at 200 msg/s each within 2 s; \
         schedule 4"
    );

    assert_eq!(story.tell(monday(10, 0)), each(start, 5..=6));
    story.bring_up();
    story.tell(monday(12, 0));
    assert_eq!(story.states(), (0, 6, 0), "only a look may lower");
    story.queue(0, 0.0);
    assert_eq!(story.states(), (0, 4, 2));
}

#[test]
fn a_floor_keeps_no_fleet_small_and_max_stands_above_it() {
    let mut settings = scheduled(without_hold());
    let mut story = Story::new(settings.clone());
    story.tell(monday(9, 0));
    story.queue(4_000, 0.0);
    assert_eq!(story.view().desired, 10);
    assert_eq!(story.decision().limits, []);

    settings.limits.max = 3;
    let mut story = Story::new(settings);
    story.tell(monday(9, 0));
    story.queue(0, 0.0);
    assert_eq!(story.view().desired, 3);
    let names: Vec<_> = story.decision().limits.iter().map(|l| l.name).collect();
    assert_eq!(names, [LimitName::Schedule, LimitName::Max]);
}

#[test]
fn a_floor_needs_no_look_once_the_queue_has_been_seen_and_none_counts_before() {
    let mut story = Story::new(scheduled(settings()));
    assert_eq!(story.tell(monday(9, 0)), []);
    assert_eq!(story.no_data(), []);
    assert_eq!(story.queue(0, 0.0), each(start, 1..=4));
    // The broker is gone, and ten o'clock comes all the same.
    story.bring_up();
    story.no_data();
    assert_eq!(story.tell(monday(10, 0)), each(start, 5..=6));
    assert_eq!(story.no_data(), []);
    assert_eq!(
        (story.decision().desired, story.decision().reason),
        (6, Reason::NoData)
    );
}

#[test]
fn while_nobody_tells_the_time_what_was_last_known_counts() {
    let mut story = Story::new(scheduled(without_hold()));
    story.queue(0, 0.0);
    assert_eq!(story.view().desired, 0, "no time, no floor");
    story.tell(monday(9, 0));
    story.bring_up();
    story.wait(100_000.0);
    story.queue(0, 0.0);
    assert_eq!(story.view().desired, 4);
}

#[test]
fn orders_stand_above_a_floor() {
    let mut story = Story::new(scheduled(without_hold()));
    story.queue(0, 0.0);
    story.tell(Event::Paused);
    assert_eq!(story.tell(monday(9, 0)), []);
    assert_eq!(story.tell(Event::Resumed), each(start, 1..=4));
    story.bring_up();
    story.tell(Event::Overridden(Override::Workers(1)));
    assert_eq!(story.states(), (0, 1, 3));
    story.tell(monday(10, 0));
    assert_eq!(story.view().desired, 1);
}

#[test]
fn a_new_schedule_counts_at_once() {
    let mut story = Story::new(without_hold());
    story.tell(monday(9, 0));
    story.queue(0, 0.0);
    let changed = Event::ConfigChanged(scheduled(without_hold()));
    assert_eq!(story.tell(changed), each(start, 1..=4));
}
