//! A SQLite file on a disk that is full.

use std::fs;
use std::process::Command;

use crate::child::disk::{Disk, FOR_A_FILE};
use crate::child::full::OnDisk;
use crate::child::subscribers::Asked;
use crate::child::{ALAMOR, Program};
use crate::world::{KEY, World};

const PURCHASES: usize = 200;

fn asked() -> Vec<Asked> {
    vec![Asked::new("sub-1", 5), Asked::new("sub-2", 5)]
}

/// The world's file on a disk of its own, read there by a core in that disk's namespace.
async fn world(disk: &Disk) -> World {
    let file = disk.inside().join("shop.db");
    let setting = format!("DATABASE_NAME_ALAMOR={}", file.display());
    let world = World::small(PURCHASES).setting(&setting).setting("LOG_LEVEL=warn");
    let world = world.without_core().await;
    fs::copy(&world.rows.0, disk.outside().join("shop.db")).unwrap();
    world
}

fn on<'a>(disk: &'a Disk, world: &'a World) -> OnDisk<'a> {
    OnDisk {
        program: Program::start(&world.env_file(), disk.enter(ALAMOR)),
        disk,
        panel: world.panel("de-1"),
        key: KEY,
        total: PURCHASES as u64,
        cause: "the disk is full",
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_costs_no_item_and_no_subscriber_anything() {
    let disk = Disk::new(FOR_A_FILE, tempfile::tempdir().unwrap(), |program| Command::new(program));
    let world = world(&disk).await;
    let mut core = on(&disk, &world);
    core.fill_during_a_job(asked()).await;
    core.start_while_full(Program::kill, asked()).await;
    core.start_while_full(Program::stop, asked()).await;
}
