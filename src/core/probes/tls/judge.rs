//! What certificates mean: the one on disk, the one served here, the one served to everybody.
//!
//! ```text
//! Seen ─▶ what the handshake broke on, what apps refuse, what lies on disk, what differs, what ends
//!           └─▶ the worst of these, or: valid, 61 of 90 days left
//! ```
//!
//! Deliberately absent: IO.

use super::super::Found;
use super::asking::{NotServed, Served};
use super::chain::Flaw;
use super::cure;
use super::disk::{KeyState, Unread};
use super::pem::shown;
use super::seen::{Seen, date};
use crate::api::CheckState;

/// Fewer days than these, and somebody should look: certbot renews at 30 of 90.
const FEW_DAYS: i64 = 21;

/// Fewer days than these are an outage that has begun.
const LAST_DAYS: i64 = 3;

/// The finding.
pub(super) fn judge(seen: &Seen) -> Found {
    let found = [
        handshake(seen),
        refused(seen),
        file(seen),
        not_reached(seen),
        differs(seen),
        ending(seen),
        refused_here(seen),
        untold(seen),
    ];
    let rank = |found: &Found| match found.state {
        CheckState::Crit => 0,
        CheckState::Warn => 1,
        _ => 2,
    };
    // Of two that are alike the first one counts: it is the cause.
    let worst = found.into_iter().flatten().min_by_key(rank);
    worst.unwrap_or_else(|| Found::ok(well(seen)))
}

/// A server that answered and showed no certificate.
fn handshake(seen: &Seen) -> Option<Found> {
    let broken = |answer: &Result<Served, NotServed>| match answer {
        Err(NotServed::NotReached(_)) | Ok(_) => None,
        Err(why) => Some(why.clone()),
    };
    let (why, place) = match broken(&seen.public) {
        Some(why) => (why, "public"),
        None => (broken(&seen.local)?, "local"),
    };
    let port = seen.port;
    let host = if place == "public" { seen.name.as_str() } else { "127.0.0.1" };
    let reason = format!("{host} port {port} {}", why.in_words());
    let fix = cure::of_handshake(&why, seen);
    Some(match seen.served() {
        // Others come in: this machine's own server is only half of it.
        Some(_) => Found::warn(reason, fix),
        None => Found::crit(reason, fix),
    })
}

/// What is served, and apps refuse it.
fn refused(seen: &Seen) -> Option<Found> {
    let chain = &seen.served()?.chain;
    let flaw = seen.flaw(chain)?;
    let (reason, fix) = cure::of_flaw(&flaw, chain, seen);
    let good_here = seen.local.as_ref().ok().filter(|local| seen.flaw(&local.chain).is_none());
    Some(match good_here {
        // Nothing on this machine cures what another one serves.
        Some(_) if !seen.is_here => Found::crit(
            format!("where {} points to: {reason}; here a good one is served", seen.name),
            "alamor check --from dns",
        ),
        _ => Found::crit(reason, fix),
    })
}

/// What is served on this machine, where customers get another one.
fn refused_here(seen: &Seen) -> Option<Found> {
    let (local, public) = (seen.local.as_ref().ok()?, seen.public.as_ref().ok()?);
    if local.chain.leaf() == public.chain.leaf() {
        return None;
    }
    // Whoever stands before may trust more authorities than apps: Cloudflare has one of its own.
    let flaw =
        seen.flaw(&local.chain).filter(|flaw| matches!(flaw, Flaw::Expired | Flaw::NotYet))?;
    let (reason, fix) = cure::of_flaw(&flaw, &local.chain, seen);
    Some(Found::warn(format!("here, behind what customers see: {reason}"), fix))
}

/// What lies on disk and is of no use: a server goes on with what it has read, and then does not start.
fn file(seen: &Seen) -> Option<Found> {
    let is_served = seen.served().is_some();
    let will = if is_served { "will" } else { "does" };
    let later = format!("{} {will} not start with it", seen.server);
    let (reason, fix) = match &seen.disk {
        Err(Unread::Faulty { what, fix }) => {
            let fix = fix.clone().unwrap_or_else(|| cure::of_file(seen));
            (format!("{what}: {later}"), fix)
        }
        Ok(disk) => match &disk.key {
            KeyState::Faulty(what) => (format!("{what}: {later}"), cure::of_key(disk, seen)),
            _ if is_served => return None,
            _ => {
                let flaw = seen.flaw(&disk.chain)?;
                let (reason, fix) = cure::of_flaw(&flaw, &disk.chain, seen);
                (format!("{}: {reason}", shown(&disk.place.certificate)), fix)
            }
        },
        Err(_) => return None,
    };
    Some(if is_served { Found::warn(reason, fix) } else { Found::crit(reason, fix) })
}

/// Nobody showed anything: that is the fault of the rung above.
fn not_reached(seen: &Seen) -> Option<Found> {
    let reached =
        |answer: &Result<Served, NotServed>| !matches!(answer, Err(NotServed::NotReached(_)));
    if reached(&seen.public) || reached(&seen.local) {
        return None;
    }
    let reason = format!("nothing answers on port {}: no certificate was seen, see tcp", seen.port);
    Some(Found::unknown(reason, Some("alamor check --from tcp")))
}

/// The one on disk is not the one that is served.
fn differs(seen: &Seen) -> Option<Found> {
    let (disk, here) = (seen.disk.as_ref().ok()?, seen.served_here()?);
    if disk.chain.leaf() == here.chain.leaf() {
        return None;
    }
    let path = shown(&disk.place.certificate);
    if seen.good_on_disk().is_some() && disk.chain.not_before > here.chain.not_before {
        let days = here.chain.days_left(seen.now);
        let reason = format!(
            "the certificate was renewed on {}, and {} still serves the older one: {} left",
            date(disk.chain.not_before),
            seen.server,
            cure::days(days)
        );
        return Some(Found::warn(reason, cure::reload(seen)));
    }
    let reason = format!(
        "{} serves another certificate than {path}: renewing that helps nobody",
        seen.server
    );
    let fix = cure::use_file(disk, seen);
    Some(Found::warn(reason, fix))
}

/// Its last days.
fn ending(seen: &Seen) -> Option<Found> {
    let chain = match seen.served() {
        Some(served) => &served.chain,
        None => &seen.disk.as_ref().ok()?.chain,
    };
    if chain.flaw(&seen.name, &seen.trust, seen.now) == Some(Flaw::Expired) {
        return None;
    }
    let (left, lifetime) = (chain.days_left(seen.now), chain.lifetime_days());
    // One that was made for six days is not ending on its first.
    let (few, last) = (FEW_DAYS.min(lifetime / 3), LAST_DAYS.min(lifetime / 10));
    if left >= few {
        return None;
    }
    let reason = format!(
        "the certificate of {} ends in {}, on {}: nobody has renewed it",
        seen.name,
        cure::days(left),
        date(chain.not_after)
    );
    let fix = cure::renew(seen);
    Some(if left < last { Found::crit(reason, fix) } else { Found::warn(reason, fix) })
}

/// Nothing can be said of trust.
fn untold(seen: &Seen) -> Option<Found> {
    if seen.trust.is_known() {
        return None;
    }
    let reason = "this machine knows no authorities: whether the certificate is trusted is unknown";
    Some(Found::unknown(reason, Some("apt-get install ca-certificates")))
}

/// `valid, 61 of 90 days left, issuer R11; on disk = served here = public`
fn well(seen: &Seen) -> String {
    let Some(served) = seen.served() else { return "valid".to_owned() };
    let chain = &served.chain;
    let mut text = format!(
        "valid, {} of {} days left, issuer {}",
        chain.days_left(seen.now),
        chain.lifetime_days(),
        chain.issuer
    );
    let is_same = |other: &Served| other.chain.leaf() == chain.leaf();
    let disk = match &seen.disk {
        Ok(disk) if disk.chain.leaf() == chain.leaf() => "on disk = ",
        _ => "",
    };
    let places = match (&seen.local, &seen.public) {
        (Ok(local), Ok(_)) if is_same(local) => "served here = public",
        (Ok(_), Ok(_)) => "public; what stands before this machine has one of its own",
        (Ok(_), Err(_)) => "served here; the public address was not reached, see tcp",
        (Err(_), _) => "public; 127.0.0.1 was not reached",
    };
    text.push_str("; ");
    text.push_str(disk);
    text.push_str(places);
    if let Err(Unread::NotRoot(path)) = &seen.disk {
        text.push_str("; ");
        text.push_str(&shown(path));
        text.push_str(": not root, unknown");
    }
    text
}
