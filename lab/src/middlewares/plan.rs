//! The cases: the nodes of a round are started once, and asked by more and more clients.

use super::case::{Call, Case, Middleware, Work};

/// Cases with the same nodes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Round {
    pub(super) middleware: Middleware,
    pub(super) call: Call,
    pub(super) work: Work,
    pub(super) nodes: u32,
    pub(super) clients: &'static [u32],
}

/// By number of clients.
pub(super) const CLIENTS: &[u32] = &[1, 2, 4, 8, 16];
/// Writes are slow where they are persisted, and fewer cases say as much.
const CLIENTS_THAT_CHANGE: &[u32] = &[1, 4, 16];
/// Enough for three nodes to have something to do at any time.
pub(super) const CLIENTS_OF_NODES: u32 = 16;
/// By number of nodes.
pub(super) const NODES: [u32; 3] = [1, 2, 3];

impl Round {
    pub(super) fn case(&self, clients: u32) -> Case {
        Case {
            middleware: self.middleware,
            call: self.call,
            work: self.work,
            nodes: self.nodes,
            clients,
        }
    }
}

/// All rounds. The middlewares take turns within each table, so that what is compared was measured
/// close together.
pub(super) fn rounds() -> Vec<Round> {
    let mut rounds = Vec::new();
    let mut each = |call, work, nodes, clients| {
        // The producer sends the same request again and again: it can't put in and take out.
        let able = |&middleware: &Middleware| {
            call != Call::Change || middleware != Middleware::WarrenProducer
        };
        rounds.extend(
            Middleware::ALL
                .into_iter()
                .filter(able)
                .map(|middleware| Round {
                    middleware,
                    call,
                    work,
                    nodes,
                    clients,
                }),
        );
    };
    each(Call::Filter, Work::None, 1, CLIENTS);
    each(Call::Random, Work::None, 1, CLIENTS);
    each(Call::Change, Work::None, 1, CLIENTS_THAT_CHANGE);
    for nodes in NODES {
        each(
            Call::Filter,
            Work::FiveMilliseconds,
            nodes,
            &[CLIENTS_OF_NODES],
        );
    }
    // One node was measured above.
    for nodes in [2, 3] {
        each(Call::Filter, Work::None, nodes, &[CLIENTS_OF_NODES]);
        each(Call::Random, Work::None, nodes, &[CLIENTS_OF_NODES]);
    }
    rounds
}
