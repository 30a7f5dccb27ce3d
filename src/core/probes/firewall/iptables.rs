//! The rules of iptables, as `iptables-save` writes them.
//!
//! # Source
//!
//! iptables-extensions(8), tried with iptables 1.8.9.

use std::collections::BTreeMap;

use super::packet::{Packet, comes_from, goes_to, has_flags, span};
use super::rules::{Base, Fit, Rule, Rules, Verdict};
use crate::core::probes::machine::quote::quote;

/// Tables in the order of the kernel; NAT shuts nothing out.
const TABLES: [&str; 4] = ["raw", "mangle", "filter", "security"];

/// Targets that only note something.
const NOTING: [&str; 14] = [
    "LOG", "NFLOG", "ULOG", "MARK", "CONNMARK", "CT", "NOTRACK", "TRACE", "SET", "TCPMSS",
    "CHECKSUM", "AUDIT", "CLASSIFY", "DSCP",
];

/// Options with a value that the packet fits whatever the value is: it is within every limit.
const IDLE: [&str; 13] = [
    "-m",
    "--comment",
    "--name",
    "--mask",
    "--limit",
    "--limit-burst",
    "--hashlimit-upto",
    "--hashlimit-burst",
    "--hashlimit-mode",
    "--hashlimit-name",
    "--connlimit-upto",
    "--connlimit-mask",
    "--hashlimit-htable-expire",
];

/// Reads the rules as far as they concern `packet`.
pub(super) fn parse(text: &str, packet: &Packet) -> Rules {
    let mut chains: BTreeMap<String, Vec<Rule>> = BTreeMap::new();
    let mut bases: Vec<(usize, bool, Base)> = Vec::new();
    let mut table = "";
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('*') {
            table = name;
        } else if let Some(chain) = line.strip_prefix(':') {
            let mut words = chain.split_whitespace();
            let (Some(name), Some(policy)) = (words.next(), words.next()) else { continue };
            let chain = format!("{table} {name}");
            chains.entry(chain.clone()).or_default();
            let order = TABLES.iter().position(|other| *other == table);
            if let (Some(order), true) = (order, matches!(name, "PREROUTING" | "INPUT")) {
                let open = format!("iptables -t {table} -I {name} -j ACCEPT -p tcp --dport");
                let base = Base { chain, accepts: policy == "ACCEPT", open };
                bases.push((order, name == "INPUT", base));
            }
        } else if let Some(rule) = line.strip_prefix("-A ") {
            let words = words(rule);
            let Some((chain, rest)) = words.split_first() else { continue };
            let place = format!("{table} {chain}");
            let told = quote(&format!("-A {rule} ({table})"));
            let rule = Reader { packet, table, chains: &chains }.rule(rest, told);
            chains.entry(place).or_default().push(rule);
        }
    }
    bases.sort_by_key(|(order, is_input, _)| (*is_input, *order));
    Rules { bases: bases.into_iter().map(|(.., base)| base).collect(), chains }
}

/// Words with blanks between them; quotes keep blanks.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut is_quoted) = (Vec::new(), String::new(), false);
    for char in line.chars() {
        match char {
            '"' => is_quoted = !is_quoted,
            ' ' if !is_quoted => words.push(std::mem::take(&mut word)),
            char => word.push(char),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

struct Reader<'a> {
    packet: &'a Packet,
    table: &'a str,
    /// The chains that were announced: all of a table stand before its rules.
    chains: &'a BTreeMap<String, Vec<Rule>>,
}

impl Reader<'_> {
    fn rule(&self, words: &[String], text: String) -> Rule {
        let mut fit = Fit::Yes;
        let mut words = words.iter().map(String::as_str);
        let mut verdict = Verdict::Continue;
        while let Some(word) = words.next() {
            let (is_not, option) = match word {
                "!" => (true, words.next().unwrap_or_default()),
                word => (false, word),
            };
            if let "-j" | "-g" = option {
                verdict = self.verdict(option, words.next().unwrap_or_default());
                // What follows are options of the target.
                break;
            }
            let part = self.option(option, &mut words);
            fit = fit.and(if is_not { part.not() } else { part });
        }
        Rule { fit, verdict, text }
    }

    /// Whether the packet fits one option; its values are taken from `words`.
    fn option<'w>(&self, option: &str, words: &mut impl Iterator<Item = &'w str>) -> Fit {
        let mut value = || words.next().unwrap_or_default();
        let addresses = |text: &str, fit: fn(_, _) -> Fit| {
            span(text, None).map_or(Fit::Unclear, |(low, high)| fit(low, high))
        };
        match option {
            "-p" => Fit::of(matches!(value(), "tcp" | "6" | "all")),
            "-i" => self.packet.comes_by(value()),
            "-s" => addresses(value(), comes_from),
            "-d" => addresses(value(), goes_to),
            "--dport" | "--dports" => self.ports(value()),
            "--ctstate" | "--state" => Fit::of(value().split(',').any(|state| state == "NEW")),
            "--tcp-flags" => has_flags(&list(value()), &list(value())),
            "--match-set" => {
                let (_, directions) = (value(), value());
                if directions == "src" { Fit::Named } else { Fit::Unclear }
            }
            "--dst-type" => Fit::of(value() == "LOCAL"),
            // One packet is over no limit, and nobody has come before.
            "--hashlimit-above" | "--connlimit-above" | "--seconds" | "--hitcount"
            | "--icmp-type" => {
                value();
                Fit::No
            }
            "--update" | "--rcheck" | "--remove" => Fit::No,
            "--syn" | "--set" | "--rsource" | "--rdest" | "--connlimit-saddr" => Fit::Yes,
            with_a_value if IDLE.contains(&with_a_value) => {
                value();
                Fit::Yes
            }
            _ => Fit::Unclear,
        }
    }

    /// `443`, `80,443`, `8000:9000`, `:1024`, `1024:`.
    fn ports(&self, text: &str) -> Fit {
        let port = self.packet.port;
        let fits = |part: &str| -> Option<bool> {
            let (low, high) = match part.split_once(':') {
                Some((low, high)) => (
                    if low.is_empty() { 0 } else { low.parse().ok()? },
                    if high.is_empty() { u16::MAX } else { high.parse().ok()? },
                ),
                None => (part.parse().ok()?, part.parse().ok()?),
            };
            Some((low..=high).contains(&port))
        };
        let each = text.split(',').map(|part| fits(part).map_or(Fit::Unclear, Fit::of));
        each.fold(Fit::No, Fit::or)
    }

    fn verdict(&self, option: &str, target: &str) -> Verdict {
        let chain = format!("{} {target}", self.table);
        match target {
            "ACCEPT" => Verdict::Accept,
            "DROP" | "REJECT" => Verdict::Drop,
            "RETURN" => Verdict::Return,
            noting if NOTING.contains(&noting) => Verdict::Continue,
            _ if !self.chains.contains_key(&chain) => Verdict::Unclear,
            _ if option == "-g" => Verdict::Goto(chain),
            _ => Verdict::Jump(chain),
        }
    }
}

fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::super::rules::End;
    use super::*;

    /// What ufw writes for `ufw allow 443/tcp`, shortened to what a packet passes.
    const UFW: &str = "\
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:ufw-after-input - [0:0]
:ufw-before-input - [0:0]
:ufw-logging-deny - [0:0]
:ufw-not-local - [0:0]
:ufw-user-input - [0:0]
:ufw-user-limit - [0:0]
-A INPUT -j ufw-before-input
-A INPUT -j ufw-after-input
-A ufw-after-input -p udp -m udp --dport 137 -j RETURN
-A ufw-before-input -i lo -j ACCEPT
-A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A ufw-before-input -m conntrack --ctstate INVALID -j ufw-logging-deny
-A ufw-before-input -m conntrack --ctstate INVALID -j DROP
-A ufw-before-input -p icmp -m icmp --icmp-type 8 -j ACCEPT
-A ufw-before-input -j ufw-not-local
-A ufw-before-input -d 224.0.0.251/32 -p udp -m udp --dport 5353 -j ACCEPT
-A ufw-before-input -j ufw-user-input
-A ufw-logging-deny -m limit --limit 3/min --limit-burst 10 -j LOG --log-prefix \"[UFW BLOCK] \"
-A ufw-not-local -m addrtype --dst-type LOCAL -j RETURN
-A ufw-not-local -m addrtype --dst-type MULTICAST -j RETURN
-A ufw-not-local -m limit --limit 3/min --limit-burst 10 -j ufw-logging-deny
-A ufw-not-local -j DROP
-A ufw-user-input -p tcp -m tcp --dport 22 -m conntrack --ctstate NEW -m recent --set --name DEFAULT --mask 255.255.255.255 --rsource
-A ufw-user-input -p tcp -m tcp --dport 22 -m conntrack --ctstate NEW -m recent --update --seconds 30 --hitcount 6 --name DEFAULT --mask 255.255.255.255 --rsource -j ufw-user-limit
-A ufw-user-input -p tcp -m tcp --dport 443 -m comment --comment \"the shop\" -j ACCEPT
-A ufw-user-limit -j REJECT --reject-with icmp-port-unreachable
COMMIT
";

    fn end(text: &str, port: u16) -> End {
        parse(text, &Packet { port, interfaces: vec!["eth0".to_owned()] }).end()
    }

    #[test]
    fn rules_of_ufw_are_walked() {
        assert_eq!(end(UFW, 443), End::Open);
        let closed = End::Closed {
            by: "the policy of filter INPUT".to_owned(),
            open: "iptables -t filter -I INPUT -j ACCEPT -p tcp --dport".to_owned(),
        };
        assert_eq!(end(UFW, 80), closed);
        assert_eq!(end(UFW, 22), closed);
    }

    #[test]
    fn options_fit_as_iptables_fits_them() {
        let check = |rule: &str, expected: &str| {
            let text = format!("*filter\n:INPUT DROP [0:0]\n:x - [0:0]\n-A INPUT {rule}\n");
            let end = match end(&text, 443) {
                End::Open => "open",
                End::Closed { .. } => "closed",
                End::Unclear(_) => "unclear",
            };
            assert_eq!(end, expected, "{rule}");
        };
        check("-j ACCEPT", "open");
        check("-p tcp -m multiport --dports 80,440:450 -j ACCEPT", "open");
        check("-p tcp -m tcp --dport :442 -j ACCEPT", "closed");
        check("-p tcp -m tcp ! --dport 22 -j ACCEPT", "open");
        check("! -p udp -j ACCEPT", "open");
        check("-i eth+ -p tcp --syn -j ACCEPT", "open");
        check("! -i eth0 -j ACCEPT", "closed");
        check("-s 10.0.0.0/8 -j ACCEPT", "closed");
        check("-s 198.51.100.7/32 -j ACCEPT", "unclear");
        check("-s 0.0.0.0/1 -p tcp --dport 443 -j ACCEPT", "unclear");
        check("-m set --match-set iran src -p tcp --dport 443 -j ACCEPT", "unclear");
        check("-m geoip --source-country IR -j ACCEPT", "unclear");
        check("-p tcp --dport 443 -j NFQUEUE --queue-num 0", "unclear");
        check("-p tcp --tcp-flags FIN,SYN,RST,ACK SYN -j ACCEPT", "open");
        check("-m connlimit --connlimit-above 20 --connlimit-mask 32 -j ACCEPT", "closed");
    }

    #[test]
    fn lists_of_attackers_shut_nobody_else_out() {
        let text = "*filter\n:INPUT ACCEPT [0:0]\n:f2b - [0:0]\n-A INPUT -j f2b\n\
                    -A f2b -s 198.51.100.7/32 -j REJECT --reject-with icmp-port-unreachable\n\
                    -A f2b -m set --match-set bad src -j DROP\n-A f2b -j RETURN\n";
        assert_eq!(end(text, 443), End::Open);
    }

    #[test]
    fn nonsense_shuts_nothing_out() {
        for text in ["", "*\n:\n-A\n-A \n", "-A INPUT -j", "*filter\n:INPUT", "COMMIT\u{1b}[2J"] {
            assert_eq!(end(text, 443), End::Open, "{text}");
        }
    }
}
