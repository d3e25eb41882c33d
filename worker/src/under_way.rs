//! Work that is under way: a future for each message of what is to be done about it.

use crate::treatment::Treatment;
use crate::window::Tag;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Work on as many messages as the concurrency allows. Dropping it ends the work.
pub(crate) type UnderWay = FuturesUnordered<Working>;

/// Work on one message.
pub(crate) struct Working {
    tag: Tag,
    work: LocalBoxFuture<'static, Treatment>,
}

impl Working {
    pub(crate) fn new(tag: Tag, work: LocalBoxFuture<'static, Treatment>) -> Self {
        Self { tag, work }
    }
}

impl Future for Working {
    type Output = (Tag, Treatment);

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let tag = self.tag;
        self.work
            .as_mut()
            .poll(context)
            .map(|treatment| (tag, treatment))
    }
}
