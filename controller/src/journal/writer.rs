//! The thread that brings a journal to the disk.
//!
//! A disk that refuses is said once and tried again now and then; the pool knows nothing of it.

use super::files::Files;
use super::inbox::Inbox;
use std::time::Duration;

/// Lines are gathered for this long: what a controller that is killed loses at the most.
const GATHER: Duration = Duration::from_secs(1);

/// Between two tries of a disk that refuses.
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// Writes until the inbox is closed and empty.
pub(super) fn run(pool: &str, inbox: &Inbox, mut files: Files) {
    let mut is_refused = false;
    while let Some(chunk) = inbox.take(GATHER) {
        match files.write(&chunk) {
            Ok(()) if is_refused => {
                tracing::info!(pool, "journal is written again");
                is_refused = false;
            }
            Ok(()) => {}
            Err(error) => {
                if !is_refused {
                    tracing::warn!(
                        pool,
                        directory = %files.directory().display(),
                        error = %error,
                        "journal can't be written; the pool goes on without it, and the disk is \
                         tried again every {} s",
                        RETRY_AFTER.as_secs()
                    );
                    is_refused = true;
                }
                inbox.halt(&chunk);
                inbox.rest(RETRY_AFTER);
                inbox.resume();
            }
        }
    }
}
