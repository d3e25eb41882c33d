use super::*;
use crate::load::accounts::Transfer;
use crate::load::fleet_usage::FleetUsage;
use crate::load::scenario::Reply;
use crate::load::snapshot::{Recent, Snapshot};
use crate::load::stats::Stats;
use crate::report::Confirms;
use crate::report::series::Series;
use std::time::Duration;

fn at(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn stats(reply: Reply) -> Stats {
    Stats::start("run".to_owned(), reply, Confirms::Awaited)
}

/// What a look at the stats at that time adds.
fn look(seconds: &mut Seconds, stats: &Stats, now: Duration, due: u64) -> Snapshot {
    seconds.add(&stats.totals().take_recent(Recent::default()));
    stats.totals().snapshot(now, due)
}

#[test]
fn a_row_holds_what_its_second_brought() {
    let mut written = Vec::new();
    let stats = stats(Reply::Wanted);
    let mut seconds = Seconds::default();
    let mut series = Series::new(&mut written);
    let fleet = FleetUsage {
        starting: 1,
        ready: 3,
        draining: 0,
        cpu_ratio: Some(1.25),
        memory_bytes: Some(30_000_000),
    };

    stats.sent(at(0), at(20));
    stats.sent(at(0), at(1));
    stats.totals().accounts.confirmed(0);
    let snapshot = look(&mut seconds, &stats, at(900), 2);
    assert_eq!(seconds.next(&snapshot, None), None);
    let snapshot = look(&mut seconds, &stats, at(1003), 2);
    series
        .write(&seconds.next(&snapshot, None).unwrap())
        .unwrap();
    assert_eq!(seconds.next(&snapshot, None), None);

    stats.totals().accounts.confirmed(1);
    stats.replied(Some(0), Transfer::First, at(1400));
    stats.replied(Some(0), Transfer::First, at(1450));
    stats.totals().outages = 1;
    let snapshot = look(&mut seconds, &stats, at(1500), 3);
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
    let stats = stats(Reply::None);
    let mut seconds = Seconds::default();
    stats.sent(at(0), at(0));
    let snapshot = look(&mut seconds, &stats, at(3100), 1);
    let rows: Vec<Row> = std::iter::from_fn(|| seconds.next(&snapshot, None)).collect();
    let sent: Vec<(u64, u64)> = rows.iter().map(|row| (row.second, row.sent)).collect();
    assert_eq!(sent, [(1, 1), (2, 0), (3, 0)]);
}
