//! `filter`: censors by the insult service's list; each new one becomes an automaton beside the
//! work, and is taken up between two messages.

use crate::follower::{Follower, Seen};
use crate::service::{REQUESTS, Service};
use anyhow::Context;
use clap::Args;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use worker::censor::{Censor, Folding, Matching, WordList};
use worker::kind::{FilterArgs, LiveList};
use worker::settings::Settings;

const EXAMPLE: &str = "\
Everything else is as in warren-worker filter, whose word list never changes.

Example, with the broker's URL in the environment:
  warren-insults filter --queue texts --results-queue clean";

/// `filter`. What is not given comes from the pool in the configuration.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLE)]
pub struct LiveFilterArgs {
    /// The service whose list counts: the queue that takes its requests. Until its first list comes,
    /// for which the start waits 5 s, --words does.
    #[arg(long, value_name = "NAME", default_value = REQUESTS, help_heading = "Filter")]
    pub service: String,
    #[command(flatten)]
    pub filter: FilterArgs,
}

/// How long a filter waits for its first list before it begins with the one that it was given.
const FIRST_LIST_WITHIN: Duration = Duration::from_secs(5);

/// The list that one filter follows.
#[derive(Debug)]
pub struct FollowedList {
    matching: Matching,
    folding: Folding,
    seen: Seen,
    fresh: watch::Receiver<Option<Arc<Censor>>>,
    to_start: Option<(Follower, watch::Sender<Option<Arc<Censor>>>)>,
    tasks: JoinSet<broker::Error>,
}

impl FollowedList {
    /// Follows nothing before it is started.
    #[must_use]
    pub fn new(args: &LiveFilterArgs, settings: &Settings) -> Self {
        let (follower, seen) = Follower::new(
            settings.endpoint.clone(),
            settings.identity.connection("following"),
            Service::new(&args.service),
        );
        let (sender, fresh) = watch::channel(None);
        Self {
            matching: args.filter.matching,
            folding: args.filter.folding,
            seen,
            fresh,
            to_start: Some((follower, sender)),
            tasks: JoinSet::new(),
        }
    }

    async fn follow(&mut self) -> Result<(), broker::Error> {
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
                 service running (warren-insults serve)?",
                FIRST_LIST_WITHIN.as_secs()
            ),
        }
        Ok(())
    }
}

impl LiveList for FollowedList {
    fn start(&mut self) -> LocalBoxFuture<'_, anyhow::Result<()>> {
        async {
            let started = self.follow().await;
            started.context("the broker refuses this worker")
        }
        .boxed_local()
    }

    fn take_fresh(&mut self) -> Option<Arc<Censor>> {
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
