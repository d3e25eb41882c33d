//! What only one pool may have: its name and its work queue.

use crate::toml_read::Field;
use std::collections::BTreeMap;

/// What only one pool may have.
#[derive(Default)]
pub(super) struct Unique {
    /// Each value with the key that has it.
    taken: BTreeMap<String, String>,
}

impl Unique {
    pub(super) fn take(&mut self, field: &Field<'_>, value: &str) -> bool {
        if let Some(other) = self.taken.get(value) {
            field.refuse(format!("must differ: {other} is the same"));
            return false;
        }
        self.taken.insert(value.to_owned(), field.path().to_owned());
        true
    }
}
