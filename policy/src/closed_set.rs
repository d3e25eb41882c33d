//! Enums whose values are words for others: metric labels, log fields, JSON.

/// Gives an enum all its values and the word for each. The match is exhaustive, so a variant that is
/// missing here does not compile.
macro_rules! closed_set {
    ($name:ident { $($variant:ident => $word:literal),+ $(,)? }) => {
        impl $name {
            /// Every value, in the order of the declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word for it in metrics, logs, the API and the journal.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }
    };
}

pub(crate) use closed_set;

#[cfg(test)]
mod tests {
    use crate::{Reason, SampleFailure, WorkerState};

    #[test]
    fn the_words_are_those_of_the_journal() {
        let written = |value: serde_json::Value| value.as_str().unwrap().to_owned();
        for reason in Reason::ALL {
            assert_eq!(written(serde_json::json!(reason)), reason.as_str());
        }
        for failure in SampleFailure::ALL {
            assert_eq!(written(serde_json::json!(failure)), failure.as_str());
        }
        for state in WorkerState::ALL {
            assert_eq!(written(serde_json::json!(state)), state.as_str());
        }
    }
}
