//! Whether decisions are carried out.

/// What `run` does with its decisions; each mode has a journal of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Workers are started and stopped.
    Live,
    /// `--dry-run`: decisions are recorded and shown, and no process is touched.
    DryRun,
}
