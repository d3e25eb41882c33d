//! What systemd is told, where it started the controller; elsewhere nothing happens.
//!
//! The controller is ready once its configuration is good, its port is bound and its loops turn,
//! and not only after the first sample: at boot the broker may come up later, and a unit that waits
//! for it would time out, be killed and be started again, over and over.
//! Whether the queue can be seen is `/readyz`.

use sd_notify::NotifyState;
use std::time::Duration;

/// Said once the loops turn.
pub fn ready() {
    tell(&[NotifyState::Ready]);
}

/// Said when the shutdown begins; it may take this long, whatever the unit says.
pub fn stopping(deadline: Duration) {
    let microseconds = u32::try_from(deadline.as_micros()).unwrap_or(u32::MAX);
    tell(&[
        NotifyState::Stopping,
        NotifyState::ExtendTimeoutUsec(microseconds),
    ]);
}

/// How often [`alive`] is to be said: twice as often as the unit demands. `None` where it does not.
#[must_use]
pub fn watchdog_interval() -> Option<Duration> {
    sd_notify::watchdog_enabled()
        .map(|limit| limit / 2)
        .filter(|interval| !interval.is_zero())
}

/// Said while every loop turns.
pub fn alive() {
    tell(&[NotifyState::Watchdog]);
}

fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(error = %error, "systemd could not be told how the controller is");
    }
}
