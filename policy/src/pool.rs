//! A pool's whole state, and the one door to it.

use crate::action::Action;
use crate::event::Event;
use crate::settings::Settings;
use crate::view::{Health, Mode, View};
use std::time::Duration;

/// One work queue's workers: what was observed of them, what was asked for, what comes next.
#[derive(Clone, Debug)]
pub struct Pool {
    settings: Settings,
}

impl Pool {
    /// A pool without workers that has seen nothing yet.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }

    /// Takes what happened at `now`, a time since an origin of the caller's that never goes back,
    /// and answers with what to do, in this order.
    pub fn handle(&mut self, now: Duration, event: Event) -> Vec<Action> {
        let _ = now;
        if let Event::ConfigChanged(settings) = event {
            self.settings = settings;
        }
        Vec::new()
    }

    /// The pool as it is now.
    #[must_use]
    pub fn view(&self) -> View {
        View {
            mode: Mode::Auto,
            health: Health::Healthy,
            min: self.settings.limits.min,
            max: self.settings.limits.max,
            demand: 0,
            desired: 0,
            starting: 0,
            ready: 0,
            draining: 0,
            foreign_consumers: 0,
            observation: None,
            last_decision: None,
            workers: Vec::new(),
        }
    }
}
