//! A scenario in words, for the page of a report.

use crate::load::offered::{Load, Until, VirtualUsers};
use crate::load::payload::Payload;
use crate::load::scenario::{Reply, Scenario};
use crate::report::Description;
use broker::Persistence;
use std::time::Duration;

/// Groups that are named one by one; more of them are counted.
const GROUPS_MAX: usize = 12;

impl Scenario {
    /// What is played, in words.
    #[must_use]
    pub fn description(&self) -> Description {
        let payload = match &self.payload {
            Payload::BuiltIn => "built-in sentences".to_owned(),
            Payload::Lines(path) => format!("the lines of {}", path.display()),
            Payload::Synthetic(_) => "made-up text".to_owned(),
        };
        let persistent = match self.persistence {
            Persistence::Persistent => "yes",
            Persistence::Transient => "no",
        };
        let reply = match self.reply {
            Reply::Wanted => "wanted",
            Reply::None => "not wanted",
        };
        Description {
            about: self.about.clone(),
            rows: vec![
                ("load", load(&self.load)),
                ("replies", reply.to_owned()),
                ("payload", payload),
                ("persistent", persistent.to_owned()),
            ],
        }
    }
}

/// A load in words.
fn load(load: &Load) -> String {
    match load {
        Load::Open(schedule) => {
            let messages = schedule.messages();
            // A counted phase may end within a microsecond, which nobody wants to read.
            let milliseconds = u64::try_from(schedule.duration().as_millis()).unwrap_or(u64::MAX);
            let duration = match Duration::from_millis(milliseconds) {
                // A flood takes as long as it takes.
                Duration::ZERO => String::new(),
                duration => format!(" in {}", humantime::format_duration(duration)),
            };
            let peak = load.rate_peak().map(|peak| format!(", at most {peak}"));
            let peak = peak.unwrap_or_default();
            format!("open loop: {messages} messages{duration}{peak}")
        }
        Load::Closed(groups) => {
            let named = groups.iter().take(GROUPS_MAX).map(group);
            let more = groups.len().saturating_sub(GROUPS_MAX);
            let more = (more > 0).then(|| format!("and {more} more"));
            let all: Vec<String> = named.chain(more).collect();
            format!("closed loop: {}", all.join("; "))
        }
    }
}

fn group(group: &VirtualUsers) -> String {
    let until = match group.until {
        Until::Requests(requests) => format!("{requests} messages"),
        Until::Duration(duration) => humantime::format_duration(duration).to_string(),
    };
    match group.clients {
        0 => format!("nobody, {until}"),
        clients => format!("{clients} clients, {until}"),
    }
}
