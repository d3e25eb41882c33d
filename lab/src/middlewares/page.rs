//! The tables of docs/middlewares.md, and what they were measured on.

use super::case::{Call, Measured, Middleware, Rate, Work};
use super::nodes::Place;
use super::plan::{CLIENTS_OF_NODES, NODES};
use anyhow::{Context, Result};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use testbed::node::Node;
use testbed::programs::checkout;
use tokio::process::Command;

/// What is between these lines is written by `make middlewares`, the rest of the page by people.
const BEGIN: &str = "<!-- measured: begin -->\n";
const END: &str = "<!-- measured: end -->\n";

/// The machine and the versions, in one line.
#[derive(Debug)]
pub(super) struct Machine(String);

impl Machine {
    pub(super) async fn of(place: &Place<'_>, node: &Node) -> Result<Self> {
        let cores = std::thread::available_parallelism().context("count the cores")?;
        let rabbitmq = node.control(&["version"]).await?;
        let python = printed(Command::new(place.programs.python()?).arg("--version")).await?;
        let redis = printed(Command::new("redis-server").arg("--version")).await?;
        let redis = redis
            .split_whitespace()
            .find_map(|word| word.strip_prefix("v="))
            .unwrap_or("of an unknown version")
            .to_owned();
        let requirements = checkout().join("setup/requirements.txt");
        let requirements = std::fs::read_to_string(&requirements)
            .with_context(|| format!("read {}", requirements.display()))?;
        let version = |package: &str| {
            let found = requirements.lines().find_map(|line| {
                let (name, version) = line.split_once("==")?;
                (name == package).then_some(version)
            });
            found.unwrap_or("of an unknown version")
        };
        Ok(Self(format!(
            "{cores} cores, Linux; RabbitMQ {}, Redis {redis}, {}, Pyro5 {}, pika {}, redis-py {}.",
            rabbitmq.trim(),
            python.trim(),
            version("Pyro5"),
            version("pika"),
            version("redis"),
        )))
    }
}

async fn printed(command: &mut Command) -> Result<String> {
    let output = command
        .output()
        .await
        .with_context(|| format!("run {command:?}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Puts the tables into the page.
pub(super) fn write(file: &Path, machine: &Machine, measured: &[Measured]) -> Result<()> {
    let page = std::fs::read_to_string(file).with_context(|| format!("read {}", file.display()))?;
    let (before, rest) = page
        .split_once(BEGIN)
        .with_context(|| format!("find {BEGIN:?} in {}", file.display()))?;
    let (_, after) = rest
        .split_once(END)
        .with_context(|| format!("find {END:?} in {}", file.display()))?;
    let tables = tables(measured);
    let page = format!(
        "{before}{BEGIN}\nMeasured on {}\n{tables}\n{END}{after}",
        machine.0
    );
    std::fs::write(file, page).with_context(|| format!("write {}", file.display()))
}

fn tables(measured: &[Measured]) -> String {
    let mut text = String::new();
    for (title, call) in [
        ("Texts filtered", Call::Filter),
        ("Random insults", Call::Random),
        ("Insults put in and taken out", Call::Change),
    ] {
        text += &format!("\n### {title} per second, by number of clients\n\n");
        text += &by_clients(measured, call);
    }
    for (title, call, work) in [
        (
            "Texts filtered per second with 5 ms of work each",
            Call::Filter,
            Work::FiveMilliseconds,
        ),
        (
            "Texts filtered per second without work",
            Call::Filter,
            Work::None,
        ),
        ("Random insults per second", Call::Random, Work::None),
    ] {
        text += &format!("\n### {title}, by number of nodes, with {CLIENTS_OF_NODES} clients\n\n");
        text += &by_nodes(measured, call, work);
    }
    let failures = measured.iter().filter_map(|measured| match &measured.rate {
        Rate::PerSecond(_) => None,
        Rate::Failed(why) => Some(format!("- {}: {why}", measured.case)),
    });
    let failures: Vec<String> = failures.collect();
    if !failures.is_empty() {
        text += &format!("\n### What failed\n\n{}\n", failures.join("\n"));
    }
    text
}

fn by_clients(measured: &[Measured], call: Call) -> String {
    let of = |middleware: Middleware| {
        measured.iter().filter(move |measured| {
            let case = measured.case;
            (case.middleware, case.call, case.work, case.nodes) == (middleware, call, Work::None, 1)
        })
    };
    let middlewares: Vec<Middleware> = Middleware::ALL
        .into_iter()
        .filter(|&middleware| of(middleware).next().is_some())
        .collect();
    let clients: BTreeSet<u32> = middlewares
        .iter()
        .flat_map(|&middleware| of(middleware))
        .map(|measured| measured.case.clients)
        .collect();
    let mut text = header(
        "clients",
        middlewares.iter().map(|it| it.title().to_owned()),
    );
    for clients in clients {
        let cells = middlewares.iter().map(|&middleware| {
            let found = of(middleware).find(|measured| measured.case.clients == clients);
            found.map_or_else(|| "–".to_owned(), |measured| short(&measured.rate))
        });
        text += &row(&clients.to_string(), cells);
    }
    text += &verdict(middlewares.iter().filter_map(|&middleware| {
        let last = of(middleware).max_by_key(|measured| measured.case.clients)?;
        Some((middleware, last.rate.per_second()?))
    }));
    text
}

/// Where Warren stands, said by the same run that measured it.
fn verdict(rates: impl Iterator<Item = (Middleware, f64)>) -> String {
    let rates: Vec<(Middleware, f64)> = rates.collect();
    let warren = rates
        .iter()
        .find(|(middleware, _)| *middleware == Middleware::Warren);
    let Some((_, warren)) = warren else {
        return String::new();
    };
    let others = rates.iter().filter(|(middleware, _)| {
        !matches!(middleware, Middleware::Warren | Middleware::WarrenProducer)
    });
    let compared: Vec<String> = others
        .map(|(middleware, rate)| format!("{:.2} × {}", warren / rate, middleware.title()))
        .collect();
    format!(
        "\nIn the last row, Warren with the same clients in Python is at {}.\n",
        compared.join(", ")
    )
}

fn by_nodes(measured: &[Measured], call: Call, work: Work) -> String {
    let mut text = header(
        "",
        NODES.iter().map(|nodes| match nodes {
            1 => "1 node".to_owned(),
            _ => format!("{nodes} nodes"),
        }),
    );
    for middleware in Middleware::ALL {
        let rate = |nodes: u32| {
            let found = measured.iter().find(|measured| {
                let case = measured.case;
                (case.middleware, case.call, case.work) == (middleware, call, work)
                    && (case.nodes, case.clients) == (nodes, CLIENTS_OF_NODES)
            });
            found.map(|measured| &measured.rate)
        };
        let one = rate(1).and_then(Rate::per_second);
        let cells = NODES.into_iter().map(|nodes| {
            let Some(rate) = rate(nodes) else {
                return "–".to_owned();
            };
            match (rate.per_second(), one) {
                (Some(several), Some(one)) if nodes > 1 => {
                    format!("{} ({:.2} ×)", short(rate), several / one)
                }
                _ => short(rate),
            }
        });
        text += &row(middleware.title(), cells);
    }
    text
}

fn header(first: &str, columns: impl Iterator<Item = String>) -> String {
    let columns: Vec<String> = columns.collect();
    let rule = "---:|".repeat(columns.len());
    row(first, columns.into_iter()) + "|---|" + &rule + "\n"
}

fn row(first: &str, cells: impl Iterator<Item = String>) -> String {
    let mut line = format!("| {first} |");
    for cell in cells {
        // Writing to a string can't fail.
        write!(line, " {cell} |").ok();
    }
    line + "\n"
}

fn short(rate: &Rate) -> String {
    match rate {
        Rate::PerSecond(rate) => format!("{rate:.0}"),
        Rate::Failed(_) => "failed".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::case::Case;
    use super::*;

    fn measured(
        middleware: Middleware,
        work: Work,
        nodes: u32,
        clients: u32,
        rate: f64,
    ) -> Measured {
        let case = Case {
            middleware,
            call: Call::Filter,
            work,
            nodes,
            clients,
        };
        let rate = if rate > 0.0 {
            Rate::PerSecond(rate)
        } else {
            Rate::Failed("2 of 9 answers were wrong".to_owned())
        };
        Measured { case, rate }
    }

    #[test]
    fn a_table_has_a_row_for_each_number_of_clients_and_says_where_warren_stands() {
        let all = [
            measured(Middleware::Pyro, Work::None, 1, 1, 2000.0),
            measured(Middleware::Pyro, Work::None, 1, 16, 8000.0),
            measured(Middleware::Warren, Work::None, 1, 1, 900.4),
            measured(Middleware::Warren, Work::None, 1, 16, 4000.0),
            measured(Middleware::Redis, Work::None, 1, 16, 0.0),
        ];
        insta::assert_snapshot!(by_clients(&all, Call::Filter), @r"
        | clients | Pyro | Redis lists | Warren, pika clients |
        |---|---:|---:|---:|
        | 1 | 2000 | – | 900 |
        | 16 | 8000 | failed | 4000 |

        In the last row, Warren with the same clients in Python is at 0.50 × Pyro.
        ");
    }

    #[test]
    fn speed_up_is_over_one_node_and_what_failed_has_none() {
        let work = Work::FiveMilliseconds;
        let all = [
            measured(Middleware::Pika, work, 1, 16, 190.0),
            measured(Middleware::Pika, work, 2, 16, 380.0),
            measured(Middleware::Pika, work, 3, 16, 0.0),
        ];
        let table = by_nodes(&all, Call::Filter, work);
        insta::assert_snapshot!(table, @r"
        |  | 1 node | 2 nodes | 3 nodes |
        |---|---:|---:|---:|
        | XML-RPC | – | – | – |
        | Pyro | – | – | – |
        | Redis lists | – | – | – |
        | RabbitMQ, pika | 190 | 380 (2.00 ×) | failed |
        | Warren, pika clients | – | – | – |
        | Warren, its own clients | – | – | – |
        ");
        assert!(tables(&all).contains(
            "- RabbitMQ, pika, filter with 5 ms of work, 3 nodes, 16 clients: 2 of 9 answers were wrong"
        ));
    }

    #[test]
    fn only_what_is_between_the_marks_is_written() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("page.md");
        std::fs::write(&file, format!("before\n{BEGIN}old\n{END}after\n")).unwrap();
        let machine = Machine("2 cores.".to_owned());
        write(&file, &machine, &[]).unwrap();
        let page = std::fs::read_to_string(&file).unwrap();
        assert!(page.starts_with(&format!("before\n{BEGIN}\nMeasured on 2 cores.\n")));
        assert!(page.ends_with(&format!("\n{END}after\n")) && !page.contains("old"));
        write(&file, &machine, &[]).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), page);
    }
}
