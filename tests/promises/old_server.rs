//! What stands behind LEGACY_UPSTREAM in these tests: it notes what arrives, and sends the body back.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A request as it arrived, without its body.
#[derive(Debug, Clone)]
pub struct Arrived {
    pub method: Method,
    pub target: String,
    pub headers: HeaderMap,
}

/// An old server at work; it ends when it is dropped.
pub struct OldServer {
    pub address: SocketAddr,
    arrived: Arc<Mutex<Vec<Arrived>>>,
    serving: JoinHandle<()>,
}

impl OldServer {
    pub async fn start() -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    pub fn on(listener: TcpListener) -> Self {
        let arrived = Arc::new(Mutex::default());
        let router = Router::new().fallback(answer).with_state(Arc::clone(&arrived));
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, arrived, serving }
    }

    pub fn arrived(&self) -> Vec<Arrived> {
        self.arrived.lock().unwrap().clone()
    }

    /// The setting that names it.
    pub fn setting(&self) -> String {
        format!("LEGACY_UPSTREAM=http://{}", self.address)
    }
}

impl Drop for OldServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn answer(State(seen): State<Arc<Mutex<Vec<Arrived>>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    seen.lock().unwrap().push(Arrived {
        method: parts.method,
        target: parts.uri.to_string(),
        headers: parts.headers,
    });
    let headers = [("x-old", "1"), ("set-cookie", "a=b"), ("keep-alive", "timeout=9")];
    (StatusCode::ACCEPTED, headers, Body::from_stream(body.into_data_stream())).into_response()
}
