//! What the workers of a scenario make in the broker beside their queue, for a sweep to delete.

use super::fields::{self, Fields, Mistakes};
use toml::Spanned;
use toml::de::DeValue;

/// What workers make and name after their work queue: `updates` is `<work queue>.updates`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cleanup {
    pub queues: Vec<String>,
    pub exchanges: Vec<String>,
}

pub(super) fn read(value: &Spanned<DeValue<'_>>, mistakes: &mut Mistakes<'_>) -> Cleanup {
    let Some(table) = value.get_ref().as_table() else {
        let found = fields::kind(value.get_ref());
        let message = format!("cleanup: expected a table, found {found}");
        mistakes.add(&value.span(), message);
        return Cleanup::default();
    };
    let mut fields = Fields::new(" of cleanup", table, value.span());
    let queues = fields.read(mistakes, "queues", names);
    let exchanges = fields.read(mistakes, "exchanges", names);
    fields.finish(mistakes);
    Cleanup {
        queues: queues.unwrap_or_default(),
        exchanges: exchanges.unwrap_or_default(),
    }
}

fn names(value: &DeValue<'_>) -> Result<Vec<String>, String> {
    let Some(names) = value.as_array() else {
        let found = fields::kind(value);
        return Err(format!("expected names, as [\"updates\"], found {found}"));
    };
    let names = names.iter().map(|name| fields::text(name.get_ref()));
    names.collect()
}
