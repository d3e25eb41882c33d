//! A node's standing offer to own the list: it goes to its post at the broker, through any number of
//! connections, until it is told to stop.

use crate::follower::Seen;
use crate::list::{List, Tenure};
use crate::post::Post;
use crate::service::Service;
use crate::words::Words;
use broker::{Endpoint, Error, ErrorKind};
use program::CancellationToken;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use worker::outage::{Loss, Outage, is_frame_too_large, refuses};

/// A node that is ready to own the list.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub endpoint: Endpoint,
    /// What RabbitMQ shows for the connection.
    pub name: String,
    pub service: Service,
    /// The list's words if there has never been one.
    pub first_words: Words,
    /// How long between two random words.
    pub broadcast_every: Duration,
    /// The list that this node follows.
    pub seen: Seen,
}

impl Candidate {
    /// Stands until it is told to stop, through any number of connections.
    ///
    /// # Errors
    /// When the broker refuses it from the start.
    pub async fn stand(mut self, stop: CancellationToken) -> Result<(), Error> {
        let mut outage = Outage::default();
        let mut has_stood = false;
        loop {
            let post = tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                post = Post::open(&self) => post,
            };
            let loss = match post {
                Err(error) if !has_stood && is_final(error.kind()) => return Err(error),
                Err(error) => Loss::Broker(error),
                Ok(mut post) => {
                    has_stood = true;
                    let holding = post.hold(self.seen.clone(), &stop);
                    let result = outage.during(holding).await;
                    post.close().await;
                    match result {
                        Ok(()) => return Ok(()),
                        Err(loss) => loss,
                    }
                }
            };
            if is_frame_too_large(&loss) {
                self.endpoint = self.endpoint.with_large_frames();
            }
            let pause = outage.lost(&loss);
            tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                () = pause => {}
            }
        }
    }

    pub(crate) fn first_list(&self, tenure: Tenure) -> Arc<List> {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
        let milliseconds = since_1970.unwrap_or_default().as_millis();
        Arc::new(List {
            version: u64::try_from(milliseconds).unwrap_or_default(),
            tenure,
            broadcasting: false,
            words: self.first_words.clone(),
        })
    }
}

/// What waiting does not change: the broker does not let this node in, or a queue of that name is
/// something else.
fn is_final(kind: ErrorKind) -> bool {
    refuses(kind) || kind == ErrorKind::Mismatch
}
