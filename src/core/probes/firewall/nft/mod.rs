//! The rules of nftables, as `nft -j list ruleset` writes them.
//!
//! # Source
//!
//! libnftables-json(5), tried with nftables 1.0.6.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde_json::Value;

use super::packet::{Packet, comes_from, goes_to, has_flags, span};
use super::rules::{Base, Fit, Rule, Rules, Verdict};
use crate::core::probes::machine::quote::quote;

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Nft {
    pub(super) rules: Rules,
    /// Whether iptables wrote some of it, in a form that only iptables-save can tell.
    pub(super) has_iptables: bool,
}

/// Reads the rules as far as they concern `packet`. `with_iptables` is false where iptables tells of
/// its own tables.
pub(super) fn parse(text: &str, packet: &Packet, with_iptables: bool) -> Option<Nft> {
    let ruleset: Value = serde_json::from_str(text).ok()?;
    let objects = ruleset.get("nftables")?.as_array()?;
    let of = |kind: &'static str| objects.iter().filter_map(move |object| object.get(kind));
    let foreign: Vec<String> = of("rule").filter(|rule| is_iptables(rule)).map(table).collect();
    let sets = of("set").chain(of("map")).map(|set| (place(set, "name"), &set["elem"])).collect();
    let mut bases: Vec<(u8, i64, Base)> = Vec::new();
    for chain in of("chain").filter(|chain| with_iptables || !foreign.contains(&table(chain))) {
        bases.extend(base(chain));
    }
    bases.sort_by_key(|(hook, priority, _)| (*hook, *priority));
    let mut chains: BTreeMap<String, Vec<Rule>> = BTreeMap::new();
    let reader = Reader { packet, sets };
    for rule in of("rule") {
        chains.entry(place(rule, "chain")).or_default().extend(reader.rule(rule));
    }
    let bases = bases.into_iter().map(|(.., base)| base).collect();
    Some(Nft { rules: Rules { bases, chains }, has_iptables: !foreign.is_empty() })
}

fn text<'a>(object: &'a Value, key: &str) -> &'a str {
    object.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// `inet filter`.
fn table(object: &Value) -> String {
    quote(&format!("{} {}", text(object, "family"), text(object, "table")))
}

/// `inet filter input`.
fn place(object: &Value, key: &str) -> String {
    format!("{} {}", table(object), quote(text(object, key)))
}

fn is_iptables(rule: &Value) -> bool {
    let parts = rule.get("expr").and_then(Value::as_array);
    parts.is_some_and(|parts| parts.iter().any(|part| part.get("xt").is_some()))
}

/// Chains at hooks that a packet by IPv4 for this machine passes, and that may shut it out.
fn base(chain: &Value) -> Option<(u8, i64, Base)> {
    let hook = match text(chain, "hook") {
        "prerouting" => 0,
        "input" => 1,
        _ => return None,
    };
    let is_v4 = matches!(text(chain, "family"), "ip" | "inet");
    // Chains of NAT see the packet, too, but shut nothing out.
    if !is_v4 || text(chain, "type") == "nat" {
        return None;
    }
    let name = place(chain, "name");
    let priority = chain.get("prio").and_then(Value::as_i64).unwrap_or_default();
    let open = format!("nft insert rule {name} tcp dport");
    let accepts = text(chain, "policy") != "drop";
    Some((hook, priority, Base { chain: name, accepts, open }))
}

struct Reader<'a> {
    packet: &'a Packet,
    /// The elements of sets and maps, by their place.
    sets: BTreeMap<String, &'a Value>,
}

impl Reader<'_> {
    /// A rule; one with a map of verdicts is as many as the map has entries.
    fn rule(&self, rule: &Value) -> Vec<Rule> {
        let table = table(rule);
        let number = rule.get("handle").and_then(Value::as_u64).unwrap_or_default();
        let told = format!("rule {number} of {}", place(rule, "chain"));
        let mut fit = Fit::Yes;
        let parts = rule.get("expr").and_then(Value::as_array);
        for part in parts.into_iter().flatten() {
            let Some((kind, body)) = part.as_object().and_then(|part| part.iter().next()) else {
                fit = fit.and(Fit::Unclear);
                continue;
            };
            if kind == "vmap" {
                return self.map(body, fit, &told, &table);
            }
            match verdict(kind, body, &table) {
                Verdict::Continue => fit = fit.and(self.part(kind, body, &table)),
                verdict => return vec![Rule { fit, verdict, text: told }],
            }
        }
        Vec::new()
    }

    /// A map of verdicts: of its entries the one with the packet's value decides.
    fn map(&self, body: &Value, fit: Fit, told: &str, table: &str) -> Vec<Rule> {
        let (key, data) = (&body["key"], &body["data"]);
        let entries = match data.as_str().and_then(|name| name.strip_prefix('@')) {
            Some(name) => self.sets.get(&format!("{table} {name}")).copied(),
            None => data.get("set"),
        };
        let entries = entries.and_then(Value::as_array).into_iter().flatten();
        let rules = entries.filter_map(|entry| {
            let [value, verdict_of] = entry.as_array()?.as_slice() else { return None };
            let (kind, body) = verdict_of.as_object()?.iter().next()?;
            let verdict = verdict(kind, body, table);
            Some(Rule { fit: fit.and(self.any(key, value, table)), verdict, text: told.to_owned() })
        });
        rules.collect()
    }

    /// A part of a rule that is no verdict.
    fn part(&self, kind: &str, body: &Value, table: &str) -> Fit {
        match kind {
            "match" => {
                let (left, right) = (&body["left"], &body["right"]);
                match text(body, "op") {
                    "==" | "in" => self.any(left, right, table),
                    "!=" => self.any(left, right, table).not(),
                    order => self.ordered(left, order, right),
                }
            }
            // One packet is within every limit, and over none.
            "limit" | "ct count" => Fit::of(!body["inv"].as_bool().unwrap_or(false)),
            "xt" if text(body, "name") == "comment" || text(body, "type") == "target" => Fit::Yes,
            "counter" | "log" | "mangle" | "set" | "map" | "notrack" | "comment" | "meter"
            | "ct helper" | "ct timeout" | "secmark" | "last" | "flow" => Fit::Yes,
            _ => Fit::Unclear,
        }
    }

    fn ordered(&self, left: &Value, order: &str, right: &Value) -> Fit {
        let (true, Some(than)) = (is_port(left), right.as_u64()) else { return Fit::Unclear };
        let port = u64::from(self.packet.port);
        match order {
            "<" => Fit::of(port < than),
            ">" => Fit::of(port > than),
            "<=" => Fit::of(port <= than),
            ">=" => Fit::of(port >= than),
            _ => Fit::Unclear,
        }
    }

    /// Whether what `left` names has one of the values in `right`.
    fn any(&self, left: &Value, right: &Value, table: &str) -> Fit {
        let elements = match right {
            Value::String(name) if name.starts_with('@') => {
                match self.sets.get(&format!("{table} {}", &name[1..])) {
                    Some(elements) => elements.as_array(),
                    None => return Fit::Unclear,
                }
            }
            Value::Array(values) if !is_flags(left) => Some(values),
            right => match right.get("set") {
                Some(values) => values.as_array(),
                None => return self.one(left, right),
            },
        };
        // A set that stands empty is written without elements.
        let each = elements.into_iter().flatten().map(|value| match value.get("elem") {
            Some(element) => self.one(left, &element["val"]),
            None => self.one(left, value),
        });
        each.fold(Fit::No, Fit::or)
    }

    /// Whether what `left` names has the value `right`.
    fn one(&self, left: &Value, right: &Value) -> Fit {
        if is_port(left) {
            return self.port(right);
        }
        if is_flags(left) {
            return flags(left, right);
        }
        let word = right.as_str().unwrap_or_default();
        if let Some(payload) = left.get("payload") {
            return match (text(payload, "protocol"), text(payload, "field")) {
                ("ip", "saddr") => span_of(right).map_or(Fit::Unclear, |(l, h)| comes_from(l, h)),
                ("ip", "daddr") => span_of(right).map_or(Fit::Unclear, |(l, h)| goes_to(l, h)),
                ("ip", "protocol") => Fit::of(is_tcp(right)),
                ("ip" | "tcp" | "th" | "ether" | "", _) => Fit::Unclear,
                // Of another protocol.
                _ => Fit::No,
            };
        }
        if let Some(meta) = left.get("meta") {
            return match text(meta, "key") {
                "l4proto" => Fit::of(is_tcp(right)),
                "nfproto" => Fit::of(word == "ipv4"),
                "protocol" => Fit::of(word == "ip"),
                "iif" | "iifname" if !word.is_empty() => self.packet.comes_by(word),
                "pkttype" => Fit::of(word == "host" || word == "unicast"),
                _ => Fit::Unclear,
            };
        }
        if let Some(ct) = left.get("ct") {
            return match text(ct, "key") {
                "state" => Fit::of(word == "new"),
                "status" => Fit::No,
                "direction" => Fit::of(word == "original"),
                _ => Fit::Unclear,
            };
        }
        left.get("fib").map_or(Fit::Unclear, |fib| route(fib, right))
    }

    fn port(&self, right: &Value) -> Fit {
        let port = u64::from(self.packet.port);
        if let Some(other) = right.as_u64() {
            return Fit::of(port == other);
        }
        let range = right.get("range").and_then(Value::as_array).map(Vec::as_slice);
        match range {
            Some([low, high]) => match (low.as_u64(), high.as_u64()) {
                (Some(low), Some(high)) => Fit::of((low..=high).contains(&port)),
                _ => Fit::Unclear,
            },
            _ => Fit::Unclear,
        }
    }
}

fn verdict(kind: &str, body: &Value, table: &str) -> Verdict {
    let target = || format!("{table} {}", quote(text(body, "target")));
    match kind {
        "accept" => Verdict::Accept,
        "drop" | "reject" => Verdict::Drop,
        "return" => Verdict::Return,
        "jump" => Verdict::Jump(target()),
        "goto" => Verdict::Goto(target()),
        "queue" | "synproxy" | "tproxy" | "redirect" | "dnat" => Verdict::Unclear,
        "xt" if text(body, "type") == "target" => match text(body, "name") {
            "REJECT" => Verdict::Drop,
            "LOG" | "NFLOG" | "MARK" | "CONNMARK" | "CT" | "TRACE" => Verdict::Continue,
            _ => Verdict::Unclear,
        },
        _ => Verdict::Continue,
    }
}

/// `tcp dport`, or `th dport`, which is of any protocol.
fn is_port(left: &Value) -> bool {
    left.get("payload").is_some_and(|payload| {
        matches!(text(payload, "protocol"), "tcp" | "th") && text(payload, "field") == "dport"
    })
}

fn is_flags(left: &Value) -> bool {
    let left = left.get("&").and_then(|and| and.get(0)).unwrap_or(left);
    left.get("payload").is_some_and(|payload| text(payload, "field") == "flags")
}

fn flags(left: &Value, right: &Value) -> Fit {
    let words = |value: &Value| match value {
        Value::String(word) => vec![word.clone()],
        Value::Array(values) => {
            values.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    };
    match left.get("&").and_then(|and| and.get(1)) {
        Some(mask) => has_flags(&words(mask), &words(right)),
        // `tcp flags syn`: one of them is set.
        None => Fit::of(words(right).iter().any(|flag| flag == "syn")),
    }
}

fn is_tcp(value: &Value) -> bool {
    value == "tcp" || value == 6
}

/// The addresses of a value: one, a prefix, a range.
fn span_of(value: &Value) -> Option<(Ipv4Addr, Ipv4Addr)> {
    if let Some(prefix) = value.get("prefix") {
        let length = u32::try_from(prefix.get("len")?.as_u64()?).ok()?;
        return span(text(prefix, "addr"), Some(length));
    }
    if let Some([low, high]) = value.get("range").and_then(Value::as_array).map(Vec::as_slice) {
        return Some((span(low.as_str()?, None)?.0, span(high.as_str()?, None)?.1));
    }
    span(value.as_str()?, None)
}

/// What the table of routes says of the packet: it is for this machine, and there is a way back.
fn route(fib: &Value, right: &Value) -> Fit {
    let flags = fib.get("flags").and_then(Value::as_array);
    let has = |flag: &str| flags.is_some_and(|flags| flags.iter().any(|other| other == flag));
    match (text(fib, "result"), has("daddr"), right) {
        ("type", true, Value::String(kind)) => Fit::of(kind == "local"),
        ("oif" | "oifname", false, Value::Bool(is_there)) => Fit::of(*is_there),
        _ => Fit::Unclear,
    }
}

#[cfg(test)]
mod tests;
