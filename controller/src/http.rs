//! What the controller answers over HTTP. It only reads: nothing here changes a pool.

use crate::event_loop::{BEAT, Phase};
use crate::metrics::{CONTENT_TYPE, Metrics};
use crate::report::{self, LoopState, PoolFacts};
use crate::snapshot::Snapshot;
use crate::source::Link;
use api::{PoolReport, PoolsReport, Refusal};
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use policy::HostUsage;
use program::Clock;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// A loop that has not turned for this long hangs: it turns at least every [`BEAT`].
const TURN_AGE_MAX: Duration = BEAT.saturating_mul(3);

/// What the answers are made of. Cheap to clone.
#[derive(Clone, Debug)]
pub struct AppState {
    pub clock: Clock,
    pub metrics: Metrics,
    /// Each pool, in the order of the configuration.
    pub pools: Arc<[PoolWatch]>,
    pub phase: watch::Receiver<Phase>,
    /// The host, once it has been looked at.
    pub host: watch::Receiver<Option<HostUsage>>,
}

/// One pool, as the answers see it.
#[derive(Clone, Debug)]
pub struct PoolWatch {
    /// What never changes.
    pub facts: PoolFacts,
    /// What its loop last published.
    pub snapshots: watch::Receiver<Snapshot>,
}

/// What `/healthz` and `/readyz` answer.
#[derive(Debug, Serialize)]
struct Health {
    status: &'static str,
    problems: Vec<Problem>,
}

/// Why `/healthz` or `/readyz` is not ok; `pool` is absent when the cause is not one pool.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Problem {
    #[serde(skip_serializing_if = "Option::is_none")]
    pool: Option<String>,
    problem: String,
}

pub fn router(app: AppState) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/api/v1/pools", get(pools))
        .route("/api/v1/pools/{name}", get(pool))
        .fallback(nothing_here)
        .with_state(app)
}

impl AppState {
    /// The pools whose loop does not turn: empty while all is well. At the end of the run loops end,
    /// one before the other.
    fn hanging(&self) -> Vec<Problem> {
        let now = self.clock.now();
        let ending = *self.phase.borrow() != Phase::Running;
        let problem = |pool: &PoolWatch| {
            let age = now.saturating_sub(pool.snapshots.borrow().turned_at);
            let problem = match pool.loop_state() {
                LoopState::Gone if ending => return None,
                LoopState::Gone => "its loop has ended".to_owned(),
                LoopState::Turning if age > TURN_AGE_MAX => {
                    format!("its loop has not turned for {} s", age.as_secs())
                }
                LoopState::Turning => return None,
            };
            Some(Problem {
                pool: Some(pool.facts.name.clone()),
                problem,
            })
        };
        self.pools.iter().filter_map(problem).collect()
    }

    /// Whether every loop turns: what a watchdog asks.
    #[must_use]
    pub fn turns(&self) -> bool {
        self.hanging().is_empty()
    }

    /// What keeps the controller from doing its work: empty when every pool can be seen.
    fn not_ready(&self) -> Vec<Problem> {
        if *self.phase.borrow() != Phase::Running {
            return vec![Problem {
                pool: None,
                problem: "shutting down".to_owned(),
            }];
        }
        let problem = |pool: &PoolWatch| {
            let snapshot = pool.snapshots.borrow();
            let noted = &snapshot.noted;
            let problem = match (pool.loop_state(), noted.link, noted.sampled_at) {
                (LoopState::Gone, ..) => "its loop has ended",
                (_, Link::Down, _) => "not connected to the broker",
                (_, Link::Up, None) => "no sample yet",
                (_, Link::Up, Some(_)) => return None,
            };
            let problem = match &snapshot.last_error {
                Some(error) => format!("{problem}: {error}"),
                None => problem.to_owned(),
            };
            Some(Problem {
                pool: Some(pool.facts.name.clone()),
                problem,
            })
        };
        self.pools.iter().filter_map(problem).collect()
    }
}

impl PoolWatch {
    fn report(&self, now: Duration) -> PoolReport {
        report::of_pool(
            &self.facts,
            &self.snapshots.borrow(),
            self.loop_state(),
            now,
        )
    }

    /// A loop that has ended no longer holds the sending side.
    fn loop_state(&self) -> LoopState {
        match self.snapshots.has_changed() {
            Ok(_) => LoopState::Turning,
            Err(_) => LoopState::Gone,
        }
    }
}

impl Health {
    fn answer(problems: Vec<Problem>) -> Response {
        let (code, status) = if problems.is_empty() {
            (StatusCode::OK, "ok")
        } else {
            (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
        };
        (code, Json(Health { status, problems })).into_response()
    }
}

async fn metrics(State(app): State<AppState>) -> Response {
    let now = app.clock.now();
    for pool in app
        .pools
        .iter()
        .filter(|pool| pool.loop_state() == LoopState::Turning)
    {
        if let Some(at) = pool.snapshots.borrow().noted.sampled_at {
            app.metrics
                .set_sample_age(&pool.facts.name, now.saturating_sub(at));
        }
    }
    match app.metrics.render() {
        Ok(text) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        Err(error) => refuse(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}

async fn healthz(State(app): State<AppState>) -> Response {
    Health::answer(app.hanging())
}

async fn readyz(State(app): State<AppState>) -> Response {
    Health::answer(app.not_ready())
}

async fn pools(State(app): State<AppState>) -> Json<PoolsReport> {
    let now = app.clock.now();
    let reports = app.pools.iter().map(|pool| pool.report(now)).collect();
    Json(report::of_all(*app.host.borrow(), reports))
}

async fn pool(State(app): State<AppState>, Path(name): Path<String>) -> Response {
    match app.pools.iter().find(|pool| pool.facts.name == name) {
        Some(pool) => Json(pool.report(app.clock.now())).into_response(),
        None => {
            let names: Vec<&str> = app
                .pools
                .iter()
                .map(|pool| pool.facts.name.as_str())
                .collect();
            let error = format!(
                "no pool is called {name:?}; there are: {}",
                names.join(", ")
            );
            refuse(StatusCode::NOT_FOUND, error)
        }
    }
}

async fn nothing_here() -> Response {
    let error = "nothing is here; there are /metrics, /healthz, /readyz, /api/v1/pools and \
                 /api/v1/pools/{name}";
    refuse(StatusCode::NOT_FOUND, error.to_owned())
}

fn refuse(code: StatusCode, error: String) -> Response {
    (code, Json(Refusal { error })).into_response()
}
