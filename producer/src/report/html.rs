//! The report as one HTML page that needs nothing else: no script, no network, no other file. It is
//! read in the dark and in the light, and every text that came from outside is escaped.

use super::{Report, charts};
use crate::load::offered::{Crowd, Load, Until};
use crate::load::run::Measured;
use crate::load::scenario::{Payload, Reply, Scenario};
use crate::report::figures;
use broker::Persistence;
use std::fmt::Write as _;
use std::time::Duration;

/// Crowds that are named one by one; more of them are counted.
const CROWDS_MAX: usize = 12;

/// What a reader is to know it by.
pub(super) fn title(report: &Report) -> String {
    format!("{}, {}", report.scenario, report.started_at)
}

/// The page.
///
/// # Errors
/// When a chart can't be drawn.
pub fn html(report: &Report, measured: &Measured, scenario: &Scenario) -> anyhow::Result<String> {
    let mut page = String::from("<!doctype html>\n<html lang=\"en\">\n<head>\n");
    page += "<meta charset=\"utf-8\">\n";
    page += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
    // Even a text that got through unescaped could load and run nothing.
    page += "<meta http-equiv=\"Content-Security-Policy\" \
             content=\"default-src 'none'; style-src 'unsafe-inline'\">\n";
    let title = escaped(&title(report));
    page += &format!("<title>{title}</title>\n<style>\n");
    page += include_str!("page.css");
    page += "</style>\n</head>\n<body>\n";
    page += &format!(
        "<h1>{title}</h1>\n<p class=\"about\">{}</p>\n",
        escaped(&scenario.about)
    );
    page += &verdict(report);
    page += "<div class=\"tables\">\n";
    page += &table("Accounts", "accounts", &accounts(report));
    page += &table("Scenario", "words", &described(scenario, report));
    if let Some(rows) = workers(report) {
        page += &table("Workers", "workers", &rows);
    }
    page += "</div>\n";
    page += &durations(report);
    for panel in charts::panels(measured) {
        let figure = charts::figure(&panel)?;
        writeln!(
            page,
            "<figure role=\"img\" aria-label=\"{}\">\n{}\n</figure>",
            escaped(panel.title),
            figure.trim()
        )?;
    }
    page += "</body>\n</html>\n";
    Ok(page)
}

/// Whether the run is a success, and what there is to say.
fn verdict(report: &Report) -> String {
    let mut text = match report.shortcomings().is_empty() {
        true => "<p class=\"good\">Passed</p>\n".to_owned(),
        false => "<p class=\"bad\">Failed</p>\n".to_owned(),
    };
    let failed = report.failed_conditions.iter().map(ToString::to_string);
    for sentence in failed.chain(report.remarks()) {
        text += &format!("<p>{}</p>\n", escaped(&sentence));
    }
    text
}

type Rows = Vec<(&'static str, String)>;

/// A table of names and values under a heading.
fn table(heading: &str, class: &str, rows: &Rows) -> String {
    let mut text = format!("<section>\n<h2>{heading}</h2>\n<table class=\"{class}\">\n");
    for (name, value) in rows {
        text += &format!(
            "<tr><th scope=\"row\">{name}</th><td>{}</td></tr>\n",
            escaped(value)
        );
    }
    text + "</table>\n</section>\n"
}

fn accounts(report: &Report) -> Rows {
    let rate = |rate: Option<f64>| rate.map_or("-".to_owned(), |rate| format!("{rate:.1} msg/s"));
    vec![
        ("due", report.due.to_string()),
        ("sent", report.sent.to_string()),
        ("confirmed", report.confirmed.to_string()),
        ("replied", report.replied.to_string()),
        ("lost", report.lost.to_string()),
        ("duplicated", report.duplicated.to_string()),
        ("late", report.late.to_string()),
        ("unsent", report.unsent.to_string()),
        ("returned", report.returned.to_string()),
        ("refused", report.refused.to_string()),
        ("timed out", report.timed_out.to_string()),
        ("cut off", report.cut_off.to_string()),
        ("sent again", report.resent.to_string()),
        ("unconfirmed", report.unconfirmed.to_string()),
        ("replies ignored", report.ignored_replies.to_string()),
        (
            "replies redelivered",
            report.redelivered_replies.to_string(),
        ),
        ("connections broken", report.outages.to_string()),
        (
            "blocked by the broker",
            figures::duration(Some(report.blocked_seconds)),
        ),
        ("duration", figures::duration(Some(report.duration_seconds))),
        ("rate asked", rate(report.rate_asked)),
        ("rate reached", rate(report.rate_reached)),
    ]
}

fn described(scenario: &Scenario, report: &Report) -> Rows {
    let payload = match &scenario.payload {
        Payload::BuiltIn => "built-in sentences".to_owned(),
        Payload::Lines(path) => format!("the lines of {}", path.display()),
        Payload::Synthetic(_) => "made-up text".to_owned(),
    };
    let persistent = match scenario.persistence {
        Persistence::Persistent => "yes",
        Persistence::Transient => "no",
    };
    let reply = match scenario.reply {
        Reply::Wanted => "wanted",
        Reply::None => "not wanted",
    };
    vec![
        ("name", scenario.name.clone()),
        ("load", load(&scenario.load)),
        ("replies", reply.to_owned()),
        ("payload", payload),
        ("persistent", persistent.to_owned()),
        ("seed", report.seed.to_string()),
        ("run", report.run.clone()),
    ]
}

/// A load in words.
fn load(load: &Load) -> String {
    match load {
        Load::Open(schedule) => {
            let messages = schedule.messages();
            // A counted phase may end within a microsecond, which nobody wants to read.
            let milliseconds = u64::try_from(schedule.duration().as_millis()).unwrap_or(u64::MAX);
            let duration = match Duration::from_millis(milliseconds) {
                // A flood takes as long as it takes.
                Duration::ZERO => String::new(),
                duration => format!(" in {}", humantime::format_duration(duration)),
            };
            let peak = load.rate_peak().map(|peak| format!(", at most {peak}"));
            let peak = peak.unwrap_or_default();
            format!("open loop: {messages} messages{duration}{peak}")
        }
        Load::Closed(crowds) => {
            let named = crowds.iter().take(CROWDS_MAX).map(crowd);
            let more = crowds.len().saturating_sub(CROWDS_MAX);
            let more = (more > 0).then(|| format!("and {more} more"));
            let all: Vec<String> = named.chain(more).collect();
            format!("closed loop: {}", all.join("; "))
        }
    }
}

fn crowd(crowd: &Crowd) -> String {
    let until = match crowd.until {
        Until::Requests(requests) => format!("{requests} messages"),
        Until::Duration(duration) => humantime::format_duration(duration).to_string(),
    };
    match crowd.clients {
        0 => format!("nobody, {until}"),
        clients => format!("{clients} clients, {until}"),
    }
}

fn workers(report: &Report) -> Option<Rows> {
    let workers = report.workers?;
    let cpus = |cpus: Option<f64>| cpus.map_or("-".to_owned(), |cpus| format!("{cpus:.2}"));
    let memory =
        |bytes: Option<f64>| bytes.map_or("-".to_owned(), |bytes| format!("{:.1} MB", bytes / 1e6));
    Some(vec![
        ("at most", workers.count_peak.to_string()),
        ("on average", format!("{:.1}", workers.count_mean)),
        ("CPUs used, mean", cpus(workers.cpu_ratio_mean)),
        ("CPUs used, peak", cpus(workers.cpu_ratio_peak)),
        ("memory, mean", memory(workers.memory_bytes_mean)),
        ("memory, peak", memory(workers.memory_bytes_peak)),
    ])
}

/// How the waits, the lag and the confirmations are spread.
fn durations(report: &Report) -> String {
    let mut text = String::from("<h2>Durations</h2>\n<div class=\"scroll\"><table>\n<thead><tr>");
    let labels = report.wait_seconds.labelled().map(|(label, _)| label);
    for label in ["", "count"].into_iter().chain(labels) {
        text += &format!("<th scope=\"col\">{label}</th>");
    }
    text += "</tr></thead>\n";
    for (name, of) in [
        ("wait", &report.wait_seconds),
        ("schedule lag", &report.schedule_lag_seconds),
        ("confirmation", &report.confirm_seconds),
    ] {
        text += &format!("<tr><th scope=\"row\">{name}</th><td>{}</td>", of.count);
        for (_, value) in of.labelled() {
            text += &format!("<td>{}</td>", figures::duration(value));
        }
        text += "</tr>\n";
    }
    text + "</table></div>\n"
}

/// A text that means itself, wherever it stands in the page.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            letter => escaped.push(letter),
        }
    }
    escaped
}
