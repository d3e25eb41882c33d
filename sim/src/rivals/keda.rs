//! KEDA with its RabbitMQ scaler: the triggers, the loop that goes between none and one, and beside
//! it the HPA that KEDA leaves the rest to.
//!
//! Documented in "RabbitMQ Queue", <https://keda.sh/docs/2.20/scalers/rabbitmq-queue/>, and
//! "ScaledObject specification", <https://keda.sh/docs/2.20/reference/scaledobject-spec/>;
//! kedacore/keda 2.20, `pkg/scaling/executor/scale_scaledobjects.go` and
//! `pkg/scalers/rabbitmq_scaler.go`.
//!
//! All of ours read the broker through its management plugin (`protocol: http`): only there does a
//! message count that somebody works on. With `protocol: amqp` a queue that workers keep empty is
//! inactive, and a fleet in the middle of its work is scaled to zero after the cooldown; to be up
//! to 5 s behind is the smaller harm.
//!
//! Statistics that are missing are an error, which changes nothing, as without `fallback` in KEDA.
//! Statistics that are there and lack a field are read as 0 by KEDA; the simulator has no such
//! answer.

use std::time::Duration;

use super::hpa::{Behavior, Hpa, Metric};
use super::rhythm::{Rhythm, other_phase};
use crate::rival::{Departure, Facts, Rival, Seen, Statistics, Victims};

/// The default of a pod's `terminationGracePeriodSeconds`.
const POD_GRACE: Duration = Duration::from_secs(30);

/// The replicas that are wanted once a trigger becomes active.
const ACTIVATED: u32 = 1;

/// A trigger of type `rabbitmq`, with `activationValue` 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Trigger {
    /// So many messages, waiting and being worked on, for each worker.
    QueueLength { value: f64 },
    /// So many messages published per second for each worker.
    MessageRate { value: f64 },
}

impl Trigger {
    fn is_active(self, statistics: &Statistics) -> bool {
        let messages = statistics.ready + statistics.unacknowledged;
        match self {
            Self::QueueLength { .. } => messages > 0,
            Self::MessageRate { .. } => statistics.publish_rate > 0.0 || messages > 0,
        }
    }

    fn metric(self, statistics: &Statistics) -> Metric {
        match self {
            Self::QueueLength { value } => Metric {
                value: (statistics.ready + statistics.unacknowledged) as f64,
                average_target: value,
            },
            Self::MessageRate { value } => Metric {
                value: statistics.publish_rate,
                average_target: value,
            },
        }
    }
}

/// V = 2C: the backlog that one worker clears in twice the drain time.
pub(super) fn queue_length(facts: &Facts) -> Trigger {
    Trigger::QueueLength {
        value: 2.0 * facts.capacity,
    }
}

/// What a ScaledObject says about time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timing {
    /// `pollingInterval`.
    pub(super) polling_interval: Duration,
    /// `cooldownPeriod`.
    pub(super) cooldown: Duration,
    /// `advanced.horizontalPodAutoscalerConfig.behavior`.
    pub(super) behavior: Option<Behavior>,
}

/// The operator's loop: from none to one when a trigger is active, and from any number to none when
/// all have been inactive for the cooldown. Everything between is the HPA's.
#[derive(Debug)]
struct Activation {
    poll: Rhythm,
    cooldown: Duration,
    min: u32,
    last_active_at: Duration,
}

impl Activation {
    /// One poll. `active` is `None` where the triggers could not be asked.
    fn replicas(&mut self, now: Duration, current: u32, active: Option<bool>) -> u32 {
        match active {
            None => current,
            Some(true) => {
                self.last_active_at = now;
                if current == 0 {
                    self.min.max(ACTIVATED)
                } else {
                    current
                }
            }
            Some(false) if self.min == 0 && now > self.last_active_at + self.cooldown => 0,
            Some(false) => current.max(self.min),
        }
    }
}

/// One ScaledObject and its HPA.
#[derive(Debug)]
pub(super) struct Keda {
    triggers: Vec<Trigger>,
    activation: Activation,
    hpa: Hpa,
    replicas: u32,
}

impl Keda {
    pub(super) fn new(facts: &Facts, triggers: Vec<Trigger>, timing: Timing) -> Self {
        Self {
            triggers,
            activation: Activation {
                poll: Rhythm::new(timing.polling_interval, facts.phase),
                cooldown: timing.cooldown,
                min: facts.min,
                last_active_at: Duration::ZERO,
            },
            hpa: Hpa::new(
                facts.min,
                facts.max,
                timing.behavior,
                other_phase(facts.phase),
            ),
            replicas: facts.min,
        }
    }
}

impl Rival for Keda {
    fn next_at(&self) -> Duration {
        self.activation.poll.next_at().min(self.hpa.next_at())
    }

    fn workers(&mut self, now: Duration, seen: &Seen) -> u32 {
        if self.activation.poll.strikes(now) {
            let active = seen.statistics.as_ref().map(|statistics| {
                self.triggers
                    .iter()
                    .any(|trigger| trigger.is_active(statistics))
            });
            self.replicas = self.activation.replicas(now, self.replicas, active);
        }
        if self.hpa.is_due(now) {
            let metrics: Vec<Option<Metric>> = self
                .triggers
                .iter()
                .map(|trigger| {
                    seen.statistics
                        .as_ref()
                        .map(|statistics| trigger.metric(statistics))
                })
                .collect();
            self.replicas = self.hpa.replicas(now, self.replicas, &metrics);
        }
        self.replicas
    }

    /// "Scaling a ReplicaSet" in the Kubernetes documentation: pods that are not ready go first,
    /// then those created last; nothing asks whether they work.
    fn departure(&self) -> Departure {
        Departure {
            victims: Victims::NewestFirst,
            grace: POD_GRACE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::examples::{changes, facts, no_data, waiting};
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn keda(facts: &Facts) -> Keda {
        let timing = Timing {
            polling_interval: seconds(10),
            cooldown: seconds(30),
            behavior: Some(Behavior {
                down_window: seconds(30),
                up_percent: 900.0,
            }),
        };
        Keda::new(facts, vec![queue_length(facts)], timing)
    }

    #[test]
    fn the_first_message_is_noticed_at_the_poll_and_brings_one() {
        let mut keda = keda(&Facts {
            phase: 0.5,
            ..facts()
        });

        // Polls at 5 s, 15 s, …; a message comes at 6 s.
        let changes = changes(&mut keda, 20.0, |at| waiting(u64::from(at >= 6.0)));

        assert_eq!(changes, [(15.0, 1)]);
    }

    #[test]
    fn it_goes_from_any_number_to_none_when_the_cooldown_is_over() {
        let facts = facts();
        let mut keda = Keda::new(
            &facts,
            vec![queue_length(&facts)],
            Timing {
                polling_interval: seconds(1),
                cooldown: seconds(30),
                behavior: None,
            },
        );

        // The backlog is gone after 40 s. The HPA's 300 s hold the workers, the cooldown does not.
        let changes = changes(&mut keda, 100.0, |at| {
            waiting(if at <= 40.0 { 1_000_000 } else { 0 })
        });

        assert_eq!(changes.first(), Some(&(0.0, 4)), "poll and sync at once");
        assert_eq!(changes.last(), Some(&(71.0, 0)));
    }

    #[test]
    fn a_message_that_is_worked_on_keeps_it_active() {
        let mut keda = keda(&facts());

        let changes = changes(&mut keda, 300.0, |_| {
            let mut seen = waiting(0);
            if let Some(statistics) = seen.statistics.as_mut() {
                statistics.unacknowledged = 1;
            }
            seen
        });

        assert_eq!(changes, [(0.0, 1)]);
    }

    #[test]
    fn statistics_that_are_missing_change_nothing_in_either_loop() {
        let mut keda = keda(&facts());

        // 8 000 messages need 10 workers; nothing can be seen from 20 s to 200 s.
        let changes = changes(&mut keda, 240.0, |at| {
            if (20.0..200.0).contains(&at) {
                no_data()
            } else if at < 20.0 {
                waiting(8_000)
            } else {
                waiting(0)
            }
        });

        assert_eq!(changes, [(0.0, 10), (200.0, 0)]);
    }

    #[test]
    fn a_minimum_above_zero_is_never_left() {
        let mut keda = keda(&Facts { min: 2, ..facts() });

        let changes = changes(&mut keda, 600.0, |at| {
            waiting(if at < 60.0 { 8_000 } else { 0 })
        });

        assert_eq!(changes.last().map(|(_, workers)| *workers), Some(2));
    }
}
