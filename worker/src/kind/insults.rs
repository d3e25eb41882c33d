//! `insults`: a node of the insult service.

use super::{Kind, Pace, Work};
use crate::censor::WordList;
use crate::cli::{InsultsArgs, OnUnprocessable, OnUnroutable, WorkerArgs};
use crate::insults::answer::Answer;
use crate::insults::candidate::Candidate;
use crate::insults::follower::{Follower, Seen};
use crate::insults::list::List;
use crate::insults::request::{self as protocol, Read};
use crate::insults::service::{REQUESTS, Service};
use crate::insults::words::{Word, Words};
use crate::request::Request;
use crate::settings::Settings;
use crate::stop::Stop;
use crate::treatment::Reason;
use anyhow::Context;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::fmt;
use std::time::Duration;
use tokio::task::JoinSet;

/// Without a list for so long, a node says what it waits for.
const LIST_AWAITED: Duration = Duration::from_secs(5);

/// For handing the list over there was all the time that the worker drained; this is for what was
/// left of it.
const HAND_OVER_WITHIN: Duration = Duration::from_secs(2);

/// Answers reads from memory, and hands writes on to the owner; meanwhile it follows the list, and
/// stands as a candidate for owning it.
pub struct Insults {
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

impl Insults {
    /// Reads the word list.
    ///
    /// # Errors
    /// When it can't be read, or is too large.
    pub fn new(args: &InsultsArgs, settings: &Settings) -> anyhow::Result<Self> {
        let words = match &args.words {
            Some(file) => WordList::read(file)?,
            None => WordList::built_in(),
        };
        let service = Service::new(&settings.queue);
        let name = |role: &str| {
            let identity = &settings.identity;
            format!("warren-worker/{}/{} {role}", identity.pool, identity.worker)
        };
        let endpoint = settings.endpoint.clone();
        let (follower, seen) = Follower::new(endpoint.clone(), name("following"), service.clone());
        let candidate = Candidate {
            endpoint,
            name: name("owning"),
            service: service.clone(),
            first_words: first_words(&words)?,
            broadcast_every: args.broadcast_every,
            seen: seen.clone(),
        };
        Ok(Self {
            service,
            node: settings.identity.worker.clone(),
            seen,
            listing: Listing::default(),
            beside: Some((follower, candidate)),
            tasks: JoinSet::new(),
        })
    }

    /// A node's requests come to the service's own queue unless it is told of another, and an answer
    /// that nobody waits for any more is nothing to be kept.
    #[must_use]
    pub fn worker_args(args: &InsultsArgs) -> WorkerArgs {
        let mut worker = args.worker.clone();
        let is_given = |name: &Option<String>| name.as_ref().is_some_and(|name| !name.is_empty());
        if !is_given(&worker.pool) && !is_given(&worker.queue) {
            worker.queue = Some(REQUESTS.to_owned());
        }
        worker.on_unroutable.get_or_insert(OnUnroutable::Drop);
        worker.on_unprocessable.get_or_insert(OnUnprocessable::Drop);
        worker
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

impl Kind for Insults {
    fn start(&mut self, stop: &Stop) -> LocalBoxFuture<'_, anyhow::Result<()>> {
        if let Some((follower, candidate)) = self.beside.take() {
            let stop = stop.clone();
            let mut stop_following = stop.clone();
            self.tasks.spawn(async move {
                tokio::select! {
                    error = follower.follow() => Err(error),
                    () = stop_following.ordered() => Ok(()),
                }
            });
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

impl fmt::Debug for Insults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Insults")
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
    use crate::cli::{Cli, Task};
    use crate::insults::list::Tenure;
    use crate::kind::prepare;
    use crate::request::tests::delivery;
    use crate::settings::{Unprocessable, Unroutable};
    use crate::treatment::Treatment;
    use clap::Parser;
    use config::Environment;
    use std::sync::Arc;
    use tokio::sync::watch;

    fn settings(flags: &[&str]) -> Settings {
        let line = ["warren-worker", "insults"].iter().chain(flags);
        match Cli::try_parse_from(line).unwrap().task {
            Task::Work(command) => prepare(&command, None, &Environment::default()).unwrap().0,
            Task::InsultsClient(_) => panic!("a node"),
        }
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

    fn node(list: Option<List>) -> Insults {
        let (_, seen) = watch::channel(list.map(Arc::new));
        Insults {
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

    fn treat(node: &mut Insults, body: &str, reply_to: Option<&str>) -> Treatment {
        let rules = crate::request::Rules {
            work_queue: "service".to_owned(),
            results_queue: None,
            max_message_bytes: 1000,
        };
        match node.work(Request::new(
            delivery(body, reply_to),
            Duration::ZERO,
            &rules,
        )) {
            Work::Done(treatment) => treatment,
            Work::Later(_) => panic!("a request is dealt with at once"),
        }
    }

    #[track_caller]
    fn check_answer(treatment: Treatment, queue: &str, body: &str) {
        let (Treatment::Answer { queue: to, message } | Treatment::Forward { queue: to, message }) =
            treatment
        else {
            panic!("{treatment:?}");
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
            check_answer(treat(&mut node, body, Some("answers")), queue, answer);
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
            treat(&mut node, write, None),
            Treatment::Forward { .. }
        ));
    }

    #[test]
    fn what_nobody_wants_to_know_is_not_said_and_a_write_is_carried_out_all_the_same() {
        let mut node = node(Some(list()));
        assert_eq!(
            treat(&mut node, r#"{"op":"list"}"#, None),
            Treatment::Unwanted
        );
        assert_eq!(treat(&mut node, "tonto", None), Treatment::Unwanted);
        let write = r#"{"op":"remove","word":"x"}"#;
        check_answer(treat(&mut node, write, None), "service.updates", write);
    }

    #[test]
    fn nothing_is_answered_into_the_services_own_queues() {
        let mut node = node(Some(list()));
        for queue in ["service.list", "service.updates", "service.announcements"] {
            let treatment = treat(&mut node, r#"{"op":"list"}"#, Some(queue));
            assert!(
                matches!(
                    treatment,
                    Treatment::Unprocessable(Reason::RepliesToWorkQueue, _)
                ),
                "{treatment:?}"
            );
        }
    }

    #[test]
    fn a_node_without_a_list_says_so() {
        check_answer(
            treat(&mut node(None), r#"{"op":"list"}"#, Some("answers")),
            "answers",
            r#"{"ok":false,"error":"this node has not seen the list yet; ask again"}"#,
        );
    }
}
