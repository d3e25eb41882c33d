//! Progress bars on stderr, and the log that goes on above them.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::Write;

/// A bar on stderr of this length; `template` says what stands beside it.
#[must_use]
pub fn bar(length: u64, template: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
    let style =
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.with_style(style)
}

/// Writes to stderr while the bar, if there is one, is out of the way: a writer for the log.
#[derive(Clone, Debug)]
pub struct Above(pub Option<ProgressBar>);

#[cfg(feature = "log")]
impl<'w> tracing_subscriber::fmt::MakeWriter<'w> for Above {
    type Writer = &'w Self;

    fn make_writer(&'w self) -> Self::Writer {
        self
    }
}

impl Write for &Above {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match &self.0 {
            Some(bar) => bar.suspend(|| std::io::stderr().write(bytes)),
            None => std::io::stderr().write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().flush()
    }
}
