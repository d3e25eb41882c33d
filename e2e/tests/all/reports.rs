//! What a run leaves behind: its files agree with its result, and conditions make it a gate.

use crate::context::Context;
use crate::suite::Test;
use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

pub(crate) fn tests() -> Vec<Test> {
    vec![
        Test::in_a_vhost(
            "reports::every_file_of_a_run_says_what_its_result_says",
            files,
        ),
        Test::in_a_vhost(
            "reports::a_page_that_cannot_be_written_costs_no_message_and_ends_with_1",
            full_disk,
        ),
    ]
}

/// More than the ten seconds of a block.
const SECONDS: u64 = 11;
const MESSAGES: u64 = 50 * SECONDS;

async fn files(context: &Context) -> Result<()> {
    let config = context.config(vec![context.pool("filter", "")])?;
    let controller = context.controller(&config).await?;
    let path = |name: &str| context.directory.join(name).display().to_string();
    let (csv, html, svg) = (path("seconds.csv"), path("run.html"), path("run.svg"));
    let (histogram, url) = (path("waits.hgrm"), controller.url());
    let mut arguments = vec!["--csv", &csv, "--html", &html, "--svg", &svg];
    arguments.extend(["--histogram", &histogram, "--controller", &url]);
    arguments.extend(["--fail-if", "replied > 0", "--fail-if", "lost > 0"]);
    let phase = format!("rate = 50\nduration = \"{SECONDS}s\"");

    let ended = context
        .producer_of(&config, &phase, &arguments)?
        .ended()
        .await?;

    context.all_answered(&ended.outcome, MESSAGES).await?;
    controller.stop().await?;

    // One of the conditions holds, and is told.
    ensure!(ended.code == Some(1), "{ended:#?}");
    let told = format!("error: --fail-if replied > 0 (it is {MESSAGES})");
    ensure!(ended.log.contains(&told), "{}", ended.log);
    ensure!(!ended.log.contains("lost > 0"), "{}", ended.log);
    let failed = ended.outcome.other.get("failed_conditions");
    let expected = serde_json::json!([{"condition": "replied > 0", "value": MESSAGES as f64}]);
    ensure!(failed == Some(&expected), "{failed:?}");

    // Nobody watches, so the ten seconds are plain lines.
    for line in ["   10 s  asked 50/s", " wait    count ", " errors  none"] {
        ensure!(ended.log.contains(line), "{line} is missing: {}", ended.log);
    }

    let rows = Rows::read(&csv)?;
    let outcome = serde_json::to_value(&ended.outcome)?;
    for key in [
        "due",
        "sent",
        "confirmed",
        "replied",
        "late",
        "resent",
        "returned",
        "refused",
        "duplicated",
        "timed_out",
        "cut_off",
        "outages",
    ] {
        let total = outcome[key].as_f64().context(key)?;
        ensure!(rows.sum(key)? == total, "{key}: {total}, and {rows:#?}");
    }
    ensure!(
        rows.values("workers_ready")?.any(|ready| ready > 0.0),
        "{rows:#?}"
    );
    ensure!(
        rows.values("workers_cpu_ratio")?.any(|cpus| cpus > 0.0),
        "{rows:#?}"
    );
    ensure!(
        rows.values("workers_memory_bytes")?
            .any(|bytes| bytes > 1e5),
        "{rows:#?}"
    );
    let peak = outcome["workers"]["memory_bytes_peak"].as_f64();
    ensure!(
        peak.is_some_and(|bytes| bytes > 1e5),
        "{:?}",
        outcome["workers"]
    );

    let page = std::fs::read_to_string(&html)?;
    let sent = format!("<th scope=\"row\">sent</th><td>{MESSAGES}</td>");
    ensure!(page.contains(&sent), "{page}");
    // Rates, waits, lag, workers, their memory, and the distribution.
    ensure!(page.matches("<svg ").count() == 6, "{page}");
    let picture = std::fs::read_to_string(&svg)?;
    ensure!(
        picture.starts_with("<svg ") && picture.ends_with("</svg>\n"),
        "{picture}"
    );
    let distribution = std::fs::read_to_string(&histogram)?;
    let total = format!("Total count    = {MESSAGES:>12}]");
    ensure!(distribution.contains(&total), "{distribution}");
    Ok(())
}

async fn full_disk(context: &Context) -> Result<()> {
    let config = context.config(vec![context.pool("filter", "")])?;
    let controller = context.controller(&config).await?;
    let histogram = context.directory.join("waits.hgrm");
    let histogram = histogram.to_str().context("a test's path is not UTF-8")?;
    // Nobody answers there, which is said and changes nothing.
    let mut arguments = vec!["--controller", "http://127.0.0.1:1/"];
    arguments.extend(["--html", "/dev/full", "--histogram", histogram]);
    let phase = "rate = 100\nduration = \"1s\"";

    let ended = context
        .producer_of(&config, phase, &arguments)?
        .ended()
        .await?;

    context.all_answered(&ended.outcome, 100).await?;
    ensure!(ended.code == Some(1), "{ended:#?}");
    for line in [
        "error: write the page /dev/full: ",
        "no controller answers at ",
    ] {
        ensure!(ended.log.contains(line), "{line} is missing: {}", ended.log);
    }
    ensure!(
        ended.outcome.other.get("workers") == Some(&Value::Null),
        "{ended:#?}"
    );
    ensure!(
        std::fs::exists(histogram)?,
        "the other files are written all the same"
    );
    controller.stop().await
}

/// The rows of a CSV file, whose cells are numbers or empty.
#[derive(Debug)]
struct Rows {
    names: Vec<String>,
    cells: Vec<Vec<Option<f64>>>,
}

impl Rows {
    fn read(path: &str) -> Result<Self> {
        let text = std::fs::read_to_string(path)?;
        let mut lines = text.lines();
        let names = lines.next().context("the file is empty")?.split(',');
        Ok(Self {
            names: names.map(str::to_owned).collect(),
            cells: lines
                .map(|line| line.split(',').map(|cell| cell.parse().ok()).collect())
                .collect(),
        })
    }

    fn values(&self, name: &str) -> Result<impl Iterator<Item = f64>> {
        let column = self.names.iter().position(|other| other == name);
        let column = column.with_context(|| format!("there is no column {name}"))?;
        Ok(self.cells.iter().filter_map(move |row| row[column]))
    }

    fn sum(&self, name: &str) -> Result<f64> {
        Ok(self.values(name)?.sum())
    }
}
