//! Work that is running: a future for each message of what is to be done about it.

use crate::ack_window::Tag;
use crate::disposition::Disposition;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Work on as many messages as the concurrency allows. Dropping it ends the work.
pub(crate) type Running = FuturesUnordered<RunningWork>;

pub(crate) struct RunningWork {
    tag: Tag,
    work: LocalBoxFuture<'static, Disposition>,
}

impl RunningWork {
    pub(crate) fn new(tag: Tag, work: LocalBoxFuture<'static, Disposition>) -> Self {
        Self { tag, work }
    }
}

impl Future for RunningWork {
    type Output = (Tag, Disposition);

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let tag = self.tag;
        let disposition = self.work.as_mut().poll(context);
        disposition.map(|disposition| (tag, disposition))
    }
}
