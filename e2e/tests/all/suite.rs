//! What the tests share: the broker, the built programs, and the guard that sees to it that each
//! test leaves no process behind.

use crate::context::Context;
use anyhow::{Context as _, Result, anyhow, ensure};
use libtest_mimic::Failed;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use testbed::broker_in_use::{Vhost, given};
use testbed::guard::Guard;
use testbed::node::Node;
use testbed::programs::Programs;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{RwLock, RwLockMappedWriteGuard, RwLockReadGuard, RwLockWriteGuard};
use tokio::time::timeout;

/// No test takes half as long, on two cores that a build keeps busy.
const TEST_SECONDS: u64 = 180;

/// What a shell makes of a program that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

/// One test.
pub(crate) struct Test {
    pub(crate) name: &'static str,
    body: Box<dyn FnOnce(&'static Suite, String) -> Result<()> + Send>,
}

impl Test {
    /// A test that needs a vhost of any broker.
    pub(crate) fn in_a_vhost(
        name: &'static str,
        body: impl AsyncFn(&Context) -> Result<()> + Send + 'static,
    ) -> Self {
        let body = Box::new(move |suite: &'static Suite, part: String| {
            suite.runtime.block_on(async {
                if let Some(url) = given()? {
                    let vhost = Vhost::of_given(&url, &part).await?;
                    return suite.judge(vhost, part, body).await;
                }
                let node = suite.node().await?;
                let vhost = Vhost::of_node(&node, &part).await?;
                suite.judge(vhost, part, body).await
            })
        });
        Self { name, body }
    }

    /// A test that needs the private node's own interface, and breaks nothing for others.
    pub(crate) fn on_the_node(
        name: &'static str,
        body: impl AsyncFn(&Context, &Node) -> Result<()> + Send + 'static,
    ) -> Self {
        let body = Box::new(move |suite: &'static Suite, part: String| {
            suite.runtime.block_on(async {
                let node = suite.node().await?;
                let vhost = Vhost::of_node(&node, &part).await?;
                suite
                    .judge(vhost, part, async |context: &Context| {
                        body(context, &node).await
                    })
                    .await
            })
        });
        Self { name, body }
    }

    /// A test that breaks the private node for everybody, so that no other runs beside it.
    pub(crate) fn alone(
        name: &'static str,
        body: impl AsyncFnOnce(&Context, &mut Node) -> Result<()> + Send + 'static,
    ) -> Self {
        let body = Box::new(move |suite: &'static Suite, part: String| {
            suite.runtime.block_on(async {
                let mut node = suite.node_alone().await?;
                let vhost = Vhost::of_node(&node, &part).await?;
                suite
                    .judge(vhost, part, async |context: &Context| {
                        body(context, &mut node).await
                    })
                    .await
            })
        });
        Self { name, body }
    }
}

/// What all tests share.
pub(crate) struct Suite {
    runtime: Runtime,
    pub(crate) guard: Guard,
    programs: OnceLock<Programs>,
    node: RwLock<Option<Node>>,
    directory: PathBuf,
    /// Tests that have started.
    tests: AtomicU32,
    /// Vhosts that are not yet given back, by the number of their test.
    vhosts: Mutex<BTreeMap<u32, Arc<Vhost>>>,
}

impl Suite {
    /// Starts nothing yet but the guard. It lives as long as the program, so that every test's
    /// thread can borrow it.
    pub(crate) fn start() -> Result<&'static Self> {
        let runtime = Runtime::new().context("start the tests' runtime")?;
        let guard = Guard::start()?;
        // Not under target/: the path of a Unix socket in it must stay below 108 bytes.
        let directory = std::env::temp_dir().join(format!("warren-{}", guard.run()));
        let suite: &'static Self = Box::leak(Box::new(Self {
            runtime,
            guard,
            programs: OnceLock::new(),
            node: RwLock::new(None),
            directory,
            tests: AtomicU32::new(0),
            vhosts: Mutex::default(),
        }));
        suite.runtime.spawn(async {
            if interrupted().await.is_ok() {
                suite.guard.kill_survivors("");
                suite.remove_vhosts().await;
                suite.remove_directory();
                std::process::exit(INTERRUPTED);
            }
        });
        Ok(suite)
    }

    /// Runs one test on the thread that calls.
    pub(crate) fn run(&'static self, test: Test) -> Result<(), Failed> {
        let part = test
            .name
            .replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
        let result = catch_unwind(AssertUnwindSafe(|| (test.body)(self, part.clone())));
        // A test that failed may have left anything; one that passed must not.
        let left = self.guard.kill_survivors(&part);
        match result {
            Err(panic) => Err(panic_message(panic.as_ref()).into()),
            Ok(Err(error)) => Err(format!("{error:#}").into()),
            Ok(Ok(())) if left.is_empty() => Ok(()),
            Ok(Ok(())) => Err(format!("still running after the test: {left:#?}").into()),
        }
    }

    /// Ends all that was started for the tests.
    pub(crate) fn stop(&'static self) -> Result<()> {
        let stopped = self.runtime.block_on(async {
            self.remove_vhosts().await;
            match self.node.write().await.take() {
                Some(node) => node.stop(&self.guard).await,
                None => Ok(()),
            }
        });
        let left = self.guard.kill_survivors("");
        self.remove_directory();
        stopped?;
        ensure!(left.is_empty(), "still running after the tests: {left:#?}");
        Ok(())
    }

    /// The programs, built when the first test asks for them.
    pub(crate) fn programs(&self) -> Result<&Programs> {
        if let Some(programs) = self.programs.get() {
            return Ok(programs);
        }
        let programs = Programs::beside_this_one()?;
        programs.build()?;
        Ok(self.programs.get_or_init(|| programs))
    }

    async fn judge(
        &'static self,
        vhost: Vhost,
        part: String,
        body: impl AsyncFnOnce(&Context) -> Result<()>,
    ) -> Result<()> {
        // A number, because the path of a worker's socket, further down, is limited.
        let number = self.tests.fetch_add(1, Ordering::Relaxed);
        let directory = self.directory.join(number.to_string());
        std::fs::create_dir_all(&directory)
            .with_context(|| format!("make {}", directory.display()))?;
        let vhost = Arc::new(vhost);
        self.vhosts().insert(number, Arc::clone(&vhost));
        let context = Context::new(self, self.programs()?, vhost, directory, part);
        let result = timeout(Duration::from_secs(TEST_SECONDS), body(&context))
            .await
            .with_context(|| format!("the test took more than {TEST_SECONDS} s"))
            .flatten();
        if result.is_err() {
            // What still runs would make again what is removed.
            self.guard.kill_survivors(&context.part);
        }
        let removed = context.vhost.remove().await;
        self.vhosts().remove(&number);
        result.and(removed)
    }

    fn vhosts(&self) -> MutexGuard<'_, BTreeMap<u32, Arc<Vhost>>> {
        self.vhosts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives back what tests that never came to their end have left in the user's own broker.
    async fn remove_vhosts(&self) {
        let left = std::mem::take(&mut *self.vhosts());
        for vhost in left.into_values() {
            // A private node may be gone already, and its vhosts with it.
            vhost.remove().await.ok();
        }
    }

    async fn node(&'static self) -> Result<RwLockReadGuard<'static, Node>> {
        if let Ok(node) = RwLockReadGuard::try_map(self.node.read().await, Option::as_ref) {
            return Ok(node);
        }
        let node = self.started().await?.downgrade();
        RwLockReadGuard::try_map(node, Option::as_ref)
            .map_err(|_| anyhow!("the private node is gone"))
    }

    async fn node_alone(&'static self) -> Result<RwLockMappedWriteGuard<'static, Node>> {
        RwLockWriteGuard::try_map(self.started().await?, Option::as_mut)
            .map_err(|_| anyhow!("the private node is gone"))
    }

    async fn started(&'static self) -> Result<RwLockWriteGuard<'static, Option<Node>>> {
        let mut node = self.node.write().await;
        if node.is_none() {
            let started = Node::start(&self.guard, &self.directory.join("rabbitmq")).await;
            // The user's own broker is not to be stopped, filled or given users.
            *node = Some(started.context(
                "start a private node, which this test needs even beside a given WARREN_BROKER_URL",
            )?);
        }
        Ok(node)
    }

    fn remove_directory(&self) {
        if Path::exists(&self.directory) {
            // It is in the system's temporary directory, which is cleared anyway.
            std::fs::remove_dir_all(&self.directory).ok();
        }
    }
}

async fn interrupted() -> Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = interrupt.recv() => Ok(()),
        _ = terminate.recv() => Ok(()),
    }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "the test panicked".to_owned())
}
