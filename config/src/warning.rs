//! What a valid configuration may not mean: combinations that work, and seldom as intended.

use crate::pool::{Declare, OnUnprocessable, Pool, PoolName, QueueType};
use crate::root::Config;
use policy::Strategy;
use std::fmt;
use std::time::Duration;

/// RabbitMQ closes a consumer's channel when one delivery stays unacknowledged for longer.
const CONSUMER_TIMEOUT: Duration = Duration::from_secs(30 * 60);

/// A setting that works and may not be meant. Nothing is refused for it.
#[derive(Clone, Debug, PartialEq)]
pub enum Warning {
    /// `broker.ca_file` is set, and the URL is not `amqps://`.
    CaFileUnused,
    /// A setting of one pool.
    Pool {
        /// The pool's key `name`.
        pool: PoolName,
        /// The setting, with the values that don't go together.
        warning: PoolWarning,
    },
}

/// A setting of a pool that works and may not be meant. T is `interval`, Tr is `drain_time`, μ is what
/// one worker does in a second.
#[derive(Clone, Debug, PartialEq)]
pub enum PoolWarning {
    /// T > Tr.
    IntervalAboveDrainTime {
        /// T: the time between two looks at the queue.
        interval: Duration,
        /// Tr: the time in which a backlog is to be gone.
        drain_time: Duration,
    },
    /// Tr < 1/μ.
    DrainTimeBelowMessageTime {
        /// Tr: the time in which a backlog is to be gone.
        drain_time: Duration,
        /// 1/μ: the time that one message takes.
        message_time: Duration,
    },
    /// `wait` < T.
    DeadlineBelowInterval {
        /// The longest wait that the strategy promises.
        wait: Duration,
        /// T: the time between two looks at the queue.
        interval: Duration,
    },
    /// No worker is added before messages have waited longer than they are meant to.
    DeadBandWaitAboveGoal {
        /// The wait below which no worker is added.
        dead_band_wait: Duration,
        /// The key that says how long they are meant to: `drain_time` or `wait`.
        goal_key: &'static str,
        /// The value of that key.
        goal: Duration,
    },
    /// Nothing keeps the messages that can't be processed.
    NoDeadLetterExchange {
        /// What workers do with them instead.
        on_unprocessable: OnUnprocessable,
    },
    /// The broker deletes what was delivered too often.
    QuorumWithoutDeadLetterExchange {
        /// Deliveries of one message before the queue gives it up.
        delivery_limit: u32,
    },
    /// What a worker holds takes it longer than half the broker's consumer timeout.
    HeldNearConsumerTimeout {
        /// Messages that a worker holds.
        prefetch: u16,
        /// prefetch / μ: the time that these messages take.
        held: Duration,
    },
    /// What a worker holds takes longer than the time it has to stop.
    StopGraceBelowHeld {
        /// The time from SIGTERM to SIGKILL.
        stop_grace: Duration,
        /// Messages that a worker holds.
        prefetch: u16,
        /// prefetch / μ: the time that these messages take.
        held: Duration,
    },
}

/// Every warning about the controller and its pools, in the order of the file.
pub(crate) fn about(config: &Config) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let tls = config.broker.url.transport() == crate::address::Transport::Tls;
    if config.broker.ca_file.is_some() && !tls {
        warnings.push(Warning::CaFileUnused);
    }
    for pool in &config.pools {
        let about_it = about_pool(pool).into_iter();
        warnings.extend(about_it.map(|warning| Warning::Pool {
            pool: pool.name.clone(),
            warning,
        }));
    }
    warnings
}

fn about_pool(pool: &Pool) -> Vec<PoolWarning> {
    let mut warnings = Vec::new();
    let drain_time = pool.scaling.drain_time;
    let interval = pool.scaling.interval;
    if interval > drain_time {
        warnings.push(PoolWarning::IntervalAboveDrainTime {
            interval,
            drain_time,
        });
    }
    let message_seconds = drain_time.as_secs_f64() / pool.scaling.capacity.messages();
    let message_time = seconds(message_seconds);
    if message_time > drain_time {
        warnings.push(PoolWarning::DrainTimeBelowMessageTime {
            drain_time,
            message_time,
        });
    }
    let (goal_key, goal) = match pool.scaling.strategy {
        Strategy::Formula => ("drain_time", drain_time),
        Strategy::Deadline { wait } => {
            if wait < interval {
                warnings.push(PoolWarning::DeadlineBelowInterval { wait, interval });
            }
            ("wait", wait)
        }
    };
    let dead_band_wait = pool.scaling.limits.dead_band.wait;
    if dead_band_wait > goal {
        warnings.push(PoolWarning::DeadBandWaitAboveGoal {
            dead_band_wait,
            goal_key,
            goal,
        });
    }
    let topology = &pool.topology;
    if topology.dead_letter_exchange.is_none() {
        let on_unprocessable = pool.worker.on_unprocessable;
        warnings.push(PoolWarning::NoDeadLetterExchange { on_unprocessable });
        if topology.queue_type == QueueType::Quorum && topology.declare == Declare::Missing {
            let delivery_limit = topology.delivery_limit;
            warnings.push(PoolWarning::QuorumWithoutDeadLetterExchange { delivery_limit });
        }
    }
    let prefetch = pool.worker.prefetch.get();
    let held = seconds(message_seconds * f64::from(prefetch));
    if held > CONSUMER_TIMEOUT / 2 {
        warnings.push(PoolWarning::HeldNearConsumerTimeout { prefetch, held });
    }
    let stop_grace = pool.fleet.stop_grace;
    if held > stop_grace {
        warnings.push(PoolWarning::StopGraceBelowHeld {
            stop_grace,
            prefetch,
            held,
        });
    }
    warnings
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CaFileUnused => f.write_str(
                "broker.ca_file is not used: the broker's URL is not amqps://, so passwords and \
                 messages travel in clear",
            ),
            Self::Pool { pool, warning } => write!(f, "pool {pool}: {warning}"),
        }
    }
}

impl fmt::Display for PoolWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IntervalAboveDrainTime {
                interval,
                drain_time,
            } => write!(
                f,
                "interval ({}) is longer than drain_time ({}): workers clear the backlog before \
                 anybody looks again, so each decision asks for more than is needed; lower \
                 interval or raise drain_time",
                shown(*interval),
                shown(*drain_time)
            ),
            Self::DrainTimeBelowMessageTime {
                drain_time,
                message_time,
            } => write!(
                f,
                "drain_time ({}) is shorter than one message takes ({}): no number of workers \
                 clears a backlog in it; raise drain_time",
                shown(*drain_time),
                shown(*message_time)
            ),
            Self::DeadlineBelowInterval { wait, interval } => write!(
                f,
                "wait ({}) is shorter than interval ({}): a message may have waited that long \
                 before anybody looks; lower interval or raise wait",
                shown(*wait),
                shown(*interval)
            ),
            Self::DeadBandWaitAboveGoal {
                dead_band_wait,
                goal_key,
                goal,
            } => write!(
                f,
                "dead_band_wait ({}) is longer than {goal_key} ({}): messages may wait longer than \
                 they are meant to before a worker is added; lower dead_band_wait",
                shown(*dead_band_wait),
                shown(*goal)
            ),
            Self::NoDeadLetterExchange { on_unprocessable } => {
                let outcome = match on_unprocessable {
                    OnUnprocessable::DeadLetter => "have nowhere to go",
                    OnUnprocessable::Requeue => "come back to the workers again and again",
                    OnUnprocessable::Drop => "are deleted",
                };
                write!(
                    f,
                    "there is no dead-letter exchange: messages that can't be processed {outcome}; \
                     set dead_letter_exchange to keep them"
                )
            }
            Self::QuorumWithoutDeadLetterExchange { delivery_limit } => write!(
                f,
                "without a dead-letter exchange the quorum queue deletes a message that was \
                 delivered {delivery_limit} times, even where only its workers crashed; set \
                 dead_letter_exchange"
            ),
            Self::HeldNearConsumerTimeout { prefetch, held } => write!(
                f,
                "a worker holds {prefetch} messages, which take it {}: RabbitMQ closes its channel \
                 after {} without an acknowledgement; lower prefetch",
                shown(*held),
                shown(CONSUMER_TIMEOUT)
            ),
            Self::StopGraceBelowHeld {
                stop_grace,
                prefetch,
                held,
            } => write!(
                f,
                "stop_grace ({}) is shorter than the {prefetch} messages that a worker holds take \
                 ({}): it would be killed over them, and they would be delivered again; raise \
                 stop_grace or lower prefetch",
                shown(*stop_grace),
                shown(*held)
            ),
        }
    }
}

/// To the millisecond, or to the second where it is long.
fn shown(duration: Duration) -> humantime::FormattedDuration {
    let whole = Duration::from_secs(duration.as_secs());
    let milliseconds = Duration::from_millis(u64::from(duration.subsec_millis()));
    let fine = duration < Duration::from_secs(60);
    humantime::format_duration(if fine { whole + milliseconds } else { whole })
}
