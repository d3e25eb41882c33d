//! More workers that do not do more work: noticed, said, and tried again later.

use crate::story::{Story, seconds, settings};
use policy::{Activity, Arrivals, Capacity, Event, Exit, LimitName, Settings, Step, WorkerState};
use std::num::NonZeroU32;

/// At most 60 workers, so that nothing but saturation stops the fleet.
fn many() -> Settings {
    let mut settings = settings();
    settings.limits.max = 60;
    settings.limits.max_processes = 120;
    settings
}

/// A queue and its workers on a host, looked at every half second.
struct Scene {
    story: Story,
    waiting: f64,
    arrivals_per_second: f64,
    /// What one worker does.
    each_per_second: f64,
    /// What the host does, however many workers there are.
    host_per_second: f64,
    /// New workers wait for this.
    workers_come: bool,
    reports: bool,
    counted: bool,
}

const LOOK_SECONDS: f64 = 0.5;

impl Scene {
    /// 800 messages wait, and as many as five workers do are on their way.
    fn new(arrivals_per_second: f64, host_per_second: f64) -> Self {
        let mut scene = Self {
            story: Story::with_workers(many(), 5),
            waiting: 800.0,
            arrivals_per_second,
            each_per_second: 200.0,
            host_per_second,
            workers_come: true,
            reports: true,
            counted: true,
        };
        scene.report();
        scene
    }

    fn report(&mut self) {
        if self.workers_come {
            for id in self.story.ids(WorkerState::Starting) {
                self.story.ready(id);
            }
        }
        if self.reports {
            let activity = if self.waiting >= 1.0 {
                Activity::Busy
            } else {
                Activity::Idle
            };
            for id in self.story.ids(WorkerState::Ready) {
                self.story.reports(id, activity, 1, 0);
            }
        }
    }

    fn look(&mut self) {
        self.story.wait(LOOK_SECONDS);
        let ready = self.story.view().ready;
        let done = (f64::from(ready) * self.each_per_second).min(self.host_per_second);
        let arrived = self.arrivals_per_second * LOOK_SECONDS;
        self.waiting = (self.waiting + arrived - done * LOOK_SECONDS).max(0.0);
        let arrivals = if self.counted {
            Arrivals::Counted {
                messages: arrived as u64,
                over: seconds(LOOK_SECONDS),
            }
        } else {
            Arrivals::Unknown
        };
        self.story.sampled(self.waiting as u64, ready, arrivals);
        self.report();
    }

    /// Looks until it is so, and answers with the time it took.
    fn until(&mut self, is_so: impl Fn(&Story) -> bool) -> f64 {
        let began = self.story.now;
        for _ in 0..10_000 {
            if is_so(&self.story) {
                return (self.story.now - began).as_secs_f64();
            }
            self.look();
        }
        panic!("it never was");
    }

    fn looks(&mut self, seconds: f64) {
        for _ in 0..(seconds / LOOK_SECONDS) as u32 {
            self.look();
        }
    }
}

fn is_saturated(story: &Story) -> bool {
    story.view().saturated.is_some()
}

#[test]
fn a_host_that_does_no_more_gets_no_more_workers() {
    // 1 000 msg/s come, and the host does 800, whoever does it.
    let mut scene = Scene::new(1_000.0, 800.0);
    assert!(scene.until(is_saturated) < 10.0);
    scene.until(|story| {
        let limits = story.decision().limits;
        limits.iter().any(|l| l.name == LimitName::Saturated)
    });
    let workers = scene.story.view().ready;
    assert!(workers < 15, "{workers}");
    let saturated = scene.story.view().saturated.unwrap();
    assert!(
        saturated.workers >= 5 && saturated.workers < workers,
        "{saturated:?}"
    );
    assert!(
        scene
            .story
            .decision()
            .explain()
            .ends_with(&format!("; saturated {workers}"))
    );
    // Messages wait, ever more of them, and the fleet stays.
    scene.looks(50.0);
    assert_eq!(scene.story.states(), (0, workers, 0));
    assert!(scene.story.view().demand > workers);
}

#[test]
fn it_is_tried_again_after_a_minute_then_two_up_to_ten_with_a_quarter_more() {
    let mut scene = Scene::new(1_000.0, 800.0);
    scene.until(is_saturated);
    let mut pauses = Vec::new();
    for _ in 0..6 {
        scene.look();
        let before = scene.story.view().ready;
        pauses.push(scene.until(|story| story.view().ready > before));
        let tried = scene.story.view().ready - before;
        assert_eq!(tried, (before / 4).max(1));
        // The try is in vain: the next pause is longer than a try ever takes.
        scene.until(|story| {
            let saturated = story.view().saturated.unwrap();
            saturated.until > story.now + seconds(60.0)
        });
    }
    let expected = [60.0, 120.0, 240.0, 480.0, 600.0, 600.0];
    for (pause, expected) in pauses.iter().zip(expected) {
        assert!((pause - expected).abs() < 2.0, "{pauses:?}");
    }
}

#[test]
fn a_try_that_helps_ends_it() {
    let mut scene = Scene::new(1_000.0, 800.0);
    scene.until(is_saturated);
    scene.looks(30.0);
    // Whatever else kept the host busy is over.
    scene.host_per_second = f64::INFINITY;
    scene.arrivals_per_second = 20_000.0;
    scene.until(|story| !is_saturated(story));
    scene.until(|story| story.view().ready == 60);
}

#[test]
fn it_is_over_when_nothing_waits_any_more() {
    let mut scene = Scene::new(1_000.0, 800.0);
    scene.until(is_saturated);
    scene.arrivals_per_second = 0.0;
    scene.until(|story| story.decision().observation.ready == 0);
    assert!(!is_saturated(&scene.story));
}

#[test]
fn it_is_over_when_fewer_are_left_than_before_the_rise() {
    let mut scene = Scene::new(1_000.0, 800.0);
    scene.until(is_saturated);
    let mut fewer = many();
    fewer.limits.max = 4;
    scene.story.tell(Event::ConfigChanged(fewer));
    for id in scene.story.ids(WorkerState::Draining) {
        scene.story.exited(id, Exit::Code(0));
    }
    scene.look();
    assert!(!is_saturated(&scene.story));
}

/// None of these is saturated within a minute and a half.
fn never_saturated(mut scene: Scene) -> Scene {
    for _ in 0..180 {
        scene.look();
        assert!(!is_saturated(&scene.story), "at {:?}", scene.story.now);
        let limits = scene.story.decision().limits;
        assert!(limits.iter().all(|l| l.name != LimitName::Saturated));
    }
    scene
}

#[test]
fn workers_that_help_are_no_saturation_however_fast_the_burst_grows() {
    never_saturated(Scene::new(2_000.0, f64::INFINITY));
    let mut scene = Scene::new(1_000.0, f64::INFINITY);
    for _ in 0..60 {
        scene.arrivals_per_second += 120.0;
        scene.look();
        assert!(!is_saturated(&scene.story));
    }
    never_saturated(scene);
}

#[test]
fn workers_that_help_a_little_are_no_saturation() {
    // From the fifth worker on, each does a third of what the first ones do.
    let mut scene = Scene::new(1_500.0, f64::INFINITY);
    for _ in 0..180 {
        let workers = f64::from(scene.story.view().ready.max(5));
        scene.host_per_second = 1_000.0 + (workers - 5.0) * 70.0;
        scene.look();
        assert!(!is_saturated(&scene.story));
    }
}

#[test]
fn heavier_messages_are_no_saturation() {
    let mut scene = Scene::new(1_000.0, f64::INFINITY);
    scene.looks(20.0);
    scene.each_per_second = 60.0;
    never_saturated(scene);
}

#[test]
fn workers_that_start_or_do_not_report_say_nothing() {
    let mut scene = Scene::new(1_000.0, 800.0);
    scene.workers_come = false;
    never_saturated(scene);

    let mut scene = Scene::new(1_000.0, 800.0);
    scene.reports = false;
    for id in scene.story.ids(WorkerState::Ready) {
        scene.story.idle(id);
    }
    never_saturated(scene);
}

#[test]
fn arrivals_that_are_not_counted_say_nothing() {
    let mut scene = Scene::new(1_000.0, 800.0);
    scene.counted = false;
    never_saturated(scene);
}

#[test]
fn looks_that_fail_are_a_gap_and_nothing_is_compared_across_it() {
    let mut scene = Scene::new(1_000.0, 800.0);
    for _ in 0..60 {
        scene.look();
        scene.look();
        scene.story.no_data();
        assert!(!is_saturated(&scene.story));
    }
}

#[test]
fn without_a_standing_backlog_nothing_shows() {
    // Ten workers where five would do, and never more waiting than they take until the next look.
    let mut scene = Scene::new(1_000.0, f64::INFINITY);
    scene.waiting = 3.0;
    for workers in [5, 10, 15] {
        let mut fixed = many();
        fixed.limits.min = workers;
        scene.story.tell(Event::ConfigChanged(fixed));
        for _ in 0..30 {
            scene.report();
            scene.waiting = 10.0;
            scene.each_per_second = 1_000.0 / f64::from(scene.story.view().ready.max(1));
            scene.look();
            assert!(!is_saturated(&scene.story));
        }
    }
}

#[test]
fn long_tasks_are_watched_for_longer_than_they_take() {
    // Tasks of 10 s, and a host that has no more than twenty of them done at a time.
    let mut settings = many();
    settings.capacity = Capacity::try_new(0.2).unwrap();
    settings.prefetch = NonZeroU32::MIN;
    settings.limits.max = 400;
    settings.limits.max_processes = 800;
    settings.limits.step_up = Step::AtMost(NonZeroU32::new(50).unwrap());
    let mut scene = Scene::new(0.0, 2.0);
    scene.story = Story::new(settings);
    scene.waiting = 10_000.0;
    scene.each_per_second = 0.1;
    scene.looks(25.0);
    assert!(!is_saturated(&scene.story), "the first have just finished");
}
