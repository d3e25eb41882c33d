//! The broker of a run: a private node, or the user's own where `WARREN_BROKER_URL` names one.
//!
//! Each test, and the demo, gets a vhost of its own: a fresh virtual host, or, where the user may not
//! make virtual hosts, names with a random end. A vhost is removed with all that is in it.

use crate::guard::Guard;
use crate::node::{Management, Node};
use anyhow::{Context, Result, bail};
use broker::{Endpoint, OwnerQueue, Session};
use config::BrokerUrl;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

/// The variable that names the user's own broker.
const VARIABLE: &str = "WARREN_BROKER_URL";
/// Where RabbitMQ's management API listens unless told otherwise.
const MANAGEMENT_PORT: u16 = 15672;
/// Numbers the vhosts of this process: a pool's name has no room for a vhost's.
static VHOSTS: AtomicU32 = AtomicU32::new(0);

/// A broker that is there for the run.
#[derive(Debug)]
pub enum BrokerInUse {
    /// Started for the run, and stopped after it.
    Private(Box<Node>),
    /// The user's own.
    Given(BrokerUrl),
}

/// A part of the broker that nobody else uses.
#[derive(Debug)]
pub struct Vhost {
    url: String,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    VirtualHost {
        management: Management,
        name: String,
    },
    Names {
        suffix: String,
        number: u32,
        given: Mutex<Given>,
    },
}

/// The names that were given out, to be removed at the end.
#[derive(Debug, Default)]
struct Given {
    queues_and_exchanges: BTreeSet<String>,
    pools: BTreeSet<String>,
}

/// The user's own broker, where `WARREN_BROKER_URL` names one; a variable that is empty is not set.
pub fn given() -> Result<Option<BrokerUrl>> {
    match std::env::var(VARIABLE) {
        Ok(url) if !url.is_empty() => Ok(Some(
            url.parse().with_context(|| format!("read {VARIABLE}"))?,
        )),
        _ => Ok(None),
    }
}

impl BrokerInUse {
    /// The user's broker where `WARREN_BROKER_URL` is set, or a new private node with its files in
    /// `directory`.
    pub async fn open(guard: &Guard, directory: &Path) -> Result<Self> {
        match given()? {
            Some(url) => Ok(Self::Given(url)),
            None => Ok(Self::Private(Box::new(
                Node::start(guard, directory).await?,
            ))),
        }
    }

    /// Makes a vhost; `name` must be new to this broker and usable in a queue's name.
    pub async fn vhost(&self, name: &str) -> Result<Vhost> {
        match self {
            Self::Private(node) => Vhost::of_node(node, name).await,
            Self::Given(url) => Vhost::of_given(url, name).await,
        }
    }

    /// Ends a private node; the user's own broker goes on.
    pub async fn close(self, guard: &Guard) -> Result<()> {
        match self {
            Self::Private(node) => node.stop(guard).await,
            Self::Given(_) => Ok(()),
        }
    }
}

impl Vhost {
    /// A virtual host of a private node.
    pub async fn of_node(node: &Node, name: &str) -> Result<Self> {
        let management = node.management().clone();
        management.create_virtual_host(name).await?;
        let kind = Kind::VirtualHost {
            management,
            name: name.to_owned(),
        };
        Ok(Self {
            url: node.url(name),
            kind,
        })
    }

    /// A virtual host of the user's broker where its management API lets us make one, else names
    /// with a random end.
    pub async fn of_given(broker: &BrokerUrl, name: &str) -> Result<Self> {
        let name = format!("warren-{name}-{:x}", std::process::id());
        let management = Management::new(
            broker.host(),
            MANAGEMENT_PORT,
            broker.user(),
            broker.password(),
        );
        if management.create_virtual_host(&name).await.is_ok() {
            let url = with_virtual_host(broker, &name)?;
            return Ok(Self {
                url,
                kind: Kind::VirtualHost { management, name },
            });
        }
        let kind = Kind::Names {
            suffix: format!(".{name}"),
            number: VHOSTS.fetch_add(1, Ordering::Relaxed),
            given: Mutex::default(),
        };
        Ok(Self {
            url: broker.expose().to_owned(),
            kind,
        })
    }

    /// Where the programs connect to.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where a session of ours connects to.
    pub fn endpoint(&self) -> Result<Endpoint> {
        let url = self.url.parse().context("read the broker's URL")?;
        Ok(Endpoint::new(&config::Broker { url, ca_file: None }))
    }

    /// A connection that RabbitMQ shows under `name`.
    pub async fn session(&self, name: &str) -> Result<Session> {
        Ok(Session::open(&self.endpoint()?, name).await?)
    }

    /// What an exchange or a queue is called here.
    #[must_use]
    pub fn name(&self, name: &str) -> String {
        let Kind::Names { suffix, given, .. } = &self.kind else {
            return name.to_owned();
        };
        let name = format!("{name}{suffix}");
        let mut given = given.lock().unwrap_or_else(PoisonError::into_inner);
        given.queues_and_exchanges.insert(name.clone());
        name
    }

    /// What a pool is called here: its owner queue has that name in it, and another vhost, or a
    /// controller of the user's, may hold the one that is called so.
    #[must_use]
    pub fn pool_name(&self, name: &str) -> String {
        let Kind::Names { number, given, .. } = &self.kind else {
            return name.to_owned();
        };
        let name = format!("{name}-{:x}-{number}", std::process::id());
        let mut given = given.lock().unwrap_or_else(PoisonError::into_inner);
        given.pools.insert(name.clone());
        name
    }

    /// The configuration to run with: `shipped` as it is, or a copy with the names of this vhost
    /// in `directory`.
    pub fn configuration(&self, shipped: &Path, directory: &Path) -> Result<PathBuf> {
        if let Kind::VirtualHost { .. } = self.kind {
            return Ok(shipped.to_owned());
        }
        let text = std::fs::read_to_string(shipped)
            .with_context(|| format!("read {}", shipped.display()))?;
        let mut table: toml::Table = text.parse().context("parse the shipped config.toml")?;
        let pools = table.get_mut("pool").and_then(toml::Value::as_array_mut);
        for pool in pools
            .into_iter()
            .flatten()
            .filter_map(toml::Value::as_table_mut)
        {
            for (key, name) in [
                ("exchange", "warren.events"),
                ("work_queue", "warren.work"),
                ("dead_letter_exchange", "warren.dead"),
            ] {
                pool.insert(key.to_owned(), self.name(name).into());
            }
            pool.insert("name".to_owned(), self.pool_name("filter").into());
        }
        let copy = directory.join("config.toml");
        std::fs::write(&copy, table.to_string())
            .with_context(|| format!("write {}", copy.display()))?;
        Ok(copy)
    }

    /// Removes it with all that has a name of its own.
    pub async fn remove(&self) -> Result<()> {
        let (names, pools) = match &self.kind {
            Kind::VirtualHost { management, name } => {
                return management.delete_virtual_host(name).await;
            }
            Kind::Names { given, .. } => {
                let given = given.lock().unwrap_or_else(PoisonError::into_inner);
                (given.queues_and_exchanges.clone(), given.pools.clone())
            }
        };
        let mut session = self.session("warren-e2e").await?;
        for name in names {
            session.delete_queue(&name).await?;
            session.delete_exchange(&name).await?;
        }
        for pool in pools {
            session.delete_queue(&OwnerQueue::note_name(&pool)).await?;
        }
        session.close().await;
        Ok(())
    }
}

fn with_virtual_host(broker: &BrokerUrl, name: &str) -> Result<String> {
    let mut url = url::Url::parse(broker.expose()).context("read the broker's URL")?;
    if url.cannot_be_a_base() {
        bail!("the broker's URL has no place for a virtual host");
    }
    url.set_path(name);
    Ok(url.into())
}
