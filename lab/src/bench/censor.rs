//! How fast one core censors text with a long list.

use super::figure::{Figure, Target};
use anyhow::{Context, Result};
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt, SeedableRng};
use rand_pcg::Pcg64;
use std::collections::HashSet;
use std::hint::black_box;
use std::time::Instant;
use worker::censor::{Censor, Folding, Matching, WordList};

const LISTED: usize = 10_000;
/// A megabyte or so: more than the caches next to a core hold.
const TEXT_WORDS: usize = 150_000;
/// Two words in a hundred.
const LISTED_RATIO: f64 = 0.02;
/// The median of them counts: a shared machine has better and worse milliseconds.
const ROUNDS: usize = 101;

/// Whole words of ASCII text, as the filter worker is shipped.
pub(super) fn whole_words() -> Result<Figure> {
    let mut random = Pcg64::seed_from_u64(1);
    let listed: Vec<String> = (0..LISTED).map(|_| word(&mut random)).collect();
    let text = text(&listed, &mut random);
    let list: WordList = listed.into_iter().collect();
    let censor = Censor::new(&list, Matching::WholeWord, Folding::Ascii)
        .context("make the list of words ready")?;
    let mut seconds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let started = Instant::now();
            black_box(censor.censor(black_box(&text)));
            started.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    Ok(Figure {
        name: "filter, whole words of ASCII text".to_owned(),
        value: text.len() as f64 / seconds[ROUNDS / 2] / 1e6,
        unit: "MB/s",
        target: Some(Target::AtLeast(300.0)),
        remark: format!(
            "{LISTED} words listed, {:.0} % of the text; one core, median of {ROUNDS} times {:.1} MB",
            LISTED_RATIO * 100.0,
            text.len() as f64 / 1e6
        ),
    })
}

/// A text of which this share of words is listed, and of the others none.
fn text(listed: &[String], random: &mut Pcg64) -> String {
    let known: HashSet<&String> = listed.iter().collect();
    let mut words = Vec::with_capacity(TEXT_WORDS);
    while words.len() < TEXT_WORDS {
        if random.random_bool(LISTED_RATIO) {
            words.extend(listed.choose(random).cloned());
        } else {
            words.extend(Some(word(random)).filter(|word| !known.contains(word)));
        }
    }
    words.join(" ")
}

/// A made-up word of 3 to 10 letters, as frequent as letters are in Catalan or Spanish.
fn word(random: &mut impl Rng) -> String {
    const LETTERS: &[u8] =
        b"eeeeeeeaaaaaaaoooooossssssrrrrrnnnnniiiiiddddllllcccttttuuuummpbgvyqhfzjx";
    (0..random.random_range(3..=10))
        .filter_map(|_| LETTERS.choose(random).copied().map(char::from))
        .collect()
}
