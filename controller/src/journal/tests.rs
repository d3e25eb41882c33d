//! Journals on a real disk: what a run leaves behind, and what a disk that refuses does to it.

use super::files::Files;
use super::inbox::Inbox;
use super::{Journal, Place, list};
use policy::journal::{Entry, Header, Line, entries};
use policy::{
    Arrivals, Backlog, Capacity, DeadBand, Event, FastInterval, Headroom, HostLimits, Limits, Pool,
    Sample, Settings, Step, Strategy, WorkerRate,
};
use std::fs;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

const MEBIBYTE: u64 = 1024 * 1024;

fn pool() -> Pool {
    let seconds = Duration::from_secs;
    Pool::new(Settings {
        strategy: Strategy::Formula,
        drain_time: seconds(2),
        capacity: Capacity::try_new(400.0).unwrap(),
        worker_rate: WorkerRate::Given,
        headroom: Headroom::NONE,
        prefetch: NonZeroU32::new(50).unwrap(),
        backlog: Backlog::ReadyAndInFlight,
        schedule: Vec::new(),
        limits: Limits {
            step_up: Step::Unlimited,
            step_down: Step::Unlimited,
            hold: seconds(4),
            dead_band: DeadBand::none(),
            host: HostLimits::none(),
            min: 0,
            max: 10,
            max_processes: 20,
        },
        interval: seconds(2),
        fast_interval: FastInterval::Off,
        ready_after: seconds(5),
        stop_grace: seconds(10),
    })
}

fn open(directory: &Path, bytes_max: u64) -> Journal {
    Journal::open(Place {
        directory: directory.to_path_buf(),
        pool: "filter".to_owned(),
        config: "[[pool]]\n".to_owned(),
        bytes_max,
    })
    .unwrap()
}

fn sampled(at: Duration, ready: u64) -> Event {
    Event::Sampled(Sample {
        taken_at: at,
        ready,
        consumers: 0,
        arrivals: Arrivals::Counted {
            messages: ready,
            over: Duration::from_secs(2),
        },
    })
}

/// Each file's header, and its lines.
fn read(directory: &Path) -> Vec<(Header, Vec<Line>)> {
    let mut files = Vec::new();
    for path in list(directory).unwrap() {
        let text = fs::read_to_string(path).unwrap();
        for entry in entries(&text) {
            match entry.unwrap().entry {
                Entry::Header(header) => files.push((*header, Vec::new())),
                Entry::Line(line) => files.last_mut().unwrap().1.push(*line),
            }
        }
    }
    files
}

/// Every action again, from each file by itself.
fn assert_replays(directory: &Path) {
    for (header, lines) in read(directory) {
        let mut pool = header.state;
        for line in lines {
            assert_eq!(pool.handle(line.at, line.event), line.actions);
        }
    }
}

fn names(directory: &Path) -> Vec<String> {
    list(directory)
        .unwrap()
        .iter()
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_run_is_read_back_and_the_next_one_begins_a_file() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("filter").join("journal");
    let mut pool = pool();

    for run in 0..2_u64 {
        let mut journal = open(&directory, 64 * MEBIBYTE);
        for look in 1..=3 {
            let at = Duration::from_secs(2 * (3 * run + look));
            let actions = journal.handle(at, &mut pool, sampled(at, 1000));
            assert!(!actions.is_empty());
        }
    }

    assert_eq!(names(&directory), ["00000001.jsonl", "00000002.jsonl"]);
    let files = read(&directory);
    assert_eq!(
        files
            .iter()
            .map(|(_, lines)| lines.len())
            .collect::<Vec<_>>(),
        [3, 3]
    );
    assert_eq!(files[1].0.at, Duration::from_secs(8));
    assert_eq!(files[1].0.lost_lines, 0);
    files[1].0.wall_clock.parse::<jiff::Timestamp>().unwrap();
    assert_replays(&directory);
}

#[test]
fn files_are_bounded_each_and_together_and_each_replays_by_itself() {
    let root = tempfile::tempdir().unwrap();
    let mut pool = pool();
    let bytes_max = MEBIBYTE;
    let mut events = 0;

    // Several times what fits: each look is about 700 bytes.
    for run in 0..8_u64 {
        let mut journal = open(root.path(), bytes_max);
        for look in 0..700 {
            let at = Duration::from_secs(run * 2000 + 2 * look);
            journal.handle(at, &mut pool, sampled(at, 100 * (look % 7)));
            events += 1;
        }
    }

    let sizes: Vec<u64> = list(root.path())
        .unwrap()
        .iter()
        .map(|path| fs::metadata(path).unwrap().len())
        .collect();
    assert!(sizes.iter().sum::<u64>() <= bytes_max, "{sizes:?}");
    // A header and a last line above the limit.
    let file_bytes_max = bytes_max / 4 + 8 * 1024;
    assert!(
        sizes.iter().all(|bytes| *bytes <= file_bytes_max),
        "{sizes:?}"
    );
    let kept: usize = read(root.path()).iter().map(|(_, lines)| lines.len()).sum();
    assert!((500..events).contains(&kept), "{kept} of {events} lines");
    assert_ne!(
        names(root.path())[0],
        "00000001.jsonl",
        "the oldest went first"
    );
    assert_replays(root.path());
}

#[test]
fn a_disk_that_refuses_stops_no_pool_and_the_gap_is_said() {
    let root = tempfile::tempdir().unwrap();
    // A directory can't be made where a file is.
    let directory = root.path().join("journal");
    fs::write(&directory, "in the way").unwrap();
    let mut pool = pool();
    let mut journal = open(&directory, MEBIBYTE);
    for look in 1..=3 {
        let at = Duration::from_secs(2 * look);
        assert!(!journal.handle(at, &mut pool, sampled(at, 1000)).is_empty());
    }
    drop(journal);
    assert_eq!(fs::read_to_string(&directory).unwrap(), "in the way");

    // The same, step by step: what was refused is lost, and the disk is there again.
    let inbox = Inbox::default();
    let mut files = Files::new(directory.clone(), MEBIBYTE);
    assert!(inbox.put_header(b"header\n"));
    inbox.put_line(b"refused\n");
    let refused = inbox.take(Duration::ZERO).unwrap();
    files.write(&refused).unwrap_err();
    inbox.halt(&refused);
    inbox.put_line(b"while it is refused\n");
    fs::remove_file(&directory).unwrap();
    inbox.resume();
    assert_eq!(inbox.header_due(false), Some(2));
    inbox.put_header(b"header again\n");
    inbox.put_line(b"line\n");
    files.write(&inbox.take(Duration::ZERO).unwrap()).unwrap();
    let paths = list(&directory).unwrap();
    assert_eq!(
        fs::read_to_string(&paths[0]).unwrap(),
        "header again\nline\n"
    );
}

#[test]
fn a_full_disk_leaves_whole_lines_behind() {
    // Every write to this device fails as one to a full disk does.
    let full = Path::new("/dev/full");
    let root = tempfile::tempdir().unwrap();
    let inbox = Inbox::default();
    let mut files = Files::new(root.path().to_path_buf(), MEBIBYTE);
    inbox.put_header(b"header\n");
    files.write(&inbox.take(Duration::ZERO).unwrap()).unwrap();
    files.divert(full);
    inbox.put_line(b"no room for this one\n");

    let error = files
        .write(&inbox.take(Duration::ZERO).unwrap())
        .unwrap_err();

    assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
    let paths: Vec<PathBuf> = list(root.path()).unwrap();
    assert_eq!(fs::read_to_string(&paths[0]).unwrap(), "header\n");
}

#[test]
fn other_files_in_the_directory_are_left_alone() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("notes.txt"), "").unwrap();
    fs::write(root.path().join("mine.jsonl"), "").unwrap();
    fs::write(root.path().join("00000041.jsonl"), "").unwrap();
    let mut journal = open(root.path(), MEBIBYTE);
    journal.handle(Duration::from_secs(1), &mut pool(), Event::Tick);
    drop(journal);
    assert_eq!(names(root.path()), ["00000041.jsonl", "00000042.jsonl"]);
    assert!(root.path().join("mine.jsonl").exists());
    assert!(list(&root.path().join("nothing")).unwrap().is_empty());
}

#[test]
fn runs_beside_each_other_get_files_of_their_own() {
    let root = tempfile::tempdir().unwrap();
    let run = || {
        // As dry runs may: nobody holds the directory.
        let inbox = Inbox::default();
        let mut files = Files::new(root.path().to_path_buf(), MEBIBYTE);
        for _ in 0..100 {
            inbox.put_header(b"header\n");
            files.write(&inbox.take(Duration::ZERO).unwrap()).unwrap();
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(run);
        }
    });
    // The oldest are deleted, the same ones by several at once.
    assert!((200..=260).contains(&names(root.path()).len()));
}
