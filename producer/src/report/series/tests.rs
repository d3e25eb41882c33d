use super::history::ROWS_MAX;
use super::*;
use crate::load::books::{Books, Recent, Snapshot};
use crate::load::fleet_usage::FleetUsage;
use crate::load::ledger::Transfer;
use crate::load::scenario::Reply;
use std::time::Duration;

fn at(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// What a look at the books at that time adds.
fn look(seconds: &mut Seconds, books: &mut Books, now: Duration, due: u64) -> Snapshot {
    seconds.add(&books.take_recent(Recent::default()));
    books.snapshot(now, due)
}

#[test]
fn a_row_holds_what_its_second_brought() {
    let mut written = Vec::new();
    let mut books = Books::new(Reply::Wanted);
    let mut seconds = Seconds::default();
    let mut series = Series::new(&mut written);
    let fleet = FleetUsage {
        starting: 1,
        ready: 3,
        draining: 0,
        cpu_ratio: Some(1.25),
        memory_bytes: Some(30_000_000),
    };

    books.sent(at(0), at(20));
    books.sent(at(0), at(1));
    books.ledger.confirmed(0);
    let snapshot = look(&mut seconds, &mut books, at(900), 2);
    assert_eq!(seconds.next(&snapshot, None), None);
    let snapshot = look(&mut seconds, &mut books, at(1003), 2);
    series
        .write(&seconds.next(&snapshot, None).unwrap())
        .unwrap();
    assert_eq!(seconds.next(&snapshot, None), None);

    books.ledger.confirmed(1);
    books.replied(Some(0), Transfer::First, at(1400));
    books.replied(Some(0), Transfer::First, at(1450));
    books.outages = 1;
    let snapshot = look(&mut seconds, &mut books, at(1500), 3);
    series
        .write(&seconds.last(&snapshot, Some(&fleet)))
        .unwrap();
    drop(series);

    insta::assert_snapshot!(String::from_utf8(written).unwrap(), @r#"
    second,due,sent,confirmed,replied,late,resent,returned,duplicated,open,lag_max_seconds,wait_p50_seconds,wait_p95_seconds,wait_p99_seconds,wait_max_seconds,refused,timed_out,cut_off,outages,seconds,rate_asked,rate_sent,rate_confirmed,rate_replied,workers_starting,workers_ready,workers_draining,workers_cpu_ratio,workers_memory_bytes
    1,2,2,1,0,1,0,0,0,2,0.02,,,,,0,0,0,0,1.0,2.0,2.0,1.0,0.0,,,,,
    2,1,0,1,1,0,0,0,1,1,0.0,1.400831,1.400831,1.400831,1.400831,0,0,0,1,0.5,2.0,0.0,2.0,2.0,1,3,0,1.25,30000000
    "#);
}

#[test]
fn a_pause_leaves_a_row_for_each_of_its_seconds() {
    let mut books = Books::new(Reply::None);
    let mut seconds = Seconds::default();
    books.sent(at(0), at(0));
    let snapshot = look(&mut seconds, &mut books, at(3100), 1);
    let rows: Vec<Row> = std::iter::from_fn(|| seconds.next(&snapshot, None)).collect();
    let sent: Vec<(u64, u64)> = rows.iter().map(|row| (row.second, row.sent)).collect();
    assert_eq!(sent, [(1, 1), (2, 0), (3, 0)]);
}

#[test]
fn a_long_run_keeps_all_counts_and_every_peak_in_bounded_memory() {
    let mut history = History::default();
    let nothing = Seconds::default().last(&Snapshot::default(), None);
    let seconds = 20_001;
    for second in 1..=seconds {
        history.push(Row {
            second,
            seconds: 1.0,
            sent: 3,
            wait_max_seconds: (second == 12_345).then_some(9.0),
            ..nothing.clone()
        });
        assert!(history.rows().len() <= ROWS_MAX);
    }
    let rows = history.rows();
    assert_eq!(rows.iter().map(|row| row.sent).sum::<u64>(), 3 * seconds);
    assert_eq!(rows.last().map(|row| row.second), Some(seconds));
    assert!(rows.iter().any(|row| row.wait_max_seconds == Some(9.0)));
    // Twice halved: each row is four seconds, but the last.
    let full = &rows[..rows.len() - 1];
    assert!(
        full.iter()
            .all(|row| row.seconds == 4.0 && row.rate_sent == 3.0)
    );
}
