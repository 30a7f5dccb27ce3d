//! A connection at its place: it tells what it does, and goes when it must.

use std::future::poll_fn;
use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::http::Request;
use futures_util::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tower_service::Service;

use super::places::{self, Place};
use crate::core::http::line::Line;

/// A connection's bytes, as they come over the network.
#[derive(Debug)]
pub(super) struct Seated<I> {
    stream: I,
    place: Arc<Place>,
}

impl Seated<TcpStream> {
    /// The first byte, which stays where it is; `None` if none will come.
    pub(super) async fn first_byte(&self) -> io::Result<Option<u8>> {
        let mut byte = [0];
        let read = poll_fn(|cx| {
            let polled = self.stream.poll_peek(cx, &mut ReadBuf::new(&mut byte));
            self.stay(polled, cx)
        });
        let count = read.await?;
        Ok((count > 0).then_some(byte[0]))
    }

    /// Whether the other end is on this machine: at a loopback address, or at the very address that
    /// it came to.
    pub(super) fn is_from_here(&self) -> bool {
        let (Ok(peer), Ok(own)) = (self.stream.peer_addr(), self.stream.local_addr()) else {
            return false;
        };
        let ip = peer.ip().to_canonical();
        ip.is_loopback() || ip == own.ip().to_canonical()
    }
}

impl<I> Seated<I> {
    pub(super) fn new(stream: I, place: Arc<Place>) -> Self {
        Self { stream, place }
    }

    /// Looks whether it must go; wakes up when it must, if there is nothing else to wake up for.
    fn stay<T>(&self, polled: Poll<io::Result<T>>, cx: &Context<'_>) -> Poll<io::Result<T>> {
        let waker = polled.is_pending().then(|| cx.waker());
        if self.place.must_go(waker) {
            return Poll::Ready(Err(ErrorKind::ConnectionAborted.into()));
        }
        polled
    }

    fn written(
        &self,
        polled: Poll<io::Result<usize>>,
        cx: &Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if matches!(polled, Poll::Ready(Ok(_))) {
            self.place.is_written_to();
        }
        self.stay(polled, cx)
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for Seated<I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_read(cx, buffer);
        self.stay(polled, cx)
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Seated<I> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.written(polled, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.written(polled, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// A connection's requests, each with the line that it came by.
#[derive(Debug, Clone)]
pub(super) struct Marked<S> {
    service: S,
    place: Arc<Place>,
    line: Line,
}

impl<S> Marked<S> {
    pub(super) fn new(service: S, place: Arc<Place>, line: Line) -> Self {
        Self { service, place, line }
    }
}

impl<S, B> Service<Request<B>> for Marked<S>
where
    S: Service<Request<B>>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<S::Response, S::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.service.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let served: places::Request = self.place.serve();
        request.extensions_mut().insert(self.line);
        let answer = self.service.call(request);
        Box::pin(async move {
            let answer = answer.await;
            drop(served);
            answer
        })
    }
}
