//! Whether packets from outside reach 80 and 443, and whether ones to the core's port do not.
//!
//! ```text
//! nft -j list ruleset ─▶ nft ───────┐
//! iptables-save ───────▶ iptables ──┼─▶ Rules ─▶ End of each port ─▶ decide()
//! ufw, firewall-cmd ───▶ Tool ──────┘ where the rules are unclear; and which command opens
//! ```
//!
//! Only this machine is looked at: a provider may have a firewall of its own before it.
//!
//! Deliberately absent: IPv6 (`dns` and `tcp` try it where a name has such an address), NAT.

mod iptables;
mod nft;
mod packet;
mod rules;
mod tool;

use std::net::SocketAddr;
use std::time::Duration;

use procfs::process::Process;

use self::packet::Packet;
use self::rules::End;
use self::tool::Tool;
use super::machine::aside::aside;
use super::machine::command::{Answer, CommandError, run};
use super::machine::listeners::list;
use super::{Found, Sight, seen_by_root};

/// Thousands of rules are written in less.
const WITHIN: Duration = Duration::from_secs(3);

/// What was read of the firewall.
#[derive(Debug, Default)]
struct Texts {
    nft: Option<String>,
    iptables: Option<String>,
    /// Programs that said nothing, and why.
    silent: Vec<String>,
}

/// How the ports are.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Ports {
    /// Where customers come in.
    public: (u16, End),
    /// Where browsers begin, and certbot's proof comes in.
    plain: (u16, End),
    /// The core's own.
    core: (u16, End),
}

pub(super) async fn find(sight: &Sight) -> Found {
    if !sight.looker.is_root() {
        let seen = seen_by_root::find(sight, "firewall").await;
        return seen.unwrap_or_else(|| {
            Found::unknown("only root sees the firewall", Some("sudo alamor check"))
        });
    }
    let (nft, iptables, tool) = tokio::join!(
        run("nft", &["-j", "list", "ruleset"], WITHIN),
        run("iptables-save", &[], WITHIN),
        Tool::find(),
    );
    let mut texts = Texts::default();
    texts.nft = texts.take("nft", nft);
    texts.iptables = texts.take("iptables-save", iptables);
    if texts.nft.is_none() && texts.iptables.is_none() {
        let why = texts.silent.join("; ");
        return Found::unknown(format!("the rules cannot be read: {why}"), None);
    }
    let (public, core) = (sight.settings.probes.public_port, sight.listen.port());
    // Some megabytes of rules take a while to be read.
    let read = aside(move || {
        let outside = Packet { port: 0, interfaces: ways_out() };
        let end = |port: u16| (port, end(&texts, &tool, &outside.with_port(port)));
        let ports = Ports { public: end(public), plain: end(80), core: end(core) };
        (ports, tool, texts.silent)
    });
    match read.await {
        Ok((ports, tool, silent)) => {
            decide(&ports, &tool, &exposed(sight.listen).await).with_details(silent)
        }
        Err(cut_off) => cut_off,
    }
}

impl Texts {
    fn take(&mut self, program: &str, answer: Result<Answer, CommandError>) -> Option<String> {
        match answer {
            Ok(answer) if answer.status.success() => return Some(answer.stdout),
            Ok(answer) => self.silent.push(format!("{program}: {}", answer.complaint())),
            Err(error) => self.silent.push(error.to_string()),
        }
        None
    }
}

/// What becomes of a packet in all that was read: both kinds of rules are asked by the kernel.
fn end(texts: &Texts, tool: &Tool, packet: &Packet) -> End {
    let mut ends = Vec::new();
    if let Some(text) = &texts.nft {
        match nft::parse(text, packet, texts.iptables.is_none()) {
            Some(nft) => ends.push(nft.rules.end()),
            None => ends.push(End::Unclear("what nft answers".to_owned())),
        }
    }
    if let Some(text) = &texts.iptables {
        ends.push(iptables::parse(text, packet).end());
    }
    let closed = ends.iter().find(|end| matches!(end, End::Closed { .. }));
    let unclear = ends.iter().find(|end| matches!(end, End::Unclear(_)));
    match (closed, unclear) {
        (Some(closed), _) => closed.clone(),
        (None, Some(_)) if tool.lets_in(packet.port) => End::Open,
        (None, Some(unclear)) => unclear.clone(),
        (None, None) => End::Open,
    }
}

/// The interfaces of the default routes.
fn ways_out() -> Vec<String> {
    let routes = Process::myself().and_then(|me| me.route()).unwrap_or_default();
    let default = routes.into_iter().filter(|route| route.destination.is_unspecified());
    default.map(|route| route.iface).collect()
}

/// Where the core's port is listened on from outside.
async fn exposed(listen: SocketAddr) -> Vec<SocketAddr> {
    let mut addresses: Vec<SocketAddr> = match list(&[listen.port()]).await {
        Ok(listeners) => listeners.into_iter().map(|listener| listener.address).collect(),
        Err(_) => vec![listen],
    };
    addresses.retain(|address| !address.ip().to_canonical().is_loopback());
    addresses
}

/// What the ports mean; `exposed` is where the core's own is listened on from outside.
fn decide(ports: &Ports, tool: &Tool, exposed: &[SocketAddr]) -> Found {
    let found = judge(ports, tool, exposed);
    let each = [&ports.public, &ports.plain, &ports.core];
    let told = each.map(|(port, end)| match end {
        End::Open => format!("a packet to {port}: passes"),
        End::Closed { by, .. } => format!("a packet to {port}: stopped by {by}"),
        End::Unclear(by) => format!("a packet to {port}: unclear because of {by}"),
    });
    let word = |end: &End| match end {
        End::Open => "open",
        End::Closed { .. } => "closed",
        End::Unclear(_) => "unclear",
    };
    found
        .with_details(told)
        .with_fact("tool", tool.name().unwrap_or("rules"))
        .with_fact("public", word(&ports.public.1))
        .with_fact("core", word(&ports.core.1))
}

fn judge(ports: &Ports, tool: &Tool, exposed: &[SocketAddr]) -> Found {
    let (public, plain, core) = (ports.public.0, ports.plain.0, ports.core.0);
    match &ports.public.1 {
        End::Closed { by, open } => {
            return Found::crit(
                format!("the firewall shuts {public}, nobody comes in: {by}"),
                tool.open(public, open),
            );
        }
        End::Unclear(by) => {
            return Found::unknown(format!("whether {public} is open cannot be told: {by}"), None);
        }
        End::Open => {}
    }
    let passes = format!("{public} passes");
    if let (End::Open, Some(address)) = (&ports.core.1, exposed.first().filter(|_| core != public))
    {
        return Found::warn(
            format!("the firewall lets everybody in at {core}, and the core listens on {address}"),
            format!("write WEBHOOK_BIND=127.0.0.1:{core} into the .env, then restart the core"),
        )
        .seeing(passes);
    }
    match &ports.plain.1 {
        End::Closed { by, open } if plain != public => Found::warn(
            format!("the firewall shuts {plain}: http:// and certbot's proof do not come in: {by}"),
            tool.open(plain, open),
        )
        .seeing(passes),
        _ => Found::ok(match &ports.core.1 {
            End::Closed { .. } => format!("{public} passes, {core} does not"),
            _ => passes,
        }),
    }
}

#[cfg(test)]
mod tests;
