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

/// A rival in [`ALL`].
pub struct Listed {
    pub name: &'static str,
    /// What it is, in a line.
    pub about: &'static str,
    make: fn(&Facts) -> Box<dyn Rival>,
}

/// Every rival, in the order in which tables show them.
pub const ALL: [Listed; 11] = [
    Listed {
        name: "reference",
        about: "the coursework that Warren grew from: every 2 s, C = 1000",
        make: |facts| Box::new(reference::Reference::new(facts)),
    },
    Listed {
        name: "keda-default",
        about: "KEDA with a Kubernetes autoscaler, all defaults",
        make: |facts| Box::new(keda_default::new(facts)),
    },
    Listed {
        name: "keda-tuned",
        about: "KEDA tuned for speed, by queue length",
        make: |facts| Box::new(keda_tuned::new(facts)),
    },
    Listed {
        name: "keda-two-triggers",
        about: "KEDA tuned for speed, by queue length and message rate",
        make: |facts| Box::new(keda_two_triggers::new(facts)),
    },
    Listed {
        name: "horizon",
        about: "Laravel Horizon's auto balancing: one process at a time, every 3 s",
        make: |facts| Box::new(horizon::Horizon::new(facts)),
    },
    Listed {
        name: "celery",
        about: "Celery's --autoscale: as many as there are messages, fewer after 30 s",
        make: |facts| Box::new(celery::Celery::new(facts)),
    },
    Listed {
        name: "queue-autoscale",
        about: "laravel-queue-autoscale: predicted waits against an SLA",
        make: |facts| Box::new(queue_autoscale::QueueAutoscale::new(facts)),
    },
    Listed {
        name: "knative",
        about: "Knative's autoscaler: concurrency, with a panic window",
        make: |facts| Box::new(knative::Knative::new(facts)),
    },
    Listed {
        name: "php-fpm",
        about: "php-fpm's pm = dynamic: one to three idle processes, whatever waits",
        make: |facts| Box::new(php_fpm::PhpFpm::new(facts)),
    },
    Listed {
        name: "aws-target-tracking",
        about: "AWS target tracking on the backlog of each worker",
        make: |facts| Box::new(aws_target_tracking::TargetTracking::new(facts)),
    },
    Listed {
        name: "nomad",
        about: "the Nomad Autoscaler, by backlog and arrivals of each worker",
        make: |facts| Box::new(nomad::Nomad::new(facts)),
    },
];

/// The rival of that name, which knows `facts`; `None` where there is no such rival.
pub fn named(name: &str, facts: &Facts) -> Option<Box<dyn Rival>> {
    let listed = ALL.into_iter().find(|rival| rival.name == name)?;
    Some((listed.make)(facts))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::examples::{changes, facts, waiting};
    use super::*;

    #[test]
    fn a_name_that_is_not_listed_is_no_rival() {
        assert!(named("warren", &facts()).is_none());
    }

    #[test]
    fn every_rival_answers_a_backlog_within_75_s_and_is_asked_in_order_of_time() {
        for Listed { name, make, .. } in ALL {
            for phase in [0.0, 0.3, 0.999] {
                let mut rival = make(&Facts { phase, ..facts() });
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
