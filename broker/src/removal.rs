//! Taking away what Warren made in somebody's broker: what the demo and the tests leave, and what
//! was declared and could not be used.
//!
//! Controller, worker and producer never delete anything of the user's: the count queue and the
//! reply queue, which are theirs, have their own ways.

use crate::error::{Error, Operation};
use crate::message::short;
use crate::session::Session;
use lapin::options::{ExchangeDeleteOptions, QueueDeleteOptions};

impl Session {
    /// Deletes a queue with what is in it; one that is not there is fine.
    pub async fn delete_queue(&mut self, queue: &str) -> Result<(), Error> {
        let name = short(queue, "queue name")?;
        let channel = self.channel().await?;
        let delete = channel.queue_delete(name, QueueDeleteOptions::default());
        self.context()
            .call(&Operation::Delete(queue.to_owned()), delete)
            .await?;
        Ok(())
    }

    /// Deletes an exchange; one that is not there is fine.
    pub async fn delete_exchange(&mut self, exchange: &str) -> Result<(), Error> {
        self.delete_exchange_if(exchange, ExchangeDeleteOptions::default())
            .await
    }

    /// Deletes an exchange that nothing is bound to yet.
    pub(crate) async fn delete_unused_exchange(&mut self, exchange: &str) -> Result<(), Error> {
        let options = ExchangeDeleteOptions {
            if_unused: true,
            ..ExchangeDeleteOptions::default()
        };
        self.delete_exchange_if(exchange, options).await
    }

    async fn delete_exchange_if(
        &mut self,
        exchange: &str,
        options: ExchangeDeleteOptions,
    ) -> Result<(), Error> {
        let name = short(exchange, "exchange name")?;
        let channel = self.channel().await?;
        let delete = channel.exchange_delete(name, options);
        self.context()
            .call(&Operation::Delete(exchange.to_owned()), delete)
            .await
    }
}
