//! What an error of the HTTP client means.

use std::error::Error;
use std::io;

use rustls::CertificateError;

use crate::domain::reason::{Flaw, PanelFailure, Unreachable};

/// Which reaction an error of the HTTP client asks for.
pub(super) fn classify(error: &reqwest::Error) -> PanelFailure {
    if error.is_builder() {
        // What the bot stored is no address.
        return PanelFailure::Unusable;
    }
    if error.is_redirect() {
        // A loop: it answers, and makes no sense.
        return PanelFailure::Status(error.status().map_or(310, |status| status.as_u16()));
    }
    if error.is_timeout() {
        return PanelFailure::Unreachable(Unreachable::Timeout);
    }
    if let Some(flaw) = find_flaw(error) {
        return PanelFailure::Unreachable(Unreachable::Tls(flaw));
    }
    let how = match io_kind(error) {
        Some(io::ErrorKind::ConnectionRefused) => Unreachable::Refused,
        Some(io::ErrorKind::TimedOut) => Unreachable::Timeout,
        Some(io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable) => {
            Unreachable::NoRoute
        }
        // What TLS has to say travels as this kind.
        Some(io::ErrorKind::InvalidData) if error.is_connect() => Unreachable::Tls(Flaw::Other),
        Some(io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof) => Unreachable::Cut,
        // What is left of connecting is finding the address.
        _ if error.is_connect() => Unreachable::Dns,
        _ => Unreachable::Cut,
    };
    PanelFailure::Unreachable(how)
}

/// Every cause, and what an `io::Error` wraps, which is no cause of it.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let inner = |error: &'a (dyn Error + 'static)| {
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        wrapped.map(|inner| inner as &(dyn Error + 'static)).or_else(|| error.source())
    };
    std::iter::successors(Some(error), move |error| inner(*error))
}

fn io_kind(error: &reqwest::Error) -> Option<io::ErrorKind> {
    // The innermost says most.
    causes(error).filter_map(|error| error.downcast_ref::<io::Error>()).last().map(io::Error::kind)
}

fn find_flaw(error: &reqwest::Error) -> Option<Flaw> {
    causes(error).find_map(|error| error.downcast_ref::<rustls::Error>()).map(flaw)
}

fn flaw(error: &rustls::Error) -> Flaw {
    let rustls::Error::InvalidCertificate(error) = error else { return Flaw::Other };
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Flaw::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            Flaw::NotYetValid
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Flaw::WrongName
        }
        // What signed itself is told in words only: "CA used as end entity".
        CertificateError::UnknownIssuer | CertificateError::Other(_) => Flaw::Untrusted,
        _ => Flaw::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_certificate_is_told() {
        let told = |error| flaw(&rustls::Error::InvalidCertificate(error));
        assert_eq!(told(CertificateError::Expired), Flaw::Expired);
        assert_eq!(told(CertificateError::UnknownIssuer), Flaw::Untrusted);
        assert_eq!(told(CertificateError::NotValidForName), Flaw::WrongName);
        assert_eq!(told(CertificateError::BadEncoding), Flaw::Other);
        assert_eq!(flaw(&rustls::Error::DecryptError), Flaw::Other);
    }

    #[tokio::test]
    async fn plain_http_where_tls_is_expected_is_no_missing_name() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let speak = async {
            use tokio::io::AsyncWriteExt as _;
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
            stream
        };
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let (error, _stream) =
            tokio::join!(client.get(format!("https://{address}/")).send(), speak);
        let failure = classify(&error.unwrap_err());
        assert_eq!(failure, PanelFailure::Unreachable(Unreachable::Tls(Flaw::Other)));
    }
}
