//! A journal gives the run again: whatever happens, written as text, read and replayed, is answered
//! as it was, from the beginning and from any header in the middle.

use crate::turns::{any_settings, turns};
use crate::world::World;
use policy::Pool;
use policy::journal::{Entry, Header, Line, VERSION, entries};
use proptest::prelude::*;
use std::time::Duration;

fn text(state: &Pool, lines: &[Line]) -> String {
    let header = Header {
        version: VERSION,
        pool: "filter".to_owned(),
        program: "0.1.0".to_owned(),
        wall_clock: "2026-11-21T09:00:00Z".to_owned(),
        at: Duration::ZERO,
        lost_lines: 0,
        config: String::new(),
        state: state.clone(),
    };
    let mut text = serde_json::to_string(&header).unwrap() + "\n";
    for line in lines {
        text += &serde_json::to_string(line).unwrap();
        text.push('\n');
    }
    text
}

/// Answers every event of the text again; true for each that is answered as it was.
fn replay(text: &str) -> Vec<bool> {
    let mut entries = entries(text);
    let Some(Ok(first)) = entries.next() else {
        panic!("there is no header");
    };
    let Entry::Header(header) = first.entry else {
        panic!("{first:?}");
    };
    let mut pool = header.state;
    entries
        .map(|entry| match entry.unwrap().entry {
            Entry::Line(line) => pool.handle(line.at, line.event) == line.actions,
            Entry::Header(_) => panic!("there is one header"),
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_journal_gives_the_run_again(
        settings in any_settings(),
        turns in turns(),
        header_at in 0_usize..170,
    ) {
        let mut world = World::new(settings);
        let (mut state, mut begin) = (world.pool.clone(), 0);
        for (index, turn) in turns.into_iter().enumerate() {
            if index == header_at {
                (state, begin) = (world.pool.clone(), world.lines.len());
            }
            world.turn(turn);
        }
        let recorded = &world.lines[begin..];

        let replayed = replay(&text(&state, recorded));

        prop_assert_eq!(replayed, vec![true; recorded.len()]);
    }
}
