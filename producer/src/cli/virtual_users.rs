//! The flags that replace a scenario's load by clients who each wait for their reply.

use crate::load::offered::{CLIENTS_MAX, Load, REQUESTS_MAX, Until, VirtualUsers};
use clap::{ArgGroup, Args};
use std::time::Duration;

#[derive(Args, Clone, Copy, Debug)]
#[command(group(ArgGroup::new("until").args(["requests", "duration"]).requires("clients")))]
pub(super) struct VirtualUsersArguments {
    /// Replace the scenario's load by so many clients, each of whom sends a message when the one
    /// before is answered; say --requests or --duration too
    #[arg(long, value_name = "N", requires = "until",
          value_parser = clap::value_parser!(u32).range(1..=i64::from(CLIENTS_MAX)))]
    clients: Option<u32>,
    /// The clients send so many messages in all
    #[arg(long, value_name = "M", value_parser = clap::value_parser!(u64).range(1..=REQUESTS_MAX))]
    requests: Option<u64>,
    /// The clients send for so long
    #[arg(long, value_name = "TIME", value_parser = super::values::duration)]
    duration: Option<Duration>,
}

impl VirtualUsersArguments {
    /// The load that is asked for instead of the scenario's.
    pub(super) fn load(self) -> Option<Load> {
        let until = match (self.requests, self.duration) {
            (Some(requests), _) => Until::Requests(requests),
            (None, Some(duration)) => Until::Duration(duration),
            (None, None) => return None,
        };
        let clients = self.clients?;
        Some(Load::Closed(vec![VirtualUsers { clients, until }]))
    }
}
