//! The instants at which messages are due, one after another.

use super::course::Course;
use super::{Due, MESSAGE};
use crate::load::chance;
use rand::RngExt as _;
use rand_distr::Exp1;
use rand_pcg::Pcg64;
use std::sync::Arc;
use std::time::Duration;

/// The due instants of a schedule, from the first message to the last.
#[derive(Clone, Debug)]
pub struct Instants {
    courses: Arc<[Course]>,
    course: usize,
    /// When the current course starts.
    start: Duration,
    /// What was given last: rounding must not turn two instants around.
    last: Duration,
    arrivals: Passing,
}

/// What the integral has to pass for the next message.
#[derive(Clone, Debug)]
enum Passing {
    /// As many messages as there were before it.
    Even {
        /// What all courses before the current one brought, in units.
        entered: u128,
        /// The message that comes next.
        next: u64,
    },
    /// A random place among those that are left in the course.
    Poisson(Scattered),
}

/// So many messages scattered over the integral of one course, in their order.
#[derive(Clone, Debug)]
struct Scattered {
    seed: u64,
    generator: Pcg64,
    /// How many are to come.
    messages: u64,
    /// The share of the course's integral that lies behind the last one.
    left: f64,
}

impl Instants {
    /// Message k is due when the integral passes k.
    pub(super) fn even(courses: Arc<[Course]>) -> Self {
        let arrivals = Passing::Even {
            entered: 0,
            next: 0,
        };
        Self::new(courses, arrivals)
    }

    /// As many messages as each course has, at random.
    pub(super) fn poisson(courses: Arc<[Course]>, seed: u64) -> Self {
        let arrivals = Passing::Poisson(Scattered::over(courses.first(), seed, 0));
        Self::new(courses, arrivals)
    }

    fn new(courses: Arc<[Course]>, arrivals: Passing) -> Self {
        Self {
            courses,
            course: 0,
            start: Duration::ZERO,
            last: Duration::ZERO,
            arrivals,
        }
    }

    /// Goes on from this message of a schedule whose messages come evenly.
    #[cfg(test)]
    pub(super) fn skip_to(&mut self, message: u64) {
        if let Passing::Even { next, .. } = &mut self.arrivals {
            *next = message;
        }
    }
}

impl Iterator for Instants {
    type Item = Due;

    fn next(&mut self) -> Option<Due> {
        loop {
            let course = self.courses.get(self.course)?;
            if let Some(volume) = self.arrivals.next_within(course) {
                return Some(match course.instant(volume) {
                    Due::AsRoomAllows { from } => Due::AsRoomAllows {
                        from: self.start + from,
                    },
                    Due::At(at) => {
                        self.last = self.last.max(self.start + at);
                        Due::At(self.last)
                    }
                });
            }
            self.start += course.duration;
            self.course += 1;
            match &mut self.arrivals {
                Passing::Even { entered, .. } => *entered += course.volume,
                Passing::Poisson(scattered) => {
                    let next = self.courses.get(self.course);
                    *scattered = Scattered::over(next, scattered.seed, self.course);
                }
            }
        }
    }
}

impl Passing {
    /// How much of a course's integral the next message waits for, unless it is for a later course.
    fn next_within(&mut self, course: &Course) -> Option<u128> {
        match self {
            Self::Even { entered, next } => {
                let within = u128::from(*next) * MESSAGE - *entered;
                (within < course.volume).then(|| {
                    *next += 1;
                    within
                })
            }
            Self::Poisson(scattered) => scattered.next_share().map(|share| {
                #[expect(
                    clippy::cast_precision_loss,
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a share of the volume is between none and all of it"
                )]
                let within = (share * course.volume as f64) as u128;
                within.min(course.volume.saturating_sub(1))
            }),
        }
    }
}

impl Scattered {
    fn over(course: Option<&Course>, seed: u64, index: usize) -> Self {
        Self {
            seed,
            generator: chance::generator(seed, chance::Use::Gaps(index)),
            messages: course.map_or(0, |course| course.drawn),
            left: 1.0,
        }
    }

    /// The next place, as a share of the whole.
    ///
    /// The smallest of m uniform numbers leaves a share of U^(1/m) above it, which is e^(−E/m) with
    /// E = −ln U, an exponential of mean 1; what is above it holds the other m − 1, uniform again.
    fn next_share(&mut self) -> Option<f64> {
        if self.messages == 0 {
            return None;
        }
        let exponential: f64 = self.generator.sample(Exp1);
        #[expect(clippy::cast_precision_loss, reason = "messages are below 2^53")]
        let count = self.messages as f64;
        self.left *= (-exponential / count).exp();
        self.messages -= 1;
        Some(1.0 - self.left)
    }
}
