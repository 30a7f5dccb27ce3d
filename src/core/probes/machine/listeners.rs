//! Who listens on a port of this machine.
//!
//! ```text
//! /proc/PID/net/tcp, tcp6 ─▶ sockets that listen ─▶ their inodes ─▶ /proc/*/fd ─▶ Program
//! ```
//!
//! A listener is told even when its process may not be seen.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;

use procfs::net::{TcpNetEntries, TcpNetEntry};
use procfs::process::{FDTarget, Process, all_processes};
use procfs::{FromBufReadSI, ProcError, ProcResult, current_system_info};
use tokio::net::TcpSocket;

use super::program::{Program, SYSTEMD};

/// A socket that waits for connections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::core::probes) struct Listener {
    pub(in crate::core::probes) address: SocketAddr,
    /// Whose it is; `None` if that may not be seen from here.
    pub(in crate::core::probes) owner: Option<Program>,
    /// Whether it is known to take no IPv4, though it listens on all of IPv6.
    pub(in crate::core::probes) is_v6_only: bool,
}

impl Listener {
    /// Whether a packet to `address` could be its: the same address, or all of them. What listens
    /// on all of IPv6 usually takes IPv4, too.
    pub(in crate::core::probes) fn covers(&self, address: SocketAddr) -> bool {
        let (mine, other) = (self.address.ip().to_canonical(), address.ip().to_canonical());
        let takes_v4 = mine.is_ipv4() || !self.is_v6_only;
        let takes_all =
            mine.is_unspecified() && if other.is_ipv4() { takes_v4 } else { mine.is_ipv6() };
        self.address.port() == address.port() && (mine == other || takes_all)
    }
}

/// Everything that listens on one of `ports`, lowest address first.
///
/// The files of a thousand processes are many: they are not looked at where requests are served.
///
/// # Errors
///
/// `/proc` cannot be read.
pub(in crate::core::probes) async fn list(ports: &[u16]) -> ProcResult<Vec<Listener>> {
    let ports = ports.to_owned();
    let listed = tokio::task::spawn_blocking(move || list_now(&ports)).await;
    listed.unwrap_or_else(|error| Err(ProcError::Other(error.to_string())))
}

/// Like [`list`], of the port of `listen` and `more`, with what `/proc` does not tell: whether who
/// listens on all of IPv6 leaves `listen`, an address of IPv4, to others.
pub(in crate::core::probes) async fn list_around(
    listen: SocketAddr,
    more: &[u16],
) -> ProcResult<Vec<Listener>> {
    let ports: Vec<u16> = std::iter::once(listen.port()).chain(more.iter().copied()).collect();
    let mut listeners = list(&ports).await?;
    set_v6_apart(&mut listeners, listen, is_free);
    Ok(listeners)
}

/// Where only strangers on `[::]` could be in the way of an address of IPv4, the kernel is asked
/// whether they are: a socket of IPv6 may be for IPv6 alone.
fn set_v6_apart(
    listeners: &mut [Listener],
    listen: SocketAddr,
    is_free: impl FnOnce(SocketAddr) -> bool,
) {
    let mut covering = listeners.iter().filter(|listener| listener.covers(listen)).peekable();
    let is_in_question = listen.is_ipv4()
        && covering.peek().is_some()
        && covering.all(|listener| {
            let is_foreign = listener.owner.as_ref().is_none_or(|owner| !owner.is_ours);
            listener.address.is_ipv6() && is_foreign
        });
    if is_in_question && is_free(listen) {
        for listener in listeners.iter_mut().filter(|listener| listener.covers(listen)) {
            listener.is_v6_only = true;
        }
    }
}

/// Whether a core could take this address: it is taken for a moment, and not listened on, so that
/// nobody connects.
fn is_free(address: SocketAddr) -> bool {
    TcpSocket::new_v4().is_ok_and(|socket| {
        // As a core does it: connections that have just ended are no obstacle.
        socket.set_reuseaddr(true).is_ok() && socket.bind(address).is_ok()
    })
}

/// Who listens on `address`, as an operator would say it; `None` if nobody does or it may not be seen.
pub(crate) async fn find_owner(address: SocketAddr) -> Option<String> {
    let listeners = list(&[address.port()]).await.ok()?;
    let owner = listeners.into_iter().find(|listener| listener.covers(address))?.owner?;
    Some(owner.to_string())
}

fn list_now(ports: &[u16]) -> ProcResult<Vec<Listener>> {
    // The tables of this process: `/proc/net` is missing where a unit has `ProcSubset=pid`.
    let me = Process::myself()?;
    let mut sockets = listening(&me, "net/tcp")?;
    // A kernel without IPv6 has no such table.
    sockets.extend(listening(&me, "net/tcp6").unwrap_or_default());
    sockets.retain(|socket| ports.contains(&socket.local_address.port()));
    let owners = owners(&me, &sockets);
    let mut listeners: Vec<Listener> = sockets
        .iter()
        .map(|socket| Listener {
            address: socket.local_address,
            owner: owners.get(&socket.inode).cloned(),
            is_v6_only: false,
        })
        .collect();
    listeners.sort_by_key(|listener| listener.address);
    listeners.dedup();
    Ok(listeners)
}

/// The sockets of a table that listen.
///
/// They stand before all others. To find these the kernel goes through a bucket for each connection
/// that there could be, a quarter of a million on a large machine, for as long as a reader wants more:
/// so each line is asked for by itself, and none after the last that counts.
fn listening(me: &Process, table: &str) -> ProcResult<Vec<TcpNetEntry>> {
    let file = BufReader::with_capacity(LESS_THAN_A_LINE, me.open_relative(table)?);
    let lines = until_the_last_listener(file)?;
    Ok(TcpNetEntries::from_buf_read(lines.as_bytes(), current_system_info())?.0)
}

/// The shortest line of such a table has 150 bytes.
const LESS_THAN_A_LINE: usize = 128;

/// How a table says that a socket listens, in its fourth column.
const LISTENS: &str = "0A";

/// The head of a table, and its lines up to the first socket that does not listen.
fn until_the_last_listener(table: impl BufRead) -> io::Result<String> {
    let mut text = String::new();
    for (number, line) in table.lines().enumerate() {
        let line = line?;
        let is_over = number > 0 && line.split_whitespace().nth(3) != Some(LISTENS);
        if is_over {
            break;
        }
        text.push_str(&line);
        text.push('\n');
    }
    Ok(text)
}

/// Whose the sockets are, by inode. This process is asked first: a core mostly asks for itself.
fn owners(me: &Process, sockets: &[TcpNetEntry]) -> BTreeMap<u64, Program> {
    let inodes: BTreeSet<u64> = sockets.iter().map(|socket| socket.inode).collect();
    let mut owners = BTreeMap::new();
    note(me, &inodes, &mut owners);
    if owners.len() < inodes.len() {
        for process in all_processes().into_iter().flatten().flatten() {
            note(&process, &inodes, &mut owners);
        }
    }
    owners
}

/// Notes which of the sockets `process` holds.
///
/// Of several that hold one, the first is told, which is the parent; but ours before any other, and
/// systemd, which holds what it passes on to units, after all others.
fn note(process: &Process, inodes: &BTreeSet<u64>, owners: &mut BTreeMap<u64, Program>) {
    let Ok(files) = process.fd() else { return };
    let held: Vec<u64> = files
        .flatten()
        .filter_map(|file| match file.target {
            FDTarget::Socket(inode) if inodes.contains(&inode) => Some(inode),
            _ => None,
        })
        .collect();
    if held.is_empty() {
        return;
    }
    let Some(program) = Program::read(process) else { return };
    for inode in held {
        let is_nearer = owners
            .get(&inode)
            .is_none_or(|known| !known.is_ours && (program.is_ours || known.pid == SYSTEMD));
        if is_nearer {
            owners.insert(inode, program.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn both_families_are_found_with_their_owner() {
        let four = TcpListener::bind("127.0.0.1:0").unwrap();
        let six = TcpListener::bind("[::1]:0").unwrap();
        let ports = [four.local_addr().unwrap(), six.local_addr().unwrap()];
        let found = list_now(&ports.map(|address| address.port())).unwrap();
        for address in ports {
            let listener = found.iter().find(|found| found.address == address).unwrap();
            assert_eq!(listener.owner.as_ref().unwrap().pid, std::process::id());
        }
    }

    #[test]
    fn a_table_is_read_to_its_last_listener() {
        let table = "  sl  local_address rem_address   st tx_queue\n   \
                     0: 0100007F:1F90 00000000:0000 0A 00000000:00000000\n   \
                     1: 00000000:0050 00000000:0000 0A 00000000:00000000\n   \
                     2: 0100007F:1F90 0100007F:C350 01 00000000:00000000\n";
        let read = until_the_last_listener(table.as_bytes()).unwrap();
        assert_eq!(read.lines().count(), 3);
        assert!(read.ends_with("0A 00000000:00000000\n"));
        assert_eq!(until_the_last_listener(&b"a head\n"[..]).unwrap(), "a head\n");
    }

    #[test]
    fn a_port_that_nobody_listens_on_has_no_listener() {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let found = list_now(&[address.port()]).unwrap();
        assert!(!found.iter().any(|listener| listener.address == address), "{found:?}");
    }

    #[test]
    fn all_addresses_cover_each_of_them() {
        let covers = |mine: &str, other: &str| {
            let address = mine.parse().unwrap();
            let listener = Listener { address, owner: None, is_v6_only: false };
            listener.covers(other.parse().unwrap())
        };
        assert!(covers("127.0.0.1:80", "127.0.0.1:80"));
        assert!(covers("0.0.0.0:80", "127.0.0.1:80"));
        assert!(covers("[::]:80", "127.0.0.1:80"));
        assert!(covers("[::]:80", "[::1]:80"));
        assert!(!covers("0.0.0.0:80", "[::1]:80"));
        assert!(!covers("127.0.0.1:80", "0.0.0.0:80"));
        assert!(!covers("192.0.2.1:80", "127.0.0.1:80"));
        assert!(!covers("127.0.0.1:81", "127.0.0.1:80"));
    }

    #[test]
    fn the_kernel_is_asked_only_about_strangers_on_all_of_ipv6() {
        let of = |address: &str, is_ours| Listener {
            address: address.parse().unwrap(),
            owner: Some(Program { is_ours, ..Program::find(std::process::id()).unwrap() }),
            is_v6_only: false,
        };
        let check = |mut listeners: Vec<Listener>, listen: &str, asked_and_free| {
            let mut is_asked = false;
            set_v6_apart(&mut listeners, listen.parse().unwrap(), |_| {
                is_asked = true;
                true
            });
            assert_eq!(is_asked, asked_and_free, "{listeners:?}");
            assert_eq!(listeners.iter().any(|each| each.is_v6_only), asked_and_free);
        };
        check(vec![of("[::]:80", false)], "127.0.0.1:80", true);
        check(vec![of("[::]:80", true)], "127.0.0.1:80", false);
        check(vec![of("[::]:80", false)], "[::1]:80", false);
        check(vec![of("0.0.0.0:80", false), of("[::]:80", false)], "127.0.0.1:80", false);
        check(vec![], "127.0.0.1:80", false);
    }

    #[test]
    fn an_address_on_which_somebody_listens_is_not_free() {
        let six = TcpListener::bind("[::]:0").unwrap();
        let port = six.local_addr().unwrap().port();
        // By default a socket of all of IPv6 takes IPv4, too.
        assert!(!is_free(([127, 0, 0, 1], port).into()));
        drop(six);
        assert!(is_free(([127, 0, 0, 1], port).into()));
    }
}
