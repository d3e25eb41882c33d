//! The work queue and its arrivals, seen through one connection to the broker.
//!
//! A look is a passive declare of the work queue and a purge of the count queue, which says how
//! many messages came in since the purge before.
//! The count queue is bound only while the work queue is known to be there: alone it would make
//! messages that nobody keeps look delivered to their publishers.
//! After any error but a missing queue the connection is dropped whole and made again, after a
//! pause that grows.
//!
//! `ready` is older than the count by one round trip.
//! A pool with `arrivals = "balance"` has no count queue, and so nothing that wakes it while it is idle.

use super::counting::Counting;
use super::{Link, Outlook, SampleError, Source};
use broker::{Backoff, Endpoint, ErrorKind, Holder, OwnerQueue, QueueStatus, Session};
use config::{ArrivalsFrom, Declare, PoolName, Topology};
use policy::{Arrivals, Sample, SampleFailure};
use program::Clock;
use std::time::Duration;

/// How long a controller that starts waits for a pool that is held: the connection of one that has
/// just been killed may still be dying.
const HELD_WAIT_MAX: Duration = Duration::from_secs(3);

/// How often it asks in that time.
const HELD_RETRY: Duration = Duration::from_millis(250);

/// The note of who holds the pool is left again this often, because it expires after a day.
const ANNOUNCE_EVERY: Duration = Duration::from_secs(6 * 60 * 60);

/// Idle pools go on without a wakeup after so many in a row could not be opened: a broker may end the
/// connection for it, where a user may have no more channels, and each idle time would end in an outage.
const WAKEUP_FAILURES_MAX: u32 = 3;

/// A call fails a moment before the session knows why its connection has ended.
const CAUSE_MAX: Duration = Duration::from_millis(100);

/// Looks at the queue of one pool.
#[derive(Debug)]
pub struct QueueSource {
    endpoint: Endpoint,
    pool: PoolName,
    topology: Topology,
    host: String,
    role: Role,
    tenure: Tenure,
    clock: Clock,
    backoff: Backoff,
    joined: Option<Joined>,
    apart: Option<Apart>,
    /// Wakeups that could not be opened, since the last that could.
    wakeup_failures: u32,
}

/// What a source may do at the broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It holds the pool, and declares what is missing as far as the configuration allows.
    Owner,
    /// It looks beside whoever holds the pool, and declares nothing but its count queue.
    Observer,
}

/// Whether this process has ever held the pool: until then another holder means that there are two
/// controllers; after that it may be this one's own lost connection, and there are workers to keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tenure {
    Never,
    Once { announced_at: Duration },
}

/// A connection that stands.
#[derive(Debug)]
struct Joined {
    session: Session,
    /// `None` while the work queue is missing, and always where nothing counts.
    counting: Option<Counting>,
}

/// No connection: when the next one is tried, and why the last one failed.
#[derive(Debug)]
struct Apart {
    retry_at: Duration,
    error: SampleError,
}

impl QueueSource {
    /// Looks at the queue of `pool`; connects at the first look.
    #[must_use]
    pub fn new(
        endpoint: Endpoint,
        pool: &config::Pool,
        host: String,
        role: Role,
        clock: Clock,
    ) -> Self {
        let mut topology = pool.topology.clone();
        if role == Role::Observer {
            topology.declare = Declare::Never;
        }
        Self {
            endpoint,
            pool: pool.name.clone(),
            topology,
            host,
            role,
            tenure: Tenure::Never,
            clock,
            backoff: Backoff::default(),
            joined: None,
            apart: None,
            wakeup_failures: 0,
        }
    }

    /// A new connection, with the pool held; or why there is none.
    async fn join(&mut self) -> Result<Joined, SampleError> {
        if let Some(apart) = &self.apart
            && self.clock.now() < apart.retry_at
        {
            return Err(apart.error.clone());
        }
        let name = format!("warren-controller/{}@{}", self.pool, self.host);
        let mut session = Session::open(&self.endpoint, &name)
            .await
            .map_err(|error| self.part(failed(&error)))?;
        let prepared = self.prepare(&mut session).await;
        match prepared {
            Ok(()) => {
                self.apart = None;
                Ok(Joined {
                    session,
                    counting: None,
                })
            }
            Err(error) => {
                session.close().await;
                Err(self.part(error))
            }
        }
    }

    async fn prepare(&mut self, session: &mut Session) -> Result<(), SampleError> {
        if self.role == Role::Owner {
            self.hold(session).await?;
        }
        match broker::topology::ensure(session, &self.topology).await {
            Ok(report) => {
                tracing::debug!(
                    pool = self.pool.as_str(),
                    ?report,
                    "exchange and queues are there"
                )
            }
            // The look that follows says what is missing, and goes on saying it.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(failed(&error)),
        }
        Ok(())
    }

    /// Takes the pool on this connection.
    async fn hold(&mut self, session: &mut Session) -> Result<(), SampleError> {
        let give_up_at = self.clock.now() + HELD_WAIT_MAX;
        loop {
            match OwnerQueue::hold(session, &self.pool).await {
                Ok(owner) => {
                    self.announce(owner);
                    return Ok(());
                }
                Err(error) if error.kind() != ErrorKind::Locked => return Err(failed(&error)),
                Err(_) if self.tenure == Tenure::Never && self.clock.now() < give_up_at => {
                    tokio::time::sleep(HELD_RETRY).await;
                }
                Err(_) => return Err(self.held_elsewhere(session).await),
            }
        }
    }

    async fn held_elsewhere(&self, session: &mut Session) -> SampleError {
        let holder = match OwnerQueue::holder(session, &self.pool).await {
            Ok(Some(Holder { host, pid, since })) => {
                format!("the controller with pid {pid} on {host}, since {since}")
            }
            Ok(None) | Err(_) => "another controller, which left no name".to_owned(),
        };
        let outlook = match self.tenure {
            Tenure::Never => Outlook::GiveUp,
            Tenure::Once { .. } => Outlook::Retry,
        };
        SampleError {
            failure: SampleFailure::NotOwner,
            link: Link::Down,
            outlook,
            message: format!(
                "pool {} at {} is held by {holder}; stop that one, or take the pool out of this \
                 configuration",
                self.pool, self.endpoint
            ),
        }
    }

    /// Leaves the note for a second controller to read, over a connection of its own and without
    /// keeping the look waiting.
    fn announce(&mut self, owner: OwnerQueue) {
        self.tenure = Tenure::Once {
            announced_at: self.clock.now(),
        };
        let endpoint = self.endpoint.clone();
        let holder = Holder {
            host: self.host.clone(),
            pid: std::process::id(),
            since: jiff::Timestamp::now().strftime("%FT%TZ").to_string(),
        };
        let pool = self.pool.clone();
        tokio::spawn(async move {
            if let Err(error) = owner.announce(&endpoint, &holder).await {
                tracing::warn!(
                    pool = pool.as_str(),
                    error = %error,
                    "a second controller could not be told who holds the pool"
                );
            }
        });
    }

    async fn look(&mut self, joined: &mut Joined) -> Result<Sample, broker::Error> {
        let work_queue = &self.topology.work_queue;
        let mut status = match joined.session.queue_status(work_queue).await {
            Ok(status) => status,
            Err(error) if error.kind() == ErrorKind::NotFound => self.repair(joined).await?,
            Err(error) => return Err(error),
        };
        let mut taken_at = self.clock.now();
        let arrivals = self.count(joined).await?;
        if arrivals == Arrivals::Unknown {
            // What came in before the counting began is in neither; the pool may be idle on that.
            status = joined.session.queue_status(work_queue).await?;
            taken_at = self.clock.now();
        }
        Ok(Sample {
            taken_at,
            ready: status.ready,
            consumers: status.consumers,
            arrivals,
        })
    }

    /// The work queue is gone. The count queue goes first: while it is bound alone, publishers are
    /// told that their messages have arrived.
    async fn repair(&self, joined: &mut Joined) -> Result<QueueStatus, broker::Error> {
        let work_queue = &self.topology.work_queue;
        if let Some(counting) = joined.counting.take() {
            counting.end(&mut joined.session).await?;
            tracing::warn!(
                pool = self.pool.as_str(),
                work_queue,
                "work queue is gone; the count queue is deleted, too"
            );
        }
        broker::topology::ensure(&mut joined.session, &self.topology).await?;
        let status = joined.session.queue_status(work_queue).await?;
        tracing::info!(
            pool = self.pool.as_str(),
            work_queue,
            "work queue is there again"
        );
        Ok(status)
    }

    /// What came in since the last look. The work queue has just been seen.
    async fn count(&self, joined: &mut Joined) -> Result<Arrivals, broker::Error> {
        if self.topology.arrivals == ArrivalsFrom::Balance {
            return Ok(Arrivals::Balance);
        }
        let session = &mut joined.session;
        // Taken out for the time of the call: after an error it begins anew.
        let Some(mut counting) = joined.counting.take() else {
            let begun = Counting::begin(session, &self.pool, &self.topology, self.clock).await?;
            joined.counting = Some(begun);
            return Ok(Arrivals::Unknown);
        };
        let arrivals = counting.count(session, self.clock).await?;
        joined.counting = Some(counting);
        Ok(arrivals)
    }

    /// The first message of this idle time will not be told.
    fn on_wakeup_failed(&mut self, error: &broker::Error) {
        self.wakeup_failures += 1;
        if self.wakeup_failures == WAKEUP_FAILURES_MAX {
            tracing::warn!(
                pool = self.pool.as_str(),
                error = %error,
                "no wakeup can be had on the count queue: from now on the first message of an idle \
                 pool is seen at the next look only"
            );
        }
    }

    /// Remembers why there is no connection, and when to try again.
    fn part(&mut self, error: SampleError) -> SampleError {
        let retry_at = self.clock.now() + self.backoff.next();
        self.apart = Some(Apart {
            retry_at,
            error: error.clone(),
        });
        error
    }

    async fn announce_again_when_due(&mut self, joined: &mut Joined) -> Result<(), broker::Error> {
        match self.tenure {
            Tenure::Once { announced_at }
                if self.clock.now().saturating_sub(announced_at) >= ANNOUNCE_EVERY =>
            {
                let owner = OwnerQueue::hold(&mut joined.session, &self.pool).await?;
                self.announce(owner);
                Ok(())
            }
            Tenure::Once { .. } | Tenure::Never => Ok(()),
        }
    }
}

impl Source for QueueSource {
    async fn sample(&mut self) -> Result<Sample, SampleError> {
        // Taken out for the time of the look: one that is cut off in the middle must not be used
        // again, because nobody knows what it was waiting for.
        let mut joined = match self.joined.take() {
            Some(joined) => joined,
            None => self.join().await?,
        };
        let looked = match self.announce_again_when_due(&mut joined).await {
            Ok(()) => self.look(&mut joined).await,
            Err(error) => Err(error),
        };
        match looked {
            Ok(sample) => {
                self.backoff.reset();
                self.joined = Some(joined);
                Ok(sample)
            }
            // The connection is as good as before; the queue may come.
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.joined = Some(joined);
                Err(SampleError {
                    link: Link::Up,
                    ..failed(&error)
                })
            }
            Err(error) => {
                let error = cause(&joined.session, error).await;
                joined.session.close().await;
                Err(self.part(failed(&error)))
            }
        }
    }

    async fn begin_idle(&mut self) {
        if self.wakeup_failures >= WAKEUP_FAILURES_MAX {
            return;
        }
        // Taken out for the time of the call, as for a look.
        let Some(mut joined) = self.joined.take() else {
            return;
        };
        let opened = match &mut joined.counting {
            Some(counting) => counting.open_wakeup(&mut joined.session).await,
            None => Ok(()),
        };
        match opened {
            Err(error) if error.kind().closes_session() => {
                let error = cause(&joined.session, error).await;
                joined.session.close().await;
                self.on_wakeup_failed(&error);
                self.part(failed(&error));
            }
            Err(error) => {
                self.on_wakeup_failed(&error);
                self.joined = Some(joined);
            }
            Ok(()) => {
                self.wakeup_failures = 0;
                self.joined = Some(joined);
            }
        }
    }

    async fn first_message(&mut self) {
        match self
            .joined
            .as_mut()
            .and_then(|joined| joined.counting.as_mut())
        {
            Some(counting) => counting.first_message().await,
            None => std::future::pending().await,
        }
    }

    async fn close(self) {
        if let Some(joined) = self.joined {
            joined.session.close().await;
        }
    }
}

/// Why a call failed. On a connection that has ended it can only say that, and the session knows
/// what ended it.
async fn cause(session: &Session, error: broker::Error) -> broker::Error {
    if error.kind() != ErrorKind::Closed {
        return error;
    }
    match tokio::time::timeout(CAUSE_MAX, session.closed()).await {
        Ok(cause) => cause,
        Err(_) => error,
    }
}

/// The policy's word for what the broker said.
fn failed(error: &broker::Error) -> SampleError {
    let failure = match error.kind() {
        ErrorKind::Unreachable | ErrorKind::Closed | ErrorKind::Tls | ErrorKind::NoTls => {
            SampleFailure::Unreachable
        }
        ErrorKind::Timeout => SampleFailure::Timeout,
        ErrorKind::WrongPassword | ErrorKind::NoVirtualHost | ErrorKind::NoPermission => {
            SampleFailure::Refused
        }
        ErrorKind::NotFound => SampleFailure::QueueMissing,
        ErrorKind::Locked => SampleFailure::NotOwner,
        ErrorKind::Mismatch
        | ErrorKind::Blocked
        | ErrorKind::Uncountable
        | ErrorKind::FrameTooLarge
        | ErrorKind::Other => SampleFailure::Broker,
    };
    SampleError {
        failure,
        link: Link::Down,
        outlook: Outlook::Retry,
        message: error.to_string(),
    }
}
