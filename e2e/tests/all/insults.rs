//! The insult service on a real RabbitMQ: what each request is answered, and that no answered write
//! is lost whatever is killed.

use crate::context::Context;
use crate::suite::Test;
use anyhow::{Context as _, Result, bail, ensure};
use broker::{
    Consumer, FollowerQueue, Mandatory, Message, Multiple, Outcome, Persistence, Properties,
    Publisher, Session, topology,
};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::num::{NonZeroU16, NonZeroU32};
use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};
use testbed::node::Node;
use testbed::poll::{until, until_some};
use tokio::process::{Child, Command};
use tokio::time::timeout;

const SOON: Duration = Duration::from_secs(30);

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
        Test::on_the_node("insults::each_request_gets_its_answer", requests),
        Test::on_the_node(
            "insults::the_client_does_each_from_the_command_line",
            client,
        ),
        Test::on_the_node(
            "insults::no_answered_write_is_lost_with_its_owner",
            owners_killed,
        ),
        Test::on_the_node("insults::a_drained_owner_hands_over_at_once", drained),
        Test::on_the_node("insults::a_queue_that_is_something_else_is_named", mismatch),
        Test::on_the_node(
            "insults::words_are_broadcast_by_one_owner_at_a_time",
            broadcast,
        ),
        Test::on_the_node(
            "insults::a_filter_swaps_its_list_without_losing_a_message",
            live_list,
        ),
        Test::alone("insults::the_list_outlives_the_broker", broker_restarted),
    ]
}

/// One process of the service.
struct Served {
    child: Child,
    id: String,
    log: PathBuf,
}

impl Served {
    fn start(context: &Context, number: u32) -> Result<Self> {
        let id = format!("node-{number}");
        let log = context.directory.join(format!("{id}.log"));
        let file = std::fs::File::create(&log).context("make a node's log")?;
        let child = program(context, &["serve", "--broadcast-every", "100ms"])?
            .env("WARREN_WORKER_ID", &id)
            .env("WARREN_LOG", "info")
            .stderr(file)
            .spawn()
            .context("start a node")?;
        Ok(Self { child, id, log })
    }

    fn is_owner(&self) -> Result<bool> {
        Ok(std::fs::read_to_string(&self.log)?.contains("this node owns the list"))
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        let pid = self.child.id().context("the node is gone")?;
        kill(Pid::from_raw(i32::try_from(pid)?), signal).context("signal the node")
    }

    async fn kill(mut self) -> Result<()> {
        self.signal(Signal::SIGKILL)?;
        self.child.wait().await?;
        Ok(())
    }

    async fn stop(mut self) -> Result<()> {
        self.signal(Signal::SIGTERM)?;
        let status = timeout(SOON, self.child.wait()).await;
        let status = status.context("the node's end")??;
        let log = std::fs::read_to_string(&self.log)?;
        ensure!(status.success(), "a node ended with {status}:\n{log}");
        Ok(())
    }
}

async fn stop_all(nodes: Vec<Served>) -> Result<()> {
    for node in nodes {
        node.stop().await?;
    }
    Ok(())
}

/// The node that owns the list, which is taken out; there may be none just now.
async fn take_owner(nodes: &mut Vec<Served>) -> Result<Served> {
    until_some("a node to own the list", SOON, async || {
        for (index, node) in nodes.iter().enumerate() {
            if node.is_owner()? {
                return Ok(Some(index));
            }
        }
        Ok(None)
    })
    .await
    .map(|index| nodes.remove(index))
}

fn program(context: &Context, arguments: &[&str]) -> Result<Command> {
    let program = context.programs.path("warren-insults")?;
    let mut command = context.suite.guard.command(program, &context.part);
    command
        .args(arguments)
        .current_dir(&context.directory)
        .env("WARREN_BROKER_URL", context.vhost.url());
    Ok(command)
}

async fn run_client(context: &Context, arguments: &[&str]) -> Result<Output> {
    let mut command = program(context, &["client"])?;
    command.args(arguments).stdout(Stdio::piped());
    command.stderr(Stdio::piped()).env("WARREN_LOG", "error");
    let output = timeout(SOON, command.output()).await;
    output.context("the client's end")?.context("run a client")
}

/// A client that asks one thing after the other.
struct Asker {
    session: Session,
    publisher: Publisher,
    consumer: Consumer,
    reply_to: String,
}

impl Asker {
    async fn connect(context: &Context) -> Result<Self> {
        let mut session = context.session().await?;
        topology::ensure_results_queue(&mut session, SERVICE).await?;
        let many = NonZeroU32::new(1000).context("zero")?;
        let replies = FollowerQueue::declare(&mut session, "replies", many).await?;
        let consumer = session.consume(replies.name(), NonZeroU16::MIN).await?;
        let publisher = session.publisher().await?;
        Ok(Self {
            session,
            publisher,
            consumer,
            reply_to: replies.name().to_owned(),
        })
    }

    async fn ask(&mut self, request: &Value) -> Result<Value> {
        self.ask_raw(request.to_string().into_bytes()).await
    }

    async fn ask_raw(&mut self, body: Vec<u8>) -> Result<Value> {
        let message = Message {
            body,
            properties: Properties {
                reply_to: Some(self.reply_to.clone()),
                correlation_id: Some("c".to_owned()),
                persistence: Persistence::Persistent,
                ..Properties::default()
            },
        };
        let publish = self
            .publisher
            .publish_one("", SERVICE, message, Mandatory::Yes);
        ensure!(publish.await? == Outcome::Confirmed);
        let answer = timeout(SOON, self.consumer.next()).await;
        let answer = answer.context("no answer")?.context("the end")??;
        self.consumer
            .acknowledger()
            .ack(answer.tag, Multiple::One)?;
        ensure!(answer.properties.correlation_id.as_deref() == Some("c"));
        Ok(serde_json::from_slice(&answer.body)?)
    }

    async fn words(&mut self) -> Result<Vec<String>> {
        let answer = self.ask(&json!({"op": "list"})).await?;
        serde_json::from_value(answer["words"].clone()).context("a list")
    }

    /// The words, once all nodes have the same list.
    async fn agreed(&mut self, nodes: &[Served]) -> Result<BTreeSet<String>> {
        until("all nodes to have the same list", SOON, async || {
            let mut versions = BTreeMap::new();
            // Requests go round, so that each node gets several.
            for _ in 0..nodes.len() * 3 {
                let answer = self.ask(&json!({"op": "status"})).await?;
                versions.insert(answer["node"].to_string(), answer["version"].to_string());
            }
            let different: BTreeSet<_> = versions.values().collect();
            Ok(versions.len() == nodes.len() && different.len() == 1)
        })
        .await?;
        let first = self.words().await?;
        for _ in 0..nodes.len() * 3 {
            let other = self.words().await?;
            ensure!(first == other, "two nodes disagree: {first:?}, {other:?}");
        }
        Ok(first.into_iter().collect())
    }
}

fn without_version(mut answer: Value) -> Value {
    if let Some(answer) = answer.as_object_mut() {
        answer.remove("version");
    }
    answer
}

async fn requests(context: &Context, _: &Node) -> Result<()> {
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
    until("the node to have seen every change", SOON, async || {
        let answer = without_version(asker.ask(&json!({"op": "status"})).await?);
        Ok(answer
            == json!({"ok": true, "op": "status", "count": 7, "broadcasting": false,
                "node": node.id}))
    })
    .await?;
    let words = asker.words().await?;
    ensure!(words.last().is_some_and(|word| word == "burro") && words.len() == 7);
    let answer = asker.ask(&json!({"op": "random"})).await?;
    let word = answer["word"].as_str().context("a word")?;
    ensure!(words.contains(&word.to_owned()), "{answer}");
    asker.session.close().await;
    node.stop().await
}

async fn client(context: &Context, _: &Node) -> Result<()> {
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

/// Adds words of its own until it is told to stop; gives those that were confirmed.
async fn add_words(context: &Context, client: u32, count: u32) -> Result<BTreeSet<String>> {
    let mut asker = Asker::connect(context).await?;
    let mut confirmed = BTreeSet::new();
    for number in 0..count {
        let word = format!("word-{client}-{number}");
        let answer = asker.ask(&json!({"op": "add", "word": word})).await?;
        ensure!(answer["ok"] == true, "{answer}");
        confirmed.insert(word);
    }
    asker.session.close().await;
    Ok(confirmed)
}

async fn owners_killed(context: &Context, _: &Node) -> Result<()> {
    let mut nodes = vec![];
    for number in 0..3 {
        nodes.push(Served::start(context, number)?);
    }
    let writers =
        futures_util::future::try_join_all((0..8).map(|client| add_words(context, client, 40)));
    let killers = async {
        // Between writes and during them: whenever a new owner shows.
        for number in 3..8 {
            take_owner(&mut nodes).await?.kill().await?;
            nodes.push(Served::start(context, number)?);
        }
        Ok(())
    };
    let (confirmed, ()) = tokio::try_join!(writers, killers)?;
    let mut expected: BTreeSet<String> = confirmed.into_iter().flatten().collect();
    ensure!(expected.len() == 320, "{}", expected.len());
    expected.extend(FIRST_WORDS.map(str::to_owned));
    let mut asker = Asker::connect(context).await?;
    let words = asker.agreed(&nodes).await?;
    ensure!(
        words == expected,
        "{:?}",
        words.symmetric_difference(&expected)
    );

    // Everybody gone and nobody left: the broker keeps it.
    for node in nodes {
        node.kill().await?;
    }
    let node = Served::start(context, 8)?;
    let words: BTreeSet<_> = asker.words().await?.into_iter().collect();
    ensure!(
        words == expected,
        "{:?}",
        words.symmetric_difference(&expected)
    );
    asker.session.close().await;
    node.stop().await
}

async fn drained(context: &Context, _: &Node) -> Result<()> {
    let mut nodes = vec![Served::start(context, 0)?, Served::start(context, 1)?];
    let mut asker = Asker::connect(context).await?;
    for number in 2..4 {
        take_owner(&mut nodes).await?.stop().await?;
        let word = format!("word-{number}");
        let answer = asker.ask(&json!({"op": "add", "word": word})).await?;
        ensure!(answer["changed"] == true, "{answer}");
        nodes.push(Served::start(context, number)?);
    }
    let words = asker.agreed(&nodes).await?;
    ensure!(words.len() == 9, "{words:?}");
    asker.session.close().await;
    stop_all(nodes).await
}

async fn mismatch(context: &Context, _: &Node) -> Result<()> {
    let mut session = context.session().await?;
    let list = format!("{SERVICE}.list");
    topology::ensure_results_queue(&mut session, &list).await?;
    session.close().await;
    let mut node = Served::start(context, 0)?;
    let status = timeout(SOON, node.child.wait()).await;
    let status = status.context("the node's end")??;
    let said = std::fs::read_to_string(&node.log)?;
    ensure!(
        status.code() == Some(1) && said.contains(&list),
        "{status}: {said}"
    );
    Ok(())
}

async fn broadcast(context: &Context, _: &Node) -> Result<()> {
    const EVERY: Duration = Duration::from_millis(100);
    let mut nodes = vec![];
    for number in 0..3 {
        nodes.push(Served::start(context, number)?);
    }
    let mut asker = Asker::connect(context).await?;
    asker.words().await?;
    let exchange = format!("{SERVICE}.broadcast");
    let many = NonZeroU32::new(1000).context("zero")?;
    let queue = FollowerQueue::bind(&mut asker.session, "listener", &exchange, many).await?;
    let mut heard = asker.session.consume(queue.name(), NonZeroU16::MIN).await?;

    let began_at = Instant::now();
    asker.ask(&json!({"op": "broadcast-start"})).await?;
    let mut count = 0;
    let mut listen = async |words: u32| {
        for _ in 0..words {
            let word = timeout(SOON, heard.next()).await;
            let word = word.context("no word")?.context("the end")??;
            heard.acknowledger().ack(word.tag, Multiple::One)?;
            let text = std::str::from_utf8(&word.body)?;
            ensure!(FIRST_WORDS.contains(&text), "{text}");
            count += 1;
            // Two owners at once would send twice as many.
            let most = began_at.elapsed().div_duration_f64(EVERY).ceil();
            ensure!(f64::from(count) <= most, "{count} words, at most {most}");
        }
        Ok(())
    };
    listen(10).await?;
    take_owner(&mut nodes).await?.kill().await?;
    listen(10).await?;
    let answer = asker.ask(&json!({"op": "broadcast-stop"})).await?;
    ensure!(answer["changed"] == true, "{answer}");
    asker.session.close().await;
    stop_all(nodes).await
}

async fn live_list(context: &Context, _: &Node) -> Result<()> {
    let node = Served::start(context, 0)?;
    let mut asker = Asker::connect(context).await?;
    asker.ask(&json!({"op": "remove", "word": "tonto"})).await?;
    topology::ensure_results_queue(&mut asker.session, "texts").await?;
    topology::ensure_results_queue(&mut asker.session, "censored").await?;
    let mut filter = program(context, &["filter", "--queue", "texts"])?
        .env("WARREN_LOG", "warn")
        .spawn()
        .context("start a filter")?;

    let many = NonZeroU16::new(200).context("zero")?;
    let mut answers = asker.session.consume("censored", many).await?;
    let mut sent: i64 = 0;
    let mut answered = BTreeSet::new();
    let mut new_list_since = None;
    let mut is_added = false;
    // Goes on until a thousand texts were censored by the new list.
    while new_list_since.is_none_or(|since| sent < since + 1000) {
        for _ in 0..100 {
            let text = text(sent);
            asker
                .publisher
                .publish((), "", "texts", text, Mandatory::Yes)
                .await?;
            sent += 1;
        }
        while let Some(((), outcome)) = asker.publisher.outcome().await {
            ensure!(outcome? == Outcome::Confirmed);
        }
        // Some are always unanswered.
        while i64::try_from(answered.len())? < sent - 50 {
            receive(&mut answers, &mut answered, &mut new_list_since).await?;
        }
        if !is_added && sent > 1000 {
            ensure!(new_list_since.is_none(), "nobody has listed it yet");
            asker.ask(&json!({"op": "add", "word": "burro"})).await?;
            is_added = true;
        }
    }
    while i64::try_from(answered.len())? < sent {
        receive(&mut answers, &mut answered, &mut new_list_since).await?;
    }
    let pid = filter.id().context("the filter is gone")?;
    kill(Pid::from_raw(i32::try_from(pid)?), Signal::SIGTERM)?;
    ensure!(timeout(SOON, filter.wait()).await??.success());
    asker.session.close().await;
    node.stop().await
}

/// A text of a number, with a word that is listed at first, one that will be, and one that was.
fn text(number: i64) -> Message {
    let mut message = Message {
        body: b"feo burro tonto".to_vec(),
        properties: Properties {
            reply_to: Some("censored".to_owned()),
            ..Properties::default()
        },
    };
    message.properties.headers.insert("warren-number", number);
    message
}

/// Takes one answer; once one is censored by the new list, every later text must be.
async fn receive(
    answers: &mut Consumer,
    answered: &mut BTreeSet<i64>,
    new_list_since: &mut Option<i64>,
) -> Result<()> {
    let answer = timeout(SOON, answers.next()).await;
    let answer = answer.context("no answer")?.context("the end")??;
    answers.acknowledger().ack(answer.tag, Multiple::One)?;
    let number = answer.properties.headers.integer("warren-number");
    let number = number.context("a text without its number")?;
    ensure!(answered.insert(number), "{number} was answered twice");
    match std::str::from_utf8(&answer.body)? {
        "CENSORED burro tonto" => {
            ensure!(new_list_since.is_none(), "{number} by the old list");
        }
        "CENSORED CENSORED tonto" => {
            new_list_since.get_or_insert(number);
        }
        other => bail!("{other}"),
    }
    Ok(())
}

async fn broker_restarted(context: &Context, node: &mut Node) -> Result<()> {
    let mut nodes = vec![];
    for number in 0..3 {
        nodes.push(Served::start(context, number)?);
    }
    let before = add_words(context, 0, 20).await?;
    let during = async {
        let mut confirmed = BTreeSet::new();
        let mut number = 0;
        // Until a word has been confirmed by the broker that came back.
        let mut connections = 0;
        while connections < 2 {
            let mut asker = until_some("the broker to be there", SOON, async || {
                Ok(Asker::connect(context).await.ok())
            })
            .await?;
            loop {
                let word = format!("word-1-{number}");
                let Ok(answer) = asker.ask(&json!({"op": "add", "word": word})).await else {
                    break;
                };
                ensure!(answer["ok"] == true, "{answer}");
                confirmed.insert(word);
                number += 1;
                if connections == 1 {
                    break;
                }
            }
            connections += 1;
        }
        Ok(confirmed)
    };
    let restart = async {
        until("a few words to be added", SOON, async || {
            Ok(Asker::connect(context).await?.words().await?.len() >= 35)
        })
        .await?;
        node.shut_down().await?;
        node.start_again(&context.suite.guard).await
    };
    let (during, ()) = tokio::try_join!(during, restart)?;
    let mut asker = Asker::connect(context).await?;
    let words = asker.agreed(&nodes).await?;
    let lost: Vec<_> = before
        .iter()
        .chain(&during)
        .filter(|word| !words.contains(*word))
        .collect();
    ensure!(lost.is_empty(), "confirmed and lost: {lost:?}");
    ensure!(FIRST_WORDS.iter().all(|word| words.contains(*word)));
    asker.session.close().await;
    stop_all(nodes).await
}
