//! How messages come to be due: at instants that a schedule names, or whenever a client is free.

use std::time::Duration;
use traffic::Rate;
use traffic::Schedule;

/// The most messages that are counted out; more is a rate kept up for long.
pub const REQUESTS_MAX: u64 = 100_000_000;

/// More clients than one process can play without becoming the bottleneck itself.
pub const CLIENTS_MAX: u32 = 10_000;

/// How messages come to be due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Load {
    /// The open loop: at instants that the scenario alone decides, however the fleet does.
    Open(Schedule),
    /// The closed loop: each client sends a message, waits for its reply (or for its confirmation,
    /// where no reply is wanted), and then sends the next.
    Closed(Vec<VirtualUsers>),
}

/// A group of virtual users: `clients` send side by side until they are done, then the next group
/// begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VirtualUsers {
    /// How many there are at once; none make a pause.
    pub clients: u32,
    pub until: Until,
}

/// When a group is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// This many messages in all have been sent and answered.
    Requests(u64),
    /// So much time has passed; what was sent by then is still waited for.
    Duration(Duration),
}

impl Load {
    /// How many messages there are in all; `None` where that depends on how fast clients are served.
    #[must_use]
    pub fn messages(&self) -> Option<u64> {
        match self {
            Self::Open(schedule) => Some(schedule.messages()),
            Self::Closed(groups) => groups
                .iter()
                .map(|group| match group.until {
                    Until::Requests(requests) => Some(requests),
                    Until::Duration(_) if group.clients == 0 => Some(0),
                    Until::Duration(_) => None,
                })
                .sum(),
        }
    }

    /// How long it lasts at least: floods and counted requests take as long as they take.
    #[must_use]
    pub fn duration(&self) -> Duration {
        match self {
            Self::Open(schedule) => schedule.duration(),
            Self::Closed(groups) => groups
                .iter()
                .map(|group| match group.until {
                    Until::Requests(_) => Duration::ZERO,
                    Until::Duration(duration) => duration,
                })
                .sum(),
        }
    }

    /// The largest rate that is asked for; clients and floods ask for none.
    #[must_use]
    pub fn rate_peak(&self) -> Option<Rate> {
        match self {
            Self::Open(schedule) => Some(schedule.rate_peak()).filter(|rate| *rate > Rate::ZERO),
            Self::Closed(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_counted_groups_have_a_number_of_messages() {
        let seconds = |seconds| Until::Duration(Duration::from_secs(seconds));
        let group = |clients, until| VirtualUsers { clients, until };
        let counted = group(10, Until::Requests(1000));
        let pause = group(0, seconds(5));
        let load = Load::Closed(vec![counted, pause, counted]);
        assert_eq!(load.messages(), Some(2000));
        assert_eq!(load.duration(), Duration::from_secs(5));
        let load = Load::Closed(vec![counted, group(10, seconds(30))]);
        assert_eq!(load.messages(), None);
        assert_eq!(load.duration(), Duration::from_secs(30));
    }
}
