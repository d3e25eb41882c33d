//! A queue of one's own that gets a copy of what is published to an exchange from now on, for as
//! long as its session lasts.

use crate::error::Error;
use crate::message::long;
use crate::session::Session;
use crate::topology;
use lapin::options::QueueDeclareOptions;
use lapin::types::FieldTable;
use std::num::NonZeroU32;

/// A queue that follows an exchange; gone with its connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowerQueue {
    name: String,
}

impl FollowerQueue {
    /// Declares a queue of a new name that begins with `prefix`, and binds it to the fanout
    /// `exchange`. Where more than `length_max` messages wait, the oldest go.
    pub async fn bind(
        session: &mut Session,
        prefix: &str,
        exchange: &str,
        length_max: NonZeroU32,
    ) -> Result<Self, Error> {
        let queue = Self::declare(session, prefix, length_max).await?;
        topology::bind(session, &queue.name, exchange, "").await?;
        Ok(queue)
    }

    /// Declares a queue of a new name that follows no exchange: others publish to it by its name.
    pub async fn declare(
        session: &mut Session,
        prefix: &str,
        length_max: NonZeroU32,
    ) -> Result<Self, Error> {
        let name = format!("{prefix}.{:016x}", rand::random::<u64>());
        let options = QueueDeclareOptions {
            exclusive: true,
            auto_delete: true,
            ..QueueDeclareOptions::default()
        };
        let mut arguments = FieldTable::default();
        arguments
            .insert("x-queue-type".into(), long("classic"))
            .insert("x-max-length".into(), i64::from(length_max.get()).into())
            .insert("x-overflow".into(), long("drop-head"));
        topology::declare_queue(session, &name, options, arguments).await?;
        Ok(Self { name })
    }

    /// The prefix and a random number.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}
