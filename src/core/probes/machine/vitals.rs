//! How a process is: what `/proc` tells of it.

use std::time::Duration;

use procfs::ProcResult;
use procfs::process::{LimitValue, Process, Status};
use rustix::time::{ClockId, clock_gettime};

/// How a process is. What only its user and root may see is `None`.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::core) struct Vitals {
    pub(in crate::core) pid: u32,
    /// A letter of proc(5): `R`, `S`, `D`, `T`, `Z`, …
    pub(in crate::core) state: char,
    pub(in crate::core) uptime: Duration,
    pub(in crate::core) memory_bytes: Option<u64>,
    /// Of one processor, since it began: a probe has no memory that it could take a difference to.
    pub(in crate::core) cpu_percent: f64,
    /// Time of processors that it has used since it began.
    pub(in crate::core) busy: Duration,
    pub(in crate::core) threads: u64,
    pub(in crate::core) open_files: Option<u64>,
    /// `None` is no limit, or not visible.
    pub(in crate::core) open_files_limit: Option<u64>,
}

impl Vitals {
    /// # Errors
    ///
    /// There is no such process.
    pub(in crate::core) fn read(pid: u32) -> ProcResult<Self> {
        let process = Process::new(i32::try_from(pid).unwrap_or(i32::MAX))?;
        let (stat, status) = (process.stat()?, process.status()?);
        let limit = process.limits().ok().map(|limits| limits.max_open_files.soft_limit);
        let uptime = seconds_since_boot() - seconds(stat.starttime);
        let busy = seconds(stat.utime + stat.stime);
        Ok(Self {
            pid,
            state: stat.state,
            uptime: Duration::try_from_secs_f64(uptime).unwrap_or_default(),
            memory_bytes: resident(&status),
            cpu_percent: if uptime > 0.0 { 100.0 * busy / uptime } else { 0.0 },
            busy: Duration::try_from_secs_f64(busy).unwrap_or_default(),
            threads: status.threads,
            open_files: process.fd_count().ok().map(|count| count as u64),
            open_files_limit: limit.and_then(|limit| match limit {
                LimitValue::Value(most) => Some(most),
                LimitValue::Unlimited => None,
            }),
        })
    }
}

/// The memory of this process, in bytes; `None` where the system does not say.
pub(in crate::core) fn resident_memory() -> Option<u64> {
    resident(&Process::myself().ok()?.status().ok()?)
}

/// `VmRSS` is in KiB, proc(5).
fn resident(status: &Status) -> Option<u64> {
    status.vmrss.map(|kib| kib * 1024)
}

/// Not `/proc/uptime`, which is missing where a unit has `ProcSubset=pid`.
fn seconds_since_boot() -> f64 {
    let now = clock_gettime(ClockId::Boottime);
    Duration::try_from(now).unwrap_or_default().as_secs_f64()
}

/// Of ticks of the kernel's clock. Exact up to 2^53 of them, some hundred thousand years.
#[expect(clippy::cast_precision_loss, reason = "a share of a processor is shown with one digit")]
fn seconds(ticks: u64) -> f64 {
    ticks as f64 / procfs::ticks_per_second() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_lives_and_has_files_open() {
        let me = Vitals::read(std::process::id()).unwrap();
        assert!(me.memory_bytes.unwrap() > 1 << 20, "{me:?}");
        assert!(me.threads >= 2 && me.open_files.unwrap() >= 3, "{me:?}");
        assert!(me.open_files_limit.unwrap_or(u64::MAX) > me.open_files.unwrap(), "{me:?}");
        assert!(me.uptime < Duration::from_hours(24), "{me:?}");
    }

    #[test]
    fn a_process_that_is_not_there_is_no_process() {
        // The largest number of a process is 2^22, proc(5).
        assert!(Vitals::read((1 << 22) + 1).is_err());
    }
}
