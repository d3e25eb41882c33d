//! Which deliveries may be acknowledged: only those whose result is confirmed, and as many with one
//! acknowledgement as the order of their tags allows.
//!
//! An acknowledgement of several covers every delivery up to its tag.
//! So one is given for the longest run of settled deliveries at the front; what is settled behind a
//! gap waits for the gap to close.
//! Deliveries that stay at the front for long are the exception: what is settled behind them is
//! acknowledged one by one, or one slow message would keep all others from being followed by new ones.
//! Such are parked deliveries (they go back to the queue after a pause) and those set aside (the work
//! on them takes its time, and others overtake it).

use std::collections::VecDeque;

/// A delivery's number on its channel; they only grow.
pub type Tag = u64;

/// The deliveries of one consumer that the broker counts as unacknowledged, in the order they came.
/// Never longer than the prefetch.
#[derive(Debug, Default)]
pub struct AckWindow {
    held: VecDeque<Held>,
    /// How many of them hold up nobody.
    slow: usize,
}

/// One acknowledgement to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acknowledgement {
    One(Tag),
    /// This one and everything before it.
    UpTo(Tag),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Held {
    tag: Tag,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Being worked on.
    Open,
    /// Being worked on, while others overtake it.
    Aside,
    /// Done; to be acknowledged.
    Settled,
    /// Not to be acknowledged: it goes back to the queue by its own tag.
    Parked,
}

impl AckWindow {
    /// Takes in a delivery.
    ///
    /// # Panics
    /// When the tag is not above all before it: the broker counts up.
    pub fn open(&mut self, tag: Tag) {
        let last = self.held.back().map_or(0, |held| held.tag);
        assert!(tag > last, "delivery {tag} came after delivery {last}");
        let state = State::Open;
        self.held.push_back(Held { tag, state });
    }

    /// Notes that the work on this delivery takes its time.
    pub fn set_aside(&mut self, tag: Tag) {
        self.set(tag, State::Aside);
    }

    /// Notes that this delivery is done with.
    pub fn settle(&mut self, tag: Tag) {
        self.set(tag, State::Settled);
    }

    /// Notes that this delivery will be given back, and may not be acknowledged.
    pub fn park(&mut self, tag: Tag) {
        self.set(tag, State::Parked);
    }

    /// Forgets a parked delivery that has been given back.
    pub fn released(&mut self, tag: Tag) {
        if let Some(index) = self.index_of(tag)
            && self.held[index].state == State::Parked
        {
            self.held.remove(index);
            self.slow -= 1;
        }
    }

    /// Deliveries not yet acknowledged.
    #[must_use]
    pub fn len(&self) -> usize {
        self.held.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// The next acknowledgement to send, and how many deliveries it covers, which this forgets
    /// with this; to be called until there is none.
    pub fn acknowledge(&mut self) -> Option<(Acknowledgement, usize)> {
        let settled = |held: &&Held| held.state == State::Settled;
        let run = self.held.iter().take_while(settled).count();
        if run > 0 {
            let last = self.held.drain(..run).next_back()?;
            return Some((Acknowledgement::UpTo(last.tag), run));
        }
        // The front is not settled. Behind slow ones nothing else need wait.
        if self.slow == 0 {
            return None;
        }
        let behind = self.held.iter().position(|held| !held.state.is_slow())?;
        if self.held[behind].state != State::Settled {
            return None;
        }
        let held = self.held.remove(behind)?;
        Some((Acknowledgement::One(held.tag), 1))
    }

    /// What is settled or parked stays so.
    fn set(&mut self, tag: Tag, state: State) {
        let Some(index) = self.index_of(tag) else {
            return;
        };
        let held = &mut self.held[index];
        if matches!(held.state, State::Open | State::Aside) {
            self.slow -= usize::from(held.state.is_slow());
            self.slow += usize::from(state.is_slow());
            held.state = state;
        }
    }

    fn index_of(&self, tag: Tag) -> Option<usize> {
        self.held.binary_search_by_key(&tag, |held| held.tag).ok()
    }
}

impl State {
    fn is_slow(self) -> bool {
        matches!(self, Self::Aside | Self::Parked)
    }
}

#[cfg(test)]
mod tests {
    use super::Acknowledgement::{One, UpTo};
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn window(tags: std::ops::RangeInclusive<Tag>) -> AckWindow {
        let mut window = AckWindow::default();
        tags.for_each(|tag| window.open(tag));
        window
    }

    #[test]
    fn nothing_is_acknowledged_before_it_is_settled() {
        let mut window = window(1..=3);
        assert_eq!(window.acknowledge(), None);
        window.settle(2);
        assert_eq!(window.acknowledge(), None);
    }

    #[test]
    fn one_acknowledgement_covers_the_settled_front() {
        let mut window = window(1..=5);
        [3, 1, 2, 5].into_iter().for_each(|tag| window.settle(tag));
        assert_eq!(window.acknowledge(), Some((UpTo(3), 3)));
        assert_eq!(window.acknowledge(), None);
        window.settle(4);
        assert_eq!(window.acknowledge(), Some((UpTo(5), 2)));
        assert!(window.is_empty());
    }

    #[test]
    fn a_parked_delivery_does_not_hold_up_what_comes_behind_it() {
        let mut window = window(1..=4);
        window.settle(1);
        window.park(2);
        window.settle(3);
        assert_eq!(window.acknowledge(), Some((UpTo(1), 1)));
        assert_eq!(window.acknowledge(), Some((One(3), 1)));
        assert_eq!(window.acknowledge(), None);
        window.released(2);
        window.settle(4);
        assert_eq!(window.acknowledge(), Some((UpTo(4), 1)));
        assert!(window.is_empty());
    }

    #[test]
    fn a_slow_delivery_does_not_hold_up_those_that_overtake_it() {
        let mut window = window(1..=4);
        [1, 2, 4].into_iter().for_each(|tag| window.set_aside(tag));
        window.settle(2);
        window.settle(3);
        assert_eq!(window.acknowledge(), Some((One(2), 1)));
        assert_eq!(window.acknowledge(), Some((One(3), 1)));
        assert_eq!(window.acknowledge(), None);
        window.settle(1);
        window.settle(4);
        assert_eq!(window.acknowledge(), Some((UpTo(4), 2)));
        assert!(window.is_empty());
    }

    #[test]
    fn what_is_settled_stays_settled() {
        let mut window = window(1..=1);
        window.settle(1);
        window.park(1);
        window.set_aside(1);
        assert_eq!(window.acknowledge(), Some((UpTo(1), 1)));
        window.settle(1);
        assert_eq!(window.acknowledge(), None);
    }

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Open,
        SetAside(prop::sample::Index),
        Settle(prop::sample::Index),
        Park(prop::sample::Index),
        Release(prop::sample::Index),
        Acknowledge,
    }

    fn step() -> impl Strategy<Value = Step> {
        let index = any::<prop::sample::Index>;
        prop_oneof![
            4 => Just(Step::Open),
            1 => index().prop_map(Step::SetAside),
            4 => index().prop_map(Step::Settle),
            1 => index().prop_map(Step::Park),
            1 => index().prop_map(Step::Release),
            2 => Just(Step::Acknowledge),
        ]
    }

    /// The broker's side of it: what it counts as unacknowledged.
    #[derive(Default)]
    struct Broker {
        unacknowledged: BTreeSet<Tag>,
        open: BTreeSet<Tag>,
        settled: BTreeSet<Tag>,
        parked: BTreeSet<Tag>,
    }

    impl Broker {
        fn acknowledge(&mut self, acknowledgement: Acknowledgement) -> usize {
            let covered: Vec<Tag> = match acknowledgement {
                One(tag) => vec![tag],
                UpTo(tag) => self.unacknowledged.range(..=tag).copied().collect(),
            };
            assert!(!covered.is_empty(), "the broker would close the channel");
            for tag in &covered {
                assert!(self.unacknowledged.remove(tag), "{tag} acknowledged twice");
                assert!(
                    self.settled.remove(tag),
                    "{tag} acknowledged before settled"
                );
            }
            covered.len()
        }
    }

    fn pick(from: &BTreeSet<Tag>, index: prop::sample::Index) -> Option<Tag> {
        (!from.is_empty()).then(|| *from.iter().nth(index.index(from.len())).unwrap())
    }

    proptest! {
        #[test]
        fn the_broker_never_sees_an_acknowledgement_too_early_or_twice(
            steps in prop::collection::vec(step(), 0..80),
        ) {
            let mut window = AckWindow::default();
            let mut broker = Broker::default();
            let mut last = 0;
            for step in steps {
                match step {
                    Step::Open => {
                        last += 1;
                        window.open(last);
                        broker.unacknowledged.insert(last);
                        broker.open.insert(last);
                    }
                    Step::SetAside(index) => if let Some(tag) = pick(&broker.open, index) {
                        window.set_aside(tag);
                    },
                    Step::Settle(index) => if let Some(tag) = pick(&broker.open, index) {
                        window.settle(tag);
                        broker.open.remove(&tag);
                        broker.settled.insert(tag);
                    },
                    Step::Park(index) => if let Some(tag) = pick(&broker.open, index) {
                        window.park(tag);
                        broker.open.remove(&tag);
                        broker.parked.insert(tag);
                    },
                    Step::Release(index) => if let Some(tag) = pick(&broker.parked, index) {
                        window.released(tag);
                        broker.parked.remove(&tag);
                        broker.unacknowledged.remove(&tag);
                    },
                    Step::Acknowledge => while let Some((acknowledgement, count)) =
                        window.acknowledge()
                    {
                        prop_assert_eq!(broker.acknowledge(acknowledgement), count);
                    },
                }
                prop_assert_eq!(window.len(), broker.unacknowledged.len());
            }
            // In the end everything that is done gets acknowledged.
            for tag in std::mem::take(&mut broker.open) {
                window.settle(tag);
                broker.settled.insert(tag);
            }
            while let Some((acknowledgement, _)) = window.acknowledge() {
                broker.acknowledge(acknowledgement);
            }
            prop_assert_eq!(&broker.unacknowledged, &broker.parked);
        }
    }
}
