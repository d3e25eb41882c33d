//! What is left to chance: random arrivals, and bursts of random length.

use super::*;
use crate::curve::Integral;
use crate::integral::messages;

fn poisson(phases: Vec<Phase>, seed: u64) -> Schedule {
    Schedule::with_seed(phases, ArrivalProcess::Poisson, seed)
}

/// The mean of some numbers and the mean square of how far they are from it.
fn mean_and_variance(numbers: &[f64]) -> (f64, f64) {
    let count = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / count;
    let squares = numbers.iter().map(|number| (number - mean).powi(2));
    (mean, squares.sum::<f64>() / count)
}

#[test]
fn poisson_gaps_are_exponential() {
    let due = at_all(&poisson(vec![constant(200.0, 500.0)], 3));
    let gaps: Vec<f64> = due.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let (mean, variance) = mean_and_variance(&gaps);
    // 100,000 gaps: the mean is good to 1 % with three standard errors, the variance to 3 %.
    assert!((mean * 200.0 - 1.0).abs() < 0.01, "{mean}");
    assert!((variance * 200.0 * 200.0 - 1.0).abs() < 0.03, "{variance}");
    // An exponential is longer than its mean in e^-1 = 36.8 % of cases.
    let longer = gaps.iter().filter(|gap| **gap > 1.0 / 200.0).count() as f64;
    assert!((longer / gaps.len() as f64 - 0.368).abs() < 0.005);
}

#[test]
fn poisson_messages_of_any_shape_follow_its_rate() {
    let sine = Phase::Sine {
        mean: rate(500.0),
        amplitude: rate(500.0),
        period: seconds(10.0),
        duration: seconds(200.0),
    };
    let due = at_all(&poisson(vec![sine.clone()], 8));
    // Seen by the integral instead of the clock, it is a Poisson process of rate 1.
    let Integral::Sine(sine) = Integral::of(&sine, 8, 0) else {
        panic!("a sine");
    };
    let passed = |at: &f64| messages(sine.entered_by(seconds(*at)));
    let places: Vec<f64> = due.iter().map(passed).collect();
    let gaps: Vec<f64> = places.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let (mean, variance) = mean_and_variance(&gaps);
    assert!((mean - 1.0).abs() < 0.01, "{mean}");
    assert!((variance - 1.0).abs() < 0.03, "{variance}");
}

#[test]
fn poisson_counts_vary_as_they_should_and_are_the_same_for_a_seed() {
    let phases = || vec![constant(100.0, 4.0)];
    let counts: Vec<f64> = (0..2000)
        .map(|seed| poisson(phases(), seed).messages() as f64)
        .collect();
    let (mean, variance) = mean_and_variance(&counts);
    assert!((mean - 400.0).abs() < 2.0, "{mean}");
    assert!((variance - 400.0).abs() < 40.0, "{variance}");

    let schedule = poisson(phases(), 9);
    assert_eq!(at_all(&schedule), at_all(&poisson(phases(), 9)));
    let mut other = schedule.clone();
    other.reseed(10);
    assert_ne!(at_all(&schedule), at_all(&other));
    other.reseed(9);
    assert_eq!(schedule, other);
}

#[test]
fn what_is_counted_out_is_exact_even_at_random() {
    let counted = Phase::Counted {
        rate: rate(50.0),
        requests: 1000,
    };
    let schedule = poisson(vec![counted, Phase::Flood { messages: 30 }], 1);
    assert_eq!(schedule.messages(), 1030);
    let due = at_all(&schedule);
    assert_eq!(due.len(), 1000);
    assert!(due.last().is_some_and(|last| *last < 20.0));
}

#[test]
fn a_week_of_random_messages_is_counted_at_once() {
    let week = poisson(vec![constant(1e6, 604_800.0)], 1);
    let expected = 604_800e6_f64;
    // Five standard deviations.
    assert!((week.messages() as f64 - expected).abs() < 5.0 * expected.sqrt());
    let first: Vec<Due> = week.instants().take(1000).collect();
    let Due::At(thousandth) = first[999] else {
        panic!("an instant");
    };
    assert!((0.0008..0.0012).contains(&thousandth.as_secs_f64()));
}

#[test]
fn random_bursts_hold_as_long_as_they_should_on_average() {
    let phase = Phase::OnOff {
        rate: rate(1000.0),
        on: seconds(0.3),
        off: seconds(0.9),
        holding: Holding::Exponential,
        duration: seconds(10_000.0),
    };
    let due = instants(&[phase]);
    // A quarter of the time, give or take 5 %: 8,300 turns and three standard errors of 1.6 %.
    let share = due.len() as f64 / 1000.0 / 10_000.0;
    assert!((share / 0.25 - 1.0).abs() < 0.05, "{share}");
    let silences: Vec<f64> = due
        .windows(2)
        .map(|pair| pair[1] - pair[0])
        .filter(|gap| *gap > 0.05)
        .collect();
    // The exponential has no memory: what is longer than 0.05 s is longer by 0.9 s on average.
    let (mean, _) = mean_and_variance(&silences);
    assert!((mean - 0.95).abs() < 0.05, "{mean}");
}
