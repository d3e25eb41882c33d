//! A recorded rate that the scenario names: see [`RateSeries::load`].

use super::fields::{self, Fields, Mistakes};
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::DeValue;
use traffic::{Phase, Playback, RateSeries};

/// Reads the file that `trace` names, beside the scenario at `scenario_path`.
pub(super) fn read(
    value: &Spanned<DeValue<'_>>,
    scenario_path: &Path,
    mistakes: &mut Mistakes<'_>,
) -> Option<Phase> {
    let (file, playback) = recording(value, mistakes)?;
    let path = scenario_path.parent().unwrap_or(Path::new("")).join(file);
    match RateSeries::load(&path, playback) {
        Ok(series) => Some(Phase::Trace(series)),
        Err(error) => {
            for mistake in error.mistakes() {
                mistakes.add(&value.span(), format!("trace: {mistake}"));
            }
            None
        }
    }
}

/// The file's name alone, or a table with more.
fn recording(
    value: &Spanned<DeValue<'_>>,
    mistakes: &mut Mistakes<'_>,
) -> Option<(PathBuf, Playback)> {
    if let Some(table) = value.get_ref().as_table() {
        let mut fields = Fields::new(" of trace", table, value.span());
        let file = fields.required(mistakes, "file", "as \"rates.csv\"", fields::text);
        let speed = fields.read_or(mistakes, "speed", 1.0, fields::factor);
        let scale = fields.read_or(mistakes, "scale", 1.0, fields::factor);
        fields.finish(mistakes);
        let (speed, scale) = (speed?, scale?);
        return Some((file?.into(), Playback { speed, scale }));
    }
    match fields::text(value.get_ref()) {
        Ok(file) => Some((file.into(), Playback::RECORDED)),
        Err(expected) => {
            mistakes.add(&value.span(), format!("trace: {expected}"));
            None
        }
    }
}
