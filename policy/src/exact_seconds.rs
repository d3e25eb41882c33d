//! Durations as text that loses nothing, such as `"12.5s"`: what a journal is replayed from has to
//! be exact, and seconds in a 64-bit float are not after 104 days.

use serde::de::{Error, Visitor};
use serde::{Deserializer, Serializer};
use std::fmt;
use std::time::Duration;

/// A nanosecond has this many digits behind the point.
const DIGITS: usize = 9;

pub(crate) fn serialize<S: Serializer>(
    duration: &Duration,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Text(*duration))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Duration, D::Error> {
    deserializer.deserialize_str(TextVisitor)
}

struct Text(Duration);

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.as_secs())?;
        let (mut fraction, mut digits) = (self.0.subsec_nanos(), DIGITS);
        if fraction > 0 {
            while fraction % 10 == 0 {
                fraction /= 10;
                digits -= 1;
            }
            write!(f, ".{fraction:0digits$}")?;
        }
        f.write_str("s")
    }
}

struct TextVisitor;

impl Visitor<'_> for TextVisitor {
    type Value = Duration;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("seconds with their unit, such as \"12.5s\"")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Duration, E> {
        parse(text).ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
    }
}

fn parse(text: &str) -> Option<Duration> {
    let number = text.strip_suffix('s')?;
    let (seconds, fraction) = number.split_once('.').unwrap_or((number, "0"));
    if !is_digits(seconds) || !is_digits(fraction) || fraction.len() > DIGITS {
        return None;
    }
    let nanoseconds: u32 = format!("{fraction:0<DIGITS$}").parse().ok()?;
    Some(Duration::new(seconds.parse().ok()?, nanoseconds))
}

/// `parse` alone would take a sign, too.
fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{Text, parse};
    use std::time::Duration;

    #[test]
    fn every_nanosecond_comes_back() {
        for (duration, text) in [
            (Duration::ZERO, "0s"),
            (Duration::from_secs(2), "2s"),
            (Duration::from_millis(12_500), "12.5s"),
            (Duration::from_nanos(1), "0.000000001s"),
            (
                Duration::new(31_536_000, 999_999_999),
                "31536000.999999999s",
            ),
            (Duration::MAX, "18446744073709551615.999999999s"),
        ] {
            assert_eq!(Text(duration).to_string(), text);
            assert_eq!(parse(text), Some(duration), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "s",
            "12",
            "-1s",
            "+1s",
            ".5s",
            "1.s",
            "1.0000000001s",
            "1e3s",
            " 1s",
            "1.+5s",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
