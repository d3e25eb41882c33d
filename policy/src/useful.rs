//! How many workers can have something to do.

use crate::ceiling::ceiling;
use crate::situation::Situation;

/// Workers beyond which there is nothing to do: the messages that wait, that the workers hold, and
/// that arrive while one is worked on, divided by what one worker takes at a time.
///
/// It matters for long tasks. Where a message takes 10 s and Tr is 2 s, C is 0.2, and the bare law
/// asks for five workers for each message.
///
/// - What draining workers hold is left out: they finish it themselves.
/// - A ready worker that never reports counts as having its hands full. Counting it as empty would
///   keep a fleet of silent, busy workers from growing when more work waits, and what is not known
///   must never lower the fleet. The price is that idle silent workers are not noticed here.
pub(crate) fn useful(situation: &Situation<'_>) -> u32 {
    let message_seconds = 1.0 / situation.worker_rate();
    let horizon_seconds = situation.drain_seconds().max(message_seconds);
    useful_for(
        situation,
        situation.arrival_rate().per_second(),
        horizon_seconds,
    )
}

/// Workers for the messages that are there and those that arrive within the horizon, at so many at a
/// time each.
pub(crate) fn useful_for(
    situation: &Situation<'_>,
    arrival_rate: f64,
    horizon_seconds: f64,
) -> u32 {
    let prefetch = u64::from(situation.settings.prefetch.get());
    let arrivals = if arrival_rate == 0.0 {
        // Zero times an endless task would not be a number.
        0
    } else {
        // A cast from a float saturates.
        ceiling(arrival_rate * horizon_seconds) as u64
    };
    let messages = to_do(situation).saturating_add(arrivals);
    u32::try_from(messages.div_ceil(prefetch)).unwrap_or(u32::MAX)
}

/// Messages that wait, or that the starting and ready workers hold.
fn to_do(situation: &Situation<'_>) -> u64 {
    let in_hand = situation.in_hand;
    let prefetch = u64::from(situation.settings.prefetch.get());
    situation
        .observation
        .ready
        .saturating_add(in_hand.messages)
        .saturating_add(prefetch.saturating_mul(in_hand.silent.into()))
}
