//! The line to the broker, from dialling until it has answered, which is hung up when nobody waits
//! for the answer any more.
//!
//! The library opens the connection on a thread of its own, and that thread waits for as long as the
//! connection stands. Without this, something that takes connections and says nothing (a load
//! balancer, a broker that hangs) would cost a thread and a socket with each attempt.

use std::io;
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What the thread of the library holds.
#[derive(Clone, Default)]
pub(crate) struct Line(Arc<Mutex<State>>);

/// What the one who waits holds: dropping it hangs up.
pub(crate) struct Caller(Line);

#[derive(Default)]
enum State {
    /// Nothing to hang up: it is being dialled, or it has answered.
    #[default]
    Quiet,
    /// A second handle on the socket.
    Ringing(TcpStream),
    HungUp,
}

impl Line {
    /// The socket is open; an error where the caller has hung up meanwhile.
    pub(crate) fn ring(&self, socket: &impl AsFd) -> io::Result<()> {
        let mut state = self.state();
        if matches!(*state, State::HungUp) {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        *state = State::Ringing(socket.as_fd().try_clone_to_owned()?.into());
        Ok(())
    }

    pub(crate) fn caller(&self) -> Caller {
        Caller(self.clone())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Caller {
    /// The broker has answered: from here on the library ends the connection by itself.
    pub(crate) fn answered(&self) {
        *self.0.state() = State::Quiet;
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        let mut state = self.0.state();
        if let State::Ringing(socket) = &*state
            && let Err(error) = socket.shutdown(Shutdown::Both)
        {
            tracing::debug!(%error, "the connection was gone already");
        }
        *state = State::HungUp;
    }
}
