//! `exec`: a program of anybody's, started for each message: the body on stdin, the result on
//! stdout, the properties in the environment, and what becomes of the message by the exit code.
//!
//! Whatever the program does, the worker lives on: it is told to end when it takes too long, and
//! killed, with all that it started, when it does not; so it is when it writes too much.

mod args;
mod complaints;
mod environment;
mod process;
mod program;
mod streams;

pub use args::ExecArgs;

use super::work::{DeadLetterNeed, Kind, Work, worked};
use crate::counters::Notice;
use crate::disposition::Disposition;
use crate::headers::{EXIT_CODE_HEADER, SIGNAL_HEADER, STDERR_HEADER};
use crate::pace::{MessageTime, Pace};
use crate::reason::Reason;
use crate::request::Request;
use crate::settings::{Settings, Unprocessable};
use anyhow::ensure;
use args::OnFailure;
use complaints::Voice;
use environment::Environment;
use process::{Ending, Limits, Run};
use program::Program;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// Work done by a program.
#[derive(Debug)]
pub struct Exec(Rc<Job>);

/// The same for every message.
#[derive(Debug)]
struct Job {
    program: Program,
    environment: Environment,
    limits: Limits,
    policy: Policy,
    voice: Rc<Voice>,
    not_started: RefCell<Notice>,
    since: Instant,
}

/// What becomes of messages whose command did not end well.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Policy {
    retry_on: Vec<u8>,
    retry_delay: Duration,
    retries: u32,
    on_failure: OnFailure,
}

/// What a command's end says of its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Done,
    Retry(Reason),
    Failed(Reason),
    Dropped(Reason),
}

impl Exec {
    /// Looks for the program.
    ///
    /// # Errors
    /// When it is not there, or the flags do not fit each other.
    pub fn new(args: &ExecArgs, settings: &Settings) -> anyhow::Result<Self> {
        let is_dead_letter = matches!(settings.unprocessable, Unprocessable::DeadLetter(_));
        ensure!(
            is_dead_letter || args.on_failure == OnFailure::Drop,
            "a message whose command fails in the end becomes a dead letter, and on-unprocessable \
             says that there are none; give --on-unprocessable dead-letter, or --on-failure drop"
        );
        settings.check_held(args.retry_delay, "--retry-delay")?;
        Ok(Self(Rc::new(Job {
            program: Program::find(&args.command, std::env::var_os("PATH"))?,
            environment: Environment::of_this_process(),
            limits: Limits {
                timeout: args.timeout,
                kill_after: args.kill_after,
                output_bytes_max: usize::try_from(args.output_limit.as_u64())?,
            },
            policy: Policy {
                retry_on: args.retry_on.clone(),
                retry_delay: args.retry_delay,
                retries: args.retries,
                on_failure: args.on_failure,
            },
            voice: Rc::default(),
            not_started: RefCell::default(),
            since: Instant::now(),
        })))
    }

    /// A message is held for as long as its command may take.
    #[must_use]
    pub fn pace(args: &ExecArgs) -> Pace {
        let time = MessageTime {
            time: args.timeout.saturating_add(args.kill_after),
            flag: "--timeout",
        };
        Pace::Abreast(args.concurrency, time)
    }
}

impl Kind for Exec {
    fn dead_letters(&self) -> DeadLetterNeed {
        let policy = &self.0.policy;
        match policy.on_failure {
            OnFailure::DeadLetter | OnFailure::Retry => DeadLetterNeed::Required {
                pause: policy.retry_delay,
            },
            OnFailure::Drop => DeadLetterNeed::Optional,
        }
    }

    fn work(&mut self, request: Request) -> Work {
        let job = Rc::clone(&self.0);
        Work::Later(Box::pin(async move { job.work(request).await }))
    }
}

impl Job {
    async fn work(&self, mut request: Request) -> Disposition {
        let (program, environment) = (&self.program, &self.environment);
        let run = process::run(program, environment, self.limits, &self.voice, &mut request);
        match run.await {
            Ok(run) => self.policy.disposition(request, run),
            Err(error) => {
                let now = self.since.elapsed();
                if let Some(messages) = self.not_started.borrow_mut().occurred(now) {
                    tracing::warn!(
                        messages,
                        program = %program.path.display(),
                        %error,
                        "can't start the command, messages go back to the queue"
                    );
                }
                // Nobody has worked on it: this is no fault of the message, and no attempt.
                request.give_back(Reason::NotStarted, self.policy.retry_delay)
            }
        }
    }
}

impl Policy {
    fn disposition(&self, mut request: Request, run: Run) -> Disposition {
        match self.judge(run.ending, request.failed_attempts()) {
            Verdict::Done => worked(request.answer(run.output), run.took),
            Verdict::Retry(reason) => request.retry(reason, self.retry_delay),
            Verdict::Dropped(reason) => Disposition::Dropped(reason),
            Verdict::Failed(reason) => {
                let headers = &mut request.delivery.properties.headers;
                // It may have been a dead letter before, and ended otherwise then.
                let of_before = [EXIT_CODE_HEADER, SIGNAL_HEADER];
                *headers = headers.chosen(|name| !of_before.contains(&name));
                match run.ending {
                    Ending::Exited { code } => headers.insert(EXIT_CODE_HEADER, i64::from(code)),
                    Ending::Signalled { signal } => {
                        headers.insert(SIGNAL_HEADER, i64::from(signal));
                    }
                    Ending::TimedOut | Ending::Flooded => {}
                }
                headers.insert(STDERR_HEADER, run.last_words);
                request.unprocessable(reason)
            }
        }
    }

    fn judge(&self, ending: Ending, failed_attempts: u32) -> Verdict {
        let reason = match ending {
            Ending::Exited { code: 0 } => return Verdict::Done,
            Ending::Exited { code } if self.retry_on.iter().any(|on| i32::from(*on) == code) => {
                return self.retry(Reason::TemporaryFailure, failed_attempts);
            }
            Ending::Exited { .. } => Reason::ExitCode,
            Ending::Signalled { .. } => Reason::Signal,
            Ending::TimedOut => Reason::Timeout,
            Ending::Flooded => Reason::OutputLimit,
        };
        match self.on_failure {
            OnFailure::DeadLetter => Verdict::Failed(reason),
            OnFailure::Retry => self.retry(reason, failed_attempts),
            OnFailure::Drop => Verdict::Dropped(reason),
        }
    }

    fn retry(&self, reason: Reason, failed_attempts: u32) -> Verdict {
        if failed_attempts < self.retries {
            return Verdict::Retry(reason);
        }
        match self.on_failure {
            OnFailure::DeadLetter | OnFailure::Retry => Verdict::Failed(reason),
            OnFailure::Drop => Verdict::Dropped(reason),
        }
    }
}

#[cfg(test)]
mod tests;
