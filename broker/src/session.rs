//! One connection to RabbitMQ, with a channel for short calls. Consumers and publishers get
//! channels of their own on it, so that a refused call, which closes its channel, leaves them alone.
//!
//! A session does not recover. The library's own recovery stays off: connection, channels, limits
//! and consumers are one thing that its user opens anew when it is gone.

use crate::connect_guard::SocketSlot;
use crate::consume_publish::{ConsumePublish, consume};
use crate::consumer::Consumer;
use crate::context::{Blocked, Context};
use crate::endpoint::Endpoint;
use crate::error::{Error, Operation};
use crate::message::short;
use crate::publisher::Publisher;
use crate::tls::Tls;
use crate::unconfirmed::UnconfirmedPublisher;
use futures_util::{FutureExt, StreamExt};
use lapin::options::{ConfirmSelectOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::uri::AMQPAuthority;
use lapin::{AsyncTcpStream, Channel, Connection, ConnectionProperties, ConnectionStatus, Event};
use std::num::NonZeroU16;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// From the look-up of the name to the open channel: a TLS handshake with a busy broker far away
/// takes a few seconds at worst.
const CONNECT_SECONDS: u64 = 10;

/// Closing is a courtesy: the broker cleans up after a connection that is simply gone, and one that
/// it has blocked never answers.
const CLOSE_SECONDS: u64 = 2;

/// One connection to RabbitMQ, with a channel for short calls.
///
/// Dropping it cuts it off without waiting: what was acknowledged just before may not have left.
/// [`Session::close`] waits, for 2 s at most.
pub struct Session {
    connection: Connection,
    channel: Channel,
    context: Context,
    blocked: watch::Receiver<Blocked>,
    ended: watch::Receiver<Option<Error>>,
    /// Follows the library's events; stopped when the session is dropped.
    _events: JoinSet<()>,
}

/// What a passive look at a queue shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueStatus {
    /// Messages waiting in the queue; those in flight are not among them.
    pub ready: u64,
    /// Consumers of the queue, whosever they are.
    pub consumers: u32,
}

impl Session {
    /// Connects, within 10 s. `name` is what RabbitMQ shows for the connection.
    pub async fn open(endpoint: &Endpoint, name: &str) -> Result<Self, Error> {
        let limit = Duration::from_secs(CONNECT_SECONDS);
        match tokio::time::timeout(limit, Self::connect(endpoint, name)).await {
            Ok(session) => session,
            Err(_) => Err(Error::timeout(
                endpoint,
                &Operation::Connect,
                CONNECT_SECONDS,
            )),
        }
    }

    async fn connect(endpoint: &Endpoint, name: &str) -> Result<Self, Error> {
        let tls = Tls::of(endpoint).await?;
        let failed = |error| Error::from_amqp(endpoint, &Operation::Connect, &error);
        let runtime = lapin::runtime::default_runtime().map_err(failed)?;
        let properties = ConnectionProperties::default().with_connection_name(name.into());
        let slot = SocketSlot::default();
        let guard = slot.guard();
        let connect = Connection::connector(
            endpoint.uri(),
            runtime,
            async move |uri, runtime| {
                let AMQPAuthority { host, port, .. } = uri.authority;
                let dial = async {
                    let address = runtime.to_socket_addrs((host.clone(), port));
                    let stream = AsyncTcpStream::connect(&runtime, address).await?;
                    if let AsyncTcpStream::Plain(plain) = &stream {
                        slot.opened(plain.get_ref())?;
                    }
                    Ok(tls.over(stream, &host).await?)
                };
                // Until the socket is open there is nothing to shut down, only a thread that waits.
                let limit = Duration::from_secs(CONNECT_SECONDS);
                match tokio::time::timeout(limit, dial).await {
                    Ok(stream) => stream,
                    Err(elapsed) => Err(std::io::Error::from(elapsed).into()),
                }
            },
            properties,
        );
        let connection = connect.await.map_err(failed)?;
        guard.connected();
        let status = connection.status().clone();
        let (blocked_sender, blocked) = watch::channel(Blocked::No);
        let (ended_sender, ended) = watch::channel(None);
        let context = Context {
            endpoint: Arc::new(endpoint.clone()),
            status: status.clone(),
            blocked: blocked.clone(),
        };
        let mut following = JoinSet::new();
        let events = connection.events_listener();
        following.spawn(follow_events(
            events,
            status,
            endpoint.clone(),
            blocked_sender,
            ended_sender,
        ));
        let channel = connection
            .create_channel()
            .await
            .map_err(|error| Error::from_amqp(endpoint, &Operation::OpenChannel, &error))?;
        Ok(Self {
            connection,
            channel,
            context,
            blocked,
            ended,
            _events: following,
        })
    }

    /// Looks at a queue without changing it; needs no right on it.
    pub async fn queue_status(&mut self, queue: &str) -> Result<QueueStatus, Error> {
        let options = QueueDeclareOptions {
            passive: true,
            ..QueueDeclareOptions::default()
        };
        let name = short(queue, "queue name")?;
        let operation = Operation::InspectQueue(queue.to_owned());
        let channel = self.channel().await?;
        let found = self
            .context
            .call(
                &operation,
                channel.queue_declare(name, options, FieldTable::default()),
            )
            .await?;
        Ok(QueueStatus {
            ready: found.message_count().into(),
            consumers: found.consumer_count(),
        })
    }

    /// Consumes a queue. The broker sends at most `prefetch` messages ahead of acknowledgements.
    pub async fn consume(&mut self, queue: &str, prefetch: NonZeroU16) -> Result<Consumer, Error> {
        let channel = self.open_channel().await?;
        consume(&channel, &self.context, queue, prefetch).await
    }

    /// Opens a channel that publishes with confirmations.
    pub async fn publisher<T>(&mut self) -> Result<Publisher<T>, Error> {
        let channel = self.open_channel().await?;
        self.publisher_on(channel).await
    }

    /// Opens a channel that consumes and publishes, both in one order.
    pub async fn consume_publish<T>(&mut self) -> Result<ConsumePublish<T>, Error> {
        let channel = self.open_channel().await?;
        let publisher = self.publisher_on(channel.clone()).await?;
        let context = self.context.clone();
        Ok(ConsumePublish::new(channel, publisher, context))
    }

    async fn publisher_on<T>(&self, channel: Channel) -> Result<Publisher<T>, Error> {
        let select = channel.confirm_select(ConfirmSelectOptions::default());
        self.context.call(&Operation::Publish, select).await?;
        Ok(Publisher::new(channel, self.context.clone()))
    }

    /// Opens a channel that publishes without confirmations.
    pub async fn unconfirmed_publisher(&mut self) -> Result<UnconfirmedPublisher, Error> {
        let channel = self.open_channel().await?;
        Ok(UnconfirmedPublisher::new(channel, self.context.clone()))
    }

    /// Whether the broker reads what this connection sends.
    #[must_use]
    pub fn blocked(&self) -> watch::Receiver<Blocked> {
        self.blocked.clone()
    }

    /// Waits until the connection is gone, and says why.
    pub async fn closed(&self) -> Error {
        let mut ended = self.ended.clone();
        match ended.wait_for(Option::is_some).await {
            Ok(reason) => reason.clone(),
            Err(_) => None,
        }
        .unwrap_or_else(|| Error::closed(&self.context.endpoint, "it ended"))
    }

    /// Sends what is still to be sent and says goodbye, for 2 s at most.
    pub async fn close(self) {
        let limit = Duration::from_secs(CLOSE_SECONDS);
        match tokio::time::timeout(limit, self.connection.close(200, "OK".into())).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "the connection was closed already"),
            Err(_) => tracing::debug!("the broker did not answer to the end of the connection"),
        }
    }

    /// The channel for short calls, opened again where a refused call closed it.
    pub(crate) async fn channel(&mut self) -> Result<Channel, Error> {
        if !self.channel.status().connected() {
            self.channel = self.open_channel().await?;
        }
        Ok(self.channel.clone())
    }

    pub(crate) fn context(&self) -> &Context {
        &self.context
    }

    async fn open_channel(&self) -> Result<Channel, Error> {
        self.context
            .call(&Operation::OpenChannel, self.connection.create_channel())
            .await
    }
}

impl Drop for Session {
    /// Consumers and acknowledgers hold the connection open too; it is the session that owns it.
    /// One poll sends the command, and nothing waits for the answer.
    fn drop(&mut self) {
        drop(self.connection.close(200, "OK".into()).now_or_never());
    }
}

/// Turns the library's stream of events into the two things that users wait for.
async fn follow_events(
    events: impl futures_util::Stream<Item = Event>,
    status: ConnectionStatus,
    endpoint: Endpoint,
    blocked: watch::Sender<Blocked>,
    ended: watch::Sender<Option<Error>>,
) {
    let mut events = std::pin::pin!(events);
    while let Some(event) = events.next().await {
        match event {
            Event::ConnectionBlocked(reason) => {
                blocked.send_replace(Blocked::Yes(reason));
            }
            Event::ConnectionUnblocked => {
                blocked.send_replace(Blocked::No);
            }
            // Errors of one channel come by here too; they leave the connection as it is.
            Event::Error(error) if !status.connected() => {
                let error = Error::from_amqp(&endpoint, &Operation::KeepConnected, &error);
                ended.send_replace(Some(error));
            }
            _ => {}
        }
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("endpoint", &self.context.endpoint)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Session;
    use crate::endpoint::Endpoint;
    use std::time::Duration;
    use tokio::io::AsyncReadExt;
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn a_broker_that_says_nothing_is_cut_off() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("amqp://{}", listener.local_addr().unwrap());
        let endpoint = Endpoint::new(&config::Broker {
            url: url.parse().unwrap(),
            ca_file: None,
        });
        let opening = tokio::spawn(async move { Session::open(&endpoint, "a test").await });
        let (mut peer, _) = listener.accept().await.unwrap();
        let mut header = [0; 8];
        peer.read_exact(&mut header).await.unwrap();
        opening.abort();
        let mut rest = Vec::new();
        let end = tokio::time::timeout(Duration::from_secs(5), peer.read_to_end(&mut rest));
        assert_eq!(end.await.expect("still connected").unwrap(), 0);
    }
}
