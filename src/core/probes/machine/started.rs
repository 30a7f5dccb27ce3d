//! When a process began.

use jiff::{SignedDuration, Timestamp};
use procfs::process::Process;

/// How much later than computed it may have been: the kernel tells the time of its boot in whole
/// seconds, and counts from there.
const ROUNDING: SignedDuration = SignedDuration::from_secs(2);

/// The latest moment at which a process can have begun; `None` if there is none, or the system does
/// not tell.
///
/// # Source
///
/// proc(5): `starttime` of `/proc/pid/stat` in clock ticks since boot, `btime` of `/proc/stat`.
pub(in crate::core::probes) fn of(pid: u32) -> Option<Timestamp> {
    let stat = Process::new(i32::try_from(pid).ok()?).and_then(|process| process.stat()).ok()?;
    let boot = i64::try_from(procfs::boot_time_secs().ok()?).ok()?;
    let ticks = stat.starttime.checked_div(procfs::ticks_per_second())?;
    let began = Timestamp::from_second(boot.checked_add(i64::try_from(ticks).ok()?)?).ok()?;
    began.checked_add(ROUNDING).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_began_before_now_and_not_at_the_dawn_of_time() {
        let began = of(std::process::id()).unwrap();
        assert!(began < Timestamp::now() + ROUNDING);
        assert!(began > Timestamp::now() - SignedDuration::from_hours(24));
        assert_eq!(of(u32::MAX), None);
    }
}
