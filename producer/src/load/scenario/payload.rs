//! What the messages of a scenario say.

use crate::load::payload::{Payload, Size, Synthetic, Words};
use bytesize::ByteSize;
use config::toml_read::{Field, Section};
use std::ops::RangeInclusive;
use std::path::Path;
use toml::de::DeValue;

/// Where text comes from that is in no file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Text {
    Sentences,
    Synthetic,
}

const TEXTS: [(&str, Text); 2] = [
    ("sentences", Text::Sentences),
    ("synthetic", Text::Synthetic),
];

/// A text about as long as the built-in sentences.
const SIZE_DEFAULT: Size = Size::Fixed(64);

const LISTED_SHARE: RangeInclusive<f64> = 0.0..=1.0;

/// Beyond it the longest of 100,000 are a hundred million times the median.
const SIGMA: RangeInclusive<f64> = 0.0..=4.0;

const SIZE: &str = "a size with its unit, from \"1B\" to \"16MiB\"";

/// What a size may be, for whoever wrote something else.
const SIZES: &str = "a size with its unit, from \"1B\" to \"16MiB\", or one of \
                     { uniform = [\"100B\", \"2KiB\"] }, \
                     { lognormal = { median = \"1KiB\", sigma = 1.0 } }, { exponential = \"1KiB\" }";

/// Reads `[payload]`; files are looked for beside the scenario.
pub(super) fn read(section: &Section<'_>, scenario_path: &Path) -> Payload {
    let beside = |file: String| scenario_path.parent().unwrap_or(Path::new("")).join(file);
    let input = section.given("input");
    let text = section.given("text");
    if let (Some(_), Some(text)) = (&input, &text) {
        text.refuse("is one too many beside input");
    }
    let input = input.and_then(|field| field.some_text());
    let text = text.and_then(|field| field.word(&TEXTS));
    let listed_share = section.given_or("listed_share", 0.0, |field| field.number(&LISTED_SHARE));
    let words = section.given("words").and_then(|field| field.some_text());
    let size = section.given_or("size", SIZE_DEFAULT, |field| size(&field));
    if text != Some(Text::Synthetic) {
        for key in ["listed_share", "words", "size"] {
            if let Some(field) = section.given(key) {
                field.refuse("must stand beside text = \"synthetic\"");
            }
        }
    }
    section.finish();
    match (input, text) {
        (Some(input), _) => Payload::Lines(beside(input)),
        (None, Some(Text::Synthetic)) => Payload::Synthetic(Synthetic {
            listed_share: listed_share.unwrap_or(0.0),
            words: words.map_or(Words::BuiltIn, |file| Words::File(beside(file))),
            size: size.unwrap_or(SIZE_DEFAULT),
        }),
        (None, Some(Text::Sentences) | None) => Payload::BuiltIn,
    }
}

fn size(field: &Field<'_>) -> Option<Size> {
    let Some(section) = field.as_section() else {
        return field.must_be(SIZES, |field| bytes(field.value()).map(Size::Fixed));
    };
    let uniform = section.given("uniform");
    let exponential = section.given("exponential");
    let lognormal = section.given("lognormal");
    section.finish();
    match (uniform, exponential, lognormal) {
        (Some(field), None, None) => {
            let what = "two sizes, the smaller one first, such as [\"100B\", \"2KiB\"]";
            field.must_be(what, |field| bounds(field.value()))
        }
        (None, Some(field), None) => field.must_be(SIZE, |field| {
            bytes(field.value()).map(|mean| Size::Exponential { mean })
        }),
        (None, None, Some(field)) => lognormal_size(&field),
        // Its only key is an unknown one, which is noted.
        (None, None, None) if section.entries().len() == 1 => None,
        _ => field.must_be(SIZES, |_| None),
    }
}

fn lognormal_size(field: &Field<'_>) -> Option<Size> {
    let what = "a table, such as { median = \"1KiB\", sigma = 1.0 }";
    let section = field.must_be(what, Field::as_section)?;
    let median = section.required("median", "a size, such as \"1KiB\"");
    let median = median.and_then(|field| field.must_be(SIZE, |field| bytes(field.value())));
    let sigma = section.required("sigma", "a number, such as 1.0");
    let sigma = sigma.and_then(|field| field.number(&SIGMA));
    section.finish();
    Some(Size::LogNormal {
        median: median?,
        sigma: sigma?,
    })
}

fn bounds(value: &DeValue<'_>) -> Option<Size> {
    let mut sizes = value.as_array()?.iter();
    let (Some(least), Some(most), None) = (sizes.next(), sizes.next(), sizes.next()) else {
        return None;
    };
    let (least, most) = (bytes(least.get_ref())?, bytes(most.get_ref())?);
    (least <= most).then_some(Size::Uniform { least, most })
}

/// A size with its unit: a number without one would be taken for bytes, and was perhaps meant for
/// something else.
fn bytes(value: &DeValue<'_>) -> Option<usize> {
    let text = value.as_str().filter(|text| text.ends_with(['B', 'b']))?;
    let bytes = usize::try_from(text.parse::<ByteSize>().ok()?.as_u64()).ok()?;
    (1..=Size::BYTES_MAX).contains(&bytes).then_some(bytes)
}
