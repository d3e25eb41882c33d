//! How fast texts are censored with a long list, in bytes per second.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use worker::censor::{Censor, Folding, Matching, WordList};

const WORDS: usize = 10_000;
const TEXT_BYTES: usize = 1_000_000;

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

fn censor(criterion: &mut Criterion) {
    let list: WordList = Words { state: 1 }.take(WORDS).collect();
    let words: Vec<String> = Words { state: 2 }.take(TEXT_BYTES / 7).collect();
    let text = words.join(" ");
    let mut group = criterion.benchmark_group("censor");
    group.throughput(Throughput::Bytes(text.len() as u64));
    for (name, matching, folding) in [
        ("word", Matching::WholeWord, Folding::Ascii),
        ("word, unicode", Matching::WholeWord, Folding::Unicode),
        ("substring", Matching::Substring, Folding::Ascii),
    ] {
        let censor = Censor::new(&list, matching, folding).expect("the list is not too large");
        group.bench_with_input(BenchmarkId::new(name, WORDS), &text, |bencher, text| {
            bencher.iter(|| black_box(censor.censor(black_box(text))).len());
        });
    }
    group.finish();
}

criterion_group!(benches, censor);
criterion_main!(benches);
