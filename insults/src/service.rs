//! The names of one service's queues and exchanges: all begin with the name of the queue that takes
//! its requests.

use broker::{Consumers, DurableQueue, Error, Length, Session, topology};

/// Where requests go unless a flag says otherwise.
pub const REQUESTS: &str = "warren.insults";

/// One service; several can share a broker under different names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    requests: String,
}

impl Service {
    /// The service whose requests go to this queue.
    #[must_use]
    pub fn new(requests: impl Into<String>) -> Self {
        let requests = requests.into();
        Self { requests }
    }

    /// The queue that takes requests, from which every node consumes.
    #[must_use]
    pub fn requests(&self) -> &str {
        &self.requests
    }

    /// The queue that takes writes, from which the owner consumes.
    #[must_use]
    pub fn updates(&self) -> String {
        self.named("updates")
    }

    /// The queue that holds the list.
    #[must_use]
    pub fn list(&self) -> String {
        self.named("list")
    }

    /// The queue that holds the word that somebody wants to see the list.
    #[must_use]
    pub fn announcements(&self) -> String {
        self.named("announcements")
    }

    /// The fanout exchange that each new list is sent to.
    #[must_use]
    pub fn changes(&self) -> String {
        self.named("changes")
    }

    /// The fanout exchange that random words are sent to.
    #[must_use]
    pub fn broadcast(&self) -> String {
        self.named("broadcast")
    }

    /// What the names of queues begin with that follow an exchange, or wait for an answer.
    #[must_use]
    pub fn followers(&self) -> String {
        self.named("follower")
    }

    /// Whether this is one of the queues that only the service itself writes to. An answer there
    /// would be taken for something else.
    #[must_use]
    pub fn is_internal(&self, queue: &str) -> bool {
        [self.updates(), self.list(), self.announcements()].contains(&queue.to_owned())
    }

    /// Makes sure that everything is there.
    ///
    /// # Errors
    /// When the broker refuses; of kind [`broker::ErrorKind::Mismatch`] where a queue of that name
    /// is something else.
    pub async fn ensure(&self, session: &mut Session) -> Result<(), Error> {
        // This one may be a pool's, declared by a controller with arguments of its own.
        topology::ensure_results_queue(session, &self.requests).await?;
        topology::ensure_fanout(session, &self.changes()).await?;
        topology::ensure_fanout(session, &self.broadcast()).await?;
        let one = Consumers::SingleActive;
        DurableQueue::new(self.updates(), one, Length::Unbounded)
            .declare(session)
            .await?;
        // Full, it refuses: to push out the oldest could push out the newest list, when one that
        // comes back to the queue meets a message from another node.
        DurableQueue::new(self.list(), one, Length::Oldest(1))
            .declare(session)
            .await?;
        // However many announce themselves, they are all answered by one list.
        DurableQueue::new(self.announcements(), Consumers::All, Length::Newest(1))
            .declare(session)
            .await
    }

    fn named(&self, part: &str) -> String {
        format!("{}.{part}", self.requests)
    }
}
