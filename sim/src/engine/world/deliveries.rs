//! What becomes of messages: they arrive, wait, are handed out, worked on, completed, and given back
//! by workers that go; and what the workers say of it.

use super::{Notice, World};
use crate::engine::agenda::Happening;
use crate::engine::queue::Message;
use crate::engine::worker::{Life, Report};
use policy::{Exit, WorkerId};
use std::time::Duration;

/// A look sees what had come before it. Messages that come evenly are due at instants as whole as those
/// of looks, so every message, of a Poisson process too, comes this much after it is due. A millionth of
/// a message in its place would be 1 µs at one message per second.
const AFTER_THE_LOOK: Duration = Duration::from_nanos(1);

impl World<'_> {
    pub(super) fn await_arrival(&mut self) {
        if let Some(at) = self.arrivals.next() {
            self.agenda.add(at + AFTER_THE_LOOK, Happening::Arrival);
        }
    }

    pub(super) fn on_arrival(&mut self) {
        self.queue.arrive(Message {
            arrived_at: self.now,
            service: self.service_times.next(),
        });
        self.meter.on_arrival(self.now);
        self.await_arrival();
        if self.watches_for_message && !self.sight.has_no_data(self.now) {
            self.watches_for_message = false;
            self.notices.push_back(Notice::FirstMessage);
        }
        self.hand_out();
    }

    pub(super) fn on_ready(&mut self, id: WorkerId) {
        // One that crashed or was told to stop meanwhile is gone.
        if self.fleet.get(id).is_none() {
            return;
        }
        self.fleet.move_on(id, Life::Ready);
        if let Some(worker) = self.fleet.get_mut(id) {
            worker.idle_since = self.now;
            worker.is_lined_up = true;
        }
        self.queue.line_up(id);
        if self.wishes.reports {
            self.notices.push_back(Notice::Ready(id));
        }
        self.note_change(id);
        self.hand_out();
    }

    pub(super) fn on_completed(&mut self, id: WorkerId) {
        // One that was killed in the middle of it is gone, and its id with it.
        let Some(worker) = self.fleet.get_mut(id) else {
            return;
        };
        let began_at = worker.began_at;
        let Some(message) = worker.finish_one() else {
            return;
        };
        self.held -= 1;
        self.meter.on_completed(message, began_at);
        if let Some(next) = worker.held.front() {
            let service = next.service;
            worker.began_at = self.now;
            self.agenda
                .add(self.now + service, Happening::Completed(id));
        } else {
            worker.idle_since = self.now;
        }
        if worker.life == Life::Ready {
            if !worker.is_lined_up {
                worker.is_lined_up = true;
                self.queue.line_up(id);
            }
            self.hand_out();
            self.note_change(id);
        } else if worker.is_busy() {
            self.note_change(id);
        } else {
            self.note_change(id);
            self.remove(id, Exit::Code(0));
        }
    }

    /// Hands messages out to whoever has room, in turn.
    fn hand_out(&mut self) {
        let prefetch = self.wishes.prefetch.get() as usize;
        while let Some(id) = self.queue.next_turn() {
            let Some(worker) = self.fleet.get_mut(id) else {
                continue;
            };
            if worker.life != Life::Ready || worker.held.len() >= prefetch {
                worker.is_lined_up = false;
                continue;
            }
            let Some(message) = self.queue.deliver() else {
                return;
            };
            self.held += 1;
            let was_idle = !worker.is_busy();
            worker.held.push_back(message);
            worker.is_lined_up = worker.held.len() < prefetch;
            if worker.is_lined_up {
                self.queue.line_up(id);
            }
            if was_idle {
                worker.began_at = self.now;
                worker.holds_since = self.now;
                self.agenda
                    .add(self.now + message.service, Happening::Completed(id));
            }
            self.note_change(id);
        }
    }

    /// A worker is gone: what it held comes back to the queue.
    pub(super) fn remove(&mut self, id: WorkerId, exit: Exit) {
        let Some(worker) = self.fleet.remove(id) else {
            return;
        };
        let worker = *worker;
        if let (true, Some(status), Exit::Code(0)) =
            (self.wishes.reports, worker.last_words(), exit)
        {
            self.notices.push_back(Notice::Status(id, status));
        }
        self.meter.note_worker(&worker, self.now);
        self.held -= worker.held.len() as u64;
        self.queue.give_back(worker.held);
        self.notices.push_back(Notice::Exited(id, exit));
        self.hand_out();
    }

    fn note_change(&mut self, id: WorkerId) {
        if !self.wishes.reports {
            return;
        }
        let now = self.now;
        match self.fleet.get_mut(id).map(|worker| worker.on_change(now)) {
            Some(Report::Now(status)) => self.notices.push_back(Notice::Status(id, status)),
            Some(Report::At(at)) => self.agenda.add(at, Happening::ReportDue(id)),
            Some(Report::Awaited) | None => {}
        }
    }

    pub(super) fn on_report_due(&mut self, id: WorkerId) {
        let now = self.now;
        if let Some(Report::Now(status)) = self.fleet.get_mut(id).map(|worker| worker.report(now)) {
            self.notices.push_back(Notice::Status(id, status));
        }
    }
}
