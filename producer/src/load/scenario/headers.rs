//! What each message says beside its body.

use super::fields::{self, Mistakes};
use broker::{HeaderValue, Headers};
use toml::Spanned;
use toml::de::DeValue;

/// All headers together. They travel in one frame, which may be as small as 4 KiB, beside
/// some hundred bytes that the producer adds.
const BYTES_MAX: usize = 3 * 1024;

/// What each header takes beside its name and value: a byte for the name's length, one for the
/// value's kind, and four for a value's length.
const OVERHEAD_BYTES: usize = 6;

/// Reads `[headers]`; those with mistakes are left out.
pub(super) fn read(value: &Spanned<DeValue<'_>>, mistakes: &mut Mistakes<'_>) -> Headers {
    let mut headers = Headers::default();
    let Some(table) = value.get_ref().as_table() else {
        let found = fields::kind(value.get_ref());
        let message = format!("headers: expected a table, found {found}");
        mistakes.add(&value.span(), message);
        return headers;
    };
    let mut bytes = 0;
    for (name, value) in table {
        let key = name.get_ref().as_ref();
        if key.starts_with("warren-") {
            let message = format!("header {key}: names that begin with warren- are the producer's");
            mistakes.add(&name.span(), message);
            continue;
        }
        match header(value.get_ref()) {
            Ok(value) => {
                bytes += OVERHEAD_BYTES + key.len() + length(&value);
                if let Err(error) = headers.try_insert(key, value) {
                    mistakes.add(&name.span(), error.to_string());
                }
            }
            Err(expected) => mistakes.add(&value.span(), format!("header {key}: {expected}")),
        }
    }
    if bytes > BYTES_MAX {
        let message =
            format!("headers: {bytes} bytes with all names and values, at most {BYTES_MAX} fit");
        mistakes.add(&value.span(), message);
    }
    headers
}

fn header(value: &DeValue<'_>) -> Result<HeaderValue, String> {
    match value {
        DeValue::String(text) => Ok(text.as_ref().into()),
        DeValue::Boolean(truth) => Ok((*truth).into()),
        DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix())
            .map(HeaderValue::from)
            .map_err(|_| format!("{integer} does not fit into 64 bits")),
        DeValue::Float(_) => fields::number(value).map(HeaderValue::from),
        DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => Err(format!(
            "expected a text, a number, true or false, found {}",
            fields::kind(value)
        )),
    }
}

/// What a value takes in a message.
fn length(value: &HeaderValue) -> usize {
    match value {
        HeaderValue::Text(text) => text.len(),
        HeaderValue::Bytes(bytes) => bytes.len(),
        HeaderValue::Integer(_) | HeaderValue::Float(_) | HeaderValue::Truth(_) => 8,
    }
}
