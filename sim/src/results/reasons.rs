//! Why a figure is out of reach, where one is: what the page says beside a miss.

use super::aims::AIMS;

/// Workload, aims, and the sentences.
const REASONS: &[(&str, &[&str], &str)] = &[
    (
        "bursts",
        &["moved_tuned"],
        "KEDA moves few because it has 4 workers at its peak and lets messages wait for 11 s. Whoever takes up each burst within a second starts workers for each, or keeps them over the pauses: with `hold=15s` Warren moves 18 and spends half as much again.",
    ),
    (
        "bursts",
        &["step"],
        "The fleet is still there from the burst 2 s before, which took more: `hold` keeps it for 4 s.",
    ),
    (
        "spike",
        &["cost_floor"],
        "The floor runs its 2 workers without a pause for 9 minutes, with a p99 wait of 3 s of its own. Warren keeps a third one for these 9 minutes, which is 0.19 of the 0.32; the rest clears the backlog of the step, and is held for 4 s.",
    ),
    (
        "spike",
        &["step"],
        "A first count of half a second is known no better than by its square root: 300 messages to 17, which is 1.7 workers of 30. Until the next look, the dead band takes the least of what chance allows.",
    ),
    (
        "square",
        &["step"],
        "A first count of half a second is known no better than by its square root: 250 messages to 16, which is 1.6 workers of 25, and in one of the five steps only 223 came. Until the next look, the dead band takes the least of what chance allows.",
    ),
    (
        "outage",
        &["step"],
        "A first count of half a second is known no better than by its square root: 200 messages to 14, which is 1.4 workers of 20. Until the next look, the dead band takes the least of what chance allows.",
    ),
    (
        "ramp",
        &["wait_default"],
        "A rate that rises this slowly is no trouble for KEDA's defaults. What is left to Warren is what chance makes of a fleet that just keeps up: `headroom=0.5` waits 0.38 s and costs 1.19 times the floor, and even Celery, at 2.5 times the floor, waits 0.30 s.",
    ),
    (
        "day",
        &["wait_tuned", "wait_default"],
        "A rate that changes this slowly is no trouble for KEDA. What is left to Warren is what chance makes of a fleet that just keeps up: `headroom=0.5` waits 0.35 s and costs 1.24 times the floor, and the best of all, Knative at 1.46 times, waits 0.31 s.",
    ),
    (
        "onoff",
        &["moved_tuned"],
        "The floor itself moves 1138. KEDA keeps its workers over the silences, spends half as much again, and lets messages wait for 26 s. With `hold=30s` Warren moves 622 and spends more than twice as much.",
    ),
    (
        "onoff",
        &["step"],
        "One burst was over before the second look at it; the 11 workers that it had asked for are held for 4 s.",
    ),
    (
        "poisson-5",
        &["cost_tuned"],
        "With 5 workers' worth, 5 workers have no time left: the floor's p99 wait is 20 s. KEDA lets half of the messages wait for 2 s and one in a hundred for 12 s; Warren keeps 7 workers on average, where KEDA keeps 6.5.",
    ),
    (
        "poisson-5",
        &["moved_tuned"],
        "KEDA keeps the most of the last 30 s and lets one message in a hundred wait for 11 s. `hold=30s` brings Warren to 40, at 16 % more worker-seconds.",
    ),
    (
        "absurd",
        &["moved_tuned"],
        "The look that shows a thousand times as much is believed once: 8 workers come, and go again. Without it there would be 30. The tuned KEDA looks at statistics 5 s old, and has a p99 wait of 14 s.",
    ),
    (
        "long-tasks",
        &["wait_default", "wait_default_fast_off"],
        "KEDA's value is 2C here as everywhere, which is 0.4 messages a worker: it asks for five workers for two messages, and has its 60 most of the time, at 3.2 times the floor. Then 99 % of the messages find an idle one, and no wait is a twentieth of none.",
    ),
    (
        "long-tasks",
        &["wait_tuned_fast_off"],
        "A message that finds no idle worker is seen up to 2 s later, and a new worker takes 0.5 s more.",
    ),
    (
        "slow-start",
        &[
            "wait_tuned",
            "wait_default",
            "wait_tuned_fast_off",
            "wait_default_fast_off",
        ],
        "What comes in the first 30 s waits for the first workers, which take as long to start, whatever is decided. Of all, Celery has the shortest waits, 17.8 s at 2.6 times the floor, and even `static-peak`, with all 20 workers ordered at the very first moment, has 18.6 s.",
    ),
    (
        "slow-start",
        &["step"],
        "Chance: 238 messages came in the half second after the step, where 200 were to be expected.",
    ),
    (
        "stale-5",
        &["wait_tuned", "wait_default", "wait_default_fast_off"],
        "What nobody sees for 5 s waits for 5 s: nobody who looks at the queue is better by more than an eighth. `static-peak` does not look, nor does `php-fpm`, which counts idle workers.",
    ),
    (
        "stale-5",
        &["step"],
        "Two looks after a step, everything that is seen is still from before it.",
    ),
    (
        "stale-10",
        &[
            "wait_tuned",
            "wait_default",
            "wait_tuned_fast_off",
            "wait_default_fast_off",
        ],
        "What nobody sees for 10 s waits for 10 s: nobody who looks at the queue is better by more than an eighth. `static-peak` does not look, nor does `php-fpm`, which counts idle workers.",
    ),
    (
        "stale-10",
        &["step"],
        "Two looks after a step, everything that is seen is still from before it.",
    ),
    (
        "stale-30",
        &[
            "wait_tuned",
            "wait_default",
            "wait_tuned_fast_off",
            "wait_default_fast_off",
        ],
        "What nobody sees for 30 s waits for 30 s: nobody who looks at the queue is better by more than an eighth. `static-peak` does not look, nor does `php-fpm`, which counts idle workers.",
    ),
    (
        "stale-30",
        &["step"],
        "Two looks after a step, everything that is seen is still from before it.",
    ),
    (
        "stale-10",
        &["unbeaten"],
        "`php-fpm` never looks at the queue, so lateness cannot hurt it: it keeps one to three idle workers. Horizon always keeps one worker, which serves the first messages while nobody sees them, and goes up by one every 3 s as long as any message waits, however old that is.",
    ),
    (
        "stale-30",
        &["unbeaten"],
        "`php-fpm` never looks at the queue, so lateness cannot hurt it: it keeps one to three idle workers, whatever waits.",
    ),
    (
        "stale-5",
        &["moved_tuned"],
        "KEDA follows the bursts less closely, and lets messages wait for 19 s.",
    ),
    (
        "stale-10",
        &["moved_tuned"],
        "KEDA follows the bursts less closely, and lets messages wait for 20 s.",
    ),
    (
        "stale-30",
        &["moved_tuned"],
        "One worker: both go to `max` and back, and the run ends before KEDA stops its last one.",
    ),
    (
        "outage",
        &["wait_tuned", "wait_default", "wait_default_fast_off"],
        "The rate goes from 5 to 20 workers' worth while nothing is seen. That all workers have their hands full is all there is to go by: every 3 s the fleet grows by a quarter, which takes more than 20 s from 7 workers to 40. To grow faster on so little would cost the most where it is wrong. `celery` and `queue-autoscale` do better: they spend 3.4 and 2.5 times the floor, and go into the outage with workers to spare.",
    ),
];

/// Why this aim is missed on this workload, where somebody has found out.
pub(super) fn why(workload: &str, aim: &str) -> Option<&'static str> {
    debug_assert!(AIMS.iter().any(|known| known.key == aim), "{aim} is no aim");
    REASONS
        .iter()
        .find(|reason| reason.0 == workload && reason.1.contains(&aim))
        .map(|reason| reason.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_about_workloads_and_aims_that_there_are() {
        let workloads = crate::workloads::all(1);
        for (workload, aims, why) in REASONS {
            assert!(
                workloads.iter().any(|known| known.name == *workload),
                "{workload}"
            );
            for aim in *aims {
                assert!(AIMS.iter().any(|known| known.key == *aim), "{aim}");
            }
            assert!(why.ends_with('.'), "{why}");
        }
    }
}
