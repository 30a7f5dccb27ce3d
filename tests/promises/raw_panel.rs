//! A server that answers every request alike: for bodies that no simulated panel gives.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

/// What it answers with.
#[derive(Debug, Clone, Copy)]
pub struct Reply {
    pub status: u16,
    pub kind: &'static str,
    pub body: &'static str,
}

/// The server; it ends when this is dropped.
#[derive(Debug)]
pub struct RawPanel {
    pub url: String,
    paths: Arc<Mutex<Vec<String>>>,
    _server: AbortOnDropHandle<()>,
}

impl RawPanel {
    pub async fn start(reply: Reply) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let paths = Arc::new(Mutex::new(Vec::new()));
        let state = (reply, Arc::clone(&paths));
        let router = Router::new().fallback(answer).with_state(state);
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, paths, _server: AbortOnDropHandle::new(server) }
    }

    /// The paths that were asked, in their order.
    pub fn paths(&self) -> Vec<String> {
        self.paths.lock().unwrap().clone()
    }
}

async fn answer(
    State((reply, paths)): State<(Reply, Arc<Mutex<Vec<String>>>)>,
    request: Request,
) -> Response {
    paths.lock().unwrap().push(request.uri().path().to_owned());
    let status = StatusCode::from_u16(reply.status).unwrap();
    (status, [(CONTENT_TYPE, reply.kind)], reply.body).into_response()
}
