//! A recorded rate that the scenario names: see [`RateSeries::load`].

use config::toml_read::{Field, Section};
use std::path::{Path, PathBuf};
use traffic::{Phase, Playback, RateSeries};

/// Reads the file that `trace` names, beside the scenario at `scenario_path`.
pub(super) fn read(field: &Field<'_>, scenario_path: &Path) -> Option<Phase> {
    let (file, playback) = recording(field)?;
    let path = scenario_path.parent().unwrap_or(Path::new("")).join(file);
    match RateSeries::load(&path, playback) {
        Ok(series) => Some(Phase::Trace(series)),
        Err(error) => {
            for mistake in error.mistakes() {
                field.refuse_unseen(mistake);
            }
            None
        }
    }
}

/// The file's name alone, or a table with more.
fn recording(field: &Field<'_>) -> Option<(PathBuf, Playback)> {
    let Some(section) = field.as_section() else {
        return Some((field.some_text()?.into(), Playback::RECORDED));
    };
    let file = section.required("file", "such as \"rates.csv\"");
    let file = file.and_then(|field| field.some_text());
    let (speed, scale) = (factor(&section, "speed"), factor(&section, "scale"));
    section.finish();
    let (speed, scale) = (speed?, scale?);
    Some((file?.into(), Playback { speed, scale }))
}

/// What something is multiplied by.
fn factor(section: &Section<'_>, key: &'static str) -> Option<f64> {
    const FACTOR_MAX: f64 = 1e6;
    section.given_or(key, 1.0, |field| {
        field.must_be(
            format!("a number above 0 and at most {FACTOR_MAX}"),
            |field| {
                field
                    .as_number()
                    .filter(|factor| 0.0 < *factor && *factor <= FACTOR_MAX)
            },
        )
    })
}
