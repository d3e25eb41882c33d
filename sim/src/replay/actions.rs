//! Whether an event was answered as it was recorded.

use policy::Action;
use policy::journal::Line;
use serde_json::Value;

/// The first action that differs, in words; `None` where all are as recorded.
pub(super) fn difference(line: &Line, replayed: &[Action]) -> Option<String> {
    let (recorded, replayed) = (values(&line.actions), values(replayed));
    if recorded == replayed {
        return None;
    }
    let longest = recorded.len().max(replayed.len());
    let index = (0..longest).find(|&index| recorded.get(index) != replayed.get(index))?;
    let event = serde_json::to_string(&line.event).expect("it was read from text");
    Some(format!(
        "{event} at {:.3} s was answered differently in action {}\n  recorded: {}\n  replayed: {}",
        line.at.as_secs_f64(),
        index + 1,
        shown(recorded.get(index)),
        shown(replayed.get(index)),
    ))
}

/// As they stand in a journal: a decision's time is rounded there.
fn values(actions: &[Action]) -> Vec<Value> {
    actions
        .iter()
        .map(|action| serde_json::to_value(action).expect("actions are always written"))
        .collect()
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), Value::to_string)
}
