//! The cost of one decision: a sample of a pool whose workers all report.
//! The figure to reach is under 5 µs.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use policy::{
    Activity, Arrivals, Backlog, Capacity, DeadBand, Event, FastInterval, Headroom, HostLimits,
    Limits, Pool, Sample, Settings, Step, Strategy, WorkerId, WorkerRate, WorkerStatus,
};
use std::hint::black_box;
use std::num::NonZeroU32;
use std::time::Duration;

const INTERVAL: Duration = Duration::from_secs(2);

fn settings(workers: u32) -> Settings {
    Settings {
        strategy: Strategy::Formula,
        drain_time: INTERVAL,
        capacity: Capacity::try_new(400.0).expect("above zero"),
        worker_rate: WorkerRate::Given,
        headroom: Headroom::NONE,
        prefetch: NonZeroU32::new(50).expect("above zero"),
        backlog: Backlog::ReadyAndInFlight,
        schedule: Vec::new(),
        limits: Limits {
            step_up: Step::Unlimited,
            step_down: Step::Unlimited,
            hold: 2 * INTERVAL,
            dead_band: DeadBand::none(),
            host: HostLimits::none(),
            min: 0,
            max: workers,
            max_processes: 2 * workers,
        },
        interval: INTERVAL,
        fast_interval: FastInterval::Off,
        ready_after: Duration::from_secs(5),
        stop_grace: Duration::from_secs(10),
    }
}

fn sample(taken_at: Duration, workers: u32) -> Event {
    let arrivals = Arrivals::Counted {
        messages: u64::from(workers) * 400,
        over: INTERVAL,
    };
    Event::Sampled(Sample {
        taken_at,
        ready: 0,
        consumers: workers,
        arrivals,
    })
}

/// A pool of so many busy workers.
fn pool_of(workers: u32) -> Pool {
    let mut pool = Pool::new(settings(workers));
    pool.handle(Duration::ZERO, sample(Duration::ZERO, workers));
    for id in 1..=u64::from(workers) {
        let status = WorkerStatus {
            activity: Activity::Busy,
            completed: 10,
            busy: INTERVAL,
            in_flight: 50,
        };
        pool.handle(
            Duration::ZERO,
            Event::WorkerStatus {
                worker: WorkerId(id),
                status,
            },
        );
    }
    pool
}

fn decide(criterion: &mut Criterion) {
    for workers in [10, 100] {
        let mut pool = pool_of(workers);
        let mut now = INTERVAL;
        criterion.bench_function(
            &format!("decide, {workers} workers, no change"),
            |bencher| {
                bencher.iter(|| {
                    now += INTERVAL;
                    black_box(pool.handle(now, black_box(sample(now, workers))))
                });
            },
        );
        let empty = Pool::new(settings(workers));
        criterion.bench_function(&format!("decide, {workers} workers started"), |bencher| {
            bencher.iter_batched_ref(
                || empty.clone(),
                |pool| black_box(pool.handle(INTERVAL, sample(INTERVAL, workers))),
                BatchSize::SmallInput,
            );
        });
    }
}

criterion_group!(benches, decide);
criterion_main!(benches);
