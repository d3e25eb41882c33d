mod random;

use super::*;
use crate::due::Due;
use crate::phase::Holding;
use crate::series::RateSeries;

fn rate(per_second: f64) -> Rate {
    Rate::try_new(per_second).unwrap()
}

fn seconds(count: f64) -> Duration {
    Duration::from_secs_f64(count)
}

fn constant(per_second: f64, duration: f64) -> Phase {
    Phase::Constant {
        rate: rate(per_second),
        duration: seconds(duration),
    }
}

fn ramp(from: f64, to: f64, duration: f64) -> Phase {
    Phase::Ramp {
        from: rate(from),
        to: rate(to),
        duration: seconds(duration),
    }
}

/// Every due instant in seconds; floods don't belong here.
fn instants(phases: &[Phase]) -> Vec<f64> {
    Schedule::new(phases.to_vec())
        .instants()
        .map(|due| match due {
            Due::At(at) => at.as_secs_f64(),
            Due::AsRoomAllows { .. } => panic!("a flood has no instants"),
        })
        .collect()
}

#[test]
fn a_constant_rate_spaces_messages_evenly() {
    assert_eq!(instants(&[constant(4.0, 1.0)]), [0.0, 0.25, 0.5, 0.75]);
}

#[test]
fn a_silence_moves_what_follows_and_brings_nothing() {
    assert_eq!(
        instants(&[
            constant(0.0, 2.0),
            constant(2.0, 1.0),
            constant(0.0, 5.0),
            constant(1.0, 1.0)
        ]),
        [2.0, 2.5, 8.0]
    );
}

#[test]
fn a_message_begun_in_one_phase_is_completed_by_the_next() {
    // Half a message by the end of the first phase; the second brings the other half after 0.25 s.
    assert_eq!(
        instants(&[constant(0.5, 1.0), constant(2.0, 1.0)]),
        [0.0, 1.25, 1.75]
    );
}

#[test]
fn a_ramp_follows_its_integral() {
    // From 0 to 10 in 2 s: t²·2.5 messages by t, so message k is due at sqrt(k / 2.5).
    let due = instants(&[ramp(0.0, 10.0, 2.0)]);
    assert_eq!(due.len(), 10);
    for (k, at) in (0_u32..).zip(due) {
        assert!(
            (at - (f64::from(k) / 2.5).sqrt()).abs() < 1e-8,
            "message {k} at {at}"
        );
    }
}

#[test]
fn a_ramp_down_mirrors_a_ramp_up() {
    let down = instants(&[ramp(10.0, 0.0, 2.0)]);
    assert_eq!(down.len(), 10);
    for (k, at) in (0_u32..).zip(down) {
        let mirrored = 2.0 - ((10.0 - f64::from(k)) / 2.5).sqrt();
        assert!((at - mirrored).abs() < 1e-8, "message {k} at {at}");
    }
}

#[test]
fn bursts_come_first_and_silences_are_silent() {
    let phase = Phase::OnOff {
        rate: rate(2.0),
        on: seconds(1.0),
        off: seconds(2.0),
        holding: Holding::Fixed,
        duration: seconds(6.5),
    };
    assert_eq!(instants(&[phase]), [0.0, 0.5, 3.0, 3.5, 6.0]);
}

#[test]
fn a_flood_is_due_as_room_allows() {
    let schedule = Schedule::new(vec![constant(1.0, 2.0), Phase::Flood { messages: 3 }]);
    let due: Vec<Due> = schedule.instants().collect();
    assert_eq!(due.len(), 5);
    assert_eq!(due[1], Due::At(seconds(1.0)));
    assert_eq!(due[2..], [Due::AsRoomAllows { from: seconds(2.0) }; 3]);
    assert_eq!(schedule.messages(), 5);
}

#[test]
fn a_week_at_full_rate_neither_drifts_nor_overflows() {
    let week = 7 * 24 * 3600;
    let phase = Phase::Constant {
        rate: rate(1e6),
        duration: Duration::from_secs(week),
    };
    let schedule = Schedule::new(vec![phase]);
    assert_eq!(schedule.messages(), week * 1_000_000);

    let mut late = schedule.instants();
    late.skip_to(week * 1_000_000 - 1);
    let last = Duration::from_secs(week) - Duration::from_micros(1);
    assert_eq!(late.next(), Some(Due::At(last)));
    assert_eq!(late.next(), None);
}

#[test]
fn nothing_asked_is_nothing_sent() {
    for phases in [vec![], vec![constant(0.0, 5.0)], vec![ramp(0.0, 0.0, 5.0)]] {
        let schedule = Schedule::new(phases);
        assert_eq!(schedule.messages(), 0);
        assert_eq!(schedule.instants().next(), None);
    }
}

/// One phase of each shape, with these two rates, for the sweeps below.
fn shapes(a: f64, b: f64) -> Vec<Phase> {
    let (low, high) = (a.min(b), a.max(b));
    let points = [(0.0, a), (0.4, b), (0.4, 0.0), (0.7, 0.0), (1.1, high)];
    let onoff = |holding| Phase::OnOff {
        rate: rate(a),
        on: seconds(0.1 + b / 1000.0),
        off: seconds(0.05),
        holding,
        duration: seconds(1.33),
    };
    vec![
        constant(a, 1.0 + b / 100.0),
        ramp(a, b, 1.7),
        ramp(b, a, 0.3),
        onoff(Holding::Fixed),
        onoff(Holding::Exponential),
        Phase::Spike {
            base: rate(a),
            peak: rate(b),
            at: seconds(0.2),
            rise: seconds(0.3),
            hold: seconds(0.1),
            fall: seconds(0.0),
            duration: seconds(1.0),
        },
        Phase::Square {
            high: rate(high),
            low: rate(low),
            period: seconds(0.3),
            high_for: seconds(0.09),
            duration: seconds(1.0),
        },
        Phase::Sine {
            mean: rate(high),
            amplitude: rate(low),
            period: seconds(0.8),
            duration: seconds(1.9),
        },
        Phase::Trace(RateSeries::try_new(points).unwrap()),
        Phase::Counted {
            rate: rate(high + 0.1),
            requests: 7,
        },
    ]
}

/// The rate of a phase at an instant, written down from what the shape is called, apart from how
/// the schedule integrates it.
fn rate_at(phase: &Phase, at: f64) -> f64 {
    let between = |from: Rate, to: Rate, share: f64| {
        from.per_second() + (to.per_second() - from.per_second()) * share
    };
    match phase {
        Phase::Constant { rate, .. } | Phase::Counted { rate, .. } => rate.per_second(),
        Phase::Ramp { from, to, duration } => between(*from, *to, at / duration.as_secs_f64()),
        Phase::Spike {
            base,
            peak,
            at: begin,
            rise,
            hold,
            fall,
            ..
        } => {
            let rising = (at - begin.as_secs_f64()) / rise.as_secs_f64();
            let falling = (at - (*begin + *rise + *hold).as_secs_f64()) / fall.as_secs_f64();
            match (rising, falling) {
                (rising, _) if rising < 0.0 => base.per_second(),
                (rising, _) if rising < 1.0 => between(*base, *peak, rising),
                (_, falling) if falling < 0.0 => peak.per_second(),
                (_, falling) if falling < 1.0 => between(*peak, *base, falling),
                _ => base.per_second(),
            }
        }
        Phase::Square {
            high,
            low,
            period,
            high_for,
            ..
        } => match at % period.as_secs_f64() < high_for.as_secs_f64() {
            true => high.per_second(),
            false => low.per_second(),
        },
        Phase::Sine {
            mean,
            amplitude,
            period,
            ..
        } => {
            let angle = std::f64::consts::TAU * at / period.as_secs_f64();
            mean.per_second() + amplitude.per_second() * angle.sin()
        }
        Phase::OnOff { rate, on, off, .. } => {
            match at % (*on + *off).as_secs_f64() < on.as_secs_f64() {
                true => rate.per_second(),
                false => 0.0,
            }
        }
        Phase::Trace(series) => series.rate_at(seconds(at)),
        Phase::Flood { .. } => 0.0,
    }
}

/// How many messages a phase brings between two instants, summed up in steps.
fn integral(phase: &Phase, from: f64, to: f64) -> f64 {
    const STEPS: u32 = 20_000;
    let step = (to - from) / f64::from(STEPS);
    (0..STEPS)
        .map(|number| rate_at(phase, from + (f64::from(number) + 0.5) * step) * step)
        .sum()
}

/// Whether what a shape brings is not left to chance.
fn is_certain(phase: &Phase) -> bool {
    let drawn = Holding::Exponential;
    !matches!(phase, Phase::OnOff { holding, .. } if *holding == drawn)
}

#[test]
fn what_comes_in_any_window_is_the_integral_of_the_rate() {
    for (a, b) in [(285.0, 17.5), (0.0, 60.0), (40.0, 40.0), (1000.0, 0.3)] {
        for phase in shapes(a, b).into_iter().filter(is_certain) {
            let due = instants(std::slice::from_ref(&phase));
            let end = phase.duration().as_secs_f64();
            let windows = [(0.0, 1.0), (0.0, 0.31), (0.27, 0.64), (0.5, 0.93)];
            for (from, to) in windows.map(|(from, to)| (from * end, to * end)) {
                let count = due.iter().filter(|at| (from..to).contains(*at)).count();
                let expected = integral(&phase, from, to);
                // One of rounding, and what the sum in steps is off at a jump of the rate.
                let tolerance = 1.0 + (a + b) * (to - from) / 10_000.0;
                assert!(
                    (count as f64 - expected).abs() <= tolerance,
                    "{count} and not {expected} between {from} and {to} of {phase:?}"
                );
            }
        }
    }
}

#[test]
fn even_messages_are_never_a_message_off_their_rate() {
    for phase in shapes(285.0, 17.5).into_iter().filter(is_certain) {
        let due = instants(std::slice::from_ref(&phase));
        let mut before = 0.0;
        let mut expected = 0.0;
        for (k, at) in due.into_iter().enumerate().step_by(7) {
            expected += integral(&phase, before, at);
            before = at;
            assert!(
                (k as f64 - expected).abs() < 0.1,
                "message {k} at {at}, where {expected} are due: {phase:?}"
            );
        }
    }
}

#[test]
fn every_mix_of_phases_is_ordered_within_its_time_and_counted_right() {
    let rates = [0.0, 0.3, 17.5, 285.0];
    for (a, b) in rates
        .iter()
        .flat_map(|a| rates.iter().map(move |b| (*a, *b)))
    {
        let shapes = shapes(a, b);
        for first in &shapes {
            for second in &shapes {
                for process in [ArrivalProcess::Even, ArrivalProcess::Poisson] {
                    let phases = vec![first.clone(), second.clone(), first.clone()];
                    let schedule = Schedule::with_seed(phases, process, 5);
                    let due = at_all(&schedule);
                    let end = schedule.duration().as_secs_f64();
                    assert_eq!(due.len() as u64, schedule.messages(), "{schedule:?}");
                    assert!(due.is_sorted(), "{schedule:?}");
                    assert!(due.last().is_none_or(|last| *last <= end), "{schedule:?}");
                }
            }
        }
    }
}

/// Every due instant in seconds.
fn at_all(schedule: &Schedule) -> Vec<f64> {
    schedule
        .instants()
        .filter_map(|due| match due {
            Due::At(at) => Some(at.as_secs_f64()),
            Due::AsRoomAllows { .. } => None,
        })
        .collect()
}

#[test]
fn a_sine_of_a_week_keeps_its_time() {
    let phase = Phase::Sine {
        mean: rate(1e6),
        amplitude: rate(1e6),
        period: seconds(604_800.0),
        duration: seconds(604_800.0),
    };
    let schedule = Schedule::new(vec![phase]);
    assert_eq!(schedule.messages(), 604_800_000_000);
    // Half of the week brings half of it and the whole swing, 1/2 + 1/pi.
    let share = 0.5 + std::f64::consts::FRAC_1_PI;
    let mut instants = schedule.instants();
    instants.skip_to((604_800e6 * share) as u64);
    let Some(Due::At(at)) = instants.next() else {
        panic!("an instant");
    };
    // There the rate is falling through its mean: a message takes a microsecond.
    assert!((at.as_secs_f64() - 302_400.0).abs() < 2e-6, "{at:?}");
}

#[test]
fn a_shape_peaks_where_it_says() {
    let sine = Phase::Sine {
        mean: rate(600.0),
        amplitude: rate(250.0),
        period: seconds(1.0),
        duration: seconds(1.0),
    };
    assert_eq!(sine.rate_peak(), rate(850.0));
    let peaks: Vec<f64> = shapes(30.0, 70.0)
        .iter()
        .map(|phase| phase.rate_peak().per_second())
        .collect();
    assert_eq!(
        peaks,
        [30.0, 70.0, 70.0, 30.0, 30.0, 70.0, 70.0, 100.0, 70.0, 70.1]
    );
}
