//! That nothing is lost: the owner in the model of the broker, while nodes and the broker itself
//! die at any moment.

use super::super::*;
use super::broker::Broker;
use super::{WORDS, word};
use proptest::prelude::*;
use rand::SeedableRng as _;
use rand::rngs::SmallRng;
use std::collections::BTreeSet;

#[derive(Clone, Copy, Debug)]
enum Step {
    Connect,
    Add(usize),
    Remove(usize),
    /// So many small things happen, in an order that the seed decides.
    Run(usize, u64),
    Kill(prop::sample::Index, usize),
    Crash(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => Just(Step::Connect),
        3 => (0..WORDS).prop_map(Step::Add),
        3 => (0..WORDS).prop_map(Step::Remove),
        8 => (0..100_usize, any::<u64>()).prop_map(|(steps, seed)| Step::Run(steps, seed)),
        2 => (any::<prop::sample::Index>(), 0..4_usize)
            .prop_map(|(session, read)| Step::Kill(session, read)),
        1 => any::<u64>().prop_map(Step::Crash),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]
    #[test]
    fn whatever_dies_the_list_that_survives_is_that_of_all_writes(
        steps in prop::collection::vec(step(), 0..60),
    ) {
        let mut broker = Broker::default();
        broker.connect();
        for step in steps {
            match step {
                Step::Connect if broker.sessions.len() < 4 => broker.connect(),
                Step::Connect => {}
                Step::Add(index) => broker.submit(Write::Add(word(index))),
                Step::Remove(index) => broker.submit(Write::Remove(word(index))),
                Step::Run(steps, seed) => {
                    let mut random = SmallRng::seed_from_u64(seed);
                    for _ in 0..steps {
                        broker.run(&mut random);
                    }
                }
                Step::Kill(index, read) => {
                    let sessions: Vec<_> = broker.sessions.keys().copied().collect();
                    if !sessions.is_empty() {
                        broker.kill(*index.get(&sessions), read);
                    }
                }
                Step::Crash(seed) => broker.crash(&mut SmallRng::seed_from_u64(seed)),
            }
        }
        broker.settle();

        prop_assert_eq!(broker.answered.len(), broker.writes.len());
        prop_assert!(broker.updates.is_empty());
        let kept: Vec<_> = broker.list.values().map(|placed| &placed.message.kept).collect();
        let [Kept::List(list)] = kept.as_slice() else {
            panic!("not one list: {kept:?}");
        };
        let words: BTreeSet<_> = list.words.iter().map(str::to_owned).collect();
        prop_assert_eq!(words, broker.words_wanted());
        let owners = broker.sessions.values().filter(|session| session.owner.list().is_some());
        prop_assert_eq!(owners.count(), 1);
    }
}
