//! Whatever goes wrong between core and panel: how an update ends, in which counter, for which
//! reason, and that customers keep their last good links until it is over.
//!
//! Each fault begins after a healthy update of all, and meets the bot's button first and an update
//! of all then.

use std::sync::Arc;
use std::time::Duration;

use alamor::api::jobs::{Count, Item, Outcome};
use alamor::demo::behaviour::{BadList, Behaviour};
use alamor::demo::make::Make;
use alamor::demo::panel::{PanelSpec, SimulatedPanel};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::gate::{Gate, Tls, Wire, speak_tls};
use crate::sale::{bots_id, panels_id};
use crate::world::{Sale, World, all, later, soon};

/// More than lists need to pay.
const PURCHASES: usize = 5;

/// When the core has noticed its panels, and how long after that it looks how they are.
const FIRST_LOOK: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_secs(16);

/// Longer than a breaker stays open.
const BREAKER: Duration = Duration::from_secs(16);

/// What goes wrong.
#[derive(Debug, Clone)]
enum Fault {
    Panel(Behaviour),
    /// At both ports.
    Wire(Wire),
    /// The panel's addresses are HTTPS now.
    Tls(Tls),
    /// Every session is over, and then this.
    LoggedOut(Behaviour),
    /// Every session is over, and a new one is refused for a while.
    LockedOut,
    /// Subscriptions end in the middle, as if that were right.
    TruncatedBase64,
    /// Every answer grows to a gigabyte when it is unpacked.
    GzipBomb,
}

/// A panel behind gates, and a core whose purchases it knows by ids of its own.
struct Stage {
    panel: SimulatedPanel,
    web: Gate,
    subscriptions: Gate,
    world: World,
}

impl Stage {
    async fn set(make: Make) -> Self {
        let panel = SimulatedPanel::start(PanelSpec::new("de-1", make)).await.unwrap();
        let sale = Sale::on(&["de-1"]).like_the_bots();
        for number in 1..=PURCHASES {
            panel.add(sale.customer(&panels_id(number)));
        }
        let web = Gate::before(&panel.panel_url()).await;
        let subscriptions = Gate::before(&panel.subscription_base_url()).await;
        let addresses =
            [format!("http://{}/base", web.address), format!("http://{}", subscriptions.address)];
        let world = World::with()
            .panel_at("de-1", &addresses[0], &addresses[1], panel.prefix())
            .bots_purchases(PURCHASES, &["de-1"])
            .setting("PANEL_TIMEOUT=1s")
            .start()
            .await;
        // The core looks by itself how the panel is, and then not again for a minute.
        later(FIRST_LOOK).await;
        later(LOOK).await;
        soon(panel.wait_for_requests(1)).await;
        Self { panel, web, subscriptions, world }
    }

    async fn wire(&mut self, wire: &Wire) {
        self.web.set(wire).await;
        self.subscriptions.set(wire).await;
    }

    async fn begin(&mut self, fault: &Fault) {
        match fault {
            Fault::Panel(behaviour) => self.panel.set(*behaviour).await.unwrap(),
            Fault::Wire(wire) => self.wire(wire).await,
            Fault::Tls(tls) => {
                let (port, server) = speak_tls(*tls).await;
                // Until the test is over.
                drop(server.detach());
                self.wire(&Wire::Elsewhere(port)).await;
            }
            Fault::LoggedOut(behaviour) => {
                self.panel.expire_sessions();
                self.panel.set(*behaviour).await.unwrap();
            }
            Fault::LockedOut => {
                self.panel.expire_sessions();
                self.panel.lock_out();
            }
            Fault::TruncatedBase64 => {
                let links = self.panel.expected_links(&panels_id(1)).join("\n");
                let body = STANDARD.encode(links);
                let wire = says("", &body.as_bytes()[..body.len() / 2]);
                self.subscriptions.set(&wire).await;
            }
            Fault::GzipBomb => {
                // Each zero becomes a thousand blanks.
                let bomb = [&BOMB[..], &vec![0; 1 << 20]].concat();
                self.wire(&says("content-encoding: gzip\r\n", &bomb)).await;
            }
        }
    }

    async fn end(&mut self) {
        self.panel.set(Behaviour::Healthy).await.unwrap();
        self.panel.unlock();
        self.wire(&Wire::Through).await;
        later(BREAKER).await;
    }

    /// An update of all: each ends like `expected`.
    async fn update_all(&self, expected: End, what: &str) {
        let job = self.world.job(all()).await;
        let ended = [
            (Count::Success, job.success),
            (Count::Failed, job.failed),
            (Count::ConnectionError, job.connection_error),
        ];
        for (count, items) in ended {
            let all = if count == expected.1 { PURCHASES as u64 } else { 0 };
            assert_eq!(items, all, "{what}: {job:?}");
        }
        // What changed nothing is not listed.
        for item in self.world.items(job.id).await {
            expect(&item, expected, what);
        }
    }

    /// What customers get, and what is on the disk.
    async fn served(&self) -> Vec<(Vec<String>, Option<String>)> {
        let mut served = Vec::new();
        for number in 1..=PURCHASES {
            let links = self.world.subscription(&bots_id(number)).await.links();
            let json = self.world.rows.json(i64::try_from(number).unwrap()).await;
            served.push((links, json));
        }
        served
    }
}

/// The beginning of a gzip stream that goes on with zeros.
const BOMB: [u8; 25] = [
    0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0x02, 0x03, 0xec, 0xc1, 0x81, 0, 0, 0, 0, 0x80, 0x20, 0x95,
    0xfd, 0x29, 0x17, 0xa9, 0x0a,
];

fn says(header: &str, body: &[u8]) -> Wire {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n{header}connection: close\r\n\r\n",
        body.len()
    );
    Wire::Says(Arc::new([head.as_bytes(), body].concat()))
}

/// How an item ends: outcome, counter, code.
type End = (Outcome, Count, Option<&'static str>);

const FINE: End = (Outcome::Unchanged, Count::Success, None);

const fn unreached(code: &'static str) -> End {
    (Outcome::Kept, Count::ConnectionError, Some(code))
}

const fn refused(code: &'static str) -> End {
    (Outcome::Failed, Count::Failed, Some(code))
}

#[track_caller]
fn expect(item: &Item, expected: End, what: &str) {
    let code = item.reason.as_ref().map(|reason| reason.code.as_str());
    let ended = (item.outcome.unwrap(), item.count_as.unwrap(), code);
    assert_eq!(ended, expected, "{what}: {item:?}");
    assert_eq!((item.links, item.panels[0].links), (5, 5), "{what}: {item:?}");
}

async fn check(fault: Fault, expected: End) {
    let mut stage = Stage::set(Make::ThreeXui360).await;
    let new = (Outcome::Updated, Count::Success, None);
    stage.update_all(new, "before").await;
    let before = stage.served().await;
    stage.begin(&fault).await;
    let what = format!("{fault:?}");
    expect(&stage.world.update_as_item(1).await, expected, &format!("{what}, the bot's button"));
    stage.update_all(expected, &what).await;
    assert_eq!(stage.served().await, before, "{what}");
    stage.end().await;
    let after = format!("after {what}");
    expect(&stage.world.update_as_item(1).await, FINE, &after);
    stage.update_all(FINE, &after).await;
    assert_eq!(stage.served().await, before, "{after}");
}

#[tokio::test]
async fn a_panel_that_is_not_there_leaves_links_as_they_are() {
    check(Fault::Wire(Wire::Closed), unreached("refused")).await;
    check(Fault::Wire(Wire::Reset), unreached("cut")).await;
    check(Fault::Panel(Behaviour::CutShort), unreached("cut")).await;
    check(Fault::Panel(Behaviour::status(502)), unreached("gateway")).await;
}

#[tokio::test]
async fn a_panel_that_hangs_while_connecting_is_late() {
    check(Fault::Wire(Wire::Full), unreached("timeout")).await;
}

#[tokio::test]
async fn a_panel_that_never_answers_is_late() {
    check(Fault::Panel(Behaviour::Hang), unreached("timeout")).await;
}

#[tokio::test]
async fn a_panel_that_hangs_in_the_middle_of_an_answer_is_late() {
    check(Fault::Panel(Behaviour::HangInBody), unreached("timeout")).await;
}

#[tokio::test]
async fn half_a_handshake_is_late_or_broken_off() {
    check(Fault::Tls(Tls::Stops), unreached("timeout")).await;
    check(Fault::Tls(Tls::Ends), unreached("cut")).await;
}

#[tokio::test]
async fn a_certificate_that_is_not_valid_is_told_from_a_dead_panel() {
    check(Fault::Tls(Tls::Expired), unreached("tls")).await;
    check(Fault::Tls(Tls::SelfSigned), unreached("tls")).await;
}

#[tokio::test]
async fn an_operator_reads_what_is_wrong_with_a_certificate() {
    for (tls, words) in [(Tls::Expired, "has expired"), (Tls::SelfSigned, "nobody vouches for")] {
        let mut stage = Stage::set(Make::ThreeXui2811).await;
        stage.begin(&Fault::Tls(tls)).await;
        let reason = stage.world.update_as_item(1).await.reason.unwrap();
        assert!(reason.text.contains(words), "{reason:?}");
    }
}

#[tokio::test]
async fn an_answer_that_is_no_subscription_replaces_nothing() {
    for behaviour in
        [Behaviour::LoginPage, Behaviour::JsonError, Behaviour::Empty, Behaviour::Garbage]
    {
        check(Fault::Panel(behaviour), refused("not_a_subscription")).await;
    }
}

#[tokio::test]
async fn an_answer_that_is_too_large_replaces_nothing() {
    check(Fault::Panel(Behaviour::Huge), refused("too_large")).await;
    check(Fault::GzipBomb, refused("too_large")).await;
}

#[tokio::test]
async fn an_answer_that_ends_in_the_middle_is_held() {
    let held = (Outcome::Kept, Count::Failed, Some("would_lose_links"));
    check(Fault::TruncatedBase64, held).await;
}

#[tokio::test]
async fn a_panel_that_refuses_is_told_from_one_that_is_away() {
    check(Fault::Panel(Behaviour::busy(30)), refused("busy")).await;
    check(Fault::Panel(Behaviour::status(403)), refused("status")).await;
    check(Fault::Panel(Behaviour::Unknown), refused("unknown_subscription")).await;
}

/// Whom the panel is asked about is remembered, so subscriptions need no list.
#[tokio::test]
async fn links_come_without_a_list() {
    use BadList as L;
    for bad in [L::Empty, L::Garbage, L::Truncated, L::NoSuccess, L::Missing] {
        check(Fault::Panel(Behaviour::List(bad)), FINE).await;
    }
}

#[tokio::test]
async fn links_come_without_a_list_that_would_fill_the_core() {
    check(Fault::Panel(Behaviour::List(BadList::Huge)), FINE).await;
    check(Fault::Panel(Behaviour::List(BadList::GzipBomb)), FINE).await;
}

#[tokio::test]
async fn links_come_without_a_login() {
    check(Fault::LoggedOut(Behaviour::Healthy), FINE).await;
    check(Fault::LoggedOut(Behaviour::WrongPassword), FINE).await;
    check(Fault::LoggedOut(Behaviour::BaseMoved), FINE).await;
    check(Fault::LockedOut, FINE).await;
}
