//! The censor against its examples, and against naive ways to the same result.

use super::*;
use proptest::prelude::*;
use std::cmp::Reverse;

fn censor(words: &[&str], matching: Matching, folding: Folding) -> Censor {
    Censor::new(&words.iter().copied().collect(), matching, folding).unwrap()
}

#[track_caller]
fn check(words: &[&str], text: &str, expected: &str) {
    let censor = censor(words, Matching::WholeWord, Folding::Ascii);
    assert_eq!(censor.censor(text), expected, "words {words:?}");
}

#[test]
fn the_reference_vector() {
    let censor = Censor::new(&WordList::built_in(), Matching::WholeWord, Folding::Ascii).unwrap();
    let vector = [
        ("hola tonto", "hola CENSORED"),
        ("que tal", "que tal"),
        ("com estas", "com estas"),
        ("que feo ets deu meu", "que CENSORED ets deu meu"),
        (
            "dema a jugar a futbol gordo",
            "dema a jugar a futbol CENSORED",
        ),
        ("fes el treball inutil", "fes el treball CENSORED"),
    ];
    for (text, expected) in vector {
        assert_eq!(censor.censor(text), expected);
    }
}

#[test]
fn every_listed_word_is_replaced_and_not_only_the_first() {
    check(
        &["tonto", "feo"],
        "Tonto, feo y TONTO",
        "CENSORED, CENSORED y CENSORED",
    );
    check(
        &["cap d'espicana"],
        "ets un Cap d'Espicana!",
        "ets un CENSORED!",
    );
}

#[test]
fn a_longer_word_that_is_not_whole_leaves_the_shorter_ones() {
    check(&["feo", "feo x"], "feo xy", "CENSORED xy");
    check(&["a", "a b", "a b c"], "a b cd", "CENSORED cd");
    check(&["a b", "b c"], "xa b c", "xa CENSORED");
    check(&["a b", "b"], "a bc b", "a bc CENSORED");
}

#[test]
fn of_words_that_start_together_the_longest_is_replaced() {
    check(&["feo", "feo x"], "feo x", "CENSORED");
    check(&["a b", "b c d"], "a b c d", "CENSORED c d");
}

#[test]
fn of_phrases_that_begin_alike_the_longest_that_is_there_is_replaced() {
    let phrases = ["el", "el gos", "el gos del veí", "el gat", "el-", "el~"];
    check(&phrases, "El gos del veí", "CENSORED");
    check(&phrases, "el gos del veïnat", "CENSORED del veïnat");
    check(&phrases, "el gossos", "CENSORED gossos");
    check(
        &phrases,
        "el gat, EL-x, el~, els",
        "CENSORED, CENSOREDx, CENSORED, els",
    );
}

#[test]
fn what_begins_with_no_letter_is_found_anywhere() {
    check(
        &["$$", "$$ feo", "feo $$"],
        "a$$b $$ feo",
        "aCENSOREDb CENSORED",
    );
    check(&["$$", "feo $$", "feo"], "feo $$ feo", "CENSORED CENSORED");
    check(&["+ feo", "feo x"], "c+ feo x", "cCENSORED x");
}

#[test]
fn what_hides_a_symbol_does_not_hide_what_follows_it() {
    // "$$ b" is hidden by the phrase before it, and the one that begins inside it is not.
    check(&["a $", "$$ b", "$ b"], "a $$ b", "CENSOREDCENSORED");
    check(
        &["$a", "$ab c", "$"],
        "$abc $a$ab c",
        "CENSOREDabc CENSOREDCENSORED",
    );
}

#[test]
fn a_thousand_symbols_in_a_row_cost_no_memory() {
    let dollars: Vec<String> = (1..=1000).map(|length| "$".repeat(length)).collect();
    let words: Vec<&str> = dollars.iter().map(String::as_str).collect();
    // 10^9 spans, were all that overlap taken down.
    let text = "$".repeat(1_000_000);
    check(&words, &text, &CENSORED.repeat(1000));
}

#[test]
fn a_text_without_listed_words_is_not_copied() {
    for matching in [Matching::WholeWord, Matching::Substring] {
        for folding in [Folding::Ascii, Folding::Unicode] {
            let censor = censor(&["feo"], matching, folding);
            assert!(matches!(censor.censor("nada que ver"), Cow::Borrowed(_)));
            assert!(matches!(censor.censor(""), Cow::Borrowed(_)));
        }
    }
}

#[test]
fn substrings_on_request() {
    let censor = censor(&["feo", "feos"], Matching::Substring, Folding::Ascii);
    assert_eq!(censor.censor("refeos xfeox"), "reCENSORED xCENSOREDx");
}

#[test]
fn case_of_other_scripts_on_request() {
    let words = ["ÀNEC", "straße", "όσος", "ſo"];
    let text = "l'ànec, STRAẞE, ΌΣΟΣ, so";
    let ascii = censor(&words, Matching::WholeWord, Folding::Ascii);
    assert_eq!(ascii.censor(text), text);
    let unicode = censor(&words, Matching::WholeWord, Folding::Unicode);
    assert_eq!(
        unicode.censor(text),
        "l'CENSORED, CENSORED, CENSORED, CENSORED"
    );
}

#[test]
fn what_stands_around_a_folded_word_stays_as_it_was() {
    let censor = censor(&["kelvin"], Matching::WholeWord, Folding::Unicode);
    assert_eq!(
        censor.censor("\u{212a}É \u{212a}ELVIN \u{2c65}\u{212a}"),
        "\u{212a}É CENSORED \u{2c65}\u{212a}"
    );
}

/// From every place on, the longest whole word that is written here; the slow and obvious way.
fn naive(words: &[String], text: &str) -> String {
    let mut result = String::new();
    let mut at = 0;
    while let Some(next) = text[at..].chars().next() {
        let longest = words
            .iter()
            .filter(|word| {
                text.get(at..at + word.len())
                    .is_some_and(|here| here.eq_ignore_ascii_case(word))
            })
            .map(|word| at + word.len())
            .filter(|&end| boundary::is_whole(text, at, end))
            .max();
        match longest {
            Some(end) => {
                result.push_str(CENSORED);
                at = end;
            }
            None => {
                result.push(next);
                at += next.len_utf8();
            }
        }
    }
    result
}

/// The words as one regular expression, the longest first: an engine that shares nothing with ours.
fn regular_expression(words: &[String], matching: Matching) -> regex::Regex {
    let mut words: Vec<&String> = words.iter().collect();
    words.sort_by_key(|word| Reverse(word.chars().count()));
    let boundary = |character: Option<char>| match character {
        Some(c) if matching == Matching::WholeWord && regex_syntax::is_word_character(c) => r"\b",
        _ => "",
    };
    let alternatives: Vec<String> = words
        .iter()
        .map(|word| {
            let start = boundary(word.chars().next());
            let end = boundary(word.chars().next_back());
            format!("{start}{}{end}", regex::escape(word))
        })
        .collect();
    regex::Regex::new(&format!("(?i){}", alternatives.join("|"))).unwrap()
}

/// Every candidate that an automaton over the whole list finds, and of those that are whole words
/// the leftmost and longest: slower than the table, and simple.
fn by_automaton<'t>(words: &WordList, folding: Folding, text: &'t str) -> Cow<'t, str> {
    let folds = match folding {
        Folding::Ascii => None,
        Folding::Unicode => Some(FoldTable::new()),
    };
    let patterns = words.iter().map(|word| match &folds {
        None => word.to_owned(),
        Some(table) => table.fold(word).into_text().into_owned(),
    });
    let automaton = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(patterns)
        .unwrap();
    let folded = folds.as_ref().map(|table| table.fold(text));
    let searched = folded.as_ref().map_or(text, |folded| folded.text());
    let mut found: Vec<Span> = automaton
        .find_overlapping_iter(searched)
        .map(|candidate| candidate.span())
        .filter(|span| boundary::is_whole(searched, span.start, span.end))
        .collect();
    found.sort_by_key(|span| (span.start, Reverse(span.end)));
    let mut taken_to = 0;
    found.retain(|span| {
        let free = span.start >= taken_to;
        taken_to = if free { span.end } else { taken_to };
        free
    });
    if let Some(folded) = &folded {
        for span in &mut found {
            *span = Span::from(folded.origin(span.start)..folded.origin(span.end));
        }
    }
    replaced(text, &found)
}

/// Few characters, so that words are found often, cut through and overlapping.
const WORD: &str = "[aAbB' +_é]{1,4}";
const TEXT: &str = "[aAbBc' +_éÉ\u{301}]{0,30}";
/// Words shorter and longer than what is looked at together, and phrases that begin alike.
const PHRASE: &str =
    "([$ ]|)(a|Ab|ñu|0123456789abcde|0123456789abcdefé|k)([ +'$](a|B|ñu|[+])){0,3}";
const PHRASES: &str = "(a|AB|ñU|Ñu|0123456789ABCDE|0123456789abcdefÉ|\u{212a}|[ +'$,—x]){0,24}";
const UNICODE_WORD: &str = "[aksKßéσ\u{212a}\u{17f}\u{23a} ]{1,3}";
const UNICODE_TEXT: &str = "[aAkKsSßẞéÉσςΣ\u{212a}\u{17f}\u{23a}\u{2c65} ]{0,30}";

proptest! {
    #[test]
    fn whole_words_as_the_naive_way(
        words in prop::collection::vec(WORD, 1..6),
        text in TEXT,
    ) {
        let list: WordList = words.iter().cloned().collect();
        let censor = Censor::new(&list, Matching::WholeWord, Folding::Ascii).unwrap();
        let censored = censor.censor(&text);
        prop_assert_eq!(&censored, &naive(&words, &text));
        // Nothing to replace: the very same text, and once more the same.
        if !censored.contains(CENSORED) {
            prop_assert!(matches!(censored, Cow::Borrowed(_)));
            prop_assert_eq!(&censored, &text);
        }
    }

    #[test]
    fn whole_words_as_an_automaton_over_the_list_finds_them(
        words in prop::collection::vec(PHRASE, 1..12),
        text in PHRASES,
        folding in prop::sample::select(vec![Folding::Ascii, Folding::Unicode]),
    ) {
        let list: WordList = words.iter().cloned().collect();
        let censor = Censor::new(&list, Matching::WholeWord, folding).unwrap();
        prop_assert_eq!(censor.censor(&text), by_automaton(&list, folding, &text));
    }

    #[test]
    fn one_substring_as_the_standard_library_replaces_it(
        word in "[ab]{1,3}",
        text in "[abc ]{0,30}",
    ) {
        let list: WordList = [word.as_str()].into_iter().collect();
        let censor = Censor::new(&list, Matching::Substring, Folding::Ascii).unwrap();
        prop_assert_eq!(censor.censor(&text), text.replace(&word, CENSORED));
        let shouted = Censor::new(
            &[word.to_uppercase()].into_iter().collect(),
            Matching::Substring,
            Folding::Ascii,
        ).unwrap();
        prop_assert_eq!(shouted.censor(&text), text.replace(&word, CENSORED));
    }

    #[test]
    fn unicode_as_a_regular_expression(
        words in prop::collection::vec(UNICODE_WORD, 1..6),
        text in UNICODE_TEXT,
        matching in prop::sample::select(vec![Matching::WholeWord, Matching::Substring]),
    ) {
        let list: WordList = words.iter().cloned().collect();
        let censor = Censor::new(&list, matching, Folding::Unicode).unwrap();
        let expected = regular_expression(&words, matching);
        prop_assert_eq!(censor.censor(&text), expected.replace_all(&text, CENSORED));
    }
}
