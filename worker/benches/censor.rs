//! How fast texts are censored with a long list, in bytes per second.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::collections::HashSet;
use std::hint::black_box;
use worker::censor::{Censor, Folding, Matching, WordList};

const WORDS: usize = 10_000;
const TEXT_WORDS: usize = 150_000;
/// One word in fifty of a text is listed.
const LISTED_IN: usize = 50;

/// Made-up words of 3 to 10 letters, as frequent as letters are in Catalan or Spanish; always the
/// same ones for the same seed.
struct Words {
    state: u64,
}

impl Words {
    fn next_number(&mut self, below: usize) -> usize {
        // Knuth's linear congruential generator; its upper bits are good enough for letters.
        self.state = self
            .state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.state >> 33).map_or(0, |number| number % below)
    }
}

impl Iterator for Words {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        const LETTERS: &[u8] =
            b"eeeeeeeaaaaaaaoooooossssssrrrrrnnnnniiiiiddddllllcccttttuuuummpbgvyqhfzjx";
        let length = 3 + self.next_number(8);
        let mut letters = (0..length).map(|_| char::from(LETTERS[self.next_number(LETTERS.len())]));
        Some(letters.by_ref().collect())
    }
}

/// A text in which one word of [`LISTED_IN`] is listed.
fn text(listed: &[String]) -> String {
    let known: HashSet<&String> = listed.iter().collect();
    let mut others = Words { state: 2 }.filter(|word| !known.contains(word));
    let mut dice = Words { state: 3 };
    let words: Vec<String> = (0..TEXT_WORDS)
        .map(|_| match dice.next_number(LISTED_IN) {
            0 => listed[dice.next_number(listed.len())].clone(),
            _ => others.next().unwrap_or_default(),
        })
        .collect();
    words.join(" ")
}

fn censor(criterion: &mut Criterion) {
    let listed: Vec<String> = Words { state: 1 }.take(WORDS).collect();
    let plain = text(&listed);
    // A third of the words has a letter beyond ASCII: more than any language of Europe.
    let accented = plain.replace('u', "é");
    let list: WordList = listed.into_iter().collect();
    let mut group = criterion.benchmark_group("censor");
    for (name, text, matching, folding) in [
        ("word", &plain, Matching::WholeWord, Folding::Ascii),
        (
            "word, unicode",
            &plain,
            Matching::WholeWord,
            Folding::Unicode,
        ),
        (
            "word, accents",
            &accented,
            Matching::WholeWord,
            Folding::Ascii,
        ),
        (
            "word, accents, unicode",
            &accented,
            Matching::WholeWord,
            Folding::Unicode,
        ),
        ("substring", &plain, Matching::Substring, Folding::Ascii),
    ] {
        let censor = Censor::new(&list, matching, folding).expect("the list is not too large");
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_with_input(BenchmarkId::new(name, WORDS), text, |bencher, text| {
            bencher.iter(|| black_box(censor.censor(black_box(text))).len());
        });
    }
    group.finish();
}

criterion_group!(benches, censor);
criterion_main!(benches);
