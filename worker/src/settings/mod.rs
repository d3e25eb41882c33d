//! What one worker is told to do: its flags and variables over its pool's keys in the configuration.

mod args;

pub use args::{OnUnprocessable, OnUnroutable, WorkerArgs};

use crate::identity::Identity;
use crate::pace::{MessageTime, Pace};
use crate::request::Rules;
use anyhow::{Context, bail, ensure};
use broker::Endpoint;
use config::{Config, Environment, Pool, PrefetchFrom};
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The broker's own limit on how long a message may be held, where nobody changed it.
const CONSUMER_TIMEOUT: Duration = Duration::from_secs(30 * 60);

/// As many unconfirmed results as a publisher takes without waiting; far above what makes sense.
const PREFETCH_MAX: u16 = 4096;

/// How much of the pool's grace a drain may take: what is left is for closing the connections, so
/// that the acknowledgements are out before the controller kills.
const DRAIN_SHARE: f64 = 0.8;

/// Everything a worker needs to know beforehand.
#[derive(Debug)]
pub struct Settings {
    pub endpoint: Endpoint,
    pub identity: Identity,
    pub queue: String,
    /// Messages held unacknowledged at most.
    pub prefetch: NonZeroU16,
    /// Messages worked on at the same time.
    pub concurrency: NonZeroU16,
    /// How the kind of work goes about them.
    pub pace: Pace,
    /// What is done alike with requests and their answers.
    pub rules: Rules,
    /// What becomes of a message that can't be processed.
    pub unprocessable: Unprocessable,
    /// What becomes of a result that reaches no queue.
    pub unroutable: Unroutable,
    /// How long a drain may take.
    pub drain_timeout: Duration,
    /// Who wants to know what the worker does.
    pub status_socket: Option<PathBuf>,
}

/// What becomes of a message that can't be processed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unprocessable {
    /// A copy with reason headers goes to this exchange.
    DeadLetter(String),
    /// Back to the queue, after a pause.
    Requeue,
    /// Acknowledged and gone.
    Drop,
}

/// What becomes of a result that reaches no queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unroutable {
    /// It goes to this exchange, with reason headers.
    DeadLetter(String),
    /// Gone.
    Drop,
}

impl Settings {
    /// Reads the configuration.
    ///
    /// # Errors
    /// When it is missing or wrong, or a flag does not fit the rest: the caller's exit code 64.
    pub fn resolve(
        args: &WorkerArgs,
        pace: Pace,
        file: Option<&Path>,
        environment: &Environment,
    ) -> anyhow::Result<Self> {
        let config = Config::load_or_shipped(file, environment)?.config;
        let shipped = Config::default();
        let pool_name = given(args.pool.as_deref());
        let queue_name = given(args.queue.as_deref());
        let pool = choose_pool(&config, pool_name, queue_name)?;
        // A queue that no pool knows is worked as the shipped pool's would be.
        let keys = match pool {
            Some(pool) => pool,
            None => shipped
                .pools
                .first()
                .context("the shipped configuration has a pool")?,
        };
        let queue = queue_name.unwrap_or(&keys.topology.work_queue).to_owned();
        let identity = Identity {
            program: "warren-worker",
            pool: pool_name
                .or(pool.map(|pool| pool.name.as_str()))
                .unwrap_or(&queue)
                .to_owned(),
            worker: match given(args.id.as_deref()) {
                Some(id) => id.to_owned(),
                None => std::process::id().to_string(),
            },
        };
        let of_pool = keys.worker.prefetch;
        let (prefetch, concurrency) = match pace {
            Pace::AtOnce => {
                let prefetch = args.prefetch.unwrap_or(of_pool);
                (prefetch, prefetch)
            }
            Pace::OneByOne(_) => (args.prefetch.unwrap_or(of_pool), NonZeroU16::MIN),
            Pace::Abreast(concurrency, _) => {
                let chosen = match keys.worker.prefetch_from {
                    PrefetchFrom::Key => of_pool,
                    PrefetchFrom::WorkerRate => concurrency,
                };
                (args.prefetch.unwrap_or(chosen), concurrency)
            }
        };
        let settings = Self {
            endpoint: endpoint(args, &config)?,
            identity,
            prefetch,
            concurrency,
            pace,
            rules: rules(args, keys, &queue)?,
            unprocessable: unprocessable(args, keys)?,
            unroutable: unroutable(args, keys)?,
            drain_timeout: args
                .drain_timeout
                .unwrap_or(keys.fleet.stop_grace.mul_f64(DRAIN_SHARE)),
            status_socket: program::non_empty(args.status_socket.as_deref()).map(Path::to_path_buf),
            queue,
        };
        settings.check()?;
        Ok(settings)
    }

    /// The longest that the last of the held messages waits for the work on the others.
    #[must_use]
    pub fn held_work(&self) -> Duration {
        let turns = self.prefetch.get().div_ceil(self.concurrency.get());
        let time = self.pace.message_time().map(|message| message.time);
        time.unwrap_or_default().saturating_mul(turns.into())
    }

    /// Refuses flags by which a message would be held for longer than the broker lets it be.
    /// `pause` is what comes on top of the work, and `flag` what says so.
    ///
    /// # Errors
    /// Where it would.
    pub fn check_held(&self, pause: Duration, flag: &str) -> anyhow::Result<()> {
        let held = self.held_work().saturating_add(pause);
        ensure!(
            held < CONSUMER_TIMEOUT,
            "{flag} {} on top of {} of work is more than the 30 minutes for which RabbitMQ lets a \
             message be held; lower {flag} or --prefetch",
            humantime::format_duration(pause),
            humantime::format_duration(self.held_work()),
        );
        Ok(())
    }

    /// From now on, connections take messages with more headers than fit into a small frame. One
    /// such message would else end every session that it is delivered to, for ever.
    pub fn take_large_frames(&mut self) {
        tracing::warn!("a message has very many headers; taking 8 MiB more memory per connection");
        self.endpoint = self.endpoint.clone().with_large_frames();
    }

    fn check(&self) -> anyhow::Result<()> {
        let prefetch = self.prefetch;
        ensure!(
            prefetch.get() <= PREFETCH_MAX,
            "a prefetch of {prefetch} is too large; {PREFETCH_MAX} is the most"
        );
        let concurrency = self.concurrency;
        ensure!(
            concurrency <= prefetch,
            "a prefetch of {prefetch} never fills a concurrency of {concurrency}; raise --prefetch, \
             or lower --concurrency"
        );
        if let Some(MessageTime { time, flag }) = self.pace.message_time() {
            ensure!(
                self.held_work() < CONSUMER_TIMEOUT,
                "a prefetch of {prefetch}, {concurrency} at a time, with {flag} {} is {} of work, \
                 more than the 30 minutes for which RabbitMQ lets a message be held; lower \
                 --prefetch or {flag}",
                humantime::format_duration(time),
                humantime::format_duration(self.held_work()),
            );
        }
        Ok(())
    }
}

/// A variable that is empty counts as not set.
fn given(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

/// The pool that is named, else the one whose queue is named, else the only one.
/// `None` where a queue is named that belongs to no pool.
fn choose_pool<'c>(
    config: &'c Config,
    pool: Option<&str>,
    queue: Option<&str>,
) -> anyhow::Result<Option<&'c Pool>> {
    if let Some(name) = pool {
        return Ok(Some(config.pool(name)?));
    }
    if let Some(queue) = queue {
        return Ok(config
            .pools
            .iter()
            .find(|pool| pool.topology.work_queue == queue));
    }
    match config.pools.as_slice() {
        [pool] => Ok(Some(pool)),
        pools => {
            let names: Vec<&str> = pools.iter().map(|pool| pool.name.as_str()).collect();
            bail!(
                "say which pool to work for with --pool: {}",
                names.join(", ")
            )
        }
    }
}

fn endpoint(args: &WorkerArgs, config: &Config) -> anyhow::Result<Endpoint> {
    let mut broker = config.broker.clone();
    if let Some(url) = &args.broker_url
        && !url.expose().is_empty()
    {
        broker.url = url
            .expose()
            .parse()
            .context("--broker-url or WARREN_WORKER_BROKER_URL is no broker URL")?;
    }
    Ok(Endpoint::new(&broker))
}

fn rules(args: &WorkerArgs, keys: &Pool, queue: &str) -> anyhow::Result<Rules> {
    let results_queue = match &args.results_queue {
        Some(name) => given(Some(name)).map(str::to_owned),
        None => keys.worker.results_queue.clone(),
    };
    ensure!(
        results_queue.as_deref() != Some(queue),
        "the results queue is the queue that is consumed, '{queue}': results would come back as \
         messages for ever; name another with --results-queue"
    );
    Ok(Rules {
        work_queue: queue.to_owned(),
        results_queue,
        max_message_bytes: match args.max_message_bytes {
            Some(size) => size.as_u64(),
            None => keys.worker.max_message_bytes,
        },
    })
}

fn dead_letter_exchange(args: &WorkerArgs, keys: &Pool, key: &str) -> anyhow::Result<String> {
    let exchange = match &args.dead_letter_exchange {
        Some(name) => given(Some(name)).map(str::to_owned),
        None => keys.topology.dead_letter_exchange.clone(),
    };
    exchange.with_context(|| {
        format!(
            "{key} is dead-letter, and there is no dead-letter exchange; name one with \
             --dead-letter-exchange, or choose something else for --{key}"
        )
    })
}

fn unprocessable(args: &WorkerArgs, keys: &Pool) -> anyhow::Result<Unprocessable> {
    let what = args
        .on_unprocessable
        .unwrap_or(match keys.worker.on_unprocessable {
            config::OnUnprocessable::DeadLetter => OnUnprocessable::DeadLetter,
            config::OnUnprocessable::Requeue => OnUnprocessable::Requeue,
            config::OnUnprocessable::Drop => OnUnprocessable::Drop,
        });
    Ok(match what {
        OnUnprocessable::DeadLetter => {
            Unprocessable::DeadLetter(dead_letter_exchange(args, keys, "on-unprocessable")?)
        }
        OnUnprocessable::Requeue => Unprocessable::Requeue,
        OnUnprocessable::Drop => Unprocessable::Drop,
    })
}

fn unroutable(args: &WorkerArgs, keys: &Pool) -> anyhow::Result<Unroutable> {
    let what = args
        .on_unroutable
        .unwrap_or(match keys.worker.on_unroutable {
            config::OnUnroutable::DeadLetter => OnUnroutable::DeadLetter,
            config::OnUnroutable::Drop => OnUnroutable::Drop,
        });
    Ok(match what {
        OnUnroutable::DeadLetter => {
            Unroutable::DeadLetter(dead_letter_exchange(args, keys, "on-unroutable")?)
        }
        OnUnroutable::Drop => Unroutable::Drop,
    })
}

#[cfg(test)]
mod tests;
