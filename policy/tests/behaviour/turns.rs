//! Random turns of a world: what a queue, workers and people may do to a pool.

use crate::story::settings;
use policy::{
    Activity, Arrivals, Backlog, Capacity, DeadBand, Event, Exit, FailedAction, FastInterval,
    Floor, Fraction, Headroom, HostLimits, HostUsage, LocalTime, MinuteOfDay, Override, Settings,
    Shutdown, Step, Weekday, WorkerId, WorkerRate, WorkerStatus,
};
use proptest::prelude::*;
use std::num::NonZeroU32;
use std::time::Duration;

/// From the first day to the last.
pub(crate) const WEEK: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

/// One turn of the world. Numbers pick among what there is.
#[derive(Clone, Debug)]
pub(crate) enum Turn {
    Wait {
        milliseconds: u64,
    },
    Sample {
        age_seconds: u64,
        ready: u64,
        consumers: u32,
        arrivals: Arrivals,
    },
    SampleFails,
    HostMeasured {
        usage: HostUsage,
        worker_memory_bytes: Option<u64>,
    },
    LocalTime(LocalTime),
    Worker {
        pick: usize,
        says: Says,
    },
    Stranger {
        id: u64,
        says: Says,
    },
    Adopted {
        id: u64,
    },
    Configure(Settings),
    Pause,
    Resume,
    Override(Override),
    Shutdown(Shutdown),
}

#[derive(Clone, Debug)]
pub(crate) enum Says {
    Started,
    Ready,
    Status(WorkerStatus),
    Exited(Exit, Fraction),
    StartFailed(Fraction),
    DrainFailed(Fraction),
    KillFailed(Fraction),
}

fn fraction() -> impl Strategy<Value = Fraction> {
    (0.0..1.0).prop_map(|value| Fraction::try_new(value).unwrap())
}

fn says() -> impl Strategy<Value = Says> {
    // Few are large enough to say something of μ; small ones let a worker prove itself, or go back.
    let completed = prop_oneof![0_u64..3, 0_u64..2_000];
    let busy = prop_oneof![
        Just(Duration::ZERO),
        (0_u64..100_000).prop_map(Duration::from_millis)
    ];
    let status = (any::<bool>(), 0_u64..60, completed, busy).prop_map(
        |(is_busy, in_flight, completed, busy)| WorkerStatus {
            activity: if is_busy {
                Activity::Busy
            } else {
                Activity::Idle
            },
            completed,
            busy,
            in_flight,
        },
    );
    let exit = prop_oneof![
        (0..3).prop_map(Exit::Code),
        (1..16).prop_map(Exit::Signal),
        Just(Exit::Unseen)
    ];
    prop_oneof![
        4 => Just(Says::Started),
        3 => Just(Says::Ready),
        4 => status.prop_map(Says::Status),
        4 => (exit, fraction()).prop_map(|(exit, jitter)| Says::Exited(exit, jitter)),
        1 => fraction().prop_map(Says::StartFailed),
        1 => fraction().prop_map(Says::DrainFailed),
        1 => fraction().prop_map(Says::KillFailed),
    ]
}

fn arrivals() -> impl Strategy<Value = Arrivals> {
    let over = (0_u64..4_000).prop_map(Duration::from_millis);
    prop_oneof![
        3 => (0_u64..5_000, over.clone())
            .prop_map(|(messages, over)| Arrivals::Counted { messages, over }),
        1 => (0_u64..5_000, over).prop_map(|(messages, over)| Arrivals::AtLeast { messages, over }),
        1 => Just(Arrivals::Balance),
        1 => Just(Arrivals::Unknown),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        Just(Step::Unlimited),
        (1_u32..5).prop_map(|workers| Step::AtMost(NonZeroU32::new(workers).unwrap())),
    ]
}

fn host_measured() -> impl Strategy<Value = Turn> {
    (0.0..1.0, 0_u64..2_000, prop::option::of(0_u64..200)).prop_map(
        |(cpu_ratio, memory_available_bytes, worker_memory_bytes)| Turn::HostMeasured {
            usage: HostUsage {
                cpu_ratio,
                memory_available_bytes,
            },
            worker_memory_bytes,
        },
    )
}

fn host_limits() -> impl Strategy<Value = HostLimits> {
    prop_oneof![
        Just(HostLimits::none()),
        (0.5..1.0, 0_u64..1_000).prop_map(|(cpu_limit, memory_reserve_bytes)| HostLimits {
            cpu_limit,
            memory_reserve_bytes,
        }),
    ]
}

fn weekday() -> impl Strategy<Value = Weekday> {
    prop::sample::select(WEEK.to_vec())
}

fn minute() -> impl Strategy<Value = MinuteOfDay> {
    (0_u16..24 * 60).prop_map(|minute| MinuteOfDay::try_from(minute).unwrap())
}

fn local_time() -> impl Strategy<Value = LocalTime> {
    (weekday(), minute()).prop_map(|(weekday, minute)| LocalTime { weekday, minute })
}

fn schedule() -> impl Strategy<Value = Vec<Floor>> {
    let floor = (
        prop::collection::vec(weekday(), 0..7),
        minute(),
        minute(),
        0_u32..15,
    )
        .prop_map(|(days, from, until, workers)| Floor {
            days,
            from,
            until,
            workers,
        });
    prop::collection::vec(floor, 0..4)
}

fn strategy() -> impl Strategy<Value = policy::Strategy> {
    prop_oneof![
        Just(policy::Strategy::Formula),
        (100_u64..20_000).prop_map(|milliseconds| policy::Strategy::Deadline {
            wait: Duration::from_millis(milliseconds),
        }),
    ]
}

fn dead_band() -> impl Strategy<Value = DeadBand> {
    prop_oneof![
        Just(DeadBand::none()),
        (0_u64..2_000, 0.0..0.9, 0_u64..20).prop_map(|(milliseconds, share, hold_seconds)| {
            DeadBand {
                wait: Duration::from_millis(milliseconds),
                share: Fraction::try_new(share).unwrap(),
                hold: Duration::from_secs(hold_seconds),
            }
        }),
    ]
}

fn fast_interval() -> impl Strategy<Value = FastInterval> {
    prop_oneof![
        Just(FastInterval::Off),
        (100_u64..2_000)
            .prop_map(|milliseconds| FastInterval::Every(Duration::from_millis(milliseconds))),
    ]
}

prop_compose! {
    pub(crate) fn any_settings()(
        capacity in 0.05_f64..500.0,
        prefetch in 1_u32..60,
        step_up in step(),
        step_down in step(),
        hold_seconds in 0_u64..6,
        min in 0_u32..4,
        above_min in 0_u32..8,
        above_max in 0_u32..8,
        stop_grace_seconds in 0_u64..12,
        ready_after_seconds in 0_u64..6,
        fast_interval in fast_interval(),
        schedule in schedule(),
        host in host_limits(),
        strategy in strategy(),
        dead_band in dead_band(),
        headroom in 0.0_f64..2.0,
        measured: bool,
        ready_alone: bool,
    ) -> Settings {
        let mut settings = settings();
        settings.capacity = Capacity::try_new(capacity).unwrap();
        settings.prefetch = NonZeroU32::new(prefetch).unwrap();
        settings.limits.step_up = step_up;
        settings.limits.step_down = step_down;
        settings.limits.hold = Duration::from_secs(hold_seconds);
        settings.limits.min = min;
        settings.limits.max = min + above_min;
        settings.limits.max_processes = min + above_min + above_max;
        settings.stop_grace = Duration::from_secs(stop_grace_seconds);
        settings.ready_after = Duration::from_secs(ready_after_seconds);
        settings.fast_interval = fast_interval;
        settings.schedule = schedule;
        settings.limits.host = host;
        settings.strategy = strategy;
        settings.limits.dead_band = dead_band;
        settings.headroom = Headroom::try_new(headroom).unwrap();
        if measured {
            settings.worker_rate = WorkerRate::Measured;
        }
        if ready_alone {
            settings.backlog = Backlog::Ready;
        }
        settings
    }
}

fn turn() -> impl Strategy<Value = Turn> {
    let sample = (
        prop_oneof![9 => 0_u64..3, 1 => 5_u64..9],
        0_u64..3_000,
        0_u32..20,
        arrivals(),
    );
    prop_oneof![
        10 => (0_u64..6_000).prop_map(|milliseconds| Turn::Wait { milliseconds }),
        8 => sample.prop_map(|(age_seconds, ready, consumers, arrivals)| Turn::Sample {
            age_seconds,
            // An empty queue without consumers is a case of its own.
            ready: ready.saturating_sub(1_000),
            consumers: consumers.saturating_sub(8),
            arrivals,
        }),
        2 => Just(Turn::SampleFails),
        2 => host_measured(),
        2 => local_time().prop_map(Turn::LocalTime),
        24 => (any::<usize>(), says()).prop_map(|(pick, says)| Turn::Worker { pick, says }),
        2 => (0_u64..200, says()).prop_map(|(id, says)| Turn::Stranger { id, says }),
        1 => (0_u64..200).prop_map(|id| Turn::Adopted { id }),
        1 => any_settings().prop_map(Turn::Configure),
        1 => Just(Turn::Pause),
        2 => Just(Turn::Resume),
        1 => prop_oneof![
            (0_u32..15).prop_map(Override::Workers),
            Just(Override::Auto)
        ].prop_map(Turn::Override),
    ]
}

/// A run of the world, with its end for some.
pub(crate) fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let end = prop_oneof![Just(Shutdown::Drain), Just(Shutdown::Kill)].prop_map(Turn::Shutdown);
    (
        prop::collection::vec(turn(), 1..150),
        prop::option::of(end),
        prop::collection::vec(turn(), 0..20),
    )
        .prop_map(|(before, end, after)| before.into_iter().chain(end).chain(after).collect())
}

impl Says {
    pub(crate) fn of(self, worker: WorkerId) -> Event {
        let failed = |action, jitter| Event::ActionFailed { action, jitter };
        match self {
            Says::Started => Event::WorkerStarted { worker },
            Says::Ready => Event::WorkerReady { worker },
            Says::Status(status) => Event::WorkerStatus { worker, status },
            Says::Exited(exit, jitter) => Event::WorkerExited {
                worker,
                exit,
                jitter,
            },
            Says::StartFailed(jitter) => failed(FailedAction::Start(worker), jitter),
            Says::DrainFailed(jitter) => failed(FailedAction::Drain(worker), jitter),
            Says::KillFailed(jitter) => failed(FailedAction::Kill(worker), jitter),
        }
    }
}
