//! Who asks over HTTP: so many at a time, and nobody who neither sends nor reads.
//!
//! Every connection is an open file. Without a bound, clients that connect and keep silent could
//! take them all, and then no worker could be started.

use axum::serve::Listener;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep};

/// Whom the interface serves.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at once; further ones wait to be accepted.
    pub clients_max: usize,
    /// A client that sends and takes nothing for this long is hung up on.
    pub silence_max: Duration,
}

impl Default for Limits {
    /// A few monitors and people, each with some connections; and time enough for a slow network.
    fn default() -> Self {
        Self {
            clients_max: 64,
            silence_max: Duration::from_secs(10),
        }
    }
}

/// Accepts clients within the limits.
#[derive(Debug)]
pub struct Clients {
    listener: TcpListener,
    places: Arc<Semaphore>,
    silence_max: Duration,
}

/// A client that was accepted. Gives its place back when dropped.
#[derive(Debug)]
pub struct Client {
    stream: TcpStream,
    silence_max: Duration,
    hang_up: Pin<Box<Sleep>>,
    _place: OwnedSemaphorePermit,
}

impl Clients {
    #[must_use]
    pub fn new(listener: TcpListener, limits: Limits) -> Self {
        Self {
            listener,
            places: Arc::new(Semaphore::new(limits.clients_max)),
            silence_max: limits.silence_max,
        }
    }
}

impl Listener for Clients {
    type Io = Client;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Client, SocketAddr) {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.expect("nobody closes the semaphore");
        // The library's own way of accepting, which waits where there is no file left to open.
        let (stream, address) = Listener::accept(&mut self.listener).await;
        let client = Client {
            stream,
            silence_max: self.silence_max,
            hang_up: Box::pin(sleep(self.silence_max)),
            _place: place,
        };
        (client, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Client {
    /// What became of a reading or a writing, unless it has waited for too long.
    fn unless_silent<T>(
        &mut self,
        context: &mut Context<'_>,
        outcome: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            let at = Instant::now() + self.silence_max;
            self.hang_up.as_mut().reset(at);
            return outcome;
        }
        ready!(self.hang_up.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Client {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.unless_silent(context, outcome)
    }
}

impl AsyncWrite for Client {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.unless_silent(context, outcome)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
