//! A number of workers on its way through the limits.

use crate::decision::{Limit, LimitName};

/// The number so far, and every limit that has changed it.
#[derive(Debug)]
pub(crate) struct Limited {
    pub(crate) number: u32,
    pub(crate) limits: Vec<Limit>,
}

impl Limited {
    pub(crate) fn new(number: u32) -> Self {
        Self {
            number,
            limits: Vec::new(),
        }
    }

    pub(crate) fn at_most(&mut self, name: LimitName, bound: u32) {
        self.settle(name, self.number.min(bound));
    }

    pub(crate) fn at_least(&mut self, name: LimitName, bound: u32) {
        self.settle(name, self.number.max(bound));
    }

    pub(crate) fn settle(&mut self, name: LimitName, to: u32) {
        if to != self.number {
            self.limits.push(Limit {
                name,
                from: self.number,
                to,
            });
            self.number = to;
        }
    }
}
