//! The flags that say what becomes of a run's results: which files they are written to, and what
//! they are held against.

use super::file::{can_be_written, write_wanted};
use crate::load::fleet_usage::{Fleet, FleetWatch};
use crate::report::fail_if::Condition;
use crate::report::series::Series;
use crate::report::{self, Description, Measured, Report};
use anyhow::Context as _;
use api::Url;
use clap::Args;
use std::fs::File;
use std::net::SocketAddr;
use std::path::PathBuf;

#[derive(Args, Debug)]
pub(super) struct Outputs {
    /// Write what happened in each second to this file
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Write the report with its charts to this file, as a page that needs nothing else
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write the charts to this file, as one picture
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Write all waits to this file as an HDR histogram in text (.hgrm); where no replies are
    /// wanted, how long the confirmations took
    #[arg(long, value_name = "FILE")]
    histogram: Option<PathBuf>,
    /// Exit with 1 if this holds of the report, as "p99 > 2s", "lag.p99 > 5ms" or "late > 1%"; may be
    /// given several times
    #[arg(long, value_name = "CONDITION")]
    fail_if: Vec<Condition>,
    /// Where the controller answers that knows what the workers use, instead of where the
    /// configuration has it listen
    #[arg(long, value_name = "URL", value_parser = controller)]
    controller: Option<Url>,
}

fn controller(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    match (url.scheme(), url.has_host()) {
        ("http", true) => Ok(url),
        _ => Err("is no address of the form http://127.0.0.1:9110".to_owned()),
    }
}

impl Outputs {
    /// Opens what is written while the run goes on, and sees to it that the rest has a place.
    pub(super) fn begin(&self) -> anyhow::Result<Option<Series<File>>> {
        let at_the_end = [&self.html, &self.svg, &self.histogram];
        for path in at_the_end.into_iter().flatten() {
            can_be_written(path)?;
        }
        let create = |path: &PathBuf| {
            Series::create(path)
                .with_context(|| format!("create the time series {}", path.display()))
        };
        self.csv.as_ref().map(create).transpose()
    }

    /// Begins to ask a controller what the pool's workers use. One that was named and does not
    /// answer is told; of one that might have been there nobody needs to hear.
    pub(super) async fn fleet(&self, listen: SocketAddr, pool: &str) -> Option<FleetWatch> {
        let named = self.controller.clone();
        let is_named = named.is_some();
        let url = named.or_else(|| api::listen_url(listen))?;
        match Fleet::new(url, pool).watch().await {
            Ok(watch) => Some(watch),
            Err(error) if is_named => {
                tracing::warn!(%error, "what the workers use stays unknown");
                None
            }
            Err(error) => {
                tracing::debug!(%error, "what the workers use stays unknown");
                None
            }
        }
    }

    /// Holds a report against the conditions.
    pub(super) fn judge(&self, report: &mut Report) {
        let failed = self.fail_if.iter().filter_map(|one| one.failed(report));
        report.failed_conditions = failed.collect();
    }

    /// Writes the files of a run that is over. What could not be written is told of each, and keeps
    /// none of the others back.
    pub(super) fn end(
        &self,
        series: csv::Result<()>,
        report: &Report,
        measured: &Measured,
        played: &Description,
    ) -> Vec<String> {
        let histogram = || match measured.waits.count() {
            0 => Ok(measured.confirm_latency.hgrm()),
            _ => Ok(measured.waits.hgrm()),
        };
        let series = match &self.csv {
            Some(path) => {
                series.with_context(|| format!("write the time series {}", path.display()))
            }
            None => Ok(()),
        };
        let written = [
            series,
            write_wanted(self.html.as_deref(), "page", || {
                report::html(report, measured, played)
            }),
            write_wanted(self.svg.as_deref(), "picture", || {
                report::svg(report, measured)
            }),
            write_wanted(self.histogram.as_deref(), "histogram", histogram),
        ];
        let failed = written.into_iter().filter_map(Result::err);
        failed.map(|error| format!("{error:#}")).collect()
    }
}
