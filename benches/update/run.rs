//! One update of all of a fresh business, and what its panels were asked for it.

use std::time::Duration;

use alamor::api::jobs::Job;
use alamor::demo::behaviour::Behaviour;
use alamor::demo::panel::SimulatedPanel;
use alamor::demo::traffic::{Counts, Kind};
use anyhow::ensure;
use tokio::runtime::Runtime;

use crate::without_us::Files;
use crate::world::{Size, World, path_of, update_all};

/// What a run gave.
pub(crate) struct Run {
    /// From the request to the end that its caller sees.
    pub(crate) took: Duration,
    /// The same rows, written without us.
    pub(crate) writing: Duration,
    /// The same rows, copied by SQLite.
    pub(crate) copying: Duration,
    /// What the first panel was asked.
    pub(crate) first: Counts,
    /// The longest chain of requests of one panel: those that only one after the other can follow,
    /// and subscriptions as many at once as a panel gets.
    pub(crate) chain: u64,
}

impl Run {
    /// What nobody can be faster than, if each request takes `latency`.
    pub(crate) fn floor(&self, latency: Duration) -> Duration {
        self.requests(latency) + self.writing
    }

    /// What the chain of requests alone takes.
    pub(crate) fn requests(&self, latency: Duration) -> Duration {
        latency * u32::try_from(self.chain).unwrap_or(u32::MAX)
    }
}

/// A fresh business whose first panel behaves so, and one update of all of it.
pub(crate) fn run(runtime: &Runtime, size: Size, first: Behaviour) -> anyhow::Result<Run> {
    let world = World::build(size, runtime)?;
    runtime.block_on(async {
        world.panels[0].set(first).await?;
        let database = path_of(&world.settings)?;
        // Once to make our tables; what is copied then is the database before its first update.
        let (core, _) = world.start().await?;
        core.stop().await;
        let plain = database.with_extension("plain");
        std::fs::copy(&database, &plain)?;

        let (core, client) = world.start().await?;
        world.panels.iter().for_each(SimulatedPanel::reset_counts);
        let (job, took) = update_all(&client).await?;
        let counts: Vec<Counts> = world.panels.iter().map(SimulatedPanel::counts).collect();
        core.stop().await;
        check(&job, size, first)?;
        let files = Files { plain, done: database, purchases: size.purchases };
        let (writing, copying) = (files.write().await?, files.copy().await?);
        let chain = counts.iter().map(|one| chain(one, size.per_panel)).max().unwrap_or(0);
        println!("  job: {} ms, its own floor {:?} ms", job.elapsed_ms, job.floor_ms);
        let first = counts.into_iter().next().unwrap_or_default();
        Ok(Run { took, writing, copying, first, chain })
    })
}

fn chain(counts: &Counts, at_once: usize) -> u64 {
    let alone = [Kind::Csrf, Kind::Login, Kind::List, Kind::AllLinks];
    let subscriptions = counts.of(Kind::Subscription).div_ceil(at_once.max(1) as u64);
    alone.iter().map(|&kind| counts.of(kind)).sum::<u64>() + subscriptions
}

/// A fast update that lost somebody would be no update.
fn check(job: &Job, size: Size, first: Behaviour) -> anyhow::Result<()> {
    let lost = match first {
        Behaviour::Healthy => 0,
        _ => size.purchases.div_ceil(size.panels) as u64,
    };
    let all = size.purchases as u64;
    ensure!(job.success == all - lost, "{} succeeded of {}", job.success, all - lost);
    ensure!(job.connection_error == lost, "{} connection errors, not {lost}", job.connection_error);
    Ok(())
}
