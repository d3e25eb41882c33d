//! What each message says beside its body.

use broker::{HeaderValue, Headers};
use config::toml_read::{Field, Section};
use toml::de::DeValue;

/// All headers together. They travel in one frame, which may be as small as 4 KiB, beside
/// some hundred bytes that the producer adds.
const BYTES_MAX: usize = 3 * 1024;

/// What each header takes beside its name and value: a byte for the name's length, one for the
/// value's kind, and four for a value's length.
const OVERHEAD_BYTES: usize = 6;

/// Reads `[headers]`; those with mistakes are left out.
pub(super) fn read(section: &Section<'_>) -> Headers {
    let mut headers = Headers::default();
    let mut bytes = 0;
    for (name, field) in section.entries() {
        if name.starts_with("warren-") {
            field.refuse("must not begin with warren-: such names are the producer's");
            continue;
        }
        if let Some(value) = header(&field) {
            bytes += OVERHEAD_BYTES + name.len() + length(&value);
            if let Err(error) = headers.try_insert(name, value) {
                field.refuse(error.to_string());
            }
        }
    }
    if bytes > BYTES_MAX {
        section.refuse(format!(
            "{bytes} bytes with all names and values, at most {BYTES_MAX} fit"
        ));
    }
    headers
}

fn header(field: &Field<'_>) -> Option<HeaderValue> {
    let what = "a string, a number, true or false; a whole number must fit into 64 bits";
    field.must_be(what, |field| match field.value() {
        DeValue::String(text) => Some(text.as_ref().into()),
        DeValue::Boolean(truth) => Some((*truth).into()),
        DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix())
            .map(HeaderValue::from)
            .ok(),
        DeValue::Float(_) => field.as_number().map(HeaderValue::from),
        DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => None,
    })
}

/// What a value takes in a message.
fn length(value: &HeaderValue) -> usize {
    match value {
        HeaderValue::Text(text) => text.len(),
        HeaderValue::Bytes(bytes) => bytes.len(),
        HeaderValue::Integer(_) | HeaderValue::Float(_) | HeaderValue::Truth(_) => 8,
    }
}
