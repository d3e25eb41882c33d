//! Holds docs/reports.md against what reports really have.

use super::tests::{object, pictured};
use crate::load::monitor::seconds::Seconds;
use crate::load::monitor::{Block, Errors};
use crate::load::snapshot::Snapshot;
use crate::report::durations::Percentiles;
use crate::report::series::Series;
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Duration;

const PAGE: &str = include_str!("../../../docs/reports.md");

/// The names in the first column of the table below a heading.
fn documented(heading: &str) -> BTreeSet<String> {
    let section = PAGE.split_once(&format!("\n{heading}\n"));
    let (_, section) = section.expect("the page has the heading");
    let section = section.split("\n#").next().unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.flat_map(|row| {
        let cell = row.split(" |").next().unwrap();
        cell.split(", ")
            .map(|name| name.trim_matches('`').to_owned())
    })
    .collect()
}

fn keys(value: &Value) -> BTreeSet<String> {
    value.as_object().unwrap().keys().cloned().collect()
}

#[test]
fn every_key_of_a_report_is_documented_and_no_other() {
    let report = object(&pictured().0);
    assert_eq!(documented("## The JSON object"), keys(&report));
    assert_eq!(documented("### Percentiles"), keys(&report["wait_seconds"]));
    assert_eq!(
        documented("### What the workers used"),
        keys(&report["workers"])
    );
    let failed = &report["failed_conditions"][0];
    assert_eq!(documented("### A failed condition"), keys(failed));
}

#[test]
fn every_column_of_a_row_is_documented_and_no_other() {
    let mut written = Vec::new();
    let row = Seconds::default().last(&Snapshot::default(), None);
    Series::new(&mut written).write(&row).unwrap();
    let written = String::from_utf8(written).unwrap();
    let header = written.lines().next().unwrap();
    let columns = header.split(',').map(str::to_owned).collect();
    assert_eq!(documented("## A row for each second"), columns);
}

#[test]
fn the_block_in_the_page_is_as_blocks_are() {
    let mut now = Snapshot {
        now: Duration::from_secs(10),
        ..Snapshot::default()
    };
    now.counts.returned = 7;
    now.counts.resent = 12;
    let block = Block {
        at: now.now,
        asked: 389.5,
        sent: 389.4,
        confirmed: 389.2,
        replied: 388.6,
        late: 3,
        waits: Percentiles {
            count: 3886,
            min: Some(0.0041),
            max: Some(0.104),
            p50: Some(0.0063),
            p95: Some(0.018),
            p99: Some(0.041),
            ..Percentiles::default()
        },
        errors: Errors::between(&Snapshot::default(), &now),
    };
    assert!(
        PAGE.contains(&format!("```text\n{block}\n```\n")),
        "{block}"
    );
}
