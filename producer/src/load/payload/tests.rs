use super::synthetic::LISTED;
use super::*;
use std::collections::BTreeSet;

fn text(bodies: &Bodies, sequence: u64) -> String {
    String::from_utf8(bodies.body(sequence).into_owned()).unwrap()
}

fn texts(bodies: &Bodies, count: u64) -> Vec<String> {
    (0..count).map(|sequence| text(bodies, sequence)).collect()
}

fn file(content: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("input.txt");
    std::fs::write(&path, content).unwrap();
    (directory, path)
}

fn complaint(content: &[u8]) -> String {
    let (directory, path) = file(content);
    let error = Bodies::load(&Payload::Lines(path), 1).unwrap_err();
    let error = error.to_string();
    error.replace(directory.path().to_str().unwrap(), "DIR")
}

fn synthetic(listed_share: f64, size: Size) -> Bodies {
    let words = Words::BuiltIn;
    let payload = Payload::Synthetic(Synthetic {
        listed_share,
        words,
        size,
    });
    Bodies::load(&payload, 4).unwrap()
}

#[test]
fn lines_of_a_file_come_in_their_order_and_again() {
    let (_directory, path) = file("one\r\n\n  \ntwo\nthree".as_bytes());
    let bodies = Bodies::load(&Payload::Lines(path), 1).unwrap();
    assert_eq!(
        texts(&bodies, 7),
        ["one", "two", "three", "one", "two", "three", "one"]
    );
}

#[test]
fn a_message_says_the_same_whenever_it_is_asked() {
    let lognormal = Size::LogNormal {
        median: 100,
        sigma: 1.0,
    };
    for bodies in [Bodies::built_in(7), synthetic(0.2, lognormal)] {
        let forward = texts(&bodies, 500);
        let backward: Vec<String> = (0..500)
            .rev()
            .map(|sequence| text(&bodies, sequence))
            .collect();
        assert!(forward.iter().eq(backward.iter().rev()));
    }
}

#[test]
fn a_seed_always_says_what_it_said() {
    let bodies = synthetic(0.2, Size::Fixed(60));
    insta::assert_snapshot!(texts(&bodies, 4).join("\n"), @r#"
    inutil neighbouring grandmother lake mountain to feo morning
    bread morning lake grandmother to cap d'espicana lake window
    a feo orchestra grandmother sea a to inutil grandmother lake
    bread lake morning window mountain neighbouring orchestra to
    "#);
    insta::assert_snapshot!(texts(&Bodies::built_in(1), 3).join("\n"), @r#"
    Every sailor in the port claimed to have seen the whale first.
    Quin cap d'espicana, sempre deixa la porta oberta.
    The ferry leaves the harbour at seven and comes back before the wind turns.
    "#);
}

#[test]
fn seeds_differ_and_every_sentence_is_used() {
    let bodies = Bodies::built_in(1);
    assert_ne!(texts(&bodies, 100), texts(&Bodies::built_in(2), 100));
    let used: BTreeSet<String> = texts(&bodies, 5000).into_iter().collect();
    assert_eq!(used.len(), lines(SENTENCES).len());
}

#[test]
fn some_sentences_hold_listed_words_and_most_do_not() {
    let sentences = lines(SENTENCES);
    let with = sentences
        .iter()
        .filter(|line| LISTED.iter().any(|word| line.contains(word)));
    let share = with.count() as f64 / sentences.len() as f64;
    assert!((0.1..0.5).contains(&share), "{share}");
}

#[test]
fn a_file_that_gives_no_messages_says_why() {
    insta::assert_snapshot!(complaint(b"fine\nstill fine\nca\xff\n"), @"input file DIR/input.txt is not UTF-8 in line 3: convert it, for example with iconv");
    insta::assert_snapshot!(complaint(b"\n \n"), @"input file DIR/input.txt has no line with text in it");
    let endless = Bodies::load(&Payload::Lines(PathBuf::from("/dev/zero")), 1).unwrap_err();
    insta::assert_snapshot!(endless, @"input file /dev/zero is larger than 16 MiB: cut it, lines are used again and again");
    let missing = Payload::Lines(PathBuf::from("no/such/file"));
    insta::assert_snapshot!(Bodies::load(&missing, 1).unwrap_err(), @"input file no/such/file can't be read");
    let missing = Payload::Synthetic(Synthetic {
        listed_share: 0.1,
        words: Words::File(PathBuf::from("no/such/list")),
        size: Size::Fixed(10),
    });
    insta::assert_snapshot!(Bodies::load(&missing, 1).unwrap_err(), @"word list no/such/list can't be read");
}

#[test]
fn made_up_text_has_the_size_that_was_asked_for() {
    for bytes in 1..=300 {
        let bodies = synthetic(0.3, Size::Fixed(bytes));
        for sequence in 0..20 {
            let text = text(&bodies, sequence);
            assert_eq!(text.len(), bytes, "{text}");
            assert!(!text.contains("  ") && !text.ends_with(' '), "{text}");
        }
    }
    assert_eq!(synthetic(0.0, Size::Fixed(1 << 20)).body(0).len(), 1 << 20);
}

#[test]
fn made_up_text_has_the_share_of_listed_words_that_was_asked_for() {
    for asked in [0.0, 0.1, 0.5] {
        let bodies = synthetic(asked, Size::Fixed(2000));
        let (mut words, mut listed) = (0_u32, 0_u32);
        for text in texts(&bodies, 200) {
            // The one phrase among the listed words counts as one.
            for word in text.replace("cap d'espicana", "cap-d'espicana").split(' ') {
                words += 1;
                listed += u32::from(LISTED.contains(&word) || word == "cap-d'espicana");
            }
        }
        let share = f64::from(listed) / f64::from(words);
        assert!((share - asked).abs() < 0.01, "{share} and not {asked}");
    }
}

#[test]
fn listed_words_come_from_a_file_too() {
    let (_directory, path) = file("\u{feff}# mine\nclown\n\n  fool \n".as_bytes());
    let payload = Payload::Synthetic(Synthetic {
        listed_share: 1.0,
        words: Words::File(path),
        size: Size::Fixed(1000),
    });
    let said = text(&Bodies::load(&payload, 1).unwrap(), 0);
    let used: BTreeSet<&str> = said.split(' ').take(100).collect();
    assert_eq!(used, BTreeSet::from(["clown", "fool"]));
}

/// The lengths of many bodies, from the shortest to the longest.
fn lengths(size: Size) -> Vec<usize> {
    let bodies = synthetic(0.0, size);
    let mut lengths: Vec<usize> = (0..20_000).map(|k| bodies.body(k).len()).collect();
    lengths.sort_unstable();
    let longest = lengths.last().copied();
    assert!(longest.is_some_and(|longest| longest <= bodies.longest_bytes()));
    lengths
}

#[test]
fn sizes_are_distributed_as_asked() {
    let uniform = lengths(Size::Uniform {
        least: 100,
        most: 300,
    });
    assert_eq!((uniform[0], uniform[19_999]), (100, 300));
    assert!((195..205).contains(&uniform[10_000]));

    let lognormal = lengths(Size::LogNormal {
        median: 200,
        sigma: 1.0,
    });
    assert!((194..206).contains(&lognormal[10_000]));
    // One standard deviation up is e times the median; 84.13 % are shorter.
    assert!((525..562).contains(&lognormal[16_827]));

    let exponential = lengths(Size::Exponential { mean: 200 });
    let mean = exponential.iter().sum::<usize>() / exponential.len();
    assert!((195..205).contains(&mean), "{mean}");
    // The median of an exponential is ln 2 of its mean.
    assert!((134..144).contains(&exponential[10_000]));
}

#[test]
fn no_size_goes_beyond_its_bounds() {
    let wild = Size::LogNormal {
        median: 1 << 20,
        sigma: 4.0,
    };
    assert_eq!(wild.longest(), Size::BYTES_MAX);
    assert_eq!(Size::Exponential { mean: 200 }.longest(), 2000);
    let narrow = Size::LogNormal {
        median: 100,
        sigma: 0.0,
    };
    assert_eq!(lengths(narrow)[0], 100);
}
