//! TLS of the core's own: what is shown, how it is swapped, what is spoken inside.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use alamor::core::StartError;
use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, ProtocolVersion, SupportedProtocolVersion};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::authority::{Authority, Files, Issued, NAME};
use crate::old_server::OldServer;
use crate::raw;
use crate::world::{KEY, World, later, soon};

/// A world whose core speaks TLS itself.
struct Site {
    authority: Authority,
    files: Files,
    world: World,
    _folder: TempDir,
}

impl Site {
    async fn start(first: impl FnOnce(&Authority) -> Issued) -> Self {
        Self::start_with(first, "").await
    }

    async fn start_with(first: impl FnOnce(&Authority) -> Issued, setting: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (authority, files) = (Authority::new(), Files(folder.path().to_owned()));
        files.put(&first(&authority));
        let plan = World::small(1).setting(&files.settings()).setting(setting);
        Self { authority, files, world: plan.start().await, _folder: folder }
    }

    fn address(&self) -> SocketAddr {
        raw::address(&self.world)
    }

    fn connector(&self, versions: &[&'static SupportedProtocolVersion]) -> TlsConnector {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config =
            ClientConfig::builder_with_provider(provider).with_protocol_versions(versions).unwrap();
        let mut config =
            config.with_root_certificates(self.authority.roots()).with_no_client_auth();
        // Who comes again would not look at the certificate.
        config.resumption = Resumption::disabled();
        TlsConnector::from(Arc::new(config))
    }

    /// A client of HTTP that trusts the authority alone.
    fn client(&self) -> reqwest::ClientBuilder {
        let root = reqwest::Certificate::from_pem(self.authority.root_pem().as_bytes()).unwrap();
        reqwest::Client::builder().no_proxy().tls_certs_only([root]).resolve(NAME, self.address())
    }

    fn url(&self, path: &str) -> String {
        format!("https://{NAME}:{}{path}", self.address().port())
    }

    /// Reads settings and certificate again, as `HUP` does.
    fn reload(&mut self) {
        let core = self.world.detach();
        let _ = core.reload(self.world.settings());
        self.world.attach(core);
    }

    /// State and reason of the check `certificate`.
    async fn check(&self) -> (String, String) {
        let health: serde_json::Value =
            serde_json::from_str(&self.world.api("/health").await.body).unwrap();
        let checks = health["checks"].as_array().unwrap();
        let check = checks.iter().find(|check| check["name"] == "certificate").unwrap();
        let text = |key: &str| check[key].as_str().unwrap_or_default().to_owned();
        (text("state"), text("reason"))
    }

    /// Shakes hands; the certificate that was shown.
    async fn shown(&self) -> Vec<u8> {
        leaf(&shake(&self.connector(&[&TLS13]), self.address()).await.unwrap())
    }
}

async fn shake(connector: &TlsConnector, to: SocketAddr) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(to).await?;
    soon(connector.connect(ServerName::try_from(NAME).unwrap(), stream)).await
}

fn leaf(stream: &TlsStream<TcpStream>) -> Vec<u8> {
    stream.get_ref().1.peer_certificates().unwrap()[0].to_vec()
}

/// Shakes hands and asks, again and again; ends with how often, at the first failure with it.
async fn ask_on(
    (connector, to): (TlsConnector, SocketAddr),
    is_over: Arc<AtomicBool>,
    seen: Arc<[(Vec<u8>, AtomicUsize); 3]>,
) -> Result<usize, String> {
    let mut count = 0;
    while !is_over.load(Ordering::Relaxed) {
        let mut stream = shake(&connector, to).await.map_err(|error| error.to_string())?;
        let shown = leaf(&stream);
        let known = seen.iter().find(|(der, _)| *der == shown).ok_or("an unknown certificate")?;
        known.1.fetch_add(1, Ordering::Relaxed);
        let request = b"GET /sub/sub-1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
        stream.write_all(request).await.map_err(|error| error.to_string())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.map_err(|error| error.to_string())?;
        if !answer.starts_with(b"HTTP/1.1 200 OK") {
            return Err(String::from_utf8_lossy(&answer).into_owned());
        }
        count += 1;
    }
    Ok(count)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_is_swapped_under_load_and_no_handshake_fails() {
    let site = Site::start(Authority::issue).await;
    site.world.update(1).await.expect("updated");
    let (second, third) = (site.authority.issue(), site.authority.issue());
    let ders = [site.shown().await, second.der.clone(), third.der.clone()];
    let seen = Arc::new(ders.map(|der| (der, AtomicUsize::new(0))));
    let is_over = Arc::new(AtomicBool::new(false));
    let mut askers = JoinSet::new();
    for _ in 0..8 {
        let way = (site.connector(&[&TLS13, &TLS12]), site.address());
        askers.spawn(ask_on(way, Arc::clone(&is_over), Arc::clone(&seen)));
    }
    let shown = |at: usize| seen[at].1.load(Ordering::Relaxed);
    let appears = |at: usize| {
        soon(async move {
            while shown(at) < 20 {
                tokio::task::yield_now().await;
            }
        })
    };
    appears(0).await;
    // Nobody is told: the core sees it by itself.
    site.files.put(&second);
    appears(1).await;
    site.files.put(&third);
    appears(2).await;
    is_over.store(true, Ordering::Relaxed);
    let counts: Vec<_> = askers.join_all().await;
    let asked: Result<Vec<usize>, String> = counts.into_iter().collect();
    let asked: usize = asked.expect("a handshake or a request failed").iter().sum();
    assert!(asked >= 60, "{asked}");
}

#[tokio::test]
async fn a_pair_that_does_not_fit_is_refused_at_a_reload_and_the_old_one_stays() {
    let mut site = Site::start(Authority::issue).await;
    let old = site.shown().await;
    let new = site.authority.issue();
    site.files.put_certificate(&new);
    site.reload();
    assert_eq!(site.shown().await, old);
    let (state, reason) = site.check().await;
    assert_eq!(state, "warn");
    assert!(reason.contains("privkey.pem is not the key of the certificate"), "{reason}");
    assert!(!reason.contains("BEGIN"), "{reason}");

    site.files.put(&new);
    site.reload();
    assert_eq!(site.shown().await, new.der);
    assert_eq!(site.check().await.0, "ok");
}

#[tokio::test]
async fn one_that_has_expired_takes_no_place_of_one_that_has_not() {
    let mut site = Site::start(Authority::issue).await;
    let old = site.shown().await;
    site.files.put(&site.authority.issue_until(-1));
    site.reload();
    assert_eq!(site.shown().await, old);
    let (state, reason) = site.check().await;
    assert_eq!(state, "warn");
    assert!(reason.contains("the certificate that was put there expired on "), "{reason}");
}

#[tokio::test]
async fn one_that_has_expired_is_better_than_none_and_is_told() {
    let mut site = Site::start(|authority| authority.issue_until(-1)).await;
    let refused = shake(&site.connector(&[&TLS13]), site.address()).await.unwrap_err();
    assert!(refused.to_string().contains("xpired"), "{refused}");
    let (state, reason) = site.check().await;
    assert_eq!(state, "crit");
    assert!(reason.starts_with("the certificate that is served expired on "), "{reason}");
    let good = site.authority.issue();
    site.files.put(&good);
    site.reload();
    assert_eq!(site.shown().await, good.der);
}

#[tokio::test]
async fn a_pair_that_does_not_fit_starts_no_core() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, files) = (Authority::new(), Files(folder.path().to_owned()));
    files.put(&authority.issue());
    files.put_certificate(&authority.issue());
    let world = World::small(1).setting(&files.settings()).without_core().await;
    let refused = world.another_core(alamor::core::Role::Serve).await.unwrap_err();
    assert!(matches!(refused, StartError::Pair(_)), "{refused}");
    let text = refused.to_string();
    assert!(text.contains("privkey.pem is not the key of the certificate"), "{text}");
    assert!(text.contains("fullchain.pem"), "{text}");
}

#[tokio::test]
async fn tls_12_and_13_are_spoken_and_both_kinds_of_http_inside() {
    let site = Site::start(Authority::issue).await;
    for (version, name) in [(&TLS12, ProtocolVersion::TLSv1_2), (&TLS13, ProtocolVersion::TLSv1_3)]
    {
        let stream = shake(&site.connector(&[version]), site.address()).await.unwrap();
        assert_eq!(stream.get_ref().1.protocol_version(), Some(name));
    }
    for (client, version) in [
        (site.client().http1_only(), reqwest::Version::HTTP_11),
        (site.client(), reqwest::Version::HTTP_2),
    ] {
        let answer = client.build().unwrap().get(site.url("/livez")).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.version()), (200, version));
        assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000");
        assert!(!answer.headers().contains_key("connection"));
    }
}

/// What a client says first that knows nothing newer than TLS 1.`minor` (RFC 5246, 7.4.1.2).
fn hello(minor: u8) -> Vec<u8> {
    // One suite, the curves x25519 and P-256, signatures by ECDSA with SHA-256.
    let suites = [0, 2, 0xc0, 0x2b];
    let groups = [0, 10, 0, 6, 0, 4, 0, 0x1d, 0, 0x17];
    let signatures = [0, 13, 0, 4, 0, 2, 4, 3];
    let extensions = [&groups[..], &signatures].concat();
    let length = [0, u8::try_from(extensions.len()).unwrap()];
    let body = [&[3, minor + 1][..], &[7; 32], &[0], &suites, &[1, 0], &length, &extensions];
    let body = body.concat();
    let length = u8::try_from(body.len()).unwrap();
    [&[0x16, 3, 1, 0, length + 4, 1, 0, 0, length][..], &body].concat()
}

#[tokio::test]
async fn tls_11_is_refused_with_its_reason() {
    let site = Site::start(Authority::issue).await;
    let begins = async |minor| {
        let mut stream = TcpStream::connect(site.address()).await.unwrap();
        stream.write_all(&hello(minor)).await.unwrap();
        let mut answer = [0; 7];
        soon(stream.read_exact(&mut answer)).await.unwrap();
        (answer[0], answer[5], answer[6])
    };
    let (kind, message, _) = begins(2).await;
    assert_eq!((kind, message), (0x16, 2), "the same in 1.2 is answered with a hello");
    // A fatal alert: protocol_version (RFC 5246, 7.2).
    assert_eq!(begins(1).await, (0x15, 2, 70));
}

#[tokio::test]
async fn plain_http_of_this_machine_goes_on_at_the_same_port() {
    let site = Site::start(Authority::issue).await;
    site.world.update(1).await.expect("updated");
    let answer = site.world.subscription("sub-1").await;
    assert_eq!(answer.status, 200);
    assert!(!answer.headers.contains_key("strict-transport-security"));
    let core = site.world.client();
    assert_eq!(core.get_health().await.unwrap().service, "alamor");
}

#[tokio::test]
async fn http2_without_tls_is_not_spoken() {
    let site = Site::start(Authority::issue).await;
    let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    assert_eq!(raw::send(site.address(), preface).await.0, "");
}

#[tokio::test]
async fn who_is_silent_in_a_handshake_keeps_nobody_out_and_is_ended() {
    let site = Site::start(Authority::issue).await;
    site.world.update(1).await.expect("updated");
    let mut silent = Vec::new();
    for _ in 0..300 {
        let mut stream = TcpStream::connect(site.address()).await.unwrap();
        stream.write_all(b"\x16\x03\x01\x02\x00").await.unwrap();
        silent.push(stream);
    }
    assert_eq!(site.world.subscription("sub-1").await.status, 200);
    site.shown().await;
    later(Duration::from_secs(16)).await;
    for stream in &mut silent {
        let mut rest = Vec::new();
        let _ = soon(stream.read_to_end(&mut rest)).await;
        assert!(rest.is_empty(), "{rest:?}");
    }
    assert_eq!(site.world.subscription("sub-1").await.status, 200);
}

#[tokio::test]
async fn what_is_passed_on_names_its_host_and_comes_whole_by_http2() {
    let old = OldServer::start().await;
    let site = Site::start_with(Authority::issue, &old.setting()).await;
    let client = site.client().build().unwrap();
    // A body whose length nobody knows.
    let body = reqwest::Body::wrap_stream(tokio_stream::once(Ok::<_, std::io::Error>("a=b")));
    let sent = client.post(site.url("/zarinpal/verify?Authority=A1")).body(body).send().await;
    let answer = sent.unwrap();
    assert_eq!(answer.version(), reqwest::Version::HTTP_2);
    let text = answer.text().await.unwrap();
    assert!(text.contains("a=b"), "{text}");
    let arrived = old.arrived().remove(0);
    assert_eq!(arrived.headers["host"], format!("{NAME}:{}", site.address().port()));
}

#[tokio::test]
async fn an_open_stream_outlives_a_swap_and_ends_with_the_core() {
    let mut site = Site::start(Authority::issue).await;
    let client = site.client().build().unwrap();
    let asked = client.get(site.url("/api/v1/events")).bearer_auth(KEY).send().await;
    let mut stream = asked.unwrap();
    assert!(soon(stream.chunk()).await.unwrap().is_some());
    let new = site.authority.issue();
    site.files.put(&new);
    site.reload();
    assert_eq!(site.shown().await, new.der);
    site.world.stop().await;
    while let Ok(Some(_)) = soon(stream.chunk()).await {}
}
