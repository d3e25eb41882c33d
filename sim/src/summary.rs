//! What one run came to: the numbers that every table, file and chart shows.

use serde::Serialize;

/// One run of a policy on a workload. The keys are a contract: add freely, rename none.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    pub workload: String,
    pub policy: String,
    /// What the random streams began with.
    pub seed: u64,
    pub messages: u64,
    /// How long the messages waited to be taken up, on average.
    pub wait_mean_seconds: f64,
    /// Half of the messages were taken up within this.
    pub wait_p50_seconds: f64,
    /// 99 % of the messages were taken up within this.
    pub wait_p99_seconds: f64,
    /// The longest that a message waited to be taken up.
    pub wait_max_seconds: f64,
    /// The share of messages that waited longer than the workload's promise.
    pub over_slo_ratio: f64,
    /// Time that processes lived, from the order to start to the end.
    pub worker_seconds: f64,
    /// The same of a clairvoyant who knows the rate of every instant and keeps the workers that keep
    /// up with it. No lower bound: whoever keeps up less may spend less.
    pub floor_worker_seconds: f64,
    /// The most workers starting and ready at once.
    pub workers_peak: u32,
    /// Workers started, and workers told to stop.
    pub workers_moved: u64,
    /// Decisions that started or stopped workers.
    pub scale_actions: u64,
    /// From the first time that more workers were needed than consumed until there were enough;
    /// `None` where there never were.
    pub enough_workers_seconds: Option<f64>,
    /// Messages that a kill took from a worker: lost or delivered again.
    pub busy_killed: u64,
    /// Workers told to stop that had been busy without a break, while another had been idle, both
    /// for longer than it may take to say so.
    pub busy_drained: u64,
    /// Messages that nobody had completed when the run ended.
    pub unfinished: u64,
    /// Workers above or below what the law asks for with the true backlog and arrival rate, at the
    /// second look after a step up of the rate, where it was furthest from it. `None` for all but
    /// Warren by the law, without steps, and where the law asks for several workers a message.
    pub step_gap_workers: Option<i64>,
}
