//! A user's own traffic: a CSV file with the columns `seconds` and `rate`, as a workload.
//!
//! The columns may stand in any order and among others. Times count from the first one, so that
//! Unix times do as well. The rate is taken as linear between rows; two rows of the same time are a
//! step. What a trace does not say, such as how long a message takes, is what the shipped workloads
//! have in common, but for μ.

use crate::workload::{
    POINTS_MAX, Process, RateSeries, RateSeriesError, Service, Spread, Workload, workers_for,
};
use csv::{ByteRecord, StringRecord};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A file larger than this is no rate series: [`POINTS_MAX`] rows of 64 bytes.
const FILE_BYTES_MAX: u64 = 64 * POINTS_MAX as u64;

/// More messages than this would keep a machine busy for hours.
const MESSAGES_MAX: f64 = 1e9;

/// More workers than this are no pool: config.toml takes no larger `max`.
const WORKERS_MAX: u32 = 1000;

/// Why a file is no trace.
#[derive(Debug, thiserror::Error)]
#[error("trace {path}{place}: {why}", path = path.display(), place = place(*.line))]
pub struct TraceError {
    path: PathBuf,
    line: Option<u64>,
    why: Why,
}

#[derive(Debug, thiserror::Error)]
enum Why {
    #[error("can't be read: {0}")]
    Unreadable(std::io::Error),
    #[error("{0}")]
    Malformed(String),
    #[error(
        "has no column \"{missing}\": it needs the columns seconds,rate, with a comma between, and has {found}"
    )]
    NoColumn {
        missing: &'static str,
        found: String,
    },
    #[error("{column} is \"{text}\", which is no number")]
    NoNumber { column: &'static str, text: String },
    #[error("{error}{values}")]
    Series {
        error: RateSeriesError,
        values: String,
    },
    #[error("is larger than {} MB", FILE_BYTES_MAX / 1_000_000)]
    TooLarge,
    #[error("its rates come to {0:.0} messages, and more than {MESSAGES_MAX:.0} are not simulated")]
    TooManyMessages(f64),
    #[error(
        "its peak of {peak} msg/s needs {workers} workers at {worker_rate} msg/s each, and a pool has \
         {WORKERS_MAX} at the most: is --worker-rate right?"
    )]
    TooManyWorkers {
        peak: f64,
        workers: u32,
        worker_rate: f64,
    },
}

fn place(line: Option<u64>) -> String {
    line.map_or_else(String::new, |line| format!(":{line}"))
}

/// The trace in a file as a workload whose workers do `worker_rate` messages per second each.
pub fn load(path: &Path, worker_rate: f64) -> Result<Workload, TraceError> {
    let error = |line, why| TraceError {
        path: path.to_owned(),
        line,
        why,
    };
    let content = content(path).map_err(|why| error(None, why))?;
    let rate = read(&content).map_err(|(line, why)| error(line, why))?;
    if rate.total() > MESSAGES_MAX {
        return Err(error(None, Why::TooManyMessages(rate.total())));
    }
    let mean = Duration::from_secs_f64(1.0 / worker_rate);
    let workers = workers_for(rate.peak(), mean);
    if workers > WORKERS_MAX {
        let peak = rate.peak();
        let why = Why::TooManyWorkers {
            peak,
            workers,
            worker_rate,
        };
        return Err(error(None, why));
    }
    let name = path.file_stem().unwrap_or(path.as_os_str());
    Ok(Workload {
        name: name.to_string_lossy().into_owned(),
        about: format!(
            "{:.0} messages within {:.0} s, from {}",
            rate.total(),
            rate.end(),
            path.display()
        ),
        max: (2 * workers).clamp(1, WORKERS_MAX),
        rate,
        process: Process::Poisson,
        service: Service {
            mean,
            spread: Spread::Exponential,
        },
        start_up: Duration::from_millis(500),
        faults: Vec::new(),
        slo: Duration::from_secs(2),
    })
}

/// What is wrong, and in which line.
type Wrong = (Option<u64>, Why);

/// What a file holds, up to the bound.
fn content(path: &Path) -> Result<Vec<u8>, Why> {
    config::read_at_most(path, FILE_BYTES_MAX)
        .map_err(Why::Unreadable)?
        .ok_or(Why::TooLarge)
}

fn read(content: &[u8]) -> Result<RateSeries, Wrong> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(content);
    let malformed = |error| malformed(content, error);
    let columns = Columns::of(reader.headers().map_err(malformed)?)?;
    let mut points = Vec::new();
    let mut rows = Vec::new();
    let mut begin = None;
    // Bytes, so that a column nobody asked for may hold whatever it likes.
    let mut row = ByteRecord::new();
    while reader.read_byte_record(&mut row).map_err(malformed)? {
        let line = |row: &ByteRecord| row.position().map(|position| line(content, position));
        let (seconds, rate) = columns.numbers(&row).map_err(|why| (line(&row), why))?;
        let begin = *begin.get_or_insert(seconds);
        points.push((seconds - begin, rate));
        rows.push((row.position().cloned(), seconds, rate));
        if points.len() > POINTS_MAX {
            return Err((line(&row), series(RateSeriesError::TooLong, None)));
        }
    }
    RateSeries::try_new(points).map_err(|error| {
        match error.index().and_then(|index| rows.get(index)) {
            None => (None, series(error, None)),
            Some((position, seconds, rate)) => (
                position.as_ref().map(|position| line(content, position)),
                series(error, Some((*seconds, *rate))),
            ),
        }
    })
}

/// The line that a row begins in, from 1. The reader takes empty lines above a row for its
/// beginning.
fn line(content: &[u8], row: &csv::Position) -> u64 {
    let start = usize::try_from(row.byte())
        .unwrap_or(usize::MAX)
        .min(content.len());
    let empty = content[start..]
        .iter()
        .take_while(|byte| matches!(byte, b'\r' | b'\n'))
        .count();
    let before = &content[..start + empty];
    1 + before.iter().filter(|byte| **byte == b'\n').count() as u64
}

/// Where the two columns are.
struct Columns {
    seconds: usize,
    rate: usize,
}

impl Columns {
    fn of(headers: &StringRecord) -> Result<Self, Wrong> {
        let find = |missing| {
            // Spreadsheets begin a file with a byte-order mark.
            let named = |header: &str| header.trim_start_matches('\u{feff}').trim() == missing;
            let found = || match headers.is_empty() {
                true => "none".to_owned(),
                false => headers.iter().collect::<Vec<_>>().join(","),
            };
            headers.iter().position(named).ok_or_else(|| {
                let found = found();
                (Some(1), Why::NoColumn { missing, found })
            })
        };
        Ok(Self {
            seconds: find("seconds")?,
            rate: find("rate")?,
        })
    }

    fn numbers(&self, row: &ByteRecord) -> Result<(f64, f64), Why> {
        let number = |index, column| {
            let bytes = row.get(index).unwrap_or_default();
            let text = String::from_utf8_lossy(bytes);
            text.parse().map_err(|_| {
                let text = text.chars().take(40).collect();
                Why::NoNumber { column, text }
            })
        };
        Ok((number(self.seconds, "seconds")?, number(self.rate, "rate")?))
    }
}

fn series(error: RateSeriesError, values: Option<(f64, f64)>) -> Why {
    let values = values.map_or_else(String::new, |(seconds, rate)| {
        format!(" (seconds {seconds}, rate {rate})")
    });
    Why::Series { error, values }
}

fn malformed(content: &[u8], error: csv::Error) -> Wrong {
    let line = error.position().map(|position| line(content, position));
    let why = match error.into_kind() {
        csv::ErrorKind::Io(source) => Why::Unreadable(source),
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => Why::Malformed(format!("has {len} columns where line 1 has {expected_len}")),
        csv::ErrorKind::Utf8 { .. } => Why::Malformed("is not UTF-8".to_owned()),
        _ => Why::Malformed("is no CSV".to_owned()),
    };
    (line, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(text: &str) -> Vec<(f64, f64)> {
        match read(text.as_bytes()) {
            Ok(rate) => rate.points().to_vec(),
            Err((line, why)) => panic!("{line:?}: {why}"),
        }
    }

    #[test]
    fn columns_stand_in_any_order_and_times_count_from_the_first() {
        let expected = [(0.0, 5.0), (10.0, 7.5)];
        assert_eq!(points("seconds,rate\n0,5\n10,7.5\n"), expected);
        assert_eq!(
            points("\u{feff}seconds, rate\r\n1,5\r\n\r\n11,7.5"),
            expected
        );
        let others = "queue,rate,seconds\nwork,5,1760000000\n\"a\nb\",7.5,1760000010\n";
        assert_eq!(points(others), expected);
    }

    #[test]
    fn each_mistake_is_told_with_its_line() {
        let complaint = |text: &str| match read(text.as_bytes()) {
            Ok(rate) => panic!("{rate:?}"),
            Err((line, why)) => format!(
                "{}{why}\n",
                line.map_or_else(String::new, |n| format!("{n}: "))
            ),
        };
        let complaints: String = [
            "",
            "time,rate\n0,5\n",
            "seconds;rate\n0;5\n",
            "seconds,rate\n0,5\n",
            "seconds,rate\n3,5\n3,6\n",
            "seconds,rate\n0,5\n10,fast\n",
            "seconds,rate\n0,5\n10,\n",
            "seconds,rate\n0,5\n10\n",
            "seconds,rate\n0,5\n10,-1\n",
            "seconds,rate\n0,5\n10,inf\n",
            "seconds,rate\n0,5\n10,NaN\n",
            "seconds,rate\n0,5\n10,6\n\n9,6\n",
            "seconds,rate\n0,5\n10,1e12\n",
            "seconds,rate\n0,5\n1e12,5\n",
        ]
        .map(complaint)
        .concat();
        insta::assert_snapshot!(complaints);
    }

    #[test]
    fn what_is_too_long_is_refused_before_it_fills_the_memory() {
        let endless = content(Path::new("/dev/zero"));
        assert!(matches!(endless, Err(Why::TooLarge)));
        let rows: String = (0..=POINTS_MAX)
            .map(|second| format!("{second},1\n"))
            .collect();
        let (line, why) = read(format!("seconds,rate\n{rows}").as_bytes()).unwrap_err();
        assert_eq!(line, Some(1_000_002));
        assert_eq!(why.to_string(), "more than 1000000 points");
    }

    #[test]
    fn a_trace_is_a_workload_of_its_own_worker_rate() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("monday.csv");
        std::fs::write(&path, "seconds,rate\n0,100\n60,900\n").unwrap();
        let workload = load(&path, 200.0).unwrap();
        assert_eq!(workload.name, "monday");
        assert_eq!(workload.worker_rate(), 200.0);
        // 900 msg/s at 200 each need 5 workers.
        assert_eq!(workload.max, 10);

        let error = load(&directory.path().join("none.csv"), 200.0).unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with("none.csv: can't be read: No such file or directory (os error 2)"),
            "{error}"
        );
        std::fs::write(&path, "seconds,rate\n0,1e8\n60,1e8\n").unwrap();
        let error = load(&path, 200.0).unwrap_err().to_string();
        assert!(error.ends_with("monday.csv: its rates come to 6000000000 messages, and more than 1000000000 are not simulated"), "{error}");
    }
}
