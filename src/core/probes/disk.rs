//! Space and inodes where the database, our own database and the settings lie.

use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{StatVfsMountFlags, statvfs};

use super::machine::aside::aside;
use super::machine::quote::word;
use super::{Found, Sight};
use crate::api::CheckState;
use crate::config::Database;

/// Below both of these shares, in percent and in bytes, of what can be used: a large disk has room
/// at 1 %, and a small one is not full that is empty.
const WARN: (u64, u64) = (10, 500_000_000);
const CRIT: (u64, u64) = (2, 50_000_000);

/// A file that must have room.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    /// `the database`, …
    what: &'static str,
    path: PathBuf,
    /// Whether a core writes there.
    is_written: bool,
}

/// How much room there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Room {
    free_bytes: u64,
    total_bytes: u64,
    free_inodes: u64,
    /// 0 where the file system makes them as they are needed.
    total_inodes: u64,
    is_read_only: bool,
}

pub(super) async fn find(sight: &Sight) -> Found {
    let places = places(sight);
    let looked =
        aside(|| places.into_iter().map(|place| (look(&place.path), place)).collect::<Vec<_>>());
    looked.await.map_or_else(|cut_off| cut_off, |rooms| decide(&rooms))
}

fn places(sight: &Sight) -> Vec<Place> {
    let settings = &sight.settings;
    let database = match &settings.database {
        Database::Sqlite { path } => Some(("the database", path.clone(), true)),
        Database::Postgres { .. } => None,
    };
    let state = settings.state_database.clone().map(|path| ("our own database", path, true));
    let file = settings.file.clone().map(|path| ("the settings", path, false));
    let all = [database, state, file].into_iter().flatten();
    all.map(|(what, path, is_written)| Place { what, path, is_written }).collect()
}

/// Looks at the file system of `path`, or of the nearest folder above it that is there.
fn look(path: &Path) -> io::Result<Room> {
    let mut at = path;
    let room = loop {
        match statvfs(at) {
            Err(rustix::io::Errno::NOENT) => at = at.parent().ok_or(io::ErrorKind::NotFound)?,
            other => break other?,
        }
    };
    let block = room.f_frsize;
    // What is kept for root is no room for anybody else: df(1) counts the same.
    let usable = room.f_blocks - room.f_bfree.saturating_sub(room.f_bavail);
    Ok(Room {
        free_bytes: room.f_bavail * block,
        total_bytes: usable * block,
        free_inodes: room.f_favail,
        total_inodes: room.f_files,
        is_read_only: room.f_flag.contains(StatVfsMountFlags::RDONLY),
    })
}

/// Tells of the worst place; all of them are evidence.
fn decide(rooms: &[(io::Result<Room>, Place)]) -> Found {
    let mut worst: Option<(Found, u64)> = None;
    let mut details = Vec::new();
    for (room, place) in rooms {
        let path = place.path.display();
        let (found, free) = match room {
            Ok(room) => (judge(room, place), room.free_bytes),
            Err(error) => (Found::unknown(format!("{path} cannot be looked at: {error}"), None), 0),
        };
        details.push(match room {
            Ok(room) => format!("{}, {path}: {}", place.what, told(room)),
            Err(error) => format!("{}, {path}: {error}", place.what),
        });
        let rank = |found: &Found, free: u64| (found.state.severity(), u64::MAX - free);
        if worst.as_ref().is_none_or(|(other, less)| rank(&found, free) > rank(other, *less)) {
            worst = Some((found, free));
        }
    }
    match worst {
        Some((found, _)) => found.with_details(details),
        None => Found::unknown("no file of ours is on this machine", None),
    }
}

fn judge(room: &Room, place: &Place) -> Found {
    let what = place.what;
    let folder = word(place.path.parent().unwrap_or(&place.path));
    let big = format!("du -xah {folder} | sort -h | tail -20");
    let many = format!("du -x --inodes {folder} | sort -n | tail -20");
    let is_below = |(percent, bytes): (u64, u64)| {
        room.free_bytes < bytes
            && room.free_bytes.saturating_mul(100) < room.total_bytes.saturating_mul(percent)
    };
    let are_few = |percent| room.free_inodes * 100 < room.total_inodes.saturating_mul(percent);
    let left = || format!("{} of {} MB are free", mb(room.free_bytes), mb(room.total_bytes));
    let inodes = || format!("{} of {} inodes are free", room.free_inodes, room.total_inodes);
    let found = if room.is_read_only && place.is_written {
        let reason = format!("{what} is on a disk that is mounted read-only");
        Found::crit(reason, "dmesg -T | grep -iE 'remount|i/o error' | tail")
    } else if is_below(CRIT) {
        Found::crit(format!("the disk of {what} is full: {}", left()), big)
    } else if are_few(CRIT.0) {
        Found::crit(format!("the disk of {what} takes no more files: {}", inodes()), many)
    } else if is_below(WARN) {
        Found::warn(format!("the disk of {what} fills up: {}", left()), big)
    } else if are_few(WARN.0) {
        Found::warn(format!("the disk of {what} runs out of files: {}", inodes()), many)
    } else {
        Found::ok(left())
    };
    // What is only read needs no room: the next who edits it does.
    let state = match found.state {
        CheckState::Crit if !place.is_written => CheckState::Warn,
        state => state,
    };
    Found { state, ..found }
        .with_fact("path", place.path.display())
        .with_fact("free_bytes", room.free_bytes)
        .with_fact("total_bytes", room.total_bytes)
        .with_fact("free_inodes", room.free_inodes)
}

fn mb(bytes: u64) -> u64 {
    bytes / 1_000_000
}

fn told(room: &Room) -> String {
    let space = format!("{} of {} MB free", mb(room.free_bytes), mb(room.total_bytes));
    let inodes = (room.total_inodes > 0)
        .then(|| format!("{} of {} inodes free", room.free_inodes, room.total_inodes));
    let writes = room.is_read_only.then(|| "read-only".to_owned());
    [Some(space), inodes, writes].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::CheckState::{Crit, Ok as Well, Unknown, Warn};

    fn place(path: &str, is_written: bool) -> Place {
        Place { what: "the database", path: path.into(), is_written }
    }

    /// Of a file system of 100 GB with a million inodes.
    fn room(free_bytes: u64, free_inodes: u64) -> Room {
        Room {
            free_bytes,
            total_bytes: 100_000_000_000,
            free_inodes,
            total_inodes: 1_000_000,
            is_read_only: false,
        }
    }

    #[test]
    fn room_is_judged_by_share_and_by_bytes() {
        let check = |room: Room, state, reason: &str| {
            let found = judge(&room, &place("/srv/bot/shop.db", true));
            assert_eq!(found.state, state, "{found:?}");
            assert!(found.reason.unwrap_or_default().contains(reason));
        };
        check(room(9_999_999_999, 500_000), Well, "");
        check(room(500_000_000, 500_000), Well, "");
        check(room(499_999_999, 500_000), Warn, "fills up: 499 of 100000 MB are free");
        check(room(49_999_999, 500_000), Crit, "is full: 49 of");
        check(room(50_000_000_000, 99_999), Warn, "runs out of files: 99999 of 1000000 inodes");
        check(room(50_000_000_000, 19_999), Crit, "takes no more files");
        let small = |free_bytes| Room { total_bytes: 600_000_000, ..room(free_bytes, 500_000) };
        check(small(60_000_000), Well, "");
        check(small(59_999_999), Warn, "fills up");
        check(small(11_999_999), Crit, "is full");
        // A small disk that is empty is not full.
        let tiny = Room { total_bytes: 20_000_000, ..room(20_000_000, 500_000) };
        check(tiny, Well, "");
        // btrfs counts no inodes.
        check(Room { total_inodes: 0, free_inodes: 0, ..room(50_000_000_000, 0) }, Well, "");
    }

    #[test]
    fn only_what_is_written_needs_a_disk_that_takes_writes() {
        let room = Room { is_read_only: true, ..room(50_000_000_000, 500_000) };
        assert_eq!(judge(&room, &place("/srv/shop.db", true)).state, Crit);
        assert_eq!(judge(&room, &place("/srv/.env", false)).state, Well);
    }

    #[test]
    fn a_full_disk_under_the_settings_stops_nothing() {
        assert_eq!(judge(&room(1, 500_000), &place("/srv/shop.db", true)).state, Crit);
        assert_eq!(judge(&room(1, 500_000), &place("/srv/.env", false)).state, Warn);
        assert_eq!(judge(&room(50_000_000_000, 1), &place("/srv/.env", false)).state, Warn);
    }

    #[test]
    fn the_worst_place_is_told_and_all_are_evidence() {
        let denied = || Err(io::Error::from(io::ErrorKind::PermissionDenied));
        let rooms = [
            (Ok(room(50_000_000_000, 500_000)), place("/a/shop.db", true)),
            (denied(), place("/b/state.db", true)),
            (Ok(room(1, 500_000)), place("/c d/own.db", true)),
        ];
        let found = decide(&rooms);
        assert_eq!((found.state, found.details.len()), (Crit, 3));
        assert_eq!(found.fix.as_deref(), Some("du -xah '/c d' | sort -h | tail -20"));
        assert_eq!(decide(&rooms[..2]).state, Unknown);
        assert_eq!(decide(&[]).state, Unknown);
    }

    #[test]
    fn a_file_that_is_not_there_yet_is_judged_by_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let room = look(&folder.path().join("none/yet/shop.db")).unwrap();
        assert!(room.total_bytes > 0 && room.total_bytes >= room.free_bytes);
    }

    /// A file system in a mount namespace of its own, judged from inside by this test's binary.
    #[tokio::test]
    async fn a_full_disk_and_a_read_only_one_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let me = std::env::current_exe().unwrap();
        let at = folder.path().display();
        let fill = format!("head -c 1044480 /dev/zero >'{at}/film'");
        let faults = [("size=1m", &*fill, "is full"), ("ro,size=9g", "true", "read-only")];
        for (options, after, expected) in faults {
            let script = format!(
                "mount -t tmpfs -o {options} none '{at}' && {after} && exec '{}' --exact \
                 core::probes::disk::tests::a_disk_is_judged_from_inside",
                me.display(),
            );
            let output = tokio::process::Command::new("unshare")
                .args(["-m", "sh", "-c", &script])
                .env("ALAMOR_TEST_DISK", folder.path())
                .env("ALAMOR_TEST_REASON", expected)
                .output()
                .await
                .unwrap();
            let told = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success() && told.contains("1 passed"), "{output:?}");
        }
    }

    /// Judges the disk that it is told to; by itself that of this project.
    #[test]
    fn a_disk_is_judged_from_inside() {
        let of = |name: &str| std::env::var(name).ok();
        let folder =
            of("ALAMOR_TEST_DISK").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").to_owned());
        let path = Path::new(&folder).join("shop.db");
        let room = look(&path).unwrap();
        let found = judge(&room, &place(&path.to_string_lossy(), true));
        assert_eq!(found.facts["total_bytes"], room.total_bytes.to_string());
        if let Some(expected) = of("ALAMOR_TEST_REASON") {
            assert_eq!(found.state, Crit, "{found:?}");
            assert!(found.reason.unwrap().contains(&expected));
        }
    }
}
