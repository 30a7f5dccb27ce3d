//! A panel on loopback that speaks HTTP as a real one does, and does what it is told.
//!
//! ```text
//! http://127.0.0.1:PORT/base/           the panel's web pages and its API
//! http://127.0.0.1:OTHER/s/{sub_id}     a subscription
//! ```
//!
//! Invariants:
//! - When [`SimulatedPanel::set`] returns, the new behaviour is in force: after
//!   [`Behaviour::Refuse`] nothing listens and every connection is closed.
//! - A panel that refuses keeps its ports: a socket stays bound to each, without listening, and
//!   listens again later. Nobody else can take a port meanwhile.
//! - The last handle that is dropped ends the server.
//!
//! Deliberately absent: TLS, and a clock: time stands at [`PanelSpec::now`].

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::serve::ListenerExt as _;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::admin;
use super::answers::{self, Run};
use super::behaviour::Behaviour;
use super::client::Client;
use super::inbounds::Inbound;
use super::links;
use super::make::Make;
use super::route::Port;
pub use super::spec::{Hosts, PanelSpec};
use super::traffic::Counts;
use super::world::World;

/// How many connections may wait to be accepted: more than any test opens at once.
const BACKLOG: u32 = 1024;

/// A running panel. Clones are handles on the same one.
#[derive(Clone)]
pub struct SimulatedPanel {
    world: Arc<World>,
    web: SocketAddr,
    subscriptions: SocketAddr,
    server: Arc<Mutex<Server>>,
}

enum Server {
    Listening {
        /// Ends the server and every connection, also when the last handle is dropped.
        stop: DropGuard,
        tasks: [JoinHandle<()>; 2],
    },
    /// Bound and not listening: the system refuses connections. The web port's first.
    Refusing([TcpSocket; 2]),
    /// Between two of the above, or after an error.
    Gone,
}

impl SimulatedPanel {
    /// Starts a panel on two free ports of loopback.
    ///
    /// # Errors
    ///
    /// What the system says when it has no port to give.
    pub async fn start(spec: PanelSpec) -> io::Result<Self> {
        let host = match spec.hosts {
            Hosts::Same => Ipv4Addr::LOCALHOST,
            Hosts::Apart => Ipv4Addr::new(127, 0, 0, 2),
        };
        let web = bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let subscriptions = bind(SocketAddr::from((host, 0)))?;
        let behaviour = spec.behaviour;
        let panel = Self {
            world: Arc::new(World::new(spec)),
            web: web.local_addr()?,
            subscriptions: subscriptions.local_addr()?,
            server: Arc::new(Mutex::new(Server::Refusing([web, subscriptions]))),
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
            (Server::Listening { stop, tasks }, Behaviour::Refuse) => {
                // Before the listeners close: in between, any connection on its way out of this
                // machine may be given a port of theirs.
                let sockets = self.bind()?;
                drop(stop);
                for task in tasks {
                    // A panic in the server would have shown itself in the answers.
                    let _ = task.await;
                }
                Server::Refusing(sockets)
            }
            (Server::Refusing(sockets), Behaviour::Refuse) => Server::Refusing(sockets),
            (Server::Gone, Behaviour::Refuse) => Server::Refusing(self.bind()?),
            (Server::Refusing(sockets), _) => self.serve(sockets)?,
            (Server::Gone, _) => self.serve(self.bind()?)?,
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
        format!("http://{}{}", self.web, self.world.spec.base_path)
    }

    /// `http://127.0.0.1:OTHER`: the bot's `subscription_base_url`.
    #[must_use]
    pub fn subscription_base_url(&self) -> String {
        format!("http://{}", self.subscriptions)
    }

    /// `/s/`: the bot's `subscription_path_prefix`.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.world.spec.prefix
    }

    /// Where the subscription `sub_id` is.
    #[must_use]
    pub fn subscription_url(&self, sub_id: &str) -> String {
        format!("http://{}{}{sub_id}", self.subscriptions, self.world.spec.prefix)
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
        self.world.change(sub_id, change)
    }

    /// Gives every client other links from now on: the first inbound moves to the next port.
    pub fn rotate(&self) {
        self.world.change_inbounds(|inbounds| {
            if let Some(first) = inbounds.first_mut() {
                first.port = first.port.wrapping_add(1);
            }
        });
    }

    /// Adds an inbound; nobody is on it until clients are changed.
    pub fn add_inbound(&self, inbound: Inbound) {
        self.world.change_inbounds(|inbounds| inbounds.push(inbound));
    }

    /// Removes an inbound; `false` if there was none.
    #[must_use = "a test that removes nothing tests nothing"]
    pub fn remove_inbound(&self, id: u8) -> bool {
        self.world.change_inbounds(|inbounds| {
            let before = inbounds.len();
            inbounds.retain(|inbound| inbound.id != id);
            inbounds.len() < before
        })
    }

    /// Changes an inbound: its port, its proxies, whether it is on; `false` if there is none.
    #[must_use = "a test that changes nothing tests nothing"]
    pub fn change_inbound(&self, id: u8, change: impl FnOnce(&mut Inbound)) -> bool {
        self.world.change_inbounds(|inbounds| {
            let found = inbounds.iter_mut().find(|inbound| inbound.id == id);
            found.map(change).is_some()
        })
    }

    /// The user and the password of its web interface.
    #[must_use]
    pub fn login(&self) -> (&str, &str) {
        (&self.world.spec.user, &self.world.spec.password)
    }

    /// The token that opens its API, where its make has tokens.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.world.spec.token
    }

    /// Ends every session: whoever was logged in is not any more.
    pub fn expire_sessions(&self) {
        self.world.sessions().expire();
    }

    /// Locks out for fifteen minutes, as five wrong passwords do (3x-ui 3.x).
    pub fn lock_out(&self) {
        self.world.sessions().lock(Instant::now());
    }

    /// Ends a lockout.
    pub fn unlock(&self) {
        self.world.sessions().unlock();
    }

    /// Writes its lists now, so that the first who asks does not wait for that.
    pub fn prepare_lists(&self) {
        let host = links::link_host(self.make(), &self.subscriptions.ip().to_string());
        admin::prepare(&self.world, &host);
    }

    /// The inbounds that it lists at the moment.
    #[must_use]
    pub fn inbounds(&self) -> Vec<Inbound> {
        self.world.listed().inbounds
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

    /// Whether its list names a client with `sub_id` at the moment, to those whom it lets in.
    #[must_use]
    pub fn lists(&self, sub_id: &str) -> bool {
        self.make().has_api()
            && self.behaviour() != Behaviour::WrongPassword
            && self.world.lists(sub_id)
    }

    /// The links that `sub_id` gets at [`Self::subscription_base_url`], without the fields that are
    /// picked at random (see [`links::without_random_fields`]); empty if it is not known.
    #[must_use]
    pub fn expected_links(&self, sub_id: &str) -> Vec<String> {
        let Some(client) = self.world.find(sub_id) else { return Vec::new() };
        let host = links::link_host(self.make(), &self.subscriptions.ip().to_string());
        let mut served = self.world.links(&client, &host);
        if self.make().has_all_links() {
            served.extend(client.external);
        }
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

    /// Sockets on both ports that do not listen yet.
    fn bind(&self) -> io::Result<[TcpSocket; 2]> {
        Ok([bind(self.web)?, bind(self.subscriptions)?])
    }

    fn serve(&self, [web, subscriptions]: [TcpSocket; 2]) -> io::Result<Server> {
        let stop = CancellationToken::new();
        let web = self.serve_port(web.listen(BACKLOG)?, Port::Web, &stop);
        let subscriptions =
            self.serve_port(subscriptions.listen(BACKLOG)?, Port::Subscriptions, &stop);
        Ok(Server::Listening { stop: stop.drop_guard(), tasks: [web, subscriptions] })
    }

    fn serve_port(
        &self,
        listener: TcpListener,
        port: Port,
        stop: &CancellationToken,
    ) -> JoinHandle<()> {
        let run = Run { world: Arc::clone(&self.world), port, stop: stop.clone() };
        let router = Router::new().fallback(answers::answer).with_state(run);
        // Without it the system may hold the last bytes of an answer back for 40 ms.
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        let stopped = stop.clone().cancelled_owned();
        tokio::spawn(async move {
            let _ = axum::serve(listener, router).with_graceful_shutdown(stopped).await;
        })
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
