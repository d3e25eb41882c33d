//! Why a message can't be worked on, or its result has nowhere to go.

/// Why a message, or its result, has nowhere to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Its text is not UTF-8.
    NotUtf8,
    /// It is larger than `max_message_bytes`.
    TooLarge,
    /// Its `reply_to` is the work queue: the result would come back as a message, for ever.
    RepliesToWorkQueue,
    /// Its result reached no queue.
    ResultUnroutable,
    /// Its command could not be started.
    NotStarted,
    /// Its command asked for another try.
    TemporaryFailure,
    /// Its command ended with an exit code that says that it failed.
    ExitCode,
    /// Its command was ended by a signal.
    Signal,
    /// Its command took too long.
    Timeout,
    /// Its command wrote too much.
    OutputLimit,
}

impl Reason {
    /// What stands in the header `warren-reason`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotUtf8 => "not-utf8",
            Self::TooLarge => "too-large",
            Self::RepliesToWorkQueue => "replies-to-work-queue",
            Self::ResultUnroutable => "result-unroutable",
            Self::NotStarted => "not-started",
            Self::TemporaryFailure => "temporary-failure",
            Self::ExitCode => "exit-code",
            Self::Signal => "signal",
            Self::Timeout => "timeout",
            Self::OutputLimit => "output-limit",
        }
    }
}
