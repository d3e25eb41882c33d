//! Waiting for something to become true: asked again and again until a deadline, never slept blindly.

use anyhow::{Result, bail};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long between two looks: short beside anything waited for, long beside what a look costs.
const PAUSE: Duration = Duration::from_millis(20);

/// Asks until the answer is `Some`, and gives that answer.
///
/// # Errors
/// When asking fails, or when the deadline passes; the error names what was waited for.
pub async fn until_some<T>(
    what: &str,
    within: Duration,
    mut ask: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    let deadline = Instant::now() + within;
    loop {
        if let Some(answer) = ask().await? {
            return Ok(answer);
        }
        if Instant::now() >= deadline {
            bail!("waited {} for {what}", humantime::format_duration(within));
        }
        sleep(PAUSE).await;
    }
}

/// Asks until the answer is yes.
///
/// # Errors
/// When asking fails, or when the deadline passes; the error names what was waited for.
pub async fn until(
    what: &str,
    within: Duration,
    mut ask: impl AsyncFnMut() -> Result<bool>,
) -> Result<()> {
    until_some(what, within, async || Ok(ask().await?.then_some(()))).await
}
