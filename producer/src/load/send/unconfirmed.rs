//! Sending without confirmations: messages are handed over, and the broker shows now and then that
//! it has read them. What a broken connection may have lost is counted and not sent again.

use super::{Broken, Sender, Step};
use broker::{AnswerTimeout, Returned, Session, UnconfirmedPublisher};
use futures_util::FutureExt as _;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The sender checks what the broker has read once per this many messages: often enough that there
/// is always news, rarely enough to cost nothing.
const LOOK_EVERY: u32 = 64;

impl Sender {
    /// Sends over one connection until all is sent and read by the broker.
    pub(super) async fn send_unconfirmed(
        &mut self,
        session: &Session,
        publisher: &mut UnconfirmedPublisher,
        stop: &CancellationToken,
    ) -> Result<(), Broken> {
        let sent = self.hand_over_all(session, publisher, stop).await;
        self.note_unread(publisher.unread());
        if sent.is_err() && publisher.unread() > 0 {
            let messages = publisher.unread();
            self.stats.totals().accounts.cut_off_unconfirmed(messages);
            self.state.unread = 0;
            tracing::warn!(
                messages,
                "messages were on their way when the connection broke, and may be lost: without \
                 confirmations they are not sent again"
            );
        }
        sent
    }

    async fn hand_over_all(
        &mut self,
        session: &Session,
        publisher: &mut UnconfirmedPublisher,
        stop: &CancellationToken,
    ) -> Result<(), Broken> {
        let mut blocked = session.blocked();
        blocked.mark_changed();
        let mut answer_timeout = AnswerTimeout::default();
        let mut handed: u32 = 0;
        loop {
            self.note_unread(publisher.unread());
            let unread = usize::try_from(publisher.unread()).unwrap_or(usize::MAX);
            let wake = match self.step(unread, stop) {
                Step::End => return Ok(()),
                Step::Wait(wake) => wake,
                Step::Send(sequence, due) => {
                    let message = self.message(sequence, due);
                    let target = &self.connection.purpose;
                    publisher.hand_over(&target.exchange, &target.routing_key, message)?;
                    self.state.unread += 1;
                    handed = handed.wrapping_add(1);
                    if handed.is_multiple_of(LOOK_EVERY) {
                        // Handing over never waits, and others want to run too.
                        tokio::task::yield_now().await;
                        if let Some(returned) = publisher.read().now_or_never() {
                            answer_timeout.restart();
                            self.on_read(&returned?);
                        }
                    }
                    continue;
                }
            };
            answer_timeout.update(Instant::now(), unread, &blocked.borrow());
            tokio::select! {
                returned = publisher.read() => {
                    answer_timeout.restart();
                    self.on_read(&returned?);
                }
                woken = self.woken(session, &mut blocked, answer_timeout.due(), stop, wake) => woken?,
            }
        }
    }

    /// Keeps the accounts' number of unread messages up to date, for a run that ends before they are
    /// read.
    fn note_unread(&mut self, unread: u64) {
        let before = std::mem::replace(&mut self.state.unread, unread);
        let read = before.saturating_sub(unread);
        if read > 0 {
            self.stats.totals().accounts.read(read);
        }
    }

    fn on_read(&mut self, returned: &[Returned]) {
        self.state.proven = true;
        for Returned { message_id, reason } in returned {
            let id = message_id.as_deref();
            if let Some(sequence) = id.and_then(|id| self.stats.sequence_of(id)) {
                self.on_returned(sequence, reason);
            }
        }
    }
}
