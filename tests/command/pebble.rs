//! An authority to order certificates from: Debian's pebble, on loopback, with a root of its own.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::json;

use crate::run::{DEADLINE, Process};
use crate::site::{Made, Site, free_port};

/// An authority at work; it ends when this is dropped.
pub struct Pebble {
    port: u16,
    management: u16,
    root: PathBuf,
    _process: Process,
}

impl Pebble {
    /// Starts one that asks the site's name server, and looks for proofs at `proof_port`.
    pub fn start(site: &Site, proof_port: u16) -> Self {
        let folder = site.world.folder().join("pebble");
        fs::create_dir_all(&folder).unwrap();
        let (chain, key) = site.certify("127.0.0.1", Made::Well);
        fs::write(folder.join("chain.pem"), chain).unwrap();
        fs::write(folder.join("key.pem"), key).unwrap();
        let (port, management) = (free_port(), free_port());
        let config = json!({"pebble": {
            "listenAddress": format!("127.0.0.1:{port}"),
            "managementListenAddress": format!("127.0.0.1:{management}"),
            "certificate": folder.join("chain.pem"),
            "privateKey": folder.join("key.pem"),
            "httpPort": proof_port,
            "tlsPort": site.public_port(),
            "ocspResponderURL": "",
            "externalAccountBindingRequired": false,
        }});
        fs::write(folder.join("config.json"), config.to_string()).unwrap();
        let mut command = Command::new("pebble");
        command.arg("-config").arg(folder.join("config.json"));
        command.args(["-dnsserver", &site.world.setting("DNS_SERVER")]);
        // It would wait for up to 15 s before it looks.
        command.env("PEBBLE_VA_NOSLEEP", "1");
        // It would refuse every twentieth request, and now and then three in a row: whoever orders
        // gives up then, until its next try.
        command.env("PEBBLE_WFE_NONCEREJECT", "0");
        let process = Process::start(command, "");
        let root = site.world.folder().join("root.pem");
        let pebble = Self { port, management, root, _process: process };
        let deadline = Instant::now() + DEADLINE;
        while TcpStream::connect((Ipv4Addr::LOCALHOST, pebble.management)).is_err() {
            assert!(Instant::now() < deadline, "pebble does not listen");
            thread::yield_now();
        }
        pebble
    }

    /// Where it is.
    pub fn directory(&self) -> String {
        format!("https://127.0.0.1:{}/dir", self.port)
    }

    /// What trusts its certificates; it makes another root each time.
    pub fn root_pem(&self) -> String {
        let roots = roots(&fs::read_to_string(&self.root).unwrap());
        let mut stream = shake(self.management, "127.0.0.1", roots).unwrap();
        let answer = get(&mut stream, "/roots/0", "");
        answer.split_once("\r\n\r\n").unwrap().1.to_owned()
    }
}

/// What trusts these, and nothing else.
pub fn roots(pem: &str) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    for root in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        roots.add(root.unwrap()).unwrap();
    }
    roots
}

pub type Stream = StreamOwned<ClientConnection, TcpStream>;

/// Shakes hands at 127.0.0.1 with `host` by name.
pub fn shake(port: u16, host: &str, roots: RootCertStore) -> std::io::Result<Stream> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let socket = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    socket.set_read_timeout(Some(DEADLINE))?;
    let mut stream = StreamOwned::new(connection, socket);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    Ok(stream)
}

/// The certificate that was shown.
pub fn leaf(stream: &Stream) -> Vec<u8> {
    stream.conn.peer_certificates().unwrap()[0].to_vec()
}

/// Asks once, with these header lines beside; the whole answer.
pub fn get(stream: &mut (impl Read + Write), path: &str, headers: &str) -> String {
    let host = crate::site::DOMAIN;
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    // Not everybody says goodbye in TLS.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}
