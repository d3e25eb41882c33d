//! Ports that were free a moment ago.

use std::io;
use std::net::{Ipv4Addr, TcpListener};

/// The ports of one node, all on 127.0.0.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ports {
    pub(super) amqp: u16,
    pub(super) amqps: u16,
    pub(super) management: u16,
    pub(super) distribution: u16,
    pub(super) epmd: u16,
}

impl Ports {
    /// Binds port 0 five times at once, so that all five differ, and lets go of them: RabbitMQ must
    /// be told its ports beforehand. Whoever uses them tries again with others where one is taken.
    pub(super) fn find_free() -> io::Result<Self> {
        let listeners = (0..5)
            .map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
            .collect::<io::Result<Vec<_>>>()?;
        let port = |index: usize| listeners[index].local_addr().map(|address| address.port());
        Ok(Self {
            amqp: port(0)?,
            amqps: port(1)?,
            management: port(2)?,
            distribution: port(3)?,
            epmd: port(4)?,
        })
    }
}
