//! What the controller answers, over a real port.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails on what it does not expect"
)]

use controller::event_loop::Phase;
use controller::http::{AppState, PoolWatch, router};
use controller::metrics::Metrics;
use controller::report::PoolFacts;
use controller::snapshot::{Noted, Snapshot};
use controller::source::Link;
use program::Clock;
use serde_json::Value;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::sync::watch;

/// A controller with two pools whose loops the test plays.
struct Harness {
    address: SocketAddr,
    clock: Clock,
    pools: Vec<watch::Sender<Snapshot>>,
    phase: watch::Sender<Phase>,
}

impl Harness {
    async fn new() -> Self {
        let clock = Clock::start();
        let (phase, phases) = watch::channel(Phase::Running);
        let (_, host) = watch::channel(None);
        let (pools, watches): (Vec<_>, Vec<_>) = ["filter", "mail"]
            .into_iter()
            .map(|name| {
                let (sender, snapshots) = watch::channel(snapshot(clock, Link::Up));
                let facts = PoolFacts {
                    name: name.to_owned(),
                    work_queue: format!("{name}.work"),
                };
                (sender, PoolWatch { facts, snapshots })
            })
            .unzip();
        let app = AppState {
            clock,
            metrics: Metrics::new(),
            pools: watches.into(),
            phase: phases,
            host,
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router(app)).await });
        Self {
            address,
            clock,
            pools,
            phase,
        }
    }

    async fn get(&self, path: &str) -> api::http::Response<String> {
        let url = format!("http://{}{path}", self.address);
        let client = api::http::Client::new(Duration::from_secs(10));
        client.get(&url.parse().unwrap()).await.unwrap()
    }

    async fn json(&self, path: &str) -> (u16, Value) {
        let answer = self.get(path).await;
        (
            answer.status().as_u16(),
            serde_json::from_str(answer.body()).unwrap(),
        )
    }
}

/// A pool that has been looked at.
fn snapshot(clock: Clock, link: Link) -> Snapshot {
    snapshot_of(clock, link, Some(clock.now()))
}

fn snapshot_of(clock: Clock, link: Link, sampled_at: Option<Duration>) -> Snapshot {
    let config = config::Config::default();
    let pool = policy::Pool::new(config.pools[0].scaling.clone());
    let noted = Noted {
        link,
        sampled_at,
        ..Noted::default()
    };
    Snapshot {
        noted,
        ..Snapshot::new(pool.view(), clock.now())
    }
}

#[tokio::test]
async fn all_is_well_while_loops_turn_and_see_the_queue() {
    let harness = Harness::new().await;

    for path in ["/healthz", "/readyz"] {
        assert_eq!(harness.json(path).await.0, 200, "{path}");
    }
}

#[tokio::test]
async fn not_ready_names_each_pool_and_why() {
    let harness = Harness::new().await;
    harness.pools[0].send_replace(Snapshot {
        last_error: Some("can't reach the broker".to_owned()),
        ..snapshot(harness.clock, Link::Down)
    });
    harness.pools[1].send_replace(snapshot_of(harness.clock, Link::Up, None));

    let (status, answer) = harness.json("/readyz").await;

    assert_eq!(status, 503);
    insta::assert_json_snapshot!(answer["problems"], @r#"
    [
      {
        "pool": "filter",
        "problem": "not connected to the broker: can't reach the broker"
      },
      {
        "pool": "mail",
        "problem": "no sample yet"
      }
    ]
    "#);
    // The loops turn all the same: nobody is to restart the controller for it.
    assert_eq!(harness.json("/healthz").await.0, 200);
}

#[tokio::test]
async fn a_controller_that_stops_is_alive_and_not_ready() {
    let harness = Harness::new().await;
    harness.phase.send_replace(Phase::Draining);

    let (status, answer) = harness.json("/readyz").await;

    assert_eq!(
        (status, &answer["problems"][0]["problem"]),
        (503, &Value::from("shutting down"))
    );
    assert_eq!(harness.json("/healthz").await.0, 200);
}

#[tokio::test]
async fn a_loop_that_is_gone_or_hangs_is_not_healthy() {
    let mut harness = Harness::new().await;
    drop(harness.pools.pop());

    let (status, answer) = harness.json("/healthz").await;

    assert_eq!(status, 503);
    assert_eq!(answer["problems"][0]["pool"], "mail");
    assert_eq!(harness.json("/api/v1/pools/mail").await.1["state"], "ended");

    // When the run ends, one loop is the first.
    harness.phase.send_replace(Phase::Draining);
    assert_eq!(harness.json("/healthz").await.0, 200);
}

#[tokio::test]
async fn a_pool_is_told_with_every_key_of_the_contract() {
    let harness = Harness::new().await;

    let (status, pool) = harness.json("/api/v1/pools/filter").await;

    assert_eq!(status, 200);
    let expected = [
        "name",
        "work_queue",
        "state",
        "broker_connected",
        "sample_age_seconds",
        "ready",
        "in_flight",
        "backlog",
        "arrival_rate",
        "worker_rate",
        "consumers",
        "foreign_consumers",
        "demand",
        "desired",
        "min",
        "max",
        "workers",
        "fleet",
        "decision",
        "last_error",
        "totals",
    ];
    for key in expected {
        assert!(pool.get(key).is_some(), "{key} is missing of {pool}");
    }
    let totals = [
        "arrivals",
        "arrival_gaps",
        "samples",
        "sample_failures",
        "scale_actions",
        "workers_moved",
        "workers_peak",
        "worker_seconds",
    ];
    for key in totals {
        assert!(
            pool["totals"].get(key).is_some(),
            "totals.{key} is missing of {pool}"
        );
    }
    let (_, all) = harness.json("/api/v1/pools").await;
    assert_eq!(all["schema"], 1);
    assert_eq!(all["pools"][1]["name"], "mail");
    assert_eq!(all["host"], Value::Null);
}

#[tokio::test]
async fn what_is_not_there_is_said_with_what_is() {
    let harness = Harness::new().await;

    let (status, answer) = harness.json("/api/v1/pools/fliter").await;
    assert_eq!(status, 404);
    assert!(
        answer["error"].as_str().unwrap().contains("filter, mail"),
        "{answer}"
    );

    let (status, answer) = harness.json("/nowhere").await;
    assert_eq!(status, 404);
    assert!(
        answer["error"].as_str().unwrap().contains("/api/v1/pools"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_scrape_has_the_content_type_and_the_age_of_this_moment() {
    let harness = Harness::new().await;
    let sampled_at = Some(Duration::ZERO);
    harness.pools[0].send_replace(snapshot_of(harness.clock, Link::Up, sampled_at));

    let answer = harness.get("/metrics").await;

    assert_eq!(
        answer.headers()["content-type"],
        "text/plain; version=0.0.4"
    );
    let text = answer.body();
    assert!(
        text.contains(r#"warren_sample_age_seconds{pool="filter"} "#),
        "{text}"
    );
}
