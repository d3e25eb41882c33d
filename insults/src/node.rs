//! `serve`: a node of the insult service.

use crate::answer::Answer;
use crate::candidate::Candidate;
use crate::follower::{Follower, Seen};
use crate::list::List;
use crate::request::{self as protocol, Read};
use crate::service::{REQUESTS, Service};
use crate::words::{Word, Words};
use anyhow::Context;
use clap::Args;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use program::CancellationToken;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;
use tokio::task::JoinSet;
use worker::censor::WordList;
use worker::kind::{Kind, Work};
use worker::pace::Pace;
use worker::reason::Reason;
use worker::request::Request;
use worker::settings::{OnUnprocessable, OnUnroutable, Settings, WorkerArgs};

const NODE_EXAMPLE: &str = "\
Any number of nodes share the queue of requests (warren.insults unless --queue or a pool names
another) and answer reads from memory; one at a time owns the list and carries out the writes.

Example, with the broker's URL in the environment:
  warren-insults serve --words insults.txt
  warren-insults client add \"cap d'espicana\"";

/// `serve`. What is not given comes from the pool in the configuration.
#[derive(Args, Clone, Debug)]
#[command(after_help = NODE_EXAMPLE)]
pub struct ServeArgs {
    /// What every kind of work is told.
    #[command(flatten)]
    pub worker: WorkerArgs,

    /// The list's first words, one a line, for the first node that ever starts: from then on the
    /// broker keeps the list [default: seven built-in ones].
    #[arg(long, value_name = "FILE", help_heading = "Insults")]
    pub words: Option<PathBuf>,
    /// How long between two random words while broadcasting is on.
    #[arg(
        long,
        value_name = "TIME",
        default_value = "5s",
        value_parser = interval,
        help_heading = "Insults"
    )]
    pub broadcast_every: Duration,
}

impl ServeArgs {
    /// A node's requests come to the service's own queue unless it is told of another, and an answer
    /// that nobody waits for any more is nothing to be kept.
    #[must_use]
    pub fn worker_args(&self) -> WorkerArgs {
        let mut worker = self.worker.clone();
        let is_given = |name: &Option<String>| name.as_ref().is_some_and(|name| !name.is_empty());
        if !is_given(&worker.pool) && !is_given(&worker.queue) {
            worker.queue = Some(REQUESTS.to_owned());
        }
        worker.on_unroutable.get_or_insert(OnUnroutable::Drop);
        worker.on_unprocessable.get_or_insert(OnUnprocessable::Drop);
        worker
    }
}

/// Anything shorter would be a flood.
fn interval(text: &str) -> Result<Duration, String> {
    let time = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if time < Duration::from_millis(10) {
        return Err("10ms is the least".to_owned());
    }
    Ok(time)
}

/// Without a list for so long, a node says what it waits for.
const LIST_AWAITED: Duration = Duration::from_secs(5);

/// For handing the list over there was all the time that the worker drained; this is for what was
/// left of it.
const HAND_OVER_WITHIN: Duration = Duration::from_secs(2);

/// Answers reads from memory, and hands writes on to the owner; meanwhile it follows the list, and
/// stands as a candidate for owning it.
pub struct Node {
    service: Service,
    node: String,
    seen: Seen,
    /// The answer to `list`, which is long and the same for everybody: that of this version.
    listing: Listing,
    /// What is to be started.
    beside: Option<(Follower, Candidate)>,
    tasks: JoinSet<Result<(), broker::Error>>,
}

#[derive(Default)]
struct Listing {
    version: u64,
    body: Vec<u8>,
}

impl Node {
    /// Reads the word list.
    ///
    /// # Errors
    /// When it can't be read, or is too large.
    pub fn new(args: &ServeArgs, settings: &Settings) -> anyhow::Result<Self> {
        let words = match &args.words {
            Some(file) => WordList::read(file)?,
            None => WordList::built_in(),
        };
        let service = Service::new(&settings.queue);
        let identity = &settings.identity;
        let endpoint = settings.endpoint.clone();
        let (follower, seen) = Follower::new(
            endpoint.clone(),
            identity.connection("following"),
            service.clone(),
        );
        let candidate = Candidate {
            endpoint,
            name: identity.connection("owning"),
            service: service.clone(),
            first_words: first_words(&words)?,
            broadcast_every: args.broadcast_every,
            seen: seen.clone(),
        };
        Ok(Self {
            service,
            node: identity.worker.clone(),
            seen,
            listing: Listing::default(),
            beside: Some((follower, candidate)),
            tasks: JoinSet::new(),
        })
    }

    /// Every request is dealt with at once.
    pub const PACE: Pace = Pace::AtOnce;

    fn read(&mut self, read: Read) -> Vec<u8> {
        let seen = self.seen.borrow();
        let Some(list) = &*seen else {
            let why = "this node has not seen the list yet; ask again";
            return Answer::Failed(why.to_owned()).to_bytes();
        };
        match read {
            Read::List => self.listing.of(list, &self.node),
            Read::Random | Read::Status => {
                Answer::to_read(read, list, &self.node, &mut rand::rng()).to_bytes()
            }
        }
    }
}

impl Listing {
    fn of(&mut self, list: &List, node: &str) -> Vec<u8> {
        if self.version != list.version {
            self.version = list.version;
            self.body = Answer::to_read(Read::List, list, node, &mut rand::rng()).to_bytes();
        }
        self.body.clone()
    }
}

impl Kind for Node {
    fn start(&mut self, stop: &CancellationToken) -> LocalBoxFuture<'_, anyhow::Result<()>> {
        if let Some((follower, candidate)) = self.beside.take() {
            let until_stop = stop.clone();
            self.tasks.spawn(async move {
                let followed = until_stop.run_until_cancelled(follower.follow()).await;
                followed.map_or(Ok(()), Err)
            });
            let stop = stop.clone();
            self.tasks.spawn(async move {
                let result = candidate.stand(stop).await;
                if let Err(error) = &result {
                    tracing::error!(%error, "this node can't own the list");
                }
                result
            });
        }
        let Self { seen, tasks, .. } = self;
        let refused = async {
            match tasks.join_next().await {
                Some(Ok(Err(error))) => error,
                // A task ends without an error only where all is to end.
                _ => std::future::pending().await,
            }
        };
        let mut seen = seen.clone();
        async move {
            let patience = async {
                tokio::time::sleep(LIST_AWAITED).await;
                tracing::info!("still waiting for the list");
                std::future::pending().await
            };
            tokio::select! {
                _ = seen.wait_for(Option::is_some) => Ok(()),
                error = refused => Err(error).context("the broker refuses this worker"),
                () = patience => Ok(()),
            }
        }
        .boxed_local()
    }

    fn finish(&mut self) -> LocalBoxFuture<'_, ()> {
        async {
            let ended = async { while self.tasks.join_next().await.is_some() {} };
            if tokio::time::timeout(HAND_OVER_WITHIN, ended).await.is_err() {
                tracing::warn!(
                    "the list was not handed over in time; the next owner finds it all the same"
                );
            }
        }
        .boxed_local()
    }

    fn work(&mut self, request: Request) -> Work {
        let reply_to = request.delivery.properties.reply_to.as_deref();
        if reply_to.is_some_and(|queue| self.service.is_internal(queue)) {
            return Work::Done(request.unprocessable(Reason::RepliesToWorkQueue));
        }
        Work::Done(match protocol::Request::parse(&request.delivery.body) {
            Err(malformed) => request.answer(Answer::Failed(malformed.to_string()).to_bytes()),
            Ok(protocol::Request::Read(read)) => {
                let answer = self.read(read);
                request.answer(answer)
            }
            Ok(protocol::Request::Write(_)) => request.forward(self.service.updates()),
        })
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node")
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}

fn first_words(list: &WordList) -> anyhow::Result<Words> {
    let mut words = Words::default();
    for text in list.iter() {
        let word = Word::new(text).with_context(|| format!("the word list has '{text}'"))?;
        words.add(word).context("the word list is too long")?;
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::list::Tenure;
    use broker::{Delivery, Properties};
    use clap::Parser;
    use config::Environment;
    use std::sync::Arc;
    use tokio::sync::watch;
    use worker::disposition::Disposition;
    use worker::request::Rules;
    use worker::settings::{Unprocessable, Unroutable};

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        serve: ServeArgs,
    }

    fn settings(flags: &[&str]) -> Settings {
        let line = Line::parse_from([""].iter().chain(flags));
        let args = line.serve.worker_args();
        Settings::resolve(&args, Node::PACE, None, &Environment::default()).unwrap()
    }

    #[test]
    fn a_node_takes_the_services_own_queue_unless_it_is_told_of_another() {
        let node = settings(&[]);
        assert_eq!(node.queue, "warren.insults");
        assert_eq!(node.unroutable, Unroutable::Drop);
        assert_eq!(node.unprocessable, Unprocessable::Drop);
        assert_eq!(settings(&["--queue", "other"]).queue, "other");
        assert_eq!(settings(&["--pool", "filter"]).queue, "warren.work");
    }

    fn node(list: Option<List>) -> Node {
        let (_, seen) = watch::channel(list.map(Arc::new));
        Node {
            service: Service::new("service"),
            node: "7".to_owned(),
            seen,
            listing: Listing::default(),
            beside: None,
            tasks: JoinSet::new(),
        }
    }

    fn list() -> List {
        List {
            version: 3,
            tenure: Tenure(1),
            broadcasting: false,
            words: first_words(&["feo"].into_iter().collect()).unwrap(),
        }
    }

    fn disposition_of(node: &mut Node, body: &str, reply_to: Option<&str>) -> Disposition {
        let delivery = Delivery {
            tag: 1,
            redelivered: false,
            exchange: String::new(),
            routing_key: "service".to_owned(),
            body: body.into(),
            properties: Properties {
                reply_to: reply_to.map(str::to_owned),
                ..Properties::default()
            },
        };
        let rules = Rules {
            work_queue: "service".to_owned(),
            results_queue: None,
            max_message_bytes: 1000,
        };
        match node.work(Request::new(delivery, Duration::ZERO, &rules)) {
            Work::Done(disposition) => disposition,
            Work::Later(_) => panic!("a request is dealt with at once"),
        }
    }

    #[track_caller]
    fn check_answer(disposition: Disposition, queue: &str, body: &str) {
        let (Disposition::Answer { queue: to, message }
        | Disposition::Forward { queue: to, message }) = disposition
        else {
            panic!("{disposition:?}");
        };
        assert_eq!(
            (to.as_str(), str::from_utf8(&message.body)),
            (queue, Ok(body))
        );
    }

    #[test]
    fn reads_are_answered_and_writes_handed_on() {
        let mut node = node(Some(list()));
        let mut check = |body: &str, queue: &str, answer: &str| {
            check_answer(
                disposition_of(&mut node, body, Some("answers")),
                queue,
                answer,
            );
        };
        let listing = r#"{"ok":true,"op":"list","version":3,"words":["feo"]}"#;
        check(r#"{"op":"list"}"#, "answers", listing);
        check(r#"{"op":"list"}"#, "answers", listing);
        check(
            r#"{"op":"status"}"#,
            "answers",
            r#"{"ok":true,"op":"status","version":3,"count":1,"broadcasting":false,"node":"7"}"#,
        );
        let write = r#"{"op":"add","word":"x"}"#;
        check(write, "service.updates", write);
        check(
            r#"{"op":"add"}"#,
            "answers",
            r#"{"ok":false,"error":"add needs a \"word\""}"#,
        );
        // A write that finds no queue is not an answer that nobody waits for: it is kept.
        assert!(matches!(
            disposition_of(&mut node, write, None),
            Disposition::Forward { .. }
        ));
    }

    #[test]
    fn what_nobody_wants_to_know_is_not_said_and_a_write_is_carried_out_all_the_same() {
        let mut node = node(Some(list()));
        assert_eq!(
            disposition_of(&mut node, r#"{"op":"list"}"#, None),
            Disposition::Unwanted
        );
        assert_eq!(
            disposition_of(&mut node, "tonto", None),
            Disposition::Unwanted
        );
        let write = r#"{"op":"remove","word":"x"}"#;
        check_answer(
            disposition_of(&mut node, write, None),
            "service.updates",
            write,
        );
    }

    #[test]
    fn nothing_is_answered_into_the_services_own_queues() {
        let mut node = node(Some(list()));
        for queue in ["service.list", "service.updates", "service.announcements"] {
            let disposition = disposition_of(&mut node, r#"{"op":"list"}"#, Some(queue));
            assert!(
                matches!(
                    disposition,
                    Disposition::Unprocessable(Reason::RepliesToWorkQueue, _)
                ),
                "{disposition:?}"
            );
        }
    }

    #[test]
    fn a_node_without_a_list_says_so() {
        check_answer(
            disposition_of(&mut node(None), r#"{"op":"list"}"#, Some("answers")),
            "answers",
            r#"{"ok":false,"error":"this node has not seen the list yet; ask again"}"#,
        );
    }
}
