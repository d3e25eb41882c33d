//! The result for machines: one JSON object, or a CSV file with a row a cell.

use super::grid::{Cell, Place};
use super::metric::Metric;
use super::outcome::{Measured, Outcome, Requests};
use super::results::Results;
use super::speed_up::{SpeedUp, speed_ups};
use super::tls_cost::tls_cost;
use config::Transport;
use serde::Serialize;
use std::io;

/// The version of the JSON object: raised when a key changes its meaning, not when one is added.
const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Document {
    schema: u32,
    /// What the rows count.
    rows: &'static str,
    interrupted: bool,
    cells: Vec<Record>,
    speed_up: Vec<TransportSpeedUps>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls: Option<Tls>,
}

#[derive(Serialize)]
struct TransportSpeedUps {
    transport: &'static str,
    fleets: Vec<SpeedUp>,
}

/// Medians over all cells of what a figure is over TLS, divided by the same in clear.
#[derive(Serialize)]
struct Tls {
    rate_ratio: Option<f64>,
    wait_p95_ratio: Option<f64>,
    workers_cpu_ratio: Option<f64>,
}

/// One cell; the field names are the keys of the JSON object and the columns of the CSV file.
#[derive(Serialize)]
struct Record {
    transport: &'static str,
    workers: u32,
    clients: u32,
    requests: u32,
    outcome: &'static str,
    plays: usize,
    sent: u64,
    replied: u64,
    lost: u64,
    duplicated: u64,
    rate: Option<f64>,
    wait_p50_seconds: Option<f64>,
    wait_p95_seconds: Option<f64>,
    wait_p99_seconds: Option<f64>,
    workers_cpu_cores: Option<f64>,
    workers_memory_bytes: Option<f64>,
    reason: Option<String>,
}

/// Whether all cells were reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Finished,
    /// The sweep's user ended it before its time.
    Interrupted,
}

/// One JSON object on one line.
///
/// # Errors
/// When a number is none that JSON has.
pub fn json(results: &Results, ending: Ending) -> serde_json::Result<String> {
    let grid = results.grid();
    let fleets = grid.transports().iter().enumerate();
    let median = |metric| tls_cost(results, metric).and_then(|cost| cost.median);
    let document = Document {
        schema: SCHEMA,
        rows: grid.row_name(),
        interrupted: ending == Ending::Interrupted,
        cells: grid.places().map(|place| record(results, place)).collect(),
        speed_up: fleets
            .map(|(transport, name)| TransportSpeedUps {
                transport: scheme(*name),
                fleets: speed_ups(results, transport),
            })
            .filter(|transport| !transport.fleets.is_empty())
            .collect(),
        tls: tls_cost(results, Metric::Rate).map(|_| Tls {
            rate_ratio: median(Metric::Rate),
            wait_p95_ratio: median(Metric::P95),
            workers_cpu_ratio: median(Metric::Cpu),
        }),
    };
    serde_json::to_string(&document)
}

/// A heading, and a row for each cell.
///
/// # Errors
/// When the file can't be written.
pub fn csv(results: &Results, file: impl io::Write) -> csv::Result<()> {
    let mut writer = csv::Writer::from_writer(file);
    for place in results.grid().places() {
        writer.serialize(record(results, place))?;
    }
    writer.flush()?;
    Ok(())
}

fn record(results: &Results, place: Place) -> Record {
    let Cell {
        transport,
        workers,
        clients,
        requests,
    } = results.grid().cell(place);
    let nothing = (Measured::default(), 0, Requests::default(), None);
    let outcome = results.outcome(place);
    let name = match outcome {
        Outcome::NotPlayed => "not_played",
        Outcome::Done { .. } => "done",
        Outcome::Failed { .. } => "failed",
    };
    let (measured, plays, counts, reason) = match outcome {
        Outcome::NotPlayed => nothing,
        Outcome::Done {
            measured,
            plays,
            requests,
        } => (measured, plays, requests, None),
        Outcome::Failed { reason, requests } => (nothing.0, 0, requests, Some(reason)),
    };
    Record {
        transport: scheme(transport),
        workers,
        clients,
        requests,
        outcome: name,
        plays,
        sent: counts.sent,
        replied: counts.replied,
        lost: counts.lost,
        duplicated: counts.duplicated,
        rate: measured.rate,
        wait_p50_seconds: measured.wait_p50_seconds,
        wait_p95_seconds: measured.wait_p95_seconds,
        wait_p99_seconds: measured.wait_p99_seconds,
        workers_cpu_cores: measured.workers_cpu_cores,
        workers_memory_bytes: measured.workers_memory_bytes,
        reason,
    }
}

fn scheme(transport: Transport) -> &'static str {
    match transport {
        Transport::Plain => "amqp",
        Transport::Tls => "amqps",
    }
}

#[cfg(test)]
mod tests {
    use super::super::grid::tests::by_workers;
    use super::super::results::tests::{fail, filled};
    use super::*;

    fn csv_text(results: &Results) -> String {
        let mut file = Vec::new();
        csv(results, &mut file).unwrap();
        String::from_utf8(file).unwrap()
    }

    #[test]
    fn a_csv_row_for_each_cell_whatever_came_of_it() {
        let mut results = filled("1,2", "4", false);
        fail(&mut results, 1, 0);
        insta::assert_snapshot!(csv_text(&results), @"
        transport,workers,clients,requests,outcome,plays,sent,replied,lost,duplicated,rate,wait_p50_seconds,wait_p95_seconds,wait_p99_seconds,workers_cpu_cores,workers_memory_bytes,reason
        amqp,1,4,1000,done,1,1000,1000,0,0,100.0,0.04,0.06,0.08,0.05,8000000.0,
        amqp,2,4,1000,failed,0,2000,1993,7,0,,,,,,,7 of 1000 requests were not answered
        ");
        let nothing = csv_text(&Results::new(by_workers("1,2", "4,8", true)));
        assert_eq!(nothing.lines().count(), 1 + 8);
        assert!(
            nothing
                .lines()
                .skip(1)
                .all(|line| line.contains(",not_played,0,"))
        );
    }

    #[test]
    fn the_object_says_what_the_rows_are_and_ends_with_what_follows() {
        let text = json(&filled("1,2", "4", true), Ending::Finished).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert!(text.starts_with(r#"{"schema":1,"rows":"workers","interrupted":false,"cells":["#));
        assert_eq!(value["cells"].as_array().unwrap().len(), 4);
        assert_eq!(value["cells"][3]["transport"], "amqps");
        assert_eq!(value["speed_up"][1]["fleets"][1]["speed_up"], 2.0);
        assert!((value["tls"]["rate_ratio"].as_f64().unwrap() - 0.9).abs() < 1e-9);
    }

    #[test]
    fn a_sweep_in_clear_says_nothing_of_tls() {
        let text = json(&filled("1,2", "4,8", false), Ending::Interrupted).unwrap();
        assert!(text.contains(r#""interrupted":true"#));
        assert!(text.ends_with(r#""speed_up":[]}"#), "{text}");
    }
}
