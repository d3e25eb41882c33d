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
    4 problems in the scenario mine.toml
      line 4: payload.text = "synthetics": is one too many beside input
      line 4: payload.text = "synthetics": must be "sentences" or "synthetic"; did you mean "synthetic"?
      line 5: payload.size = "1KiB": must stand beside text = "synthetic"
      line 6: payload.listed_share = 0.5: must stand beside text = "synthetic"
    3 problems in the scenario mine.toml
      line 4: payload.listed_share = 1.5: must be a number from 0 to 1
      line 5: payload.size = "17MiB": must be a size with its unit, from "1B" to "16MiB", or one of { uniform = ["100B", "2KiB"] }, { lognormal = { median = "1KiB", sigma = 1.0 } }, { exponential = "1KiB" }
      line 6: payload.sizes: no such key; did you mean `size`?
    1 problem in the scenario mine.toml
      line 4: payload.size = "100": must be a size with its unit, from "1B" to "16MiB", or one of { uniform = ["100B", "2KiB"] }, { lognormal = { median = "1KiB", sigma = 1.0 } }, { exponential = "1KiB" }
    1 problem in the scenario mine.toml
      line 4: payload.size = 100: must be a size with its unit, from "1B" to "16MiB", or one of { uniform = ["100B", "2KiB"] }, { lognormal = { median = "1KiB", sigma = 1.0 } }, { exponential = "1KiB" }
    1 problem in the scenario mine.toml
      line 4: payload.size = {}: must be a size with its unit, from "1B" to "16MiB", or one of { uniform = ["100B", "2KiB"] }, { lognormal = { median = "1KiB", sigma = 1.0 } }, { exponential = "1KiB" }
    1 problem in the scenario mine.toml
      line 4: payload.size.unifrom: no such key; did you mean `uniform`?
    1 problem in the scenario mine.toml
      line 4: payload.size.uniform = ["2B", "1B"]: must be two sizes, the smaller one first, such as ["100B", "2KiB"]
    1 problem in the scenario mine.toml
      line 4: payload.size.uniform = "2B": must be two sizes, the smaller one first, such as ["100B", "2KiB"]
    1 problem in the scenario mine.toml
      line 4: payload.size.lognormal = "2B": must be a table, such as { median = "1KiB", sigma = 1.0 }
    3 problems in the scenario mine.toml
      line 4: payload.size.lognormal.median: must be given: a size, such as "1KiB"
      line 4: payload.size.lognormal.sigma = 9: must be a number from 0 to 4
      line 4: payload.size.lognormal.mean: no such key; did you mean `median`?
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
    insta::assert_snapshot!(complaint(&text), @"
    6 problems in the scenario mine.toml
      line 2: persistent = 2: must be true or false
      line 3: headers: 3295 bytes with all names and values, at most 3072 fit
      line 4: headers.when = 2026-11-21: must be a string, a number, true or false; a whole number must fit into 64 bits
      line 5: headers.list = [1]: must be a string, a number, true or false; a whole number must fit into 64 bits
      line 7: headers.warren-sequence = 5: must not begin with warren-: such names are the producer's
      line 8: headers.nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn = 1: a header name of more than 255 bytes does not go into an AMQP message; shorten it
    ");
}
