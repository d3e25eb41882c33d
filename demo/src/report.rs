//! What came of the demo: a summary for the eye, `report.json` for machines, `report.svg` to look at.

use crate::chart;
use crate::live::Look;
use anyhow::{Context, Result};
use serde::Serialize;
use std::fmt;
use std::path::Path;
use testbed::pool_report::TotalsReport;
use testbed::producer::Outcome;

#[derive(Clone, Debug)]
pub(crate) struct Report {
    figures: Figures,
    looks: Vec<Look>,
}

/// The keys of `report.json`: the producer's, and beside them the controller's.
#[derive(Clone, Debug, Serialize)]
struct Figures {
    #[serde(flatten)]
    outcome: Outcome,
    workers_peak: u32,
    worker_seconds: f64,
    scale_actions: u64,
    workers_moved: u64,
}

impl Report {
    pub(crate) fn new(outcome: Outcome, totals: TotalsReport, looks: Vec<Look>) -> Self {
        let figures = Figures {
            outcome,
            workers_peak: totals.workers_peak,
            worker_seconds: totals.worker_seconds,
            scale_actions: totals.scale_actions,
            workers_moved: totals.workers_moved,
        };
        Self { figures, looks }
    }

    /// Whether every message that was sent was confirmed and answered.
    #[must_use]
    pub(crate) fn nothing_lost(&self) -> bool {
        let outcome = &self.figures.outcome;
        outcome.lost == 0 && outcome.confirmed == outcome.sent && outcome.replied == outcome.sent
    }

    /// Writes `report.json` and `report.svg`.
    pub(crate) fn write(&self, directory: &Path) -> Result<()> {
        let json = directory.join("report.json");
        let text = serde_json::to_string_pretty(&self.figures).context("write the report")?;
        std::fs::write(&json, text + "\n").with_context(|| format!("write {}", json.display()))?;
        let svg = directory.join("report.svg");
        chart::draw(&svg, &self.figures.outcome.scenario, &self.looks)
            .with_context(|| format!("draw {}", svg.display()))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Figures { outcome, .. } = &self.figures;
        let milliseconds = |seconds: Option<f64>| {
            seconds.map_or_else(
                || "-".to_owned(),
                |seconds| format!("{:.0} ms", seconds * 1e3),
            )
        };
        let waits = outcome.wait_seconds;
        writeln!(f, "sent            {:>9}", outcome.sent)?;
        writeln!(f, "confirmed       {:>9}", outcome.confirmed)?;
        writeln!(f, "replied         {:>9}", outcome.replied)?;
        writeln!(f, "lost            {:>9}", outcome.lost)?;
        writeln!(f, "duplicated      {:>9}", outcome.duplicated)?;
        writeln!(f, "wait p50        {:>9}", milliseconds(waits.p50))?;
        writeln!(f, "wait p99        {:>9}", milliseconds(waits.p99))?;
        writeln!(f, "wait max        {:>9}", milliseconds(waits.max))?;
        writeln!(f, "workers, peak   {:>9}", self.figures.workers_peak)?;
        writeln!(f, "worker-seconds  {:>9.1}", self.figures.worker_seconds)?;
        write!(f, "workers moved   {:>9}", self.figures.workers_moved)
    }
}
