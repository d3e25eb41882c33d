//! Who a worker is, in RabbitMQ's list of connections, in its status and in dead letters.

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The program that works: `warren-worker`, or one that uses it as a library.
    pub program: &'static str,
    /// Its pool; the queue's name where it belongs to none.
    pub pool: String,
    /// Its id, unique within the pool.
    pub worker: String,
}

impl Identity {
    /// What RabbitMQ shows for one of the worker's connections.
    #[must_use]
    pub fn connection(&self, role: &str) -> String {
        format!("{}/{}/{} {role}", self.program, self.pool, self.worker)
    }
}
