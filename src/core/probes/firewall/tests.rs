//! What open and closed ports mean; and rules that the kernel itself holds, in a network of their own.

use super::*;
use crate::api::CheckState::{self, Crit, Ok as Well, Unknown, Warn};

fn closed() -> End {
    End::Closed {
        by: "the policy of inet filter input".to_owned(),
        open: "nft insert rule inet filter input tcp dport".to_owned(),
    }
}

fn check(ends: [End; 3], exposed: &[&str], state: CheckState, reason: &str, fix: &str) {
    let [public, plain, core] = ends;
    let ports = Ports { public: (443, public), plain: (80, plain), core: (8080, core) };
    let exposed: Vec<SocketAddr> = exposed.iter().map(|text| text.parse().unwrap()).collect();
    let found = decide(&ports, &Tool::Rules, &exposed);
    assert_eq!(found.state, state, "{found:?}");
    assert_eq!(found.reason.as_deref().unwrap_or_default(), reason);
    assert_eq!(found.fix.as_deref().unwrap_or_default(), fix);
}

#[test]
fn open_ports_of_the_web_and_a_core_behind_them_are_well() {
    check([End::Open, End::Open, closed()], &["0.0.0.0:8080"], Well, "", "");
    check([End::Open, End::Open, End::Open], &[], Well, "", "");
}

#[test]
fn a_closed_public_port_is_critical_and_says_how_it_is_opened() {
    check(
        [closed(), closed(), closed()],
        &[],
        Crit,
        "the firewall shuts 443, nobody comes in: the policy of inet filter input",
        "nft insert rule inet filter input tcp dport 443 accept",
    );
    check(
        [End::Open, closed(), closed()],
        &[],
        Warn,
        "the firewall shuts 80: http:// and certbot's proof do not come in: the policy of inet \
         filter input",
        "nft insert rule inet filter input tcp dport 80 accept",
    );
}

#[test]
fn a_core_that_everybody_reaches_is_to_be_bound_to_loopback() {
    check(
        [End::Open, End::Open, End::Open],
        &["0.0.0.0:8080"],
        Warn,
        "the firewall lets everybody in at 8080, and the core listens on 0.0.0.0:8080",
        "write WEBHOOK_BIND=127.0.0.1:8080 into the .env, then restart the core",
    );
}

#[test]
fn nothing_ever_advises_to_open_the_core() {
    let ends = [End::Open, closed(), End::Unclear("x".to_owned())];
    for public in &ends {
        for plain in &ends {
            for core in &ends {
                let ports = Ports {
                    public: (443, public.clone()),
                    plain: (80, plain.clone()),
                    core: (8080, core.clone()),
                };
                let found = decide(&ports, &Tool::Rules, &["0.0.0.0:8080".parse().unwrap()]);
                let fix = found.fix.unwrap_or_default();
                assert!(!fix.contains("8080") || fix.contains("127.0.0.1:8080"), "{fix}");
            }
        }
    }
}

#[test]
fn a_rule_that_is_not_understood_is_named() {
    let unclear = End::Unclear("rule 7 of inet filter input".to_owned());
    check(
        [unclear, End::Open, End::Open],
        &[],
        Unknown,
        "whether 443 is open cannot be told: rule 7 of inet filter input",
        "",
    );
}

#[tokio::test]
async fn who_is_not_root_sees_no_firewall() {
    let looker = crate::core::probes::Looker::Operator { root: false };
    let found = find(&Sight { looker, ..super::super::fixture::sight("") }).await;
    assert_eq!((found.state, found.fix.as_deref()), (Unknown, Some("sudo alamor check")));
}

/// What the probe finds where these rules hold, in a network of its own: looked at by this test's
/// binary from inside.
async fn look_inside(script: &str, expected: &str) {
    let me = std::env::current_exe().unwrap();
    let script = format!(
        "{script}\nexec '{}' --exact core::probes::firewall::tests::the_rules_here_are_looked_at",
        me.display()
    );
    let output = tokio::process::Command::new("unshare")
        .args(["-n", "sh", "-ec", &script])
        .env("ALAMOR_TEST_FIREWALL", expected)
        .output()
        .await
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && told.contains("1 passed"), "{output:?}");
}

/// Looks where it stands; by itself it only says that looking ends.
#[tokio::test]
async fn the_rules_here_are_looked_at() {
    let found = find(&super::super::fixture::sight("")).await;
    let told =
        format!("{:?} {} {:?}", found.state, found.reason.unwrap_or(found.seen), found.details);
    if let Ok(expected) = std::env::var("ALAMOR_TEST_FIREWALL") {
        assert!(told.contains(&expected), "{told}");
    }
    assert_ne!(found.state, CheckState::NotTried);
}

const CLOSED: &str = "nft add table inet filter
    nft 'add chain inet filter input { type filter hook input priority 0; policy drop; }'
    nft add rule inet filter input ct state established,related accept
    nft add rule inet filter input iif lo accept";

#[tokio::test]
async fn without_rules_everything_passes() {
    look_inside("", "Ok 443 passes").await;
}

#[tokio::test]
async fn rules_of_nftables_that_shut_the_port_are_found() {
    look_inside(
        CLOSED,
        "Crit the firewall shuts 443, nobody comes in: the policy of inet filter input",
    )
    .await;
    let rejected = "nft add table inet f
        nft 'add chain inet f in { type filter hook input priority 0; }'
        nft add rule inet f in tcp dport 443 reject with tcp reset";
    look_inside(rejected, "Crit the firewall shuts 443, nobody comes in: rule").await;
}

#[tokio::test]
async fn rules_of_nftables_that_open_the_port_are_found() {
    let opened = format!(
        "{CLOSED}
        nft 'add set inet filter web {{ type inet_service; flags interval; elements = {{ 80, 440-450 }}; }}'
        nft add chain inet filter web
        nft add rule inet filter web ct state new accept
        nft add rule inet filter input tcp dport @web jump web"
    );
    look_inside(&opened, "Ok 443 passes").await;
}

/// A rule with a condition on a mark of the packet: nobody outside of the kernel knows the mark.
#[tokio::test]
async fn rules_of_nftables_that_nobody_can_tell_are_unclear() {
    let marked =
        format!("{CLOSED}\nnft add rule inet filter input tcp dport 443 meta mark 7 accept");
    look_inside(&marked, "Unknown whether 443 is open cannot be told: rule").await;
}

#[tokio::test]
async fn rules_that_iptables_wrote_are_read_from_iptables() {
    let opened = "iptables -P INPUT DROP
        iptables -A INPUT -p tcp -m multiport --dports 80,443 -m comment --comment 'the shop' -j ACCEPT";
    look_inside(opened, "Ok 443 passes").await;
    let closed = "iptables -A INPUT -p tcp -m multiport --dports 80,443 -j REJECT";
    look_inside(closed, "Crit the firewall shuts 443, nobody comes in: -A INPUT -p tcp").await;
}
