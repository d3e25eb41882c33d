//! The loop that one writes first: publish, wait until that is written, and again, without
//! confirmations. The bench measures the producer beside it.
//!
//! ```text
//! WARREN_BROKER_URL=… plain_loop EXCHANGE MESSAGES
//! ```

use lapin::options::BasicPublishOptions;
use lapin::{BasicProperties, Connection, ConnectionProperties};
use std::env;
use std::error::Error;

/// As long as the sentences that the producer sends.
const BODY: &[u8] = b"hola tonto, que tal, com estas, que feo ets deu meu";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = env::var("WARREN_BROKER_URL")?;
    let mut arguments = env::args().skip(1);
    let exchange = arguments.next().ok_or("name the exchange")?;
    let messages: u64 = arguments.next().ok_or("say how many messages")?.parse()?;

    let connection = Connection::connect(&url, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    for _ in 0..messages {
        let options = BasicPublishOptions::default();
        let properties = BasicProperties::default();
        let publish = channel.basic_publish(
            exchange.as_str().into(),
            "".into(),
            options,
            BODY,
            properties,
        );
        publish.await?;
    }
    connection.close(200, "OK".into()).await?;
    Ok(())
}
