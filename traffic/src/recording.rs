//! A recorded rate: a CSV file with the columns `seconds` and `rate`.
//!
//! The columns may stand in any order and among others. Times count from the first one, so that Unix
//! times do as well. The rate is taken as linear between rows, and two rows of the same time are a
//! step.

use crate::series::{POINTS_MAX, Points, RateSeries, SeriesError};
use csv::{ByteRecord, StringRecord};
use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// A file larger than this is no recording: [`POINTS_MAX`] rows of 64 bytes.
const FILE_BYTES_MAX: u64 = 64 * POINTS_MAX as u64;

/// The mistakes of one file that are told; what is wrong in one row is often wrong in all.
const MISTAKES_MAX: usize = 5;

/// How a recording is played.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Playback {
    /// Recorded seconds that pass in one; above 0.
    pub speed: f64,
    /// The factor that recorded rates are multiplied by; above 0.
    pub scale: f64,
}

impl Playback {
    /// As it was recorded.
    pub const RECORDED: Self = Self {
        speed: 1.0,
        scale: 1.0,
    };
}

/// What keeps a file from being a recording: its first few mistakes, each with its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordingError {
    path: PathBuf,
    mistakes: Vec<Mistake>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Mistake {
    /// Counted from 1; none where the whole file is meant.
    line: Option<u64>,
    why: String,
}

impl RecordingError {
    /// One text for each mistake, as `rates.csv:3: rate is "fast", which is no number`.
    pub fn mistakes(&self) -> impl Iterator<Item = String> {
        let path = self.path.display();
        self.mistakes.iter().map(move |mistake| match mistake.line {
            Some(line) => format!("{path}:{line}: {}", mistake.why),
            None => format!("{path}: {}", mistake.why),
        })
    }
}

impl std::error::Error for RecordingError {}

impl fmt::Display for RecordingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.mistakes().collect::<Vec<_>>().join("\n  "))
    }
}

impl RateSeries {
    /// Reads the recording in a file.
    ///
    /// # Errors
    /// When the file can't be read, is larger than 64 MB, or is no recording.
    pub fn load(path: &Path, playback: Playback) -> Result<Self, RecordingError> {
        content(path)
            .and_then(|content| read(&content, playback))
            .map_err(|mistakes| RecordingError {
                path: path.to_owned(),
                mistakes,
            })
    }
}

/// What a file holds, up to the bound: a pipe names no size, and a device never ends.
fn content(path: &Path) -> Result<Vec<u8>, Vec<Mistake>> {
    let mut content = Vec::new();
    File::open(path)
        .and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut content))
        .map_err(|error| whole(format!("can't be read: {error}")))?;
    match content.len() as u64 > FILE_BYTES_MAX {
        true => Err(whole(format!(
            "is larger than {} MB",
            FILE_BYTES_MAX / 1_000_000
        ))),
        false => Ok(content),
    }
}

fn read(content: &[u8], playback: Playback) -> Result<RateSeries, Vec<Mistake>> {
    let no_csv = |_| whole("is no CSV text in UTF-8");
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        // The length of each row is looked at here, so that it is one mistake among the others.
        .flexible(true)
        .from_reader(content);
    let columns = Columns::of(reader.headers().map_err(no_csv)?)?;
    let mut points = Points::default();
    let mut mistakes = Vec::new();
    let mut begin = None;
    // Bytes, so that a column nobody asked for may hold whatever it likes.
    let mut row = ByteRecord::new();
    while mistakes.len() < MISTAKES_MAX && reader.read_byte_record(&mut row).map_err(no_csv)? {
        let mut wrong = |why| {
            let line = row.position().map(|start| line(content, start));
            mistakes.push(Mistake { line, why });
        };
        let (seconds, rate) = match columns.numbers(&row) {
            Ok(numbers) => numbers,
            Err(why) => {
                wrong(why);
                continue;
            }
        };
        let since = (seconds - *begin.get_or_insert(seconds)) / playback.speed;
        let scaled = rate * playback.scale;
        match points.push(since, scaled) {
            Ok(()) => {}
            Err(error @ SeriesError::TooLong) => {
                wrong(error.to_string());
                break;
            }
            Err(error) => {
                let played = match playback == Playback::RECORDED {
                    true => String::new(),
                    false => format!(", played as {since} and {scaled}"),
                };
                wrong(format!("{error} (seconds {seconds}, rate {rate}{played})"));
            }
        }
    }
    match mistakes.is_empty() {
        true => points.into_series().map_err(whole),
        false => Err(mistakes),
    }
}

/// A mistake of the whole file.
fn whole(why: impl fmt::Display) -> Vec<Mistake> {
    vec![Mistake {
        line: None,
        why: why.to_string(),
    }]
}

/// The line that a row begins in, from 1. The reader takes empty lines above a row for its beginning.
fn line(content: &[u8], start: &csv::Position) -> u64 {
    let start = usize::try_from(start.byte())
        .unwrap_or(usize::MAX)
        .min(content.len());
    let is_end = |byte: &&u8| matches!(byte, b'\r' | b'\n');
    let empty = content[start..].iter().take_while(is_end).count();
    let before = &content[..start + empty];
    1 + before.iter().filter(|byte| **byte == b'\n').count() as u64
}

/// Where the two columns are, among how many.
struct Columns {
    count: usize,
    seconds: usize,
    rate: usize,
}

impl Columns {
    fn of(headers: &StringRecord) -> Result<Self, Vec<Mistake>> {
        let find = |name| {
            // Spreadsheets begin a file with a byte-order mark.
            let named = |header: &str| header.trim_start_matches('\u{feff}').trim() == name;
            headers.iter().position(named).ok_or_else(|| {
                let found = match headers.is_empty() {
                    true => "none".to_owned(),
                    false => headers.iter().collect::<Vec<_>>().join(","),
                };
                let why = format!(
                    "has no column \"{name}\": it needs the columns seconds,rate, with a comma \
                     between, and has {found}"
                );
                vec![Mistake { line: Some(1), why }]
            })
        };
        Ok(Self {
            count: headers.len(),
            seconds: find("seconds")?,
            rate: find("rate")?,
        })
    }

    fn numbers(&self, row: &ByteRecord) -> Result<(f64, f64), String> {
        // Taken as it is, `10,7,5` would be a rate of 7 where 7.5 was written.
        if row.len() != self.count {
            let (here, above) = (columns(row.len()), self.count);
            return Err(format!("has {here} where line 1 has {above}"));
        }
        let number = |index, column| {
            let text = String::from_utf8_lossy(row.get(index).unwrap_or_default());
            text.parse()
                .ok()
                .filter(|number: &f64| number.is_finite())
                .ok_or_else(|| {
                    let text: String = text.chars().take(40).collect();
                    format!("{column} is \"{text}\", which is no number")
                })
        };
        Ok((number(self.seconds, "seconds")?, number(self.rate, "rate")?))
    }
}

fn columns(count: usize) -> String {
    match count {
        1 => "1 column".to_owned(),
        _ => format!("{count} columns"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn played(text: &str, speed: f64, scale: f64) -> Result<RateSeries, String> {
        read(text.as_bytes(), Playback { speed, scale }).map_err(|mistakes| {
            let path = PathBuf::from("rates.csv");
            RecordingError { path, mistakes }.to_string()
        })
    }

    fn points(text: &str, speed: f64, scale: f64) -> Vec<(f64, f64)> {
        let series = played(text, speed, scale).unwrap();
        let points = series.points().iter();
        points
            .map(|point| (point.at.as_secs_f64(), point.rate.per_second()))
            .collect()
    }

    #[test]
    fn columns_stand_in_any_order_and_times_count_from_the_first() {
        let expected = [(0.0, 5.0), (10.0, 7.5)];
        let others = "queue,rate,seconds\nwork,5,1760000000\n\"a\nb\",7.5,1760000010\n";
        for text in [
            "seconds,rate\n0,5\n10,7.5\n",
            "\u{feff}seconds, rate\r\n1,5\r\n\r\n11,7.5",
            others,
        ] {
            assert_eq!(points(text, 1.0, 1.0), expected);
        }
        assert_eq!(points(others, 10.0, 0.5), [(0.0, 2.5), (1.0, 3.75)]);
    }

    #[test]
    fn the_first_mistakes_are_told_each_with_its_line() {
        let complaints: Vec<String> = [
            "",
            "time,rate\n0,5\n",
            "seconds;rate\n0;5\n",
            "seconds,rate\n0,5\n",
            "seconds,rate\n3,5\n3,6\n",
            "seconds,rate\n0,5\n10,6\n\n9,6\n",
            "seconds,rate\n0,5\n1e12,5\n",
            "seconds,rate\n0,5\n10\n20,7,5\n",
            "seconds,rate\n0,5\n10,fast\n\n20,\n30,-1\n29,2e8\n25,NaN\n20,3\n",
        ]
        .map(|text| played(text, 1.0, 1.0).unwrap_err())
        .into();
        insta::assert_snapshot!(complaints.join("\n"), @r#"
        rates.csv:1: has no column "seconds": it needs the columns seconds,rate, with a comma between, and has none
        rates.csv:1: has no column "seconds": it needs the columns seconds,rate, with a comma between, and has time,rate
        rates.csv:1: has no column "seconds": it needs the columns seconds,rate, with a comma between, and has seconds;rate
        rates.csv: a rate over time needs at least two points, of different times
        rates.csv: a rate over time needs at least two points, of different times
        rates.csv:5: the time is earlier than the one before it (seconds 9, rate 6)
        rates.csv:3: the time is more than 400 days after the beginning (seconds 1000000000000, rate 5)
        rates.csv:3: has 1 column where line 1 has 2
          rates.csv:4: has 3 columns where line 1 has 2
        rates.csv:3: rate is "fast", which is no number
          rates.csv:5: rate is "", which is no number
          rates.csv:6: a rate is between 0 and 100000000 messages per second (seconds 30, rate -1)
          rates.csv:7: a rate is between 0 and 100000000 messages per second (seconds 29, rate 200000000)
          rates.csv:8: rate is "NaN", which is no number
        "#);
    }

    #[test]
    fn a_mistake_of_what_is_played_shows_that_beside_what_was_recorded() {
        let rows = "seconds,rate\n7,5\n17,3e6\n3456000010,6\n";
        insta::assert_snapshot!(played(rows, 0.5, 100.0).unwrap_err(), @r#"
        rates.csv:3: a rate is between 0 and 100000000 messages per second (seconds 17, rate 3000000, played as 20 and 300000000)
          rates.csv:4: the time is more than 400 days after the beginning (seconds 3456000010, rate 6, played as 6912000006 and 600)
        "#);
    }

    #[test]
    fn what_is_too_long_is_refused_before_it_fills_the_memory() {
        let error = RateSeries::load(Path::new("/dev/zero"), Playback::RECORDED).unwrap_err();
        assert_eq!(error.to_string(), "/dev/zero: is larger than 64 MB");
        let rows: String = (0..=POINTS_MAX)
            .map(|second| format!("{second},1\n"))
            .collect();
        assert_eq!(
            played(&format!("seconds,rate\n{rows}"), 1.0, 1.0).unwrap_err(),
            "rates.csv:1000002: more than 1000000 points"
        );
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("none.csv");
        let error = RateSeries::load(&path, Playback::RECORDED).unwrap_err();
        let expected = "none.csv: can't be read: No such file or directory (os error 2)";
        assert!(error.to_string().ends_with(expected), "{error}");
    }
}
