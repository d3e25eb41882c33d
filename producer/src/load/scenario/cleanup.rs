//! What the workers of a scenario make in the broker beside their queue, for a sweep to delete.

use config::toml_read::Section;

/// With a dot and the work queue of a sweep before it, of 26 bytes, it is an AMQP name, which may have
/// 255 in all.
const NAME_BYTES_MAX: usize = 200;

const NAMES_MAX: usize = 100;

/// What workers make and name after their work queue: `updates` is `<work queue>.updates`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cleanup {
    pub queues: Vec<String>,
    pub exchanges: Vec<String>,
}

/// Reads `[cleanup]`.
pub(super) fn read(section: &Section<'_>) -> Option<Cleanup> {
    let names = |key| {
        section.given_or(key, Vec::new(), |field| {
            field.texts(0..=NAMES_MAX, 1..=NAME_BYTES_MAX)
        })
    };
    let (queues, exchanges) = (names("queues"), names("exchanges"));
    section.finish();
    Some(Cleanup {
        queues: queues?,
        exchanges: exchanges?,
    })
}
