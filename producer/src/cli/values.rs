//! What flags say, read the same way by every command.

use config::Secret;
use std::convert::Infallible;
use std::time::Duration;

/// Any text is taken, so that no error message repeats it.
pub(super) fn secret(text: &str) -> Result<Secret, Infallible> {
    Ok(Secret::new(text))
}

/// The longest time that can be asked for. Nobody waits longer, and no clock has to count further.
const DURATION_MAX: Duration = Duration::from_secs(7 * 24 * 3600);

pub(super) fn duration_or_none(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(duration) if duration <= DURATION_MAX => Ok(duration),
        Ok(_) => Err("is longer than a week".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    match duration_or_none(text) {
        Ok(Duration::ZERO) => Err("is no time at all".to_owned()),
        parsed => parsed,
    }
}
