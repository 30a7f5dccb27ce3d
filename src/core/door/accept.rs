//! What a connection speaks: TLS, or plain HTTP, at one and the same port.
//!
//! ```text
//! without TLS of its own ─────────────────────────────────────────▶ plain HTTP
//! with it: the first byte is a handshake's ─▶ handshake, in time ─▶ HTTP/1.1 or 2 inside
//!                    └ it is not ─▶ from this machine, or allowed ─▶ plain HTTP/1.1
//!                                        └ from elsewhere ─────────▶ told to use HTTPS
//! ```
//!
//! Invariants:
//! - A connection has its place before it says anything: who is slow at the handshake loses it as
//!   anybody else does.
//! - HTTP/2 is spoken inside of TLS only.

use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum_server::accept::Accept;
use futures_util::future::BoxFuture;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::HEADERS;
use super::places::Places;
use super::stream::{Marked, Seated};
use crate::core::http::line::Line;

/// The first byte of a TLS record that begins a handshake (RFC 8446, 5.1). No HTTP begins with it.
const HANDSHAKE: u8 = 0x16;

/// How the method begins with which HTTP/2 opens a connection (RFC 9113, 3.4); HTTP/1.1 has none that
/// begins so.
const PREFACE: [u8; 3] = *b"PRI";

/// Gives every connection a place, and finds out what it speaks.
#[derive(Debug, Clone)]
pub(super) struct Door {
    places: Arc<Places>,
    tls: Option<Arc<ServerConfig>>,
    /// Whether plain HTTP may come from other machines.
    plaintext: bool,
}

impl Door {
    pub(super) fn new(
        places: Arc<Places>,
        tls: Option<Arc<ServerConfig>>,
        plaintext: bool,
    ) -> Self {
        Self { places, tls, plaintext }
    }

    pub(super) fn has_tls(&self) -> bool {
        self.tls.is_some()
    }
}

impl<S: Send + 'static> Accept<TcpStream, S> for Door {
    type Stream = Wire;
    type Service = Marked<S>;
    type Future = BoxFuture<'static, io::Result<(Wire, Marked<S>)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let Self { places, tls, plaintext } = self.clone();
        Box::pin(async move {
            let full = || io::Error::other("every connection is being served");
            let place = places.take().ok_or_else(full)?;
            let stream = Seated::new(stream, Arc::clone(&place));
            let (wire, line) = match tls {
                None => (Wire::plain(stream), Line::Plain),
                Some(config) => timeout(HEADERS, speak(stream, config, plaintext)).await??,
            };
            Ok((wire, Marked::new(service, place, line)))
        })
    }
}

/// Finds out what is spoken; shakes hands, if it is TLS.
async fn speak(
    stream: Seated<TcpStream>,
    config: Arc<ServerConfig>,
    plaintext: bool,
) -> io::Result<(Wire, Line)> {
    if stream.first_byte().await? == Some(HANDSHAKE) {
        let stream = TlsAcceptor::from(config).accept(stream).await?;
        return Ok((Wire::Tls(Box::new(stream)), Line::Tls));
    }
    let line = if plaintext || stream.is_from_here() { Line::Plain } else { Line::Exposed };
    Ok((Wire::plain(stream), line))
}

/// A connection's bytes, as HTTP reads them.
#[derive(Debug)]
pub(super) enum Wire {
    /// As they come.
    Plain {
        stream: Seated<TcpStream>,
        /// How much of [`PREFACE`] has come; `None` once it was something else.
        preface: Option<usize>,
    },
    /// Out of their encryption.
    Tls(Box<TlsStream<Seated<TcpStream>>>),
}

impl Wire {
    fn plain(stream: Seated<TcpStream>) -> Self {
        Self::Plain { stream, preface: Some(0) }
    }
}

/// Follows the first bytes; whether they are [`PREFACE`].
fn is_preface(matched: &mut Option<usize>, bytes: &[u8]) -> bool {
    for byte in bytes {
        let Some(count) = *matched else { return false };
        *matched = (PREFACE[count] == *byte).then_some(count + 1);
        if *matched == Some(PREFACE.len()) {
            return true;
        }
    }
    false
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Plain { stream, preface } => {
                let before = buffer.filled().len();
                let polled = Pin::new(stream).poll_read(cx, buffer);
                if is_preface(preface, &buffer.filled()[before..]) {
                    return Poll::Ready(Err(ErrorKind::InvalidData.into()));
                }
                polled
            }
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Plain { stream, .. } => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tls(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
            Self::Plain { stream, .. } => Pin::new(stream).poll_write_vectored(cx, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Tls(stream) => stream.is_write_vectored(),
            Self::Plain { stream, .. } => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
            Self::Plain { stream, .. } => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Plain { stream, .. } => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(reads: &[&str], expected: bool) {
        let mut matched = Some(0);
        let found = reads.iter().any(|read| is_preface(&mut matched, read.as_bytes()));
        assert_eq!(found, expected, "{reads:?}");
    }

    #[test]
    fn http2_without_tls_is_seen_however_it_is_cut() {
        check(&["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"], true);
        check(&["P", "", "R", "I * HTTP/2.0"], true);
        check(&["POST /PRI HTTP/1.1\r\n"], false);
        check(&["GET /", "PRI"], false);
        check(&["PR", "OPFIND"], false);
        check(&[""], false);
    }
}
