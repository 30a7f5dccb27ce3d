//! A panel on loopback that speaks HTTP as a real one does, and does what it is told.
//!
//! ```text
//! http://127.0.0.1:PORT/base/          the panel's web pages
//! http://127.0.0.1:PORT/s/{sub_id}     a subscription
//! ```
//!
//! Invariants:
//! - When [`SimulatedPanel::set`] returns, the new behaviour is in force: after
//!   [`Behaviour::Refuse`] nothing listens and every connection is closed.
//! - A panel that refuses keeps its port: a socket stays bound to it, without listening, and
//!   listens again later. Nobody else can take the port meanwhile.
//! - The last handle that is dropped ends the server.
//!
//! Deliberately absent: two ports (a real panel has one for its pages and one for subscriptions),
//! TLS, and a clock: time stands at [`PanelSpec::now`].

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::serve::ListenerExt as _;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::answers::{self, Run};
use super::behaviour::Behaviour;
use super::client::Client;
use super::links;
use super::make::Make;
pub use super::spec::PanelSpec;
use super::traffic::Counts;
use super::world::World;

/// How many connections may wait to be accepted: more than any test opens at once.
const BACKLOG: u32 = 1024;

/// A running panel. Clones are handles on the same one.
#[derive(Clone)]
pub struct SimulatedPanel {
    world: Arc<World>,
    address: SocketAddr,
    server: Arc<Mutex<Server>>,
}

enum Server {
    Listening {
        /// Ends the server and every connection, also when the last handle is dropped.
        stop: DropGuard,
        task: JoinHandle<()>,
    },
    /// Bound and not listening: the system refuses connections.
    Refusing(TcpSocket),
    /// Between two of the above, or after an error.
    Gone,
}

impl SimulatedPanel {
    /// Starts a panel on a free port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// What the system says when it has no port to give.
    pub async fn start(spec: PanelSpec) -> io::Result<Self> {
        let socket = bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let address = socket.local_addr()?;
        let behaviour = spec.behaviour;
        let panel = Self {
            world: Arc::new(World::new(spec)),
            address,
            server: Arc::new(Mutex::new(Server::Refusing(socket))),
        };
        panel.set(behaviour).await?;
        Ok(panel)
    }

    /// Behaves so from the next request on; see [`Behaviour`].
    ///
    /// Requests that hang go on hanging, unless the new behaviour is [`Behaviour::Refuse`].
    ///
    /// # Errors
    ///
    /// What the system says when the port cannot be opened or closed.
    pub async fn set(&self, behaviour: Behaviour) -> io::Result<()> {
        self.world.set(behaviour);
        let mut server = self.server.lock().await;
        let next = match (std::mem::replace(&mut *server, Server::Gone), behaviour) {
            (Server::Listening { stop, task }, Behaviour::Refuse) => {
                // Before the listener closes: in between, any connection on its way out of this
                // machine may be given the port.
                let socket = bind(self.address)?;
                drop(stop);
                // A panic in the server would have shown itself in the answers.
                let _ = task.await;
                Server::Refusing(socket)
            }
            (Server::Refusing(socket), Behaviour::Refuse) => Server::Refusing(socket),
            (Server::Gone, Behaviour::Refuse) => Server::Refusing(bind(self.address)?),
            (Server::Refusing(socket), _) => self.serve(socket.listen(BACKLOG)?),
            (Server::Gone, _) => self.serve(bind(self.address)?.listen(BACKLOG)?),
            (listening @ Server::Listening { .. }, _) => listening,
        };
        *server = next;
        Ok(())
    }

    /// Its name, as the bot calls it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.world.spec.name
    }

    /// Which panel it plays.
    #[must_use]
    pub fn make(&self) -> Make {
        self.world.spec.make
    }

    /// What it does at the moment.
    #[must_use]
    pub fn behaviour(&self) -> Behaviour {
        self.world.behaviour()
    }

    /// `http://127.0.0.1:PORT/base`: the bot's `panel_url`.
    #[must_use]
    pub fn panel_url(&self) -> String {
        format!("http://{}{}", self.address, self.world.spec.base_path)
    }

    /// `http://127.0.0.1:PORT`: the bot's `subscription_base_url`.
    #[must_use]
    pub fn subscription_base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// `/s/`: the bot's `subscription_path_prefix`.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.world.spec.prefix
    }

    /// Where the subscription `sub_id` is.
    #[must_use]
    pub fn subscription_url(&self, sub_id: &str) -> String {
        format!("http://{}{}{sub_id}", self.address, self.world.spec.prefix)
    }

    /// Adds a client, or replaces the one with its subscription id.
    pub fn add(&self, client: Client) {
        self.world.add(client);
    }

    /// Removes a client; `false` if there was none.
    #[must_use = "a test that removes nobody tests nothing"]
    pub fn remove(&self, sub_id: &str) -> bool {
        self.world.remove(sub_id)
    }

    /// Changes one client; `false` if there is none.
    #[must_use = "a test that changes nobody tests nothing"]
    pub fn change(&self, sub_id: &str, change: impl Fn(&mut Client)) -> bool {
        self.world.change(change, |id| id == sub_id) > 0
    }

    /// Gives every client other links from now on.
    pub fn rotate(&self) {
        self.world.change(Client::rotate, |_| true);
    }

    /// How many clients it has.
    #[must_use]
    pub fn clients(&self) -> usize {
        self.world.len()
    }

    /// Whether it gives links to `sub_id` at the moment, if it answers at all.
    #[must_use]
    pub fn knows(&self, sub_id: &str) -> bool {
        self.world.find(sub_id).is_some()
    }

    /// The links that `sub_id` gets at [`Self::subscription_base_url`], without the fields that are
    /// picked at random (see [`links::without_random_fields`]); empty if it is not known.
    #[must_use]
    pub fn expected_links(&self, sub_id: &str) -> Vec<String> {
        let Some(client) = self.world.find(sub_id) else { return Vec::new() };
        let host = links::link_host(self.make(), &self.address.ip().to_string());
        let served = self.world.links(&client, &host);
        served.iter().map(|link| links::without_random_fields(link)).collect()
    }

    /// What it was asked so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.world.traffic.counts()
    }

    /// How many requests arrived for the subscription `sub_id`.
    #[must_use]
    pub fn requests_for(&self, sub_id: &str) -> u64 {
        self.world.traffic.on_path(&format!("{}{sub_id}", self.world.spec.prefix))
    }

    /// Counts from zero again.
    pub fn reset_counts(&self) {
        self.world.traffic.reset();
    }

    /// Waits until `count` requests have arrived since the start or the last reset.
    pub async fn wait_for_requests(&self, count: u64) {
        self.world.traffic.wait_for(count).await;
    }

    fn serve(&self, listener: TcpListener) -> Server {
        let stop = CancellationToken::new();
        let run = Run { world: Arc::clone(&self.world), stop: stop.clone() };
        let router = Router::new().fallback(answers::answer).with_state(run);
        // Without it the system may hold the last bytes of an answer back for 40 ms.
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        let stopped = stop.clone().cancelled_owned();
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, router).with_graceful_shutdown(stopped).await;
        });
        Server::Listening { stop: stop.drop_guard(), task }
    }
}

/// A socket on `address` that does not listen yet.
fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    // Connections of an earlier listener may still be winding down on this port.
    socket.set_reuseaddr(true)?;
    // Without it the next socket cannot take the port while this one listens.
    socket.set_reuseport(true)?;
    socket.bind(address)?;
    Ok(socket)
}
