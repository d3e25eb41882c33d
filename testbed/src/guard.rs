//! Nothing that a run starts outlives it.
//!
//! Every process of a run carries a marker in its environment, which its children inherit, so a
//! worker that left its parent behind (as Warren's workers may) is still found.
//! A guardian process, a few lines of shell, holds the reading end of a pipe: when the run ends, in
//! whatever way (SIGKILL included), the pipe closes and the guardian kills all that is marked.
//!
//! It reads `/proc`, so it knows Linux only, and sees only processes of the same user.

use anyhow::{Context, Result};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The environment variable that marks a process as ours.
const VARIABLE: &str = "WARREN_E2E";

/// What the programs read from the environment. A run says itself how it wants them: with a filter
/// of the user's, the log line that names the controller's port might not be there.
const SETTINGS: [&str; 4] = [
    "WARREN_CONFIG",
    "WARREN_BROKER_URL",
    "WARREN_HTTP_TOKEN",
    "WARREN_LOG",
];

/// Kills what is marked once its standard input ends; five rounds, because a process may be
/// starting another one while the first round looks.
const GUARDIAN: &str = r#"
cat >/dev/null
for round in 1 2 3 4 5; do
    for environ in /proc/[0-9]*/environ; do
        if grep -qz "^WARREN_E2E=$1" "$environ" 2>/dev/null; then
            pid=${environ#/proc/}
            kill -KILL "${pid%/environ}" 2>/dev/null
        fi
    done
    sleep 0.1
done
"#;

/// Watches over one run; dropping it kills what is left of the run.
#[derive(Debug)]
pub struct Guard {
    run: String,
    guardian: Child,
}

/// A process of the run that is still there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survivor {
    pub pid: i32,
    pub command: String,
}

impl Guard {
    /// Starts the guardian of a new run.
    pub fn start() -> Result<Self> {
        let run = format!("{}-{:x}", std::process::id(), started_nanoseconds());
        let guardian = Command::new("sh")
            .args(["-c", GUARDIAN, "warren-guardian", &format!("{run}/")])
            .env_remove(VARIABLE)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C at the terminal reaches the run, and the guardian clears up behind it.
            .process_group(0)
            .spawn()
            .context("start the guardian process with sh")?;
        Ok(Self { run, guardian })
    }

    /// Names the run: unique on this machine, and fit for a file name.
    #[must_use]
    pub fn run(&self) -> &str {
        &self.run
    }

    /// A command whose process, and every process it starts, belongs to `part` of this run.
    /// It gets a process group of its own, so that Ctrl-C reaches only the run itself, and none of
    /// the user's own settings.
    #[must_use]
    pub fn command(&self, program: impl AsRef<OsStr>, part: &str) -> tokio::process::Command {
        let mut command = tokio::process::Command::new(program);
        for setting in SETTINGS {
            command.env_remove(setting);
        }
        command
            .env(VARIABLE, self.marker(part))
            .stdin(Stdio::null())
            .process_group(0)
            .kill_on_drop(true);
        command
    }

    /// The processes of this part of the run that are alive; of the whole run for an empty `part`.
    #[must_use]
    pub fn survivors(&self, part: &str) -> Vec<Survivor> {
        let marker = format!("{VARIABLE}={}", self.marker(part));
        let Ok(processes) = fs::read_dir("/proc") else {
            return Vec::new();
        };
        processes
            .flatten()
            .filter_map(|entry| {
                let pid = entry.file_name().to_str()?.parse().ok()?;
                // A process of another user, or one that has just gone, can't be read: not ours.
                let environment = fs::read(entry.path().join("environ")).ok()?;
                environment
                    .split(|byte| *byte == 0)
                    .any(|variable| variable.starts_with(marker.as_bytes()))
                    .then(|| Survivor {
                        pid,
                        command: command_line(pid),
                    })
            })
            .collect()
    }

    /// Kills what is left of this part of the run; everything for an empty `part`.
    /// Gives what it had to kill.
    pub fn kill_survivors(&self, part: &str) -> Vec<Survivor> {
        let found = self.survivors(part);
        let deadline = Instant::now() + Duration::from_secs(10);
        let mut left = found.clone();
        while !left.is_empty() && Instant::now() < deadline {
            for survivor in &left {
                // It may have gone by itself since it was seen; the next look tells.
                kill(Pid::from_raw(survivor.pid), Signal::SIGKILL).ok();
            }
            std::thread::sleep(Duration::from_millis(20));
            left = self.survivors(part);
        }
        found
    }

    fn marker(&self, part: &str) -> String {
        // The slash at the end keeps part "1" apart from part "10".
        if part.is_empty() {
            format!("{}/", self.run)
        } else {
            format!("{}/{part}/", self.run)
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.kill_survivors("");
        // With nothing left to kill, the guardian has no further use.
        self.guardian.kill().ok();
        self.guardian.wait().ok();
    }
}

fn command_line(pid: i32) -> String {
    let text = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let words: Vec<_> = text
        .split(|byte| *byte == 0)
        .filter(|word| !word.is_empty())
        .map(String::from_utf8_lossy)
        .collect();
    words.join(" ")
}

fn started_nanoseconds() -> u128 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.as_nanos())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[tokio::test]
    async fn a_grandchild_that_left_its_parent_is_found_and_killed() {
        let guard = Guard::start().unwrap();
        let mut parent = guard
            .command("sh", "1")
            .args(["-c", "setsid sleep 1000 & echo started"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        parent.wait().await.unwrap();
        assert!(guard.survivors("10").is_empty());
        assert_eq!(guard.survivors("1").len(), 1);
        assert_eq!(guard.kill_survivors("1").len(), 1);
        assert!(guard.survivors("").is_empty());
    }

    #[test]
    fn the_settings_of_the_user_stay_outside() {
        let guard = Guard::start().unwrap();
        let command = guard.command("true", "1");
        let filter = OsStr::new("WARREN_LOG");
        assert!(command.as_std().get_envs().any(|set| set == (filter, None)));
    }

    #[test]
    fn the_guardian_kills_what_is_left_once_the_pipe_closes() {
        let mut guard = Guard::start().unwrap();
        let mut left = Command::new("sleep")
            .arg("1000")
            .env(VARIABLE, guard.marker("1"))
            .spawn()
            .unwrap();
        let mut pipe = guard.guardian.stdin.take().unwrap();
        pipe.flush().unwrap();
        drop(pipe);
        guard.guardian.wait().unwrap();
        assert!(!left.wait().unwrap().success());
    }
}
