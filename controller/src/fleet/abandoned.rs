//! Workers of pools that the configuration no longer has.
//!
//! Their pool was renamed or taken out while they ran, so no fleet will ever look at its state file
//! again, and they would consume for ever.
//! They are told to stop. Whether they do is not waited for and none is killed: there is no grace
//! configured for them any more. As long as one runs it stays written down, and the next controller
//! tells it again.

use super::outbox::Outbox;
use super::processes::Processes;
use super::state_dir::StateDir;
use config::PoolName;
use nix::sys::signal::Signal;
use std::io;
use std::sync::Arc;

/// Tells the workers of all pools but these to drain. What goes wrong is logged: no pool that is
/// configured depends on it.
pub fn drain_abandoned(state_dir: &StateDir, configured: &[&PoolName]) {
    if let Err(error) = try_drain(state_dir, configured) {
        let path = state_dir.path().display();
        tracing::warn!(%path, %error, "can't look for workers of pools that are gone");
    }
}

fn try_drain(state_dir: &StateDir, configured: &[&PoolName]) -> io::Result<()> {
    for (pool, roster) in state_dir.rosters()? {
        if configured.iter().any(|name| name.as_str() == pool) {
            continue;
        }
        let processes = Processes::open(roster, pool.clone(), Arc::new(Outbox::default()))?;
        for worker in processes.ids() {
            processes.signal(worker, Signal::SIGTERM)?;
            tracing::warn!(pool, %worker, "worker of a pool that is not configured any more is drained");
        }
    }
    Ok(())
}
