//! One process for one message: in a group of its own, never left behind, always reaped.
//!
//! Its end is looked at before it is reaped: as long as it is a zombie, nobody else can get its
//! number, so killing what is left of its group can hit nobody else.

use super::complaints::Voice;
use super::environment::Environment;
use super::program::Program;
use super::streams::{Flow, Parts, Streams};
use crate::request::Request;
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::Pid;
use std::io;
use std::process::Stdio;
use std::rc::Rc;
use std::time::Duration;
use tokio::process::{Child, Command};
use tokio::signal::unix::{self, SignalKind};
use tokio::task::unconstrained;
use tokio::time::{Instant, sleep, timeout};

/// How long the output is waited for once a command has ended and its group is killed: what it wrote
/// is in the pipe by then. Only a process that left the group can still hold the pipe open.
const LINGER: Duration = Duration::from_millis(200);

/// What a command may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    pub(super) timeout: Duration,
    pub(super) kill_after: Duration,
    pub(super) output_bytes_max: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Exited { code: i32 },
    Signalled { signal: i32 },
    TimedOut,
    Flooded,
}

/// What came of a command.
pub(super) struct Run {
    pub(super) ending: Ending,
    pub(super) output: Vec<u8>,
    pub(super) last_words: String,
    pub(super) took: Duration,
}

/// Runs a program for a message, whose body it borrows and gives back at the end. Dropping the future kills the whole group.
///
/// # Errors
/// When the program can't be started, or its end can't be seen.
pub(super) async fn run(
    program: &Program,
    environment: &Environment,
    limits: Limits,
    voice: &Rc<Voice>,
    request: &mut Request,
) -> io::Result<Run> {
    let began = Instant::now();
    // From before the start, so that no end is missed.
    let mut endings = unix::signal(SignalKind::child())?;
    let mut child = Command::new(&program.path)
        .arg0(&program.name)
        .args(&program.arguments)
        .env_clear()
        .envs(environment.of(request))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()?;
    let mut group = Group::of(&child)?;
    let voice = Rc::clone(voice);
    let delivery = &mut request.delivery;
    let mut streams = Streams::of(&mut child, delivery, limits.output_bytes_max, voice);
    let outcome = watch(&group, &mut streams, &mut endings, limits).await;
    let took = began.elapsed();
    // Whatever the command left behind ends with it.
    group.signal(Signal::SIGKILL);
    let ending = outcome?;
    let rest = timeout(LINGER, streams.flow()).await;
    let ending = match rest {
        Ok(Flow::TooLong) => Ending::Flooded,
        Ok(Flow::Ended) | Err(_) => ending,
    };
    // It has ended: this only reaps it.
    child.wait().await?;
    group.is_reaped();
    let Parts {
        body,
        output,
        last_words,
    } = streams.into_parts();
    request.delivery.body = body;
    Ok(Run {
        ending,
        output,
        last_words,
        took,
    })
}

/// Waits for the end of the command, and brings it about where a limit is reached. Times come before
/// the output and count however busy the commands keep the worker: a flood must not outlive them.
async fn watch(
    group: &Group,
    streams: &mut Streams,
    endings: &mut unix::Signal,
    limits: Limits,
) -> io::Result<Ending> {
    let over_limit = tokio::select! {
        biased;
        ending = group.ended(endings) => return ending,
        () = unconstrained(sleep(limits.timeout)) => Ending::TimedOut,
        () = too_much(streams) => Ending::Flooded,
    };
    if over_limit == Ending::TimedOut {
        group.signal(Signal::SIGTERM);
        tokio::select! {
            biased;
            ending = group.ended(endings) => {
                return ending.map(|_| Ending::TimedOut);
            }
            () = unconstrained(sleep(limits.kill_after)) => {}
            () = too_much(streams) => {}
        }
    }
    group.signal(Signal::SIGKILL);
    group.ended(endings).await.map(|_| over_limit)
}

/// Comes to an end only if the output is too long.
async fn too_much(streams: &mut Streams) {
    if streams.flow().await == Flow::Ended {
        std::future::pending::<()>().await;
    }
}

/// The processes of one command. Dropping it kills them.
struct Group {
    leader: Pid,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The number is the group's, whether or not its leader has ended.
    Held,
    /// It may be anybody's.
    Reaped,
}

impl Group {
    fn of(child: &Child) -> io::Result<Self> {
        let pid = child.id().and_then(|pid| i32::try_from(pid).ok());
        let pid = pid.ok_or_else(|| io::Error::other("a process without a number"))?;
        Ok(Self {
            leader: Pid::from_raw(pid),
            state: State::Held,
        })
    }

    /// Waits for the end of the leader, and leaves it to be reaped.
    async fn ended(&self, endings: &mut unix::Signal) -> io::Result<Ending> {
        let look = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
        loop {
            match waitid(Id::Pid(self.leader), look)? {
                WaitStatus::Exited(_, code) => return Ok(Ending::Exited { code }),
                WaitStatus::Signaled(_, signal, _) => {
                    let signal = signal as i32;
                    return Ok(Ending::Signalled { signal });
                }
                _ => {
                    if endings.recv().await.is_none() {
                        return Err(io::Error::other("signals come no more"));
                    }
                }
            }
        }
    }

    fn signal(&self, signal: Signal) {
        if self.state == State::Held {
            // All of them may be gone already, which is as well.
            killpg(self.leader, signal).ok();
        }
    }

    fn is_reaped(&mut self) {
        self.state = State::Reaped;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::SIGKILL);
    }
}
