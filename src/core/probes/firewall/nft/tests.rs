//! Rules as nftables writes them, and what becomes of packets.

use super::super::rules::End;
use super::*;

/// A chain of a server that somebody keeps by hand, as nftables 1.0.6 writes it.
const RULES: &str = include_str!("ruleset.json");

fn end(text: &str, port: u16) -> End {
    let packet = Packet { port, interfaces: vec!["eth0".to_owned()] };
    parse(text, &packet, true).unwrap().rules.end()
}

fn is_open(port: u16) -> bool {
    match end(RULES, port) {
        End::Open => true,
        End::Closed { .. } => false,
        End::Unclear(by) => panic!("{port}: {by}"),
    }
}

#[test]
fn sets_maps_ranges_and_chains_are_walked() {
    assert!(is_open(22), "by a rule of its own");
    assert!(is_open(443), "by a set and a chain");
    assert!(is_open(8005), "by a range in a set");
    assert!(is_open(1500) && is_open(3000), "by a set without a name");
    assert!(is_open(9005), "by a range in a map");
    assert!(!is_open(25) && !is_open(53), "by the last rule");
}

#[test]
fn a_rule_that_closes_is_named_and_so_is_its_chain() {
    let End::Closed { by, open } = end(RULES, 4444) else { panic!() };
    assert_eq!(by, "rule 28 of inet filter input");
    assert_eq!(open, "nft insert rule inet filter input tcp dport");
}

#[test]
fn what_only_the_kernel_knows_is_unclear() {
    assert_eq!(end(RULES, 5000), End::Unclear("rule 26 of inet filter input".to_owned()));
}

#[test]
fn rules_that_iptables_wrote_are_left_to_it() {
    let text = r#"{"nftables": [
        {"chain": {"family": "ip", "table": "filter", "name": "INPUT", "type": "filter", "hook": "input", "prio": 0, "policy": "drop"}},
        {"rule": {"family": "ip", "table": "filter", "chain": "INPUT", "handle": 5, "expr": [
            {"xt": {"type": "match", "name": "multiport"}}, {"accept": null}]}}]}"#;
    let packet = Packet { port: 443, interfaces: Vec::new() };
    let alone = parse(text, &packet, true).unwrap();
    assert!(alone.has_iptables);
    assert_eq!(alone.rules.end(), End::Unclear("rule 5 of ip filter INPUT".to_owned()));
    assert_eq!(parse(text, &packet, false).unwrap().rules.end(), End::Open);
}

#[test]
fn nonsense_is_no_ruleset_and_empty_rules_shut_nothing_out() {
    let packet = Packet { port: 443, interfaces: Vec::new() };
    for text in ["", "[]", "{}", r#"{"nftables": 1}"#, "Error: syntax error"] {
        assert_eq!(parse(text, &packet, true), None, "{text}");
    }
    let odd = r#"{"nftables": [1, {}, {"rule": 1}, {"rule": {"expr": [1, {}]}}, {"chain": []}, {"set": null}]}"#;
    assert_eq!(end(odd, 443), End::Open);
}
