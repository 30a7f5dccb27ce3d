//! A connection at its place: it tells what it does, and goes when it must.

use std::future::{Ready, ready};
use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum_server::accept::Accept;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tower_service::Service;

use super::places::{Place, Places};

/// Gives every connection a place.
#[derive(Debug, Clone)]
pub(super) struct Door(Arc<Places>);

impl Door {
    pub(super) fn new(places: Arc<Places>) -> Self {
        Self(places)
    }
}

impl<I, S> Accept<I, S> for Door {
    type Stream = Seated<I>;
    type Service = Marked<S>;
    type Future = Ready<io::Result<(Self::Stream, Self::Service)>>;

    fn accept(&self, stream: I, service: S) -> Self::Future {
        let seated = self.0.take().map(|place| {
            let marked = Marked { service, place: Arc::clone(&place) };
            (Seated { stream, place }, marked)
        });
        ready(seated.ok_or_else(|| io::Error::other("every connection is being served")))
    }
}

/// A connection's bytes.
#[derive(Debug)]
pub(super) struct Seated<I> {
    stream: I,
    place: Arc<Place>,
}

impl<I> Seated<I> {
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
            self.place.is_answered();
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

/// A connection's requests.
#[derive(Debug, Clone)]
pub(super) struct Marked<S> {
    service: S,
    place: Arc<Place>,
}

impl<S: Service<Request>, Request> Service<Request> for Marked<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.service.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        self.place.is_served();
        self.service.call(request)
    }
}
