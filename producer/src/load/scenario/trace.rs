//! A recorded rate: a CSV file with the columns `seconds` and `rate`.
//!
//! The columns may stand in any order and among others. Times count from the first one, so that
//! Unix times do as well. The rate is taken as linear between rows, and two rows of the same time
//! are a step: what `warren-sim compare --trace` reads is read here alike.

use super::fields::{self, Fields, Mistakes};
use super::phases::PHASE_DURATION_MAX;
use crate::load::rate::Rate;
use crate::load::schedule::{Phase, Point};
use config::read_at_most;
use csv::StringRecord;
use std::path::{Path, PathBuf};
use std::time::Duration;
use toml::Spanned;
use toml::de::DeValue;

/// More than a day of rows, one for each second. Each takes 24 bytes here and 48 when it is followed,
/// which makes 11 MB of them all.
const ROWS_MAX: usize = 150_000;

/// So many rows of 64 bytes.
const FILE_BYTES_MAX: u64 = 64 * ROWS_MAX as u64;

/// The mistakes of one file that are told; what is wrong in one row is often wrong in all.
const MISTAKES_MAX: usize = 5;

/// What is to be read and how.
struct Recording {
    path: PathBuf,
    /// How many recorded seconds pass in one.
    speed: f64,
    /// What recorded rates are multiplied by.
    scale: f64,
}

/// Reads the file that `trace` names, beside the scenario at `scenario_path`.
pub(super) fn read(
    value: &Spanned<DeValue<'_>>,
    scenario_path: &Path,
    mistakes: &mut Mistakes<'_>,
) -> Option<Phase> {
    let recording = recording(value, scenario_path, mistakes)?;
    let wrong = match read_at_most(&recording.path, FILE_BYTES_MAX) {
        Ok(Some(content)) => match recording.points(&content) {
            Ok(points) => return Some(Phase::Trace(points.into())),
            Err(wrong) => wrong,
        },
        Ok(None) => vec![Wrong::file("is larger than 9.6 MB")],
        Err(error) => vec![Wrong::file(format!("can't be read: {error}"))],
    };
    for Wrong { line, why } in wrong {
        let path = recording.path.display();
        let message = match line {
            Some(line) => format!("trace: {path}:{line}: {why}"),
            None => format!("trace: {path}: {why}"),
        };
        mistakes.add(&value.span(), message);
    }
    None
}

/// The file's name alone, or a table with more.
fn recording(
    value: &Spanned<DeValue<'_>>,
    scenario_path: &Path,
    mistakes: &mut Mistakes<'_>,
) -> Option<Recording> {
    let beside = |file: &str| scenario_path.parent().unwrap_or(Path::new("")).join(file);
    if let Some(table) = value.get_ref().as_table() {
        let mut fields = Fields::new(" of trace", table, value.span());
        let file = fields.required(mistakes, "file", "as \"rates.csv\"", fields::text);
        let speed = fields.read_or(mistakes, "speed", 1.0, fields::factor);
        let scale = fields.read_or(mistakes, "scale", 1.0, fields::factor);
        fields.finish(mistakes);
        return Some(Recording {
            path: beside(&file?),
            speed: speed?,
            scale: scale?,
        });
    }
    match fields::text(value.get_ref()) {
        Ok(file) => Some(Recording {
            path: beside(&file),
            speed: 1.0,
            scale: 1.0,
        }),
        Err(expected) => {
            mistakes.add(&value.span(), format!("trace: {expected}"));
            None
        }
    }
}

/// One thing that is wrong with the file.
struct Wrong {
    line: Option<u64>,
    why: String,
}

impl Wrong {
    fn at(line: u64, why: String) -> Self {
        let line = Some(line);
        Self { line, why }
    }

    fn file(why: impl Into<String>) -> Self {
        Self {
            line: None,
            why: why.into(),
        }
    }
}

impl Recording {
    /// The points of the file, or what is wrong with it.
    fn points(&self, content: &[u8]) -> Result<Vec<Point>, Vec<Wrong>> {
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .flexible(true)
            .from_reader(content);
        let not_text = |_| vec![Wrong::file("is no CSV text in UTF-8")];
        let headers = reader.headers().map_err(not_text)?;
        let columns = Columns::of(headers).map_err(|why| vec![Wrong::at(1, why)])?;
        let mut points: Vec<Point> = Vec::new();
        let mut wrong = Vec::new();
        let mut begin = None;
        for row in reader.records() {
            let row = row.map_err(not_text)?;
            if points.len() == ROWS_MAX {
                let why = format!("there are more than {ROWS_MAX} rows");
                wrong.push(Wrong::at(line(content, &row), why));
                break;
            }
            match self.point(&row, &columns, &mut begin, points.last()) {
                Ok(point) => points.push(point),
                Err(why) => wrong.push(Wrong::at(line(content, &row), why)),
            }
            if wrong.len() == MISTAKES_MAX {
                break;
            }
        }
        if wrong.is_empty() && points.last().is_none_or(|last| last.at.is_zero()) {
            wrong.push(Wrong::file("needs at least two rows, of different times"));
        }
        match wrong.is_empty() {
            true => Ok(points),
            false => Err(wrong),
        }
    }

    fn point(
        &self,
        row: &StringRecord,
        columns: &Columns,
        begin: &mut Option<f64>,
        before: Option<&Point>,
    ) -> Result<Point, String> {
        let seconds = number(row, columns.seconds, "seconds")?;
        let rate = number(row, columns.rate, "rate")?;
        let scaled = rate * self.scale;
        let rate = Rate::try_new(scaled).map_err(|error| format!("rate {scaled}: {error}"))?;
        let since = (seconds - *begin.get_or_insert(seconds)) / self.speed;
        let before = before.map_or(Duration::ZERO, |point| point.at);
        match Duration::try_from_secs_f64(since) {
            Ok(at) if at > PHASE_DURATION_MAX => Err(format!(
                "seconds {seconds} is more than a week after the first row"
            )),
            Ok(at) if at >= before => Ok(Point { at, rate }),
            _ => Err(format!("seconds {seconds} is earlier than the row before")),
        }
    }
}

/// Where the two columns are.
struct Columns {
    seconds: usize,
    rate: usize,
}

impl Columns {
    fn of(headers: &StringRecord) -> Result<Self, String> {
        let find = |name: &str| {
            // Spreadsheets begin a file with a byte-order mark.
            let named = |header: &str| header.trim_start_matches('\u{feff}').trim() == name;
            headers.iter().position(named).ok_or_else(|| {
                let found = headers.iter().collect::<Vec<_>>().join(",");
                format!("expected the columns seconds,rate, found \"{found}\"")
            })
        };
        Ok(Self {
            seconds: find("seconds")?,
            rate: find("rate")?,
        })
    }
}

fn number(row: &StringRecord, index: usize, column: &str) -> Result<f64, String> {
    let text = row.get(index).unwrap_or_default();
    text.parse()
        .ok()
        .filter(|number: &f64| number.is_finite())
        .ok_or_else(|| {
            let text: String = text.chars().take(40).collect();
            format!("{column} is \"{text}\", which is no number")
        })
}

/// The line that a row begins in, from 1. The reader takes empty lines above a row for its
/// beginning.
fn line(content: &[u8], row: &StringRecord) -> u64 {
    let start = row.position().map_or(0, csv::Position::byte);
    let start = usize::try_from(start).unwrap_or(0).min(content.len());
    let is_end = |byte: &&u8| matches!(byte, b'\r' | b'\n');
    let empty = content[start..].iter().take_while(is_end).count();
    let before = &content[..start + empty];
    1 + before.iter().filter(|byte| **byte == b'\n').count() as u64
}
