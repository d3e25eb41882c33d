//! Which process a number stands for.
//!
//! A pid alone names nothing for long: the kernel gives it to somebody else once its process is
//! gone.
//! Together with the start time and the boot it does, so that is what is written down and compared
//! before a process that may not be ours is sent a signal.

use serde::{Deserialize, Serialize};
use std::io;

/// When a process started, in the kernel's ticks since boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StartTime(pub(crate) u64);

/// A process as `/proc` shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Process {
    pub(crate) group: u32,
    pub(crate) start: StartTime,
    /// Whether it still runs.
    pub(crate) life: Life,
}

/// Whether a process still runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    Runs,
    /// It has ended and only its exit status is left, which its parent has not fetched.
    Zombie,
}

/// The process of this number; `None` when there is none.
pub(crate) fn look(pid: u32) -> io::Result<Option<Process>> {
    let stat = match std::fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => stat,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        // Where /proc is mounted with hidepid, others' processes are not shown, and ours are.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Ok(None),
        // ESRCH: it went away between the opening and the reading.
        Err(error) if error.raw_os_error() == Some(nix::errno::Errno::ESRCH as i32) => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    parse(&stat).map(Some).ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::InvalidData,
            format!("/proc/{pid}/stat is not as proc_pid_stat(5) says"),
        )
    })
}

/// Names this boot of the machine: ticks since another one mean nothing.
pub(crate) fn boot() -> io::Result<String> {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id")?;
    Ok(id.trim().to_owned())
}

fn parse(stat: &str) -> Option<Process> {
    // The second field is the program's name in brackets and may hold anything, brackets and
    // spaces too; the fields are counted from the last closing one.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_ascii_whitespace().collect();
    let field = |number: usize| fields.get(number.checked_sub(3)?).copied();
    Some(Process {
        life: match field(3)? {
            "Z" | "X" => Life::Zombie,
            _ => Life::Runs,
        },
        group: field(5)?.parse().ok()?,
        start: StartTime(field(22)?.parse().ok()?),
    })
}

#[cfg(test)]
mod tests {
    use super::{Life, Process, StartTime, look, parse};

    #[test]
    fn the_fields_are_found_whatever_the_program_is_called() {
        let rest = "1 77 77 0 -1 4194560 1 0 0 0 3 4 0 0 20 0 1 0 123456 9 9";
        let expected = Process {
            group: 77,
            start: StartTime(123_456),
            life: Life::Runs,
        };

        assert_eq!(parse(&format!("77 (sh) S {rest}")), Some(expected));
        assert_eq!(parse(&format!("77 (a) R 1 2 (b) S {rest}")), Some(expected));
        assert_eq!(
            parse(&format!("77 (sh) Z {rest}")).map(|process| process.life),
            Some(Life::Zombie)
        );
        assert_eq!(parse("77 (sh) S 1 77"), None);
        assert_eq!(parse(""), None);
    }

    #[test]
    fn this_very_process_is_seen_and_one_that_can_not_be_is_not() {
        assert_eq!(
            look(std::process::id())
                .unwrap()
                .map(|process| process.life),
            Some(Life::Runs)
        );
        // Above the kernel's largest possible pid, 2^22.
        assert_eq!(look(1 << 23).unwrap(), None);
    }
}
