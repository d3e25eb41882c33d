//! What a scenario says of its messages.

use super::super::*;
use super::complaint;
use crate::load::payload::{Payload, Size, Synthetic, Words};
use broker::HeaderValue;

/// What a payload is read as.
fn payload(text: &str) -> Payload {
    let text = format!("name = \"x\"\n[payload]\n{text}\n[[phase]]\nrate = 1\nduration = \"1s\"\n");
    let path = Path::new("dir/mine.toml");
    Scenario::parse(&text, path).unwrap().payload
}

#[test]
fn text_can_be_made_up() {
    let made_up = |listed_share, words, size| {
        Payload::Synthetic(Synthetic {
            listed_share,
            words,
            size,
        })
    };
    let synthetic = "text = \"synthetic\"\n";
    assert_eq!(
        payload(synthetic),
        made_up(0.0, Words::BuiltIn, Size::Fixed(64))
    );
    let size = Size::LogNormal {
        median: 1024,
        sigma: 1.0,
    };
    assert_eq!(
        payload(&format!(
            "{synthetic}listed_share = 0.1\nwords = \"words.txt\"\n\
             size = {{ lognormal = {{ median = \"1KiB\", sigma = 1.0 }} }}"
        )),
        made_up(0.1, Words::File(PathBuf::from("dir/words.txt")), size)
    );
    let sizes = [
        ("\"2kB\"", Size::Fixed(2000)),
        (
            "{ exponential = \"1KiB\" }",
            Size::Exponential { mean: 1024 },
        ),
        (
            "{ uniform = [\"100B\", \"2KiB\"] }",
            Size::Uniform {
                least: 100,
                most: 2048,
            },
        ),
    ];
    for (text, size) in sizes {
        assert_eq!(
            payload(&format!("{synthetic}size = {text}")),
            made_up(0.0, Words::BuiltIn, size)
        );
    }
    assert_eq!(payload("text = \"sentences\""), Payload::BuiltIn);
}

#[test]
fn mistakes_of_a_payload_are_shown_with_their_lines() {
    let complaint = |payload: &str| {
        let phase = "[[phase]]\nrate = 1\nduration = \"1s\"\n";
        complaint(&format!("name = \"x\"\n[payload]\n{payload}\n{phase}")) + "\n"
    };
    let synthetic = |rest: &str| complaint(&format!("text = \"synthetic\"\n{rest}"));
    let complaints = [
        complaint("input = \"x.txt\"\ntext = \"synthetics\"\nsize = \"1KiB\"\nlisted_share = 0.5"),
        synthetic("listed_share = 1.5\nsize = \"17MiB\"\nsizes = 1"),
        synthetic("size = \"100\""),
        synthetic("size = 100"),
        synthetic("size = {}"),
        synthetic("size = { unifrom = [\"1B\", \"2B\"] }"),
        synthetic("size = { uniform = [\"2B\", \"1B\"] }"),
        synthetic("size = { uniform = \"2B\" }"),
        synthetic("size = { lognormal = \"2B\" }"),
        synthetic("size = { lognormal = { mean = \"2B\", sigma = 9 } }"),
    ];
    insta::assert_snapshot!(complaints.concat(), @r#"
    the scenario can't be used
      mine.toml:4: text of payload: "synthetics" is unknown: did you mean "synthetic"?
      mine.toml:4: text of payload: is one too many beside input
      mine.toml:5: size of payload: goes with text = "synthetic"
      mine.toml:6: listed_share of payload: goes with text = "synthetic"
    the scenario can't be used
      mine.toml:4: listed_share of payload: 1.5 is not between 0 and 1
      mine.toml:5: size of payload: "17MiB" is not between 1B and 16MiB
      mine.toml:6: unknown key sizes of payload: did you mean size?
    the scenario can't be used
      mine.toml:4: size of payload: "100" is no size with a unit, as "1KiB"
    the scenario can't be used
      mine.toml:4: size of payload: expected a size, as "1KiB", or one of { uniform = ["100B", "2KiB"] }, { lognormal = { median = "1KiB", sigma = 1.0 } }, { exponential = "1KiB" }, found the number 100
    the scenario can't be used
      mine.toml:4: size of payload: expected a size, as "1KiB", or one of { uniform = ["100B", "2KiB"] }, { lognormal = { median = "1KiB", sigma = 1.0 } }, { exponential = "1KiB" }
    the scenario can't be used
      mine.toml:4: unknown key unifrom of size: did you mean uniform?
    the scenario can't be used
      mine.toml:4: uniform of size: the first size is the larger one
    the scenario can't be used
      mine.toml:4: uniform of size: expected two sizes, as ["100B", "2KiB"], found the text "2B"
    the scenario can't be used
      mine.toml:4: lognormal of size: expected { median = "1KiB", sigma = 1.0 }, found the text "2B"
    the scenario can't be used
      mine.toml:4: median of lognormal is missing: a size, as "1KiB"
      mine.toml:4: sigma of lognormal: 9 is not between 0 and 4
      mine.toml:4: unknown key mean of lognormal: did you mean median?
    "#);
}

#[test]
fn headers_and_persistence_are_read() {
    let text = "name = \"x\"\npersistent = false\n[headers]\ntenant = \"blue\"\nlevel = 3\nshare = 0.5\n\
                retry = false\n[[phase]]\nrate = 1\nduration = \"1s\"\n";
    let scenario = Scenario::parse(text, Path::new("mine.toml")).unwrap();
    assert_eq!(scenario.persistence, Persistence::Transient);
    let headers = &scenario.headers;
    assert_eq!(headers.len(), 4);
    assert_eq!(headers.text("tenant").as_deref(), Some("blue"));
    assert_eq!(headers.integer("level"), Some(3));
    assert_eq!(headers.get("share"), Some(HeaderValue::Float(0.5)));
    assert_eq!(headers.get("retry"), Some(HeaderValue::Truth(false)));
}

#[test]
fn mistakes_of_headers_are_shown_with_their_lines() {
    let long = "n".repeat(256);
    let text = format!(
        "name = \"x\"\npersistent = 2\n[headers]\nwhen = 2026-11-21\nlist = [1]\n\"\" = 5\nwarren-sequence = 5\n\
         {long} = 1\nlarge = \"{}\"\n[[phase]]\nrate = 1\nduration = \"1s\"\n",
        "x".repeat(3000)
    );
    insta::assert_snapshot!(complaint(&text), @r#"
    the scenario can't be used
      mine.toml:2: persistent: expected true or false, found the number 2
      mine.toml:3: headers: 3295 bytes with all names and values, at most 3072 fit
      mine.toml:4: header when: expected a text, a number, true or false, found the date 2026-11-21
      mine.toml:5: header list: expected a text, a number, true or false, found a list
      mine.toml:7: header warren-sequence: names that begin with warren- are the producer's
      mine.toml:8: a header name of more than 255 bytes does not go into an AMQP message; shorten it
    "#);
}
