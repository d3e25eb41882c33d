//! A filter's word list that is the insult service's: each new list becomes an automaton beside the
//! work, and is taken up between two messages.

use crate::censor::{Censor, Folding, Matching, WordList};
use crate::insults::follower::{Follower, Seen};
use crate::insults::service::Service;
use broker::Endpoint;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How long a filter waits for its first list before it begins with the one that it was given.
const FIRST_LIST_WITHIN: Duration = Duration::from_secs(5);

/// The live list of one filter.
#[derive(Debug)]
pub struct LiveList {
    matching: Matching,
    folding: Folding,
    seen: Seen,
    fresh: watch::Receiver<Option<Arc<Censor>>>,
    to_start: Option<(Follower, watch::Sender<Option<Arc<Censor>>>)>,
    tasks: JoinSet<broker::Error>,
}

impl LiveList {
    /// Follows nothing before it is started.
    #[must_use]
    pub fn new(
        endpoint: Endpoint,
        name: String,
        service: Service,
        matching: Matching,
        folding: Folding,
    ) -> Self {
        let (follower, seen) = Follower::new(endpoint, name, service);
        let (sender, fresh) = watch::channel(None);
        Self {
            matching,
            folding,
            seen,
            fresh,
            to_start: Some((follower, sender)),
            tasks: JoinSet::new(),
        }
    }

    /// Follows the list from now on. Comes back when the first one can be used, or after 5 s.
    ///
    /// # Errors
    /// When the broker refuses it from the start.
    pub async fn start(&mut self) -> Result<(), broker::Error> {
        if let Some((follower, fresh)) = self.to_start.take() {
            self.tasks.spawn(follower.follow());
            let build = build(self.seen.clone(), fresh, self.matching, self.folding);
            self.tasks.spawn(build);
        }
        let mut fresh = self.fresh.clone();
        tokio::select! {
            _ = fresh.wait_for(Option::is_some) => {}
            Some(Ok(error)) = self.tasks.join_next() => return Err(error),
            () = tokio::time::sleep(FIRST_LIST_WITHIN) => tracing::warn!(
                "no live list within {} s, beginning with the given one; is a node of the insult \
                 service running (warren-worker insults)?",
                FIRST_LIST_WITHIN.as_secs()
            ),
        }
        Ok(())
    }

    /// The censor of a new list, once for each.
    pub fn take_fresh(&mut self) -> Option<Arc<Censor>> {
        // One look at a counter: this is asked for every message.
        if !self.fresh.has_changed().unwrap_or(false) {
            return None;
        }
        self.fresh.borrow_and_update().clone()
    }
}

/// Makes a censor of each list. One that comes while another is being made into one waits, and
/// where several do, only the newest counts.
async fn build(
    mut seen: Seen,
    fresh: watch::Sender<Option<Arc<Censor>>>,
    matching: Matching,
    folding: Folding,
) -> broker::Error {
    while seen.changed().await.is_ok() {
        let Some(list) = seen.borrow_and_update().clone() else {
            continue;
        };
        let (version, words) = (list.version, list.words.len());
        let building = tokio::task::spawn_blocking(move || {
            let words: WordList = list.words.iter().collect();
            Censor::new(&words, matching, folding)
        });
        match building.await {
            Ok(Ok(censor)) => {
                fresh.send_replace(Some(Arc::new(censor)));
                tracing::info!(version, words, "censoring by a new list");
            }
            Ok(Err(error)) => {
                tracing::error!(version, words, %error, "the new list can't be searched for, keeping the old one");
            }
            Err(error) => {
                tracing::error!(version, words, %error, "the new list was not made ready, keeping the old one");
            }
        }
    }
    // The follower lives as long as this does.
    std::future::pending().await
}
