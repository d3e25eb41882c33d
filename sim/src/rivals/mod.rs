//! The rivals: what others would have done with the same queue and the same workers.
//!
//! Each has a file of its own that opens with what it is, where its algorithm is documented, and
//! which choices were made for it. Where a document leaves one, the better one for the rival is
//! taken: a comparison that a rival's user would call unfair proves nothing.

use crate::rival::{Facts, Rival};

mod aws_target_tracking;
mod celery;
#[cfg(test)]
mod examples;
mod horizon;
mod hpa;
mod keda;
mod keda_default;
mod keda_tuned;
mod keda_two_triggers;
mod knative;
mod nomad;
mod php_fpm;
mod queue_arrivals;
mod queue_autoscale;
mod reference;
mod rhythm;

/// Every rival's name, in the order in which tables show them.
pub const NAMES: [&str; 11] = [
    "reference",
    "keda-default",
    "keda-tuned",
    "keda-two-triggers",
    "horizon",
    "celery",
    "queue-autoscale",
    "knative",
    "php-fpm",
    "aws-target-tracking",
    "nomad",
];

/// The rival of that name, which knows `facts`; `None` where there is no such rival.
pub fn named(name: &str, facts: &Facts) -> Option<Box<dyn Rival>> {
    Some(match name {
        "reference" => Box::new(reference::Reference::new(facts)),
        "keda-default" => Box::new(keda_default::new(facts)),
        "keda-tuned" => Box::new(keda_tuned::new(facts)),
        "keda-two-triggers" => Box::new(keda_two_triggers::new(facts)),
        "horizon" => Box::new(horizon::Horizon::new(facts)),
        "celery" => Box::new(celery::Celery::new(facts)),
        "queue-autoscale" => Box::new(queue_autoscale::QueueAutoscale::new(facts)),
        "knative" => Box::new(knative::Knative::new(facts)),
        "php-fpm" => Box::new(php_fpm::PhpFpm::new(facts)),
        "aws-target-tracking" => Box::new(aws_target_tracking::TargetTracking::new(facts)),
        "nomad" => Box::new(nomad::Nomad::new(facts)),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::examples::{changes, facts, waiting};
    use super::*;

    #[test]
    fn every_name_has_a_rival_and_no_other_has() {
        for name in NAMES {
            assert!(named(name, &facts()).is_some(), "{name}");
        }
        assert!(named("warren", &facts()).is_none());
    }

    #[test]
    fn every_rival_answers_a_backlog_within_75_s_and_is_asked_in_order_of_time() {
        for name in NAMES {
            for phase in [0.0, 0.3, 0.999] {
                let mut rival = named(name, &Facts { phase, ..facts() }).unwrap();
                // What the second before asked for is busy by now.
                let busy = |at: f64| at as u32 + 2;
                let changes = changes(rival.as_mut(), 75.0, |at| {
                    let mut seen = waiting(100_000);
                    seen.workers.busy = busy(at);
                    seen
                });
                let last = changes.last().map(|(_, workers)| *workers);

                assert!(
                    last.is_some_and(|workers| workers >= 4),
                    "{name}: {changes:?}"
                );
                assert!(rival.departure().grace > Duration::ZERO, "{name}");
            }
        }
    }
}
