//! Asking a server for its certificate: a handshake in which everything is taken, and nothing said.
//!
//! Invariant: no byte of ours follows the handshake, so it matters nobody who answered.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    AlertDescription, ClientConfig, DigitallySignedStruct, Error, PeerIncompatible,
    ProtocolVersion, SignatureScheme,
};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;

use super::super::machine::names::HostName;
use super::super::machine::quote::quote;
use super::chain::Chain;

/// How long connecting and the handshake may take together: with a slow name server before it a probe
/// stays within its 5 s.
const PATIENCE: Duration = Duration::from_millis(1_800);

/// What a server said of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Served {
    pub(super) chain: Chain,
    /// `TLS 1.3`.
    pub(super) protocol: &'static str,
}

/// Why a server showed no certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NotServed {
    /// No connection: that is the rung above.
    NotReached(String),
    /// It speaks, and no TLS.
    Plain,
    /// It speaks neither TLS 1.2 nor 1.3.
    Old,
    /// It has nothing for this name.
    UnknownName,
    /// Something else, in words.
    Failed(String),
}

impl NotServed {
    /// What it did.
    pub(super) fn in_words(&self) -> String {
        match self {
            Self::NotReached(why) => format!("not reached: {why}"),
            Self::Plain => "answers without TLS".to_owned(),
            Self::Old => "speaks neither TLS 1.2 nor TLS 1.3".to_owned(),
            Self::UnknownName => "has no certificate for this name".to_owned(),
            Self::Failed(why) => format!("broke the TLS handshake off: {why}"),
        }
    }
}

/// Asks the server at `socket` for the certificate of `name`.
pub(super) async fn ask(socket: SocketAddr, name: &HostName) -> Result<Served, NotServed> {
    let not_reached = |why: &str| NotServed::NotReached(why.to_owned());
    let deadline = Instant::now() + PATIENCE;
    let stream = match timeout_at(deadline, TcpStream::connect(socket)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return Err(not_reached(&error.to_string())),
        Err(_) => return Err(not_reached("no answer")),
    };
    let server = ServerName::try_from(name.as_str().to_owned())
        .map_err(|_| NotServed::Failed("the domain is no name for TLS".to_owned()))?;
    let connector = TlsConnector::from(Arc::new(config().map_err(|error| why(&error))?));
    match timeout_at(deadline, connector.connect(server, stream)).await {
        Err(_) => Err(NotServed::Failed("no answer in time".to_owned())),
        Ok(Err(error)) => match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
            Some(error) => Err(why(error)),
            None => Err(NotServed::Failed("the connection was closed".to_owned())),
        },
        Ok(Ok(stream)) => {
            let (_, session) = stream.get_ref();
            let ders = session.peer_certificates().unwrap_or_default();
            let ders = ders.iter().map(|der| der.clone().into_owned()).collect();
            let chain = Chain::read(ders).map_err(NotServed::Failed)?;
            let protocol = match session.protocol_version() {
                Some(ProtocolVersion::TLSv1_2) => "TLS 1.2",
                _ => "TLS 1.3",
            };
            Ok(Served { chain, protocol })
        }
    }
}

fn why(error: &Error) -> NotServed {
    match error {
        Error::InvalidMessage(_) => NotServed::Plain,
        Error::AlertReceived(AlertDescription::ProtocolVersion)
        | Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        ) => NotServed::Old,
        Error::AlertReceived(AlertDescription::UnrecognisedName) => NotServed::UnknownName,
        error => NotServed::Failed(quote(&error.to_string())),
    }
}

fn config() -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = Arc::new(TakesAll(Arc::clone(&provider)));
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

/// Takes every certificate: it is judged afterwards.
#[derive(Debug)]
struct TakesAll(Arc<CryptoProvider>);

impl ServerCertVerifier for TakesAll {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
