//! The page's words: docs/results.template.md, in which braces stand for what the runs came to.
//!
//! `{met}` is replaced by a number or a table of that name. `{step}. step: two looks after …` is an aim:
//! its number, its title and what it asks for. `{bursts: step} The fleet is still there …` says why an
//! aim is out of reach on a workload, and is shown only beside that miss.

const TEMPLATE: &str = include_str!("../../../docs/results.template.md");

/// What an aim is called on the page.
pub(super) fn title(aim: &str) -> Option<&'static str> {
    let title = |line: &'static str| {
        let text = line.strip_prefix('{')?.strip_prefix(aim)?;
        Some(text.strip_prefix("}. ")?.split_once(": ")?.0)
    };
    TEMPLATE.lines().find_map(title)
}

/// Why an aim is missed on a workload, where somebody has found out.
pub(super) fn why(workload: &str, aim: &str) -> Option<&'static str> {
    let mut reasons = TEMPLATE.lines().filter_map(Reason::of);
    let belongs = |reason: &Reason| {
        reason.workload == workload && reason.aims.split(", ").any(|named| named == aim)
    };
    reasons.find(belongs).map(|reason| reason.why)
}

/// The page, with each text in the place of its name.
pub(super) fn fill(texts: &[(&str, String)]) -> String {
    let lines = TEMPLATE.lines().filter(|line| Reason::of(line).is_none());
    let mut page: String = lines.flat_map(|line| [line, "\n"]).collect();
    for (name, text) in texts {
        page = page.replace(&format!("{{{name}}}"), text);
    }
    page
}

/// A line that explains a miss.
struct Reason {
    workload: &'static str,
    /// Their keys, with commas between.
    aims: &'static str,
    why: &'static str,
}

impl Reason {
    fn of(line: &'static str) -> Option<Self> {
        let (place, why) = line.strip_prefix('{')?.split_once("} ")?;
        let (workload, aims) = place.split_once(": ")?;
        Some(Self {
            workload,
            aims,
            why,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::aims::AIMS;
    use super::*;

    #[test]
    fn reasons_are_about_workloads_and_aims_that_there_are() {
        let workloads = crate::workloads::all(1);
        let reasons: Vec<Reason> = TEMPLATE.lines().filter_map(Reason::of).collect();
        assert!(!reasons.is_empty());
        for Reason {
            workload,
            aims,
            why,
        } in reasons
        {
            assert!(
                workloads.iter().any(|known| known.name == workload),
                "{workload}"
            );
            for aim in aims.split(", ") {
                assert!(AIMS.iter().any(|known| known.key == aim), "{aim}");
            }
            assert!(why.ends_with('.'), "{why}");
        }
    }

    #[test]
    fn each_aim_has_a_title_and_no_brace_is_left() {
        for aim in &AIMS {
            assert_ne!(title(aim.key).unwrap(), "", "{}", aim.key);
        }
        let numbers = AIMS.iter().map(|aim| (aim.key, "1".to_owned()));
        let others = ["met", "judged", "matrix", "missed", "runs"];
        let others = others.map(|name| (name, String::new()));
        let page = fill(&numbers.chain(others).collect::<Vec<_>>());
        assert!(!page.contains('{') && !page.contains('}'), "{page}");
    }
}
