//! Plays a whole sweep: fleet after fleet, cell after cell, and round after round.
//!
//! A cell that fails is noted with its reason, and the sweep goes on with a new fleet: what the cell
//! left in the queue would be answered in the next one. However the sweep ends, its fleet is stopped
//! and what it had in the broker is deleted; a run that a signal ends does so by itself.

use super::fleet::{Fleet, Maker, Supervised};
use super::grid::{Cell, Grid, Place, Visit};
use super::outcome::Requests;
use super::play::{Played, Requested, play, warm_up};
use super::progress::Progress;
use super::record::Ending;
use super::results::Results;
use super::status;
use super::table::{count, name};
use config::{Broker, Transport};
use program::Interrupts;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// How long it is waited for the controller to know its workers' processes; it looks at them every
/// other second.
const PIDS_WITHIN: Duration = Duration::from_secs(5);

/// How often it is asked for them meanwhile.
const ASK_EVERY: Duration = Duration::from_millis(100);

/// All that a sweep needs to know.
#[derive(Debug)]
pub struct Sweep {
    /// Makes its fleets.
    pub maker: Maker,
    /// Where RabbitMQ is, over each transport of the grid.
    pub brokers: Vec<(Transport, Broker)>,
    /// What every request says.
    pub requested: Requested,
    /// Requests that each fleet answers before its first cell.
    pub warm_up: WarmUp,
    /// How often each cell is played.
    pub rounds: usize,
    /// What ends the sweep before its time; the second signal lets the supervisors clear up alone.
    pub interrupts: Interrupts,
    /// How it shows that it goes on.
    pub progress: Progress,
}

/// Requests that each fleet answers before its first cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WarmUp {
    /// So many; none at 0.
    Requests(u32),
    /// As many as there are workers.
    OnePerWorker,
}

/// A visit that ended before its time.
struct Interrupted;

impl Sweep {
    /// Plays all cells of a grid.
    pub async fn play(mut self, grid: Grid) -> (Results, Ending) {
        let mut results = Results::new(grid.clone());
        let mut ending = Ending::Finished;
        'rounds: for round in 0..self.rounds {
            for visit in grid.visits(round) {
                if self.visit(&visit, &mut results).await.is_err() {
                    ending = Ending::Interrupted;
                    break 'rounds;
                }
            }
        }
        self.progress.finish();
        (results, ending)
    }

    /// Plays the cells of one fleet's size; with another fleet after each that fails.
    async fn visit(&mut self, visit: &Visit, results: &mut Results) -> Result<(), Interrupted> {
        let mut places = visit.places.clone();
        // What has failed in an earlier round is not asked again.
        places.retain(|place| !results.plays(*place).has_failed());
        places.reverse();
        while !places.is_empty() {
            let broker = self.broker(visit.transport);
            let workers = count(visit.workers, "worker");
            self.progress.now(&format!("starting {workers}"));
            let mut supervised = match self.maker.launch(&broker, visit.workers) {
                Ok(supervised) => supervised,
                Err(error) => {
                    self.all_failed(results, &mut places, &error);
                    return Ok(());
                }
            };
            let played = match until_stopped(&self.interrupts.stop, supervised.fleet()).await {
                Ok(Ok(fleet)) => {
                    self.play_with((&supervised, &fleet), &mut places, results)
                        .await
                }
                Ok(Err(error)) => {
                    self.all_failed(results, &mut places, &error);
                    Ok(())
                }
                Err(interrupted) => Err(interrupted),
            };
            self.progress.now(&format!("stopping {workers}"));
            tokio::select! {
                stopped = supervised.stop() => if let Err(error) = stopped {
                    tracing::error!("{error:#}");
                },
                () = self.interrupts.hurry.cancelled() => {
                    tracing::warn!("the fleet is still being stopped; its supervisor sees to that");
                    return Err(Interrupted);
                }
            }
            played?;
        }
        Ok(())
    }

    /// Plays cells until none is left or one has failed.
    async fn play_with(
        &mut self,
        (supervised, fleet): (&Supervised, &Fleet),
        places: &mut Vec<Place>,
        results: &mut Results,
    ) -> Result<(), Interrupted> {
        let grid = results.grid().clone();
        let Some(first) = places.last() else {
            return Ok(());
        };
        let mut ready = self.make_ready(fleet, grid.cell(*first)).await;
        while let Some(place) = places.pop() {
            if self.interrupts.stop.is_cancelled() {
                return Err(Interrupted);
            }
            self.progress.now(&name(&grid, place));
            let played = match std::mem::replace(&mut ready, Ok(())) {
                Ok(()) => self.play_cell((supervised, fleet), grid.cell(place)).await,
                Err(error) => Err(error),
            };
            // A cell that was cut short has neither failed nor been played.
            if self.interrupts.stop.is_cancelled() {
                return Err(Interrupted);
            }
            match played {
                Ok(played) if played.interrupted => return Err(Interrupted),
                Ok(played) => match played.measured {
                    Ok(measured) => {
                        self.progress.done(&name(&grid, place), Ok(&measured));
                        results.plays(place).done(measured, played.requests);
                    }
                    Err(reason) => {
                        self.failed(results, place, reason, played.requests);
                        return Ok(());
                    }
                },
                Err(error) => {
                    let reason = format!("{:#}", supervised.explain(error).await);
                    self.failed(results, place, reason, Requests::default());
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Plays a cell, and ends it early where its fleet is gone: each of its clients would wait in vain
    /// for each of its requests.
    async fn play_cell(
        &self,
        (supervised, fleet): (&Supervised, &Fleet),
        cell: Cell,
    ) -> anyhow::Result<Played> {
        let interrupts = Interrupts {
            stop: self.interrupts.stop.child_token(),
            hurry: self.interrupts.hurry.clone(),
        };
        let mut played = pin!(play(fleet, cell, &self.requested, &interrupts));
        let gone = tokio::select! {
            played = &mut played => return played,
            gone = supervised.gone() => gone,
        };
        tracing::warn!("the fleet is gone, so the cell ends here");
        interrupts.stop.cancel();
        // Its run leaves nothing behind in the broker, and what it came to is no result.
        drop(played.await);
        Err(gone)
    }

    /// Has a fleet answer what no figure counts, and waits until its processes are known.
    async fn make_ready(&self, fleet: &Fleet, cell: Cell) -> anyhow::Result<()> {
        let requests = match self.warm_up {
            WarmUp::Requests(requests) => requests,
            WarmUp::OnePerWorker => cell.workers,
        };
        if requests > 0 {
            // With as many clients as requests, round-robin delivery gives every worker its share.
            let clients = requests.min(cell.clients.max(cell.workers));
            let cell = Cell {
                requests,
                clients,
                ..cell
            };
            warm_up(fleet, cell, &self.requested, &self.interrupts).await?;
        }
        let deadline = Instant::now() + PIDS_WITHIN;
        while status::pids(&fleet.status().await?.fleet).is_none()
            && Instant::now() < deadline
            && !self.interrupts.stop.is_cancelled()
        {
            sleep(ASK_EVERY).await;
        }
        Ok(())
    }

    /// None of a visit's cells can be played.
    fn all_failed(
        &mut self,
        results: &mut Results,
        places: &mut Vec<Place>,
        error: &anyhow::Error,
    ) {
        while let Some(place) = places.pop() {
            let reason = format!("no fleet: {error:#}");
            self.failed(results, place, reason, Requests::default());
        }
    }

    fn failed(&mut self, results: &mut Results, place: Place, reason: String, requests: Requests) {
        self.progress
            .done(&name(results.grid(), place), Err(&reason));
        results.plays(place).failed(reason, requests);
    }

    fn broker(&self, transport: Transport) -> Broker {
        let broker = self.brokers.iter().find(|(of, _)| *of == transport);
        broker
            .expect("each transport of the grid has one")
            .1
            .clone()
    }
}

/// Waits for something, unless the sweep is ended first.
async fn until_stopped<T>(
    stop: &CancellationToken,
    something: impl Future<Output = T>,
) -> Result<T, Interrupted> {
    tokio::select! {
        output = something => Ok(output),
        () = stop.cancelled() => Err(Interrupted),
    }
}
