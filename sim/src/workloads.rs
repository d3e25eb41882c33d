//! The workloads that come with the simulator, and how one is found by name.
//!
//! Each starts with no worker and no message. Unless it is the point of one, messages arrive as a
//! Poisson process, take 50 ms on average with an exponential spread (μ = 20), and a worker consumes
//! half a second after the order to start it. `max` is twice what the peak needs, so that no policy
//! is kept from growing, and none is kept from growing too far.

mod shapes;

use crate::workload::{Fault, Service, Spread, Workload, workers_for};
use shapes::{levels, lines, on_off, sine};
use std::time::Duration;
use traffic::{ArrivalProcess, RateSeries};

/// A name that no workload has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no workload is named \"{name}\": {hint}")]
pub struct UnknownWorkload {
    /// What was asked for.
    pub name: String,
    /// What to ask for instead.
    pub hint: String,
}

/// Names that stand for several workloads: all whose names begin with it and a dash.
const FAMILIES: [&str; 2] = ["poisson", "stale"];

/// The workload of that name; a family's name gives all of the family.
pub fn named(name: &str, seed: u64) -> Result<Vec<Workload>, UnknownWorkload> {
    let belongs = |workload: &Workload| {
        workload.name == name
            || FAMILIES.contains(&name) && workload.name.starts_with(&format!("{name}-"))
    };
    let all = all(seed);
    let names: Vec<String> = all.iter().map(|workload| workload.name.clone()).collect();
    let found: Vec<Workload> = all.into_iter().filter(belongs).collect();
    if found.is_empty() {
        let known = names.iter().map(String::as_str).chain(FAMILIES);
        return Err(UnknownWorkload {
            name: name.to_owned(),
            hint: program::hint(name, known),
        });
    }
    Ok(found)
}

/// The workloads of these names, each once: "poisson poisson-5" asks for poisson-5 once.
pub fn named_all(names: &[String], seed: u64) -> Result<Vec<Workload>, UnknownWorkload> {
    let mut found: Vec<Workload> = Vec::new();
    for name in names {
        for workload in named(name, seed)? {
            if !found.iter().any(|other| other.name == workload.name) {
                found.push(workload);
            }
        }
    }
    Ok(found)
}

/// Every workload, in the order of reports. The seed matters to those whose rate is random.
#[must_use]
pub fn all(seed: u64) -> Vec<Workload> {
    vec![
        bursts(),
        spike(),
        ramp(),
        wave(),
        square(),
        on_and_off(seed),
        poisson(5),
        poisson(20),
        poisson(100),
        heavy_tail(),
        long_tasks(),
        slow_start(),
        stale(5),
        stale(10),
        stale(30),
        outage(),
        absurd(),
        day(),
    ]
}

/// What all workloads have in common unless they say otherwise; a user's own traffic has it too.
pub(crate) fn ordinary(name: &str, about: &str, rate: RateSeries) -> Workload {
    Workload {
        name: name.to_owned(),
        about: about.to_owned(),
        rate,
        process: ArrivalProcess::Poisson,
        service: Service {
            mean: Duration::ZERO,
            spread: Spread::Exponential,
        },
        start_up: Duration::from_millis(500),
        faults: Vec::new(),
        max: 0,
        slo: Duration::from_secs(2),
    }
    .taking(Duration::from_millis(50))
}

impl Workload {
    /// With messages that take a worker so long on average, and room for twice what that needs.
    pub(crate) fn taking(mut self, mean: Duration) -> Self {
        self.service.mean = mean;
        self.max = workers_for(self.rate.peak().per_second(), mean).saturating_mul(2);
        self
    }

    pub(crate) fn spread(mut self, spread: Spread) -> Self {
        self.service.spread = spread;
        self
    }

    fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }
}

/// The producer's scenario of that name, with the work time that the demo gives its workers.
fn bursts() -> Workload {
    let rate = lines(vec![
        (0.0, 100.0),
        (4.0, 100.0),
        (10.0, 800.0),
        (10.0, 1500.0),
        (16.0, 1500.0),
        (16.0, 300.0),
        (21.0, 300.0),
        (21.0, 0.0),
        (27.0, 0.0),
        (27.0, 1200.0),
        (28.0, 1200.0),
        (28.0, 0.0),
        (30.0, 0.0),
        (30.0, 1200.0),
        (31.0, 1200.0),
        (31.0, 0.0),
        (33.0, 0.0),
        (33.0, 1200.0),
        (34.0, 1200.0),
        (34.0, 0.0),
        (36.0, 0.0),
        (36.0, 600.0),
        (45.0, 0.0),
    ]);
    let about = "the producer's scenario: 45 s between 0 and 1,500 msg/s, 5 ms each";
    Workload {
        process: ArrivalProcess::Even,
        ..ordinary("bursts", about, rate)
            .taking(Duration::from_millis(5))
            .spread(Spread::Constant)
    }
}

fn spike() -> Workload {
    let about = "2 workers' worth for ten minutes, but 30 workers' worth for one of them";
    let rate = levels(&[(40.0, 180.0), (600.0, 60.0), (40.0, 360.0)]);
    ordinary("spike", about, rate)
}

fn ramp() -> Workload {
    let about = "from nothing to 25 workers' worth in 4 min, 2 min there, and back";
    let rate = lines(vec![
        (0.0, 0.0),
        (240.0, 500.0),
        (360.0, 500.0),
        (600.0, 0.0),
    ]);
    ordinary("ramp", about, rate)
}

fn wave() -> Workload {
    let about = "five waves of 2 min between 1 and 29 workers' worth";
    ordinary("sine", about, sine(300.0, 280.0, 120, 600))
}

fn square() -> Workload {
    let about = "5 and 25 workers' worth in turn, a minute each";
    let rate = levels(&[(100.0, 60.0), (500.0, 60.0)].repeat(5));
    ordinary("square", about, rate)
}

fn on_and_off(seed: u64) -> Workload {
    let about = "30 workers' worth for about 10 s, silence for about 20 s, both at random";
    ordinary("onoff", about, on_off(600.0, 10.0, 20.0, 600.0, seed))
}

/// λ/μ and nothing else: chance alone moves the need. 200 ms each, so that a hundred workers'
/// worth is no more than 300,000 messages.
fn poisson(load: u32) -> Workload {
    let about = format!("{load} workers' worth throughout: chance alone moves the need");
    let rate = levels(&[(f64::from(load) * 5.0, 600.0)]);
    ordinary(&format!("poisson-{load}"), &about, rate).taking(Duration::from_millis(200))
}

fn heavy_tail() -> Workload {
    let about = "15 workers' worth; most messages are short, a few are very long";
    ordinary("heavy-tail", about, levels(&[(300.0, 600.0)])).spread(Spread::Pareto { shape: 1.5 })
}

/// Longer than most, so that there are enough messages to speak of a hundredth of them. Nobody
/// starts a task of 10 s within 2 s when all workers have just taken one: the promise is 10 s.
fn long_tasks() -> Workload {
    let about = "10 s each: 5, 30, 5 and 20 workers' worth within 40 min";
    let rate = levels(&[
        (0.5, 300.0),
        (3.0, 900.0),
        (0.5, 300.0),
        (2.0, 600.0),
        (0.0, 300.0),
    ]);
    Workload {
        slo: Duration::from_secs(10),
        ..ordinary("long-tasks", about, rate)
            .taking(Duration::from_secs(10))
            .spread(Spread::Constant)
    }
}

/// Nobody keeps a promise of 2 s with workers that take 30 s to start: it is 30 s.
fn slow_start() -> Workload {
    let about = "workers take 30 s to start: 5, 20, 5 and 15 workers' worth";
    let rate = levels(&[
        (100.0, 120.0),
        (400.0, 240.0),
        (100.0, 120.0),
        (300.0, 120.0),
    ]);
    Workload {
        start_up: Duration::from_secs(30),
        slo: Duration::from_secs(30),
        ..ordinary("slow-start", about, rate)
    }
}

fn stale(seconds: u64) -> Workload {
    let late = Fault::Late(Duration::from_secs(seconds));
    Workload {
        name: format!("stale-{seconds}"),
        about: format!("bursts, seen {seconds} s late by everybody"),
        ..bursts().fault(late)
    }
}

/// The step from 5 to 20 workers' worth falls into the minute in which nothing is seen.
fn outage() -> Workload {
    let about = "5, 20 and 5 workers' worth; nothing is seen for 60 s around the rise";
    let rate = levels(&[(100.0, 220.0), (400.0, 180.0), (100.0, 200.0)]);
    ordinary("outage", about, rate).fault(Fault::Outage {
        from: Duration::from_secs(200),
        until: Duration::from_secs(260),
    })
}

fn absurd() -> Workload {
    let about = "10 workers' worth throughout; one look shows a thousand times as much";
    ordinary("absurd", about, levels(&[(200.0, 600.0)])).fault(Fault::Absurd {
        at: Duration::from_secs(300),
        factor: 1000,
    })
}

/// A minute is an hour.
fn day() -> Workload {
    let about = "24 h in 24 min: a quiet night, peaks of 10 and 12 workers' worth, a lunch between";
    let hours = [
        (0.0, 30.0),
        (5.0, 20.0),
        (9.0, 180.0),
        (11.0, 200.0),
        (13.0, 130.0),
        (16.0, 240.0),
        (18.0, 200.0),
        (22.0, 60.0),
        (24.0, 30.0),
    ];
    let rate = hours
        .iter()
        .map(|&(hour, rate)| (hour * 60.0, rate))
        .collect();
    ordinary("day", about, lines(rate))
}

#[cfg(test)]
mod tests;
