//! Connects with a timeout that also frees the library's thread and socket.
//!
//! The library opens the connection on a thread of its own, and that thread waits for as long as the
//! connection stands. Without this, something that takes connections and says nothing (a load
//! balancer, a broker that hangs) would cost a thread and a socket with each attempt.

use std::io;
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Where the library's thread puts the socket once it is open.
#[derive(Clone, Default)]
pub(crate) struct SocketSlot(Arc<Mutex<State>>);

/// Held by whoever waits for the connection: dropped before that, it shuts the socket down.
pub(crate) struct ConnectGuard(SocketSlot);

#[derive(Default)]
enum State {
    /// Nothing to shut down: there is no socket yet, or the connection stands.
    #[default]
    Empty,
    /// A second handle on the socket.
    Connecting(TcpStream),
    GivenUp,
}

impl SocketSlot {
    /// The socket is open; an error where the connection was given up meanwhile.
    pub(crate) fn opened(&self, socket: &impl AsFd) -> io::Result<()> {
        let mut state = self.state();
        if matches!(*state, State::GivenUp) {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        *state = State::Connecting(socket.as_fd().try_clone_to_owned()?.into());
        Ok(())
    }

    pub(crate) fn guard(&self) -> ConnectGuard {
        ConnectGuard(self.clone())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ConnectGuard {
    /// The broker has answered: from here on the library ends the connection by itself.
    pub(crate) fn connected(&self) {
        *self.0.state() = State::Empty;
    }
}

impl Drop for ConnectGuard {
    fn drop(&mut self) {
        let mut state = self.0.state();
        if let State::Connecting(socket) = &*state
            && let Err(error) = socket.shutdown(Shutdown::Both)
        {
            tracing::debug!(%error, "the connection was gone already");
        }
        *state = State::GivenUp;
    }
}
