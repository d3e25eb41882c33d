//! The queue that answers come back to.
//!
//! It is durable and not exclusive, so that a broken connection or a restarted broker loses no
//! answer; so somebody has to remove it, and where nobody does, the broker does.

use crate::error::Error;
use crate::session::Session;
use crate::topology::declare_queue;
use lapin::options::QueueDeclareOptions;
use lapin::types::FieldTable;
use std::time::Duration;

/// A durable queue for answers, which the broker removes when nobody has used it for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyQueue {
    name: String,
    expires: Duration,
}

impl ReplyQueue {
    /// A queue of that name; `expires` after the last consumer left, it goes away by itself.
    #[must_use]
    pub fn new(name: impl Into<String>, expires: Duration) -> Self {
        Self {
            name: name.into(),
            expires,
        }
    }

    /// What messages name in `reply_to`, and what is consumed.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Makes sure that it is there.
    pub async fn declare(&self, session: &mut Session) -> Result<(), Error> {
        let milliseconds = i64::try_from(self.expires.as_millis()).unwrap_or(i64::MAX);
        let mut arguments = FieldTable::default();
        arguments.insert("x-expires".into(), milliseconds.into());
        let options = QueueDeclareOptions {
            durable: true,
            ..QueueDeclareOptions::default()
        };
        declare_queue(session, &self.name, options, arguments).await
    }

    /// Removes it with all that is in it.
    pub async fn delete(&self, session: &mut Session) -> Result<(), Error> {
        session.delete_queue(&self.name).await
    }
}
