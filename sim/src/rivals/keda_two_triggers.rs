//! The tuned KEDA with a second trigger: MessageRate at 80 % of what a worker can do, beside
//! QueueLength at V = 2C. The HPA takes the larger of the two: max(λ / 0.8μ, B / 2C).
//!
//! "RabbitMQ Queue", <https://keda.sh/docs/2.20/scalers/rabbitmq-queue/>: MessageRate is the
//! publish rate as the management plugin has it, and several triggers make an HPA of several
//! metrics. The 20 % of head-room are what clears a backlog that gathered before the rate was
//! known.

use super::keda::{Keda, Trigger, queue_length};
use super::keda_tuned::TIMING;
use crate::rival::Facts;

/// Of a worker's rate: how much of it the publish rate is to use.
const UTILISATION: f64 = 0.8;

pub(super) fn new(facts: &Facts) -> Keda {
    let message_rate = Trigger::MessageRate {
        value: UTILISATION * facts.worker_rate,
    };
    Keda::new(facts, vec![queue_length(facts), message_rate], TIMING)
}

#[cfg(test)]
mod tests {
    use super::super::examples::{changes, facts, waiting};
    use crate::rival::Seen;

    fn seen(ready: u64, publish_rate: f64) -> Seen {
        let mut seen = waiting(ready);
        if let Some(statistics) = seen.statistics.as_mut() {
            statistics.publish_rate = publish_rate;
        }
        seen
    }

    #[test]
    fn the_rate_keeps_workers_that_the_empty_queue_would_not() {
        let mut keda = super::new(&facts());

        // 1 000 per second at 160 for each: 7 workers, with nothing waiting.
        let changes = changes(&mut keda, 300.0, |_| seen(0, 1_000.0));

        assert_eq!(changes, [(0.0, 7)]);
    }

    #[test]
    fn the_larger_of_the_two_counts() {
        let mut keda = super::new(&facts());

        // 8 000 waiting are 10 workers, 1 000 per second are 7.
        let changes = changes(&mut keda, 0.0, |_| seen(8_000, 1_000.0));

        assert_eq!(changes, [(0.0, 10)]);
    }
}
