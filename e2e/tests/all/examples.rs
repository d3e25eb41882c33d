//! The examples: each worker answers, under the controller and with the configuration that stand
//! beside it.

use crate::context::Context;
use crate::suite::Test;
use anyhow::{Context as _, Result, ensure};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use testbed::programs::checkout;
use toml::{Table, Value};

const CONFIG: &str = "examples/three-pools.toml";

pub(crate) fn tests() -> Vec<Test> {
    vec![
        Test::in_a_vhost("examples::the_configuration_has_no_mistake", checked),
        Test::in_a_vhost("examples::the_work_in_shell_answers_with_capitals", shell),
        Test::in_a_vhost("examples::a_worker_in_each_language_answers_all", answered),
    ]
}

async fn checked(context: &Context) -> Result<()> {
    let node = context.programs.node()?;
    let system = std::env::var_os("PATH").unwrap_or_default();
    let path = node.parent().into_iter().map(Path::to_owned);
    let path = path.chain(std::env::split_paths(&system));
    let output = Command::new(context.programs.path("warren-controller")?)
        .args(["check", "--config", CONFIG])
        .env("PATH", std::env::join_paths(path)?)
        .current_dir(checkout())
        .output()
        .context("run warren-controller check")?;
    // A warning would stand before it.
    ensure!(
        output.status.success() && output.stdout.starts_with(b"ok: "),
        "{output:?}"
    );
    Ok(())
}

async fn shell(_: &Context) -> Result<()> {
    let answer = run_shell(None)?;
    ensure!(
        answer.status.success() && answer.stdout == b"HOLA TONTO",
        "{answer:?}"
    );
    let refusal = run_shell(Some("image/png"))?;
    ensure!(refusal.status.code() == Some(65), "{refusal:?}");
    Ok(())
}

fn run_shell(content_type: Option<&str>) -> Result<Output> {
    let mut command = Command::new(checkout().join("examples/worker.sh"));
    command.env_remove("WARREN_CONTENT_TYPE");
    if let Some(content_type) = content_type {
        command.env("WARREN_CONTENT_TYPE", content_type);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().context("run examples/worker.sh")?;
    let mut stdin = child.stdin.take().context("its standard input")?;
    // One that refuses need not read.
    let written = stdin.write_all(b"hola tonto");
    drop(stdin);
    let output = child.wait_with_output()?;
    ensure!(!output.status.success() || written.is_ok(), "{written:?}");
    Ok(output)
}

/// The three pools side by side, with 100 messages each.
async fn answered(context: &Context) -> Result<()> {
    let text = std::fs::read_to_string(checkout().join(CONFIG)).context("read the example")?;
    let mut example: Table = text.parse().context("read the example as TOML")?;
    let pools = example["pool"].as_array_mut().context("its pools")?;
    ensure!(pools.len() == 3, "{} pools", pools.len());
    let (mut config, mut names) = (Vec::new(), Vec::new());
    for pool in pools {
        let pool = pool.as_table_mut().context("a pool")?;
        let name = pool["name"].as_str().context("its name")?.to_owned();
        at_home(context, &name, pool)?;
        config.push(pool.clone());
        names.push(name);
    }
    let config = context.config(config)?;
    let controller = context.controller(&config).await?;
    for name in names {
        let pool = context.vhost.pool_name(&name);
        let phase = "rate = 100\nrequests = 100";
        let producer = context.producer_of(&config, phase, &["--pool", &pool])?;
        let outcome = producer.outcome().await?;
        ensure!(
            (outcome.sent, outcome.replied, outcome.duplicated) == (100, 100, 0),
            "{name}: {outcome:#?}"
        );
        let waiting = context.ready_messages(&context.vhost.name(&name)).await?;
        ensure!(waiting == 0, "{waiting} messages are left in {name}");
    }
    controller.stop().await
}

/// Gives a pool of the example this test's names, and its command the programs that the set-up made.
fn at_home(context: &Context, name: &str, pool: &mut Table) -> Result<()> {
    for (key, value) in [
        ("name", context.vhost.pool_name(name)),
        ("exchange", context.vhost.name(name)),
        ("work_queue", context.vhost.name(name)),
        (
            "dead_letter_exchange",
            context.vhost.name(&format!("{name}.dead")),
        ),
    ] {
        pool.insert(key.to_owned(), value.into());
    }
    let fleet = pool["fleet"].as_table_mut().context("its fleet")?;
    let command = fleet["command"].as_array().context("its command")?;
    let mut words: Vec<String> = Vec::new();
    for word in command.iter().filter_map(Value::as_str) {
        let modules = context.programs.target().join("node/node_modules");
        match word {
            "python3" => words.push(context.programs.python()?.display().to_string()),
            "node" => words.extend([
                "env".to_owned(),
                format!("NODE_PATH={}", modules.display()),
                context.programs.node()?.display().to_string(),
            ]),
            file if file.starts_with("examples/") => {
                words.push(checkout().join(file).display().to_string());
            }
            other => words.push(other.to_owned()),
        }
    }
    fleet.insert("command".to_owned(), Value::from(words));
    Ok(())
}
