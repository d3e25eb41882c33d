//! What a fleet does that always has enough to do: how many messages a second, how many of them
//! together, how many each consumer holds.

use super::estimate::{Estimate, Quartiles, count, mean};
use super::service::Constancy;
use super::step::{Exchange, Observed};
use std::time::Duration;

/// The blocks that a step's answers are cut into, whose differences give the interval.
const BLOCKS: usize = 20;

/// Stretches that blocks of a constant service are looked at in.
const STRETCHES: usize = 5;

/// Fewer blocks say nothing of how much they differ.
const BLOCKS_MIN: usize = 4;

/// Answers per second by the slope of their count, which waves of answers do not bend as they do
/// first and last ones. Nothing of fewer than three.
#[must_use]
pub fn slope(answers: &[f64]) -> Option<f64> {
    let numbers: Vec<f64> = (0..answers.len()).map(count).collect();
    let (at, number) = (mean(answers), mean(&numbers));
    let (mut both, mut times) = (0.0, 0.0);
    for (answer, place) in answers.iter().zip(&numbers) {
        both += (answer - at) * (place - number);
        times += (answer - at).powi(2);
    }
    (answers.len() >= 3 && times > 0.0).then(|| both / times)
}

/// Answers per second, from the time that blocks of equally many took.
///
/// Where all messages take the same time, answers come in waves of as many as are served at once.
/// A block is so many whole waves, else blocks would differ by a wave that just made it. Where the
/// blocks of a constant service differ, the machine is why, so the median counts.
#[must_use]
pub fn rate(answers: &[f64], wave: usize, constancy: Constancy) -> Option<Estimate> {
    let wave = wave.max(1);
    // The first wave began with the step and says nothing of a rate.
    let ends: Vec<f64> = answers
        .iter()
        .skip(wave - 1)
        .step_by(wave)
        .copied()
        .collect();
    let waves = ends.len().checked_sub(1)?;
    let size = (waves / BLOCKS).max(1);
    if waves / size < BLOCKS_MIN {
        return None;
    }
    let ends: Vec<f64> = ends.into_iter().step_by(size).collect();
    let lasted: Vec<f64> = ends.windows(2).map(|block| block[1] - block[0]).collect();
    let block = match constancy {
        Constancy::Constant => undisturbed(&ends)?,
        Constancy::Varying => Estimate::mean(&lasted)?,
    };
    let messages = count(size * wave);
    // A block that may take no time at all leaves its rate without an upper end.
    let shortest = block.low.max(block.value / 10.0);
    Some(Estimate {
        value: messages / block.value,
        low: messages / block.high,
        high: messages / shortest,
    })
}

/// How long a block takes where nothing disturbs it: the median over all stretches of a fifth of the
/// blocks, which a stall or two leave as it is, and which are long beside the noise of one block.
fn undisturbed(ends: &[f64]) -> Option<Estimate> {
    let stretch = (ends.len() / STRETCHES).max(1);
    let lasted = |step: usize| -> Vec<f64> {
        let stretches = ends.windows(stretch + 1).step_by(step);
        stretches
            .map(|ends| (ends[stretch] - ends[0]) / count(stretch))
            .collect()
    };
    // Stretches that overlap say little anew, so the interval is that of those that do not.
    let apart = Estimate::median(&lasted(stretch))?;
    Some(apart.around_value(Quartiles::of(&lasted(1))?.median))
}

/// How many of the messages that a step began with were answered after one service time, where
/// there were more than that and all take the same time: exactly so many are served at once.
///
/// ```text
/// sent    ■■■■■■■■        answered  ■■■     ■■■     ■■        3 at once
/// time    0                         S       2S      3S
/// ```
#[must_use]
pub fn first_wave(exchanges: &[Exchange], burst: usize, response_seconds: f64) -> Option<usize> {
    let burst = exchanges.get(..burst)?;
    let within = 1.5 * response_seconds;
    let first = burst.iter().filter_map(Exchange::response);
    let first = first.filter(|response| *response < within).count();
    (first > 0 && first < burst.len()).then_some(first)
}

/// What consumers held while messages waited.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Held {
    /// Messages sent, not answered and not waiting in the queue: those that consumers hold.
    pub messages: f64,
    /// The share of the looks at which messages waited in the queue. Where they always did, no
    /// consumer would take more.
    pub waiting_share: f64,
}

/// What consumers held in a part of a step; nothing where nobody looked.
#[must_use]
pub fn held(observed: &Observed, from: Duration, until: Duration) -> Option<Held> {
    let looks = observed.looks.iter();
    let looks: Vec<_> = looks
        .filter(|look| (from..=until).contains(&look.at))
        .collect();
    let instants: Vec<Duration> = looks.iter().map(|look| look.at).collect();
    let outstanding = observed.outstanding_at(&instants);
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    let held: Vec<f64> = looks
        .iter()
        .zip(outstanding)
        .map(|(look, outstanding)| outstanding as f64 - look.ready as f64)
        .collect();
    let waiting = looks.iter().filter(|look| look.ready > 0).count();
    Some(Held {
        messages: Quartiles::of(&held)?.median.max(0.0),
        waiting_share: count(waiting) / count(looks.len()),
    })
}

#[cfg(test)]
mod tests {
    use super::super::step::Look;
    use super::*;

    /// Three at once, 20 ms each.
    fn waves(waves: u32) -> Vec<f64> {
        (1..=waves)
            .flat_map(|wave| [f64::from(wave) * 0.02; 3])
            .collect()
    }

    #[test]
    fn waves_have_the_rate_that_they_have() {
        let answers = waves(50);
        let rate = rate(&answers, 3, Constancy::Varying).unwrap();
        assert!((rate.value - 150.0).abs() < 1e-6, "{rate:?}");
        assert!(rate.half_width_share() < 1e-6, "{rate:?}");
        let slope = slope(&answers).unwrap();
        assert!((slope - 150.0).abs() < 0.5, "{slope}");
    }

    #[test]
    fn a_wave_taken_for_another_size_widens_the_interval_and_moves_nothing() {
        let rate = rate(&waves(200), 4, Constancy::Varying).unwrap();
        assert!(rate.holds(150.0), "{rate:?}");
        assert!((rate.value - 150.0).abs() < 3.0, "{rate:?}");
    }

    #[test]
    fn a_machine_that_stalls_does_not_slow_a_constant_service() {
        let mut answers = waves(40);
        answers.iter_mut().skip(60).for_each(|at| *at += 0.4);
        let rate = rate(&answers, 3, Constancy::Constant).unwrap();
        assert!((rate.value - 150.0).abs() < 1.0, "{rate:?}");
    }

    #[test]
    fn few_answers_give_no_rate() {
        assert_eq!(rate(&waves(4), 3, Constancy::Varying), None);
        assert_eq!(slope(&[0.1, 0.2]), None);
    }

    #[test]
    fn the_first_wave_is_as_large_as_what_is_served_at_once() {
        let exchange = |replied: u64| Exchange {
            sent: Duration::ZERO,
            replied: Some(Duration::from_millis(replied)),
        };
        let replied = [20, 21, 20, 40, 41, 40, 60, 61];
        let exchanges: Vec<_> = replied.into_iter().map(exchange).collect();
        assert_eq!(first_wave(&exchanges, 8, 0.02), Some(3));
        // Where all were served at once, more might be.
        assert_eq!(first_wave(&exchanges, 3, 0.02), None);
    }

    #[test]
    fn consumers_hold_what_is_neither_answered_nor_in_the_queue() {
        let at = Duration::from_millis;
        let exchanges = (0..10).map(|_| Exchange {
            sent: at(0),
            replied: None,
        });
        let look = |ready| Look {
            at: at(5),
            ready,
            consumers: 2,
        };
        let observed = Observed {
            exchanges: exchanges.collect(),
            looks: vec![look(4), look(4), look(0)],
            took: at(9),
        };
        let held = held(&observed, at(0), at(9)).unwrap();
        assert_eq!(held.messages, 6.0);
        assert!((held.waiting_share - 2.0 / 3.0).abs() < 1e-9);
    }
}
