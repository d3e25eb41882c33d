//! One case of the comparison, and what came of it.

use std::fmt;
use std::time::Duration;

/// What stands between clients and nodes; for Warren, also whose clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Middleware {
    /// `xmlrpc` of Python's standard library.
    XmlRpc,
    Pyro,
    /// Requests and answers in lists, taken by `BLPOP`.
    Redis,
    /// RabbitMQ, nodes and clients with pika.
    Pika,
    /// RabbitMQ, Warren's workers, and the same clients with pika.
    Warren,
    /// RabbitMQ, Warren's workers, and the clients of Warren's producer.
    WarrenProducer,
}

/// What clients ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    Filter,
    /// A random insult: a read.
    Random,
    /// An insult put in or taken out, in turns: a write.
    Change,
}

/// How long a node works on a text, waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Only the filter's own time.
    None,
    /// 5 ms on top, as in the reference.
    FiveMilliseconds,
}

/// What is measured at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    pub middleware: Middleware,
    pub call: Call,
    pub work: Work,
    /// How many processes answer.
    pub nodes: u32,
    pub clients: u32,
}

/// What a case came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Rate {
    /// Right answers per second, and none lost.
    PerSecond(f64),
    /// An answer was wrong or never came.
    Failed(String),
}

/// A case and what it came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    pub case: Case,
    pub rate: Rate,
}

impl Middleware {
    /// In the order of the tables.
    pub const ALL: [Self; 6] = [
        Self::XmlRpc,
        Self::Pyro,
        Self::Redis,
        Self::Pika,
        Self::Warren,
        Self::WarrenProducer,
    ];

    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::XmlRpc => "XML-RPC",
            Self::Pyro => "Pyro",
            Self::Redis => "Redis lists",
            Self::Pika => "RabbitMQ, pika",
            Self::Warren => "Warren, pika clients",
            Self::WarrenProducer => "Warren, its own clients",
        }
    }
}

impl Call {
    /// What the clients' program calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Filter => "filter",
            Self::Random => "random",
            Self::Change => "change",
        }
    }

    /// What the nodes' programs call the service that answers it.
    #[must_use]
    pub fn service(self) -> &'static str {
        match self {
            Self::Filter => "filter",
            Self::Random | Self::Change => "insults",
        }
    }
}

impl Work {
    #[must_use]
    pub fn time(self) -> Duration {
        match self {
            Self::None => Duration::ZERO,
            Self::FiveMilliseconds => Duration::from_millis(5),
        }
    }
}

impl Rate {
    #[must_use]
    pub fn per_second(&self) -> Option<f64> {
        match self {
            Self::PerSecond(rate) => Some(*rate),
            Self::Failed(_) => None,
        }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { nodes, clients, .. } = self;
        write!(f, "{}, {}", self.middleware.title(), self.call.name())?;
        if self.work == Work::FiveMilliseconds {
            write!(f, " with 5 ms of work")?;
        }
        let plural = |number: u32| if number == 1 { "" } else { "s" };
        write!(
            f,
            ", {nodes} node{}, {clients} client{}",
            plural(*nodes),
            plural(*clients)
        )
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PerSecond(rate) => write!(f, "{rate:.0} /s"),
            Self::Failed(why) => write!(f, "failed: {why}"),
        }
    }
}
