//! What the messages of a scenario say.

use super::fields::{self, Fields, Mistakes};
use crate::load::payload::{Payload, Size, Synthetic, Words};
use bytesize::ByteSize;
use std::path::Path;
use toml::Spanned;
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

/// What a size may be, for error messages.
const SIZES: &str = "a size, as \"1KiB\", or one of { uniform = [\"100B\", \"2KiB\"] }, \
                     { lognormal = { median = \"1KiB\", sigma = 1.0 } }, { exponential = \"1KiB\" }";

/// Reads `[payload]`; files are looked for beside the scenario.
pub(super) fn read(
    value: &Spanned<DeValue<'_>>,
    scenario_path: &Path,
    mistakes: &mut Mistakes<'_>,
) -> Payload {
    let Some(table) = value.get_ref().as_table() else {
        let found = fields::kind(value.get_ref());
        mistakes.add(
            &value.span(),
            format!("payload: expected a table, found {found}"),
        );
        return Payload::BuiltIn;
    };
    let beside = |file: String| scenario_path.parent().unwrap_or(Path::new("")).join(file);
    let mut fields = Fields::new(" of payload", table, value.span());
    let input = fields.read(mistakes, "input", fields::text);
    let text = fields.read(mistakes, "text", |value| fields::choice(value, &TEXTS));
    let listed_share = fields.read(mistakes, "listed_share", fields::fraction);
    let words = fields.read(mistakes, "words", fields::text);
    let size = match fields.optional("size") {
        Some(value) => read_size(value, mistakes),
        None => None,
    };
    if text != Some(Text::Synthetic) {
        for key in ["listed_share", "words", "size"] {
            if fields.has(key) {
                fields.complain(mistakes, key, "goes with text = \"synthetic\"");
            }
        }
    }
    if fields.has("input") && fields.has("text") {
        fields.complain(mistakes, "text", "is one too many beside input");
    }
    fields.finish(mistakes);
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

fn read_size(value: &Spanned<DeValue<'_>>, mistakes: &mut Mistakes<'_>) -> Option<Size> {
    let Some(table) = value.get_ref().as_table() else {
        return match bytes(value.get_ref()) {
            Ok(bytes) => Some(Size::Fixed(bytes)),
            Err(expected) => {
                let message = format!("size of payload: {expected}");
                mistakes.add(&value.span(), message);
                None
            }
        };
    };
    if table.len() != 1 {
        mistakes.add(&value.span(), format!("size of payload: expected {SIZES}"));
        return None;
    }
    let mut fields = Fields::new(" of size", table, value.span());
    let uniform = fields.read(mistakes, "uniform", bounds);
    let exponential = fields.read(mistakes, "exponential", bytes);
    let lognormal = match fields.optional("lognormal") {
        Some(value) => read_lognormal(value, mistakes),
        None => None,
    };
    fields.finish(mistakes);
    let uniform = uniform.map(|(least, most)| Size::Uniform { least, most });
    let exponential = exponential.map(|mean| Size::Exponential { mean });
    uniform.or(exponential).or(lognormal)
}

fn read_lognormal(value: &Spanned<DeValue<'_>>, mistakes: &mut Mistakes<'_>) -> Option<Size> {
    let Some(table) = value.get_ref().as_table() else {
        let found = fields::kind(value.get_ref());
        let message = format!(
            "lognormal of size: expected {{ median = \"1KiB\", sigma = 1.0 }}, found {found}"
        );
        mistakes.add(&value.span(), message);
        return None;
    };
    let mut fields = Fields::new(" of lognormal", table, value.span());
    let median = fields.required(mistakes, "median", "a size, as \"1KiB\"", bytes);
    let sigma = fields.required(mistakes, "sigma", "a number, as 1.0", |value| {
        /// Beyond it the longest of 100,000 are a hundred million times the median.
        const SIGMA_MAX: f64 = 4.0;
        let sigma = fields::number(value)?;
        match (0.0..=SIGMA_MAX).contains(&sigma) {
            true => Ok(sigma),
            false => Err(format!("{sigma} is not between 0 and {SIGMA_MAX}")),
        }
    });
    fields.finish(mistakes);
    Some(Size::LogNormal {
        median: median?,
        sigma: sigma?,
    })
}

fn bounds(value: &DeValue<'_>) -> Result<(usize, usize), String> {
    let expected = || {
        let found = fields::kind(value);
        format!("expected two sizes, as [\"100B\", \"2KiB\"], found {found}")
    };
    let array = value.as_array().ok_or_else(expected)?;
    let mut sizes = array.iter();
    let (Some(least), Some(most), None) = (sizes.next(), sizes.next(), sizes.next()) else {
        return Err(expected());
    };
    let (least, most) = (bytes(least.get_ref())?, bytes(most.get_ref())?);
    match least <= most {
        true => Ok((least, most)),
        false => Err("the first size is the larger one".to_owned()),
    }
}

/// A size with its unit.
fn bytes(value: &DeValue<'_>) -> Result<usize, String> {
    let Some(text) = value.as_str() else {
        return Err(format!("expected {SIZES}, found {}", fields::kind(value)));
    };
    let size: Option<ByteSize> = text.parse().ok();
    // A number without a unit would be taken for bytes, and was perhaps meant for something else.
    let size = size.filter(|_| text.ends_with(['B', 'b']));
    let size = size.ok_or_else(|| format!("\"{text}\" is no size with a unit, as \"1KiB\""))?;
    match usize::try_from(size.as_u64()) {
        Ok(bytes) if (1..=Size::BYTES_MAX).contains(&bytes) => Ok(bytes),
        _ => Err(format!("\"{text}\" is not between 1B and 16MiB")),
    }
}
