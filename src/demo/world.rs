//! The inside of a simulated panel: whom it knows and what it does at the moment.
//!
//! Invariant: the lock is held for a look-up or a change, never while an answer is awaited.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::behaviour::Behaviour;
use super::client::Client;
use super::links::{self, Place};
use super::spec::PanelSpec;
use super::traffic::Traffic;

/// What one panel is and knows; its answers read this.
pub(super) struct World {
    /// As it was started; its clients were moved to `state`.
    pub spec: PanelSpec,
    /// What it was asked.
    pub traffic: Arc<Traffic>,
    state: Mutex<State>,
    /// Counts answers, to pick other random fields for each.
    pick: AtomicU64,
}

struct State {
    behaviour: Behaviour,
    clients: HashMap<String, Known>,
    /// How many clients were ever added.
    added: usize,
    /// Requests on each path since the behaviour was set.
    asked: HashMap<String, u64>,
}

struct Known {
    client: Client,
    /// Its place in the order in which clients were added, from 0.
    ordinal: usize,
}

impl World {
    pub(super) fn new(mut spec: PanelSpec) -> Self {
        let clients = std::mem::take(&mut spec.clients);
        let state = State {
            behaviour: spec.behaviour,
            clients: HashMap::with_capacity(clients.len()),
            added: 0,
            asked: HashMap::new(),
        };
        let world = Self {
            spec,
            traffic: Arc::new(Traffic::new()),
            state: Mutex::new(state),
            pick: AtomicU64::new(0),
        };
        for client in clients {
            world.add(client);
        }
        world
    }

    pub(super) fn behaviour(&self) -> Behaviour {
        self.lock().behaviour
    }

    pub(super) fn set(&self, behaviour: Behaviour) {
        let mut state = self.lock();
        state.behaviour = behaviour;
        state.asked.clear();
    }

    /// How often `path` was asked since the behaviour was set, this time included.
    pub(super) fn ask(&self, path: &str) -> u64 {
        let mut state = self.lock();
        let asked = state.asked.entry(path.to_owned()).or_default();
        *asked += 1;
        *asked
    }

    pub(super) fn add(&self, client: Client) {
        let mut state = self.lock();
        let ordinal = state.added;
        state.added += 1;
        state.clients.insert(client.sub_id.clone(), Known { client, ordinal });
    }

    pub(super) fn remove(&self, sub_id: &str) -> bool {
        self.lock().clients.remove(sub_id).is_some()
    }

    pub(super) fn change(
        &self,
        change: impl Fn(&mut Client),
        is_meant: impl Fn(&str) -> bool,
    ) -> usize {
        let mut state = self.lock();
        let meant = state.clients.values_mut().filter(|known| is_meant(&known.client.sub_id));
        meant.map(|known| change(&mut known.client)).count()
    }

    pub(super) fn len(&self) -> usize {
        self.lock().clients.len()
    }

    /// The client that the panel gives links to under `sub_id` at the moment.
    pub(super) fn find(&self, sub_id: &str) -> Option<Client> {
        let state = self.lock();
        let known = state.clients.get(sub_id)?;
        let is_visible = match state.behaviour {
            Behaviour::Unknown => false,
            Behaviour::KnowsHalf => known.ordinal.is_multiple_of(2),
            _ => true,
        };
        let is_listed = self.spec.make.lists_disabled() || known.client.is_on(self.spec.now);
        (is_visible && is_listed).then(|| known.client.clone())
    }

    /// The links that an answer to `host` holds now, with other random fields each time.
    pub(super) fn links(&self, client: &Client, host: &str) -> Vec<String> {
        let place = Place {
            make: self.spec.make,
            panel: &self.spec.name,
            host,
            now: self.spec.now,
            pick: self.pick.fetch_add(1, Ordering::Relaxed),
        };
        let mut links = links::share_links(client, &place);
        if let Behaviour::Fewer(count) = self.behaviour() {
            links.truncate(count);
        }
        links
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
