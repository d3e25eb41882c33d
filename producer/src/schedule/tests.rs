use super::*;

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
            Due::AsRoomAllows => panic!("a flood has no instants"),
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
    assert_eq!(due[2..], [Due::AsRoomAllows; 3]);
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
    late.next = week * 1_000_000 - 1;
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

/// A phase made from three numbers, for the sweep below.
fn any_phase(shape: u32, a: f64, b: f64) -> Phase {
    match shape {
        0 => constant(a, 1.0 + b / 100.0),
        1 => ramp(a, b, 1.7),
        2 => ramp(b, a, 0.3),
        _ => Phase::OnOff {
            rate: rate(a),
            on: seconds(0.1 + b / 1000.0),
            off: seconds(0.05),
            duration: seconds(1.33),
        },
    }
}

#[test]
fn every_mix_of_phases_is_ordered_within_its_time_and_counted_right() {
    let rates = [0.0, 0.3, 1.0, 17.5, 285.0];
    for shapes in 0..64_u32 {
        for (a, b) in rates
            .iter()
            .flat_map(|a| rates.iter().map(move |b| (*a, *b)))
        {
            let phases: Vec<Phase> = [shapes % 4, shapes / 4 % 4, shapes / 16]
                .map(|s| any_phase(s, a, b))
                .to_vec();
            let schedule = Schedule::new(phases.clone());
            let due = instants(&phases);
            let end = schedule.duration().as_secs_f64();

            assert_eq!(due.len() as u64, schedule.messages(), "{phases:?}");
            assert!(due.is_sorted(), "{phases:?}");
            assert!(due.last().is_none_or(|last| *last <= end), "{phases:?}");
        }
    }
}
