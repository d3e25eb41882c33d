//! The insult service on a real RabbitMQ: its cases, and what they all know of it.

mod answers;
mod asker;
mod filter;
mod nodes;
mod owners;

use crate::suite::Test;
use std::time::Duration;

/// A node whose owner was killed sees it by the broker's word, and stands for election then.
const AGREED_WITHIN: Duration = Duration::from_secs(30);

const SERVICE: &str = "warren.insults";

/// The reference's seven words.
const FIRST_WORDS: [&str; 7] = [
    "tonto",
    "inutil",
    "cap d'espicana",
    "cavero",
    "gordo",
    "feo",
    "perro",
];

pub(crate) fn tests() -> Vec<Test> {
    vec![
        Test::on_the_node("insults::each_request_gets_its_answer", answers::requests),
        Test::on_the_node(
            "insults::the_client_does_each_from_the_command_line",
            answers::client,
        ),
        Test::on_the_node(
            "insults::no_answered_write_is_lost_with_its_owner",
            owners::owners_killed,
        ),
        Test::on_the_node(
            "insults::a_drained_owner_hands_over_at_once",
            owners::drained,
        ),
        Test::on_the_node(
            "insults::a_queue_that_is_something_else_is_named",
            owners::mismatch,
        ),
        Test::on_the_node(
            "insults::words_are_broadcast_by_one_owner_at_a_time",
            owners::broadcast,
        ),
        Test::on_the_node(
            "insults::a_filter_swaps_its_list_without_losing_a_message",
            filter::live_list,
        ),
        Test::alone(
            "insults::the_list_outlives_the_broker",
            owners::broker_restarted,
        ),
    ]
}
