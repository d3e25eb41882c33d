//! What one decision of the policy costs.

use super::figure::{Figure, Target};
use anyhow::Result;
use config::Config;
use policy::{Activity, Arrivals, Event, Pool, Sample, WorkerId, WorkerStatus};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Enough for the clock's own cost to vanish.
const DECISIONS: u32 = 100_000;

/// A sample of the shipped pool at its largest, every worker ready and busy.
pub(super) fn one_decision() -> Result<Figure> {
    let settings = Config::default().pools.remove(0).scaling;
    let interval = settings.interval;
    let workers = settings.limits.max;
    let mut pool = Pool::new(settings);
    let busy = Sample {
        taken_at: Duration::ZERO,
        ready: 100_000,
        consumers: 0,
        arrivals: Arrivals::Counted {
            messages: 4_000,
            over: interval,
        },
    };
    pool.handle(Duration::ZERO, Event::Sampled(busy));
    for id in 1..=u64::from(workers) {
        let worker = WorkerId(id);
        let status = WorkerStatus {
            activity: Activity::Busy,
            completed: 10,
            busy: interval,
            in_flight: 50,
        };
        pool.handle(Duration::ZERO, Event::WorkerStarted { worker });
        pool.handle(Duration::ZERO, Event::WorkerReady { worker });
        pool.handle(Duration::ZERO, Event::WorkerStatus { worker, status });
    }
    let started = Instant::now();
    for number in 1..=DECISIONS {
        let now = interval * number;
        let sample = Sample {
            taken_at: now,
            consumers: workers,
            ..busy
        };
        black_box(pool.handle(now, Event::Sampled(sample)));
    }
    let each = started.elapsed() / DECISIONS;
    Ok(Figure {
        name: "one decision of the policy".to_owned(),
        value: each.as_secs_f64() * 1e6,
        unit: "µs",
        target: Some(Target::Below(5.0)),
        remark: format!("{workers} busy workers, mean of {DECISIONS}"),
    })
}
