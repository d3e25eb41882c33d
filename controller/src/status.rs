//! `warren-controller status`: asks the running controller, and prints what it does.

use anyhow::{Context, anyhow};
use program::{Column, Failure, Table};
use reqwest::Url;
use serde::Deserialize;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

/// A controller that turns answers at once.
const ANSWER_MAX: Duration = Duration::from_secs(5);

/// How the answer is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// For people.
    Table,
    /// As the controller gave it.
    Json,
}

/// Where a controller that listens at `listen` can be asked from this host.
///
/// # Errors
/// When the port is only known to the controller.
pub fn url(listen: SocketAddr) -> Result<Url, Failure> {
    if listen.port() == 0 {
        return Err(anyhow!(
            "http.listen leaves the port to the system; name the controller's address with --url, \
             its log has it"
        )
        .into());
    }
    let address = match listen.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        address => address,
    };
    let url = format!("http://{}/", SocketAddr::new(address, listen.port()));
    Ok(Url::parse(&url).expect("an address and a port make a URL"))
}

/// Asks the controller at `url` and prints what it says.
///
/// # Errors
/// When nobody answers there, or not as a controller does.
pub fn status(url: &Url, output: Output) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("start the runtime")?;
    let answer = runtime.block_on(ask(url))?;
    match output {
        Output::Json => print(&answer),
        Output::Table => {
            let pools: Pools = serde_json::from_str(&answer).with_context(|| {
                format!("what answers at {url} is no controller of this version; is --url right?")
            })?;
            print(&table(&pools));
        }
    }
    Ok(())
}

async fn ask(url: &Url) -> anyhow::Result<String> {
    let pools = url
        .join("api/v1/pools")
        .with_context(|| format!("use {url} as an address"))?;
    // A proxy has no business between this program and the controller on the same host.
    let client = reqwest::Client::builder()
        .timeout(ANSWER_MAX)
        .no_proxy()
        .build()?;
    let response = client.get(pools).send().await.map_err(|error| {
        anyhow!(
            "no controller answers at {url}: {}; start one with `warren-controller run`, or name \
             its address with --url",
            root_cause(&error)
        )
    })?;
    let status = response.status();
    if !status.is_success() {
        return Err(anyhow!(
            "{url} answers {status}; is a controller there? --url names another"
        ));
    }
    response
        .text()
        .await
        .with_context(|| format!("read the answer of {url}"))
}

fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

/// What the table needs of the answer: a controller of another version may say more.
#[derive(Debug, Deserialize)]
struct Pools {
    pools: Vec<Pool>,
}

#[derive(Debug, Deserialize)]
struct Pool {
    name: String,
    state: String,
    ready: Option<u64>,
    in_flight: Option<u64>,
    arrival_rate: Option<f64>,
    demand: u32,
    desired: u32,
    min: u32,
    max: u32,
    workers: Workers,
    foreign_consumers: u32,
    sample_age_seconds: Option<f64>,
    worker_rate: f64,
    worker_rate_source: Option<String>,
    worker_rate_error_ratio: Option<f64>,
    start_up_seconds: Option<f64>,
    decision: Option<Decision>,
    last_error: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Workers {
    starting: u32,
    ready: u32,
    draining: u32,
}

#[derive(Debug, Deserialize)]
struct Decision {
    explanation: String,
    #[serde(default)]
    limits: Vec<Limit>,
}

#[derive(Debug, Deserialize)]
struct Limit {
    name: String,
}

const HEADINGS: [&str; 10] = [
    "POOL",
    "STATE",
    "READY",
    "IN FLIGHT",
    "ARRIVALS/S",
    "DEMAND",
    "DESIRED",
    "MIN-MAX",
    "WORKERS",
    "SAMPLED",
];

fn table(pools: &Pools) -> String {
    let mut table = Table::new([Column::left(0); HEADINGS.len()], 2);
    table.row(HEADINGS);
    for pool in &pools.pools {
        table.row(row(pool));
    }
    let mut text = table.to_string();
    for pool in &pools.pools {
        let said = pool
            .last_error
            .iter()
            .map(|error| format!("error: {error}"));
        let decided = pool
            .decision
            .iter()
            .map(|decision| decision.explanation.clone());
        let notes = decided.chain(full(pool)).chain(measured(pool));
        for note in notes.chain(said).chain(foreign(pool)) {
            text += &format!("\n{}: {note}", pool.name);
        }
    }
    text.push('\n');
    text
}

/// Why there are no more workers, where that is neither the strategy's wish nor the user's limit.
fn full(pool: &Pool) -> Option<String> {
    let limits = &pool.decision.as_ref()?.limits;
    let binds = |name: &str| limits.iter().any(|limit| limit.name == name);
    if binds("host") {
        return Some("limited by host: it has no room for more workers".to_owned());
    }
    binds("saturated")
        .then(|| "limited by saturated: more workers have not done more work".to_owned())
}

/// What is known of a worker by measuring.
fn measured(pool: &Pool) -> Option<String> {
    let rate = pool.worker_rate;
    let rate = match (
        pool.worker_rate_source.as_deref(),
        pool.worker_rate_error_ratio,
    ) {
        (Some("measured"), Some(error)) => {
            let percent = error * 100.0;
            Some(format!(
                "a worker does {rate:.1}/s (measured, ± {percent:.0} %)"
            ))
        }
        (Some("prior"), _) => Some(format!("a worker does {rate:.1}/s (not measured yet)")),
        _ => None,
    };
    let start_up = pool
        .start_up_seconds
        .map(|seconds| format!("a worker is ready {seconds:.1} s after its start"));
    let known: Vec<String> = rate.into_iter().chain(start_up).collect();
    (!known.is_empty()).then(|| known.join("; "))
}

fn foreign(pool: &Pool) -> Option<String> {
    (pool.foreign_consumers > 0).then(|| {
        format!(
            "{} consumers of the queue are not Warren's",
            pool.foreign_consumers
        )
    })
}

fn row(pool: &Pool) -> [String; 10] {
    let mut workers = format!("{} ready", pool.workers.ready);
    for (count, state) in [
        (pool.workers.starting, "starting"),
        (pool.workers.draining, "draining"),
    ] {
        if count > 0 {
            write!(workers, ", {count} {state}").expect("a string takes every text");
        }
    }
    [
        pool.name.clone(),
        pool.state.clone(),
        known(pool.ready),
        known(pool.in_flight),
        pool.arrival_rate
            .map_or_else(unknown, |rate| format!("{rate:.1}")),
        pool.demand.to_string(),
        pool.desired.to_string(),
        format!("{}-{}", pool.min, pool.max),
        workers,
        pool.sample_age_seconds
            .map_or_else(|| "never".to_owned(), |age| format!("{age:.1} s ago")),
    ]
}

fn known(value: Option<u64>) -> String {
    value.map_or_else(unknown, |value| value.to_string())
}

fn unknown() -> String {
    "?".to_owned()
}

#[expect(clippy::print_stdout, reason = "this is the command's result")]
fn print(text: &str) {
    println!("{}", text.trim_end());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_lines_up_and_says_what_is_unknown() {
        let answer = r#"{"pools":[
            {"name":"filter","state":"running","ready":1200,"in_flight":40,"arrival_rate":285.04,
             "demand":4,"desired":4,"min":0,"max":10,"foreign_consumers":2,"worker_rate":187.25,
             "worker_rate_source":"measured","worker_rate_error_ratio":0.08,"start_up_seconds":0.42,
             "workers":{"starting":1,"ready":3,"draining":0},"sample_age_seconds":0.84,
             "decision":{"explanation":"3 to 4 workers; host 4","limits":[{"name":"host","from":6,"to":4}]},
             "last_error":null},
            {"name":"mail","state":"running","ready":null,"in_flight":null,"arrival_rate":null,
             "demand":0,"desired":0,"min":0,"max":3,"foreign_consumers":0,"worker_rate":20.0,
             "worker_rate_source":null,"worker_rate_error_ratio":null,"start_up_seconds":null,
             "workers":{"starting":0,"ready":0,"draining":0},"sample_age_seconds":null,
             "decision":null,"last_error":"the broker is not there"}]}"#;
        let pools: Pools = serde_json::from_str(answer).unwrap();
        insta::assert_snapshot!(table(&pools), @r"
        POOL    STATE    READY  IN FLIGHT  ARRIVALS/S  DEMAND  DESIRED  MIN-MAX  WORKERS              SAMPLED
        filter  running  1200   40         285.0       4       4        0-10     3 ready, 1 starting  0.8 s ago
        mail    running  ?      ?          ?           0       0        0-3      0 ready              never

        filter: 3 to 4 workers; host 4
        filter: limited by host: it has no room for more workers
        filter: a worker does 187.2/s (measured, ± 8 %); a worker is ready 0.4 s after its start
        filter: 2 consumers of the queue are not Warren's
        mail: error: the broker is not there
        ");
    }

    #[test]
    fn a_controller_that_listens_everywhere_is_asked_on_this_host() {
        for (listen, expected) in [
            ("127.0.0.1:9110", "http://127.0.0.1:9110/"),
            ("0.0.0.0:80", "http://127.0.0.1/"),
            ("[::]:9110", "http://[::1]:9110/"),
        ] {
            assert_eq!(url(listen.parse().unwrap()).unwrap().as_str(), expected);
        }
        assert!(url("127.0.0.1:0".parse().unwrap()).is_err());
    }
}
