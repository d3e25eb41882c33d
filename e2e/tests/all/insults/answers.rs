//! What each request is answered, over AMQP and from the command line.

use super::asker::Asker;
use super::nodes::{Served, program};
use super::{AGREED_WITHIN, FIRST_WORDS};
use crate::context::Context;
use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use std::process::{Output, Stdio};
use testbed::node::Node;
use testbed::poll::until;
use tokio::time::timeout;

pub(super) async fn requests(context: &Context, _: &Node) -> Result<()> {
    let node = Served::start(context, 1)?;
    let mut asker = Asker::connect(context).await?;
    ensure!(asker.words().await? == FIRST_WORDS);
    let asked = [
        (
            json!({"op": "add", "word": " burro "}),
            json!({"ok": true, "op": "add", "word": "burro", "changed": true, "count": 8}),
        ),
        (
            json!({"op": "add", "word": "burro"}),
            json!({"ok": true, "op": "add", "word": "burro", "changed": false, "count": 8}),
        ),
        (
            json!({"op": "remove", "word": "feo"}),
            json!({"ok": true, "op": "remove", "word": "feo", "changed": true, "count": 7}),
        ),
        (
            json!({"op": "broadcast-start"}),
            json!({"ok": true, "op": "broadcast-start", "changed": true}),
        ),
        (
            json!({"op": "broadcast-stop"}),
            json!({"ok": true, "op": "broadcast-stop", "changed": true}),
        ),
        (
            json!({"op": "sing"}),
            json!({"ok": false, "error": "unknown op \"sing\"; it is one of add, remove, list, \
                random, broadcast-start, broadcast-stop, status"}),
        ),
        (
            json!({"op": "add", "word": 7}),
            json!({"ok": false, "error": "\"word\" is a number; it must be a string"}),
        ),
    ];
    for (request, expected) in asked {
        let answer = without_version(asker.ask(&request).await?);
        ensure!(answer == expected, "{request}: {answer}");
    }
    let answer = asker.ask_raw(b"tonto".to_vec()).await?;
    ensure!(
        answer
            == json!({"ok": false, "error":
            "the request is not JSON: expected ident at line 1 column 2"}),
        "{answer}"
    );
    until(
        "the node to have seen every change",
        AGREED_WITHIN,
        async || {
            let answer = without_version(asker.ask(&json!({"op": "status"})).await?);
            Ok(answer
                == json!({"ok": true, "op": "status", "count": 7, "broadcasting": false,
                "node": node.id}))
        },
    )
    .await?;
    let words = asker.words().await?;
    ensure!(words.last().is_some_and(|word| word == "burro") && words.len() == 7);
    let answer = asker.ask(&json!({"op": "random"})).await?;
    let word = answer["word"].as_str().context("a word")?;
    ensure!(words.contains(&word.to_owned()), "{answer}");
    asker.session.close().await;
    node.stop().await
}

pub(super) async fn client(context: &Context, _: &Node) -> Result<()> {
    let alone = run_client(context, &["list", "--timeout", "1s"]).await?;
    ensure!(alone.status.code() == Some(1), "{alone:?}");
    let said = String::from_utf8(alone.stderr)?;
    ensure!(
        said.contains("start a node with `warren-insults serve`"),
        "{said}"
    );

    let node = Served::start(context, 1)?;
    // The node makes the queue that the client asks for.
    Asker::connect(context).await?.words().await?;
    let asked: [(&[&str], i32, &str, &str); 7] = [
        (&["add", "burro"], 0, "added 'burro', 8 words now\n", ""),
        (
            &["add", "burro"],
            0,
            "'burro' was there already, 8 words\n",
            "",
        ),
        (
            &["remove", "burro"],
            0,
            "removed 'burro', 7 words now\n",
            "",
        ),
        (&["broadcast-stop"], 0, "not broadcasting, as before\n", ""),
        (&["broadcast-start"], 0, "broadcasting\n", ""),
        (
            &["add", "a\tb"],
            2,
            "",
            "the word holds a control character, U+0009",
        ),
        (&["sing"], 2, "", "sing"),
    ];
    for (arguments, code, stdout, stderr) in asked {
        let output = run_client(context, arguments).await?;
        let fits = output.status.code() == Some(code)
            && output.stdout == stdout.as_bytes()
            && String::from_utf8_lossy(&output.stderr).contains(stderr);
        ensure!(fits, "{arguments:?}: {output:?}");
    }
    let heard = run_client(context, &["subscribe", "--count", "3"]).await?;
    let heard = String::from_utf8(heard.stdout)?;
    let mut words = heard.lines();
    ensure!(
        heard.lines().count() == 3 && words.all(|word| FIRST_WORDS.contains(&word)),
        "{heard}"
    );
    let output = run_client(context, &["status", "--json"]).await?;
    let status: Value = serde_json::from_slice(&output.stdout)?;
    ensure!(
        status["schema"] == 1 && status["count"] == 7 && status["broadcasting"] == true,
        "{status}"
    );
    node.stop().await
}

fn without_version(mut answer: Value) -> Value {
    if let Some(answer) = answer.as_object_mut() {
        answer.remove("version");
    }
    answer
}

async fn run_client(context: &Context, arguments: &[&str]) -> Result<Output> {
    let mut command = program(context, &["client"])?;
    command.args(arguments).stdout(Stdio::piped());
    command.stderr(Stdio::piped()).env("WARREN_LOG", "error");
    let output = timeout(AGREED_WITHIN, command.output()).await;
    output.context("the client's end")?.context("run a client")
}
