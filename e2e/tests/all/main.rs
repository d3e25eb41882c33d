//! Warren against a real RabbitMQ: the built programs, run as a user runs them, every message
//! counted.
//!
//! The tests share one private node, which starts when the first test needs it, and get a virtual
//! host each. A test that breaks the broker for everybody runs while no other does.

#![expect(clippy::print_stderr, reason = "a program for the terminal")]

mod access;
mod balance;
mod bursts;
mod closed_loop;
mod context;
mod controller;
mod examples;
mod exec;
mod harness;
mod idle;
mod insults;
mod journal;
mod kinds;
mod middlewares;
mod probe;
mod producer;
mod python_worker;
mod reports;
mod scenarios;
mod sessions;
mod suite;
mod sweep;
mod wakeups;
mod worker;

use libtest_mimic::{Arguments, Trial};
use std::process::ExitCode;
use suite::{Suite, Test};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let suite = match Suite::start() {
        Ok(suite) => suite,
        Err(error) => {
            eprintln!("error: {error:#}");
            return ExitCode::FAILURE;
        }
    };
    let tests: Vec<Test> = [
        access::tests(),
        balance::tests(),
        bursts::tests(),
        closed_loop::tests(),
        controller::tests(),
        examples::tests(),
        exec::tests(),
        idle::tests(),
        insults::tests(),
        journal::tests(),
        kinds::tests(),
        middlewares::tests(),
        probe::tests(),
        producer::tests(),
        python_worker::tests(),
        reports::tests(),
        scenarios::tests(),
        sessions::tests(),
        sweep::tests(),
        wakeups::tests(),
        worker::tests(),
    ]
    .into_iter()
    .flatten()
    .collect();
    let trials = tests
        .into_iter()
        .map(|test| Trial::test(test.name, move || suite.run(test)))
        .collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    match suite.stop() {
        Ok(()) if !conclusion.has_failed() => ExitCode::SUCCESS,
        Ok(()) => conclusion.exit_code(),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
