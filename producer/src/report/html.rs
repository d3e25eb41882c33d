//! The report as one HTML page that needs nothing else: no script, no network, no other file. It is
//! read in the dark and in the light, and every text that came from outside is escaped.

use super::{Description, Measured, Report, charts, figures};
use std::fmt::Write as _;

/// The page.
///
/// # Errors
/// When a chart can't be drawn.
pub fn html(report: &Report, measured: &Measured, played: &Description) -> anyhow::Result<String> {
    let mut page = String::from("<!doctype html>\n<html lang=\"en\">\n<head>\n");
    page += "<meta charset=\"utf-8\">\n";
    page += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
    // Even a text that got through unescaped could load and run nothing.
    page += "<meta http-equiv=\"Content-Security-Policy\" \
             content=\"default-src 'none'; style-src 'unsafe-inline'\">\n";
    let title = escaped(&report.title());
    page += &format!("<title>{title}</title>\n<style>\n");
    page += include_str!("page.css");
    page += "</style>\n</head>\n<body>\n";
    page += &format!(
        "<h1>{title}</h1>\n<p class=\"about\">{}</p>\n",
        escaped(&played.about)
    );
    page += &verdict(report);
    page += "<div class=\"tables\">\n";
    page += &table("Accounts", "accounts", &accounts(report));
    page += &table("Scenario", "words", &scenario(report, played));
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

/// What was played, and what tells this run from others of it.
fn scenario(report: &Report, played: &Description) -> Rows {
    let mut rows = vec![("name", report.scenario.clone())];
    rows.extend(played.rows.iter().cloned());
    rows.extend([
        ("seed", report.seed.to_string()),
        ("run", report.run.clone()),
    ]);
    rows
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
