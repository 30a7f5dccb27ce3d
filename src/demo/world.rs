//! The inside of a simulated panel: whom it knows and what it does at the moment.
//!
//! Invariant: a lock is held for a look-up or a change, never while an answer is awaited.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::behaviour::Behaviour;
use super::client::Client;
use super::inbounds::Inbound;
use super::links;
use super::place::{Place, Usage};
use super::sessions::Sessions;
use super::spec::PanelSpec;
use super::traffic::Traffic;

/// What one panel is and knows; its answers read this.
pub(super) struct World {
    /// As it was started; its clients and inbounds were moved to `state`.
    pub spec: PanelSpec,
    /// What it was asked.
    pub traffic: Arc<Traffic>,
    state: Mutex<State>,
    sessions: Mutex<Sessions>,
    /// The list of inbounds as it was last written, and of which revision.
    list: Mutex<Option<(u64, Bytes)>>,
    /// Every link, written for the next who asks from this host, and of which revision.
    all_links: Mutex<Option<(u64, String, String)>>,
    /// Counts answers, to pick other random fields for each.
    pick: AtomicU64,
}

struct State {
    behaviour: Behaviour,
    inbounds: Vec<Inbound>,
    /// By their place in the order in which they were added, from 0.
    clients: BTreeMap<usize, Client>,
    /// Places by subscription id.
    places: HashMap<String, usize>,
    /// How many clients were ever added.
    added: usize,
    /// How often anything of the above was changed.
    revision: u64,
    /// Requests on each path since the behaviour was set.
    asked: HashMap<String, u64>,
}

/// What a panel lists at the moment.
pub(super) struct Listed {
    pub inbounds: Vec<Inbound>,
    pub clients: Vec<Client>,
}

impl World {
    pub(super) fn new(mut spec: PanelSpec) -> Self {
        let state = State {
            behaviour: spec.behaviour,
            inbounds: std::mem::take(&mut spec.inbounds),
            clients: BTreeMap::new(),
            places: HashMap::with_capacity(spec.clients.len()),
            added: 0,
            revision: 0,
            asked: HashMap::new(),
        };
        let clients = std::mem::take(&mut spec.clients);
        let world = Self {
            spec,
            traffic: Arc::new(Traffic::new()),
            state: Mutex::new(state),
            sessions: Mutex::default(),
            list: Mutex::default(),
            all_links: Mutex::default(),
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
        // Whoever goes on as before lists what it listed.
        state.revision += u64::from(state.behaviour != behaviour);
        state.behaviour = behaviour;
        state.asked.clear();
    }

    /// The path of its web interface at the moment.
    pub(super) fn base_path(&self) -> &str {
        if self.behaviour() == Behaviour::BaseMoved { "/moved" } else { &self.spec.base_path }
    }

    /// How often `path` was asked since the behaviour was set, this time included.
    pub(super) fn ask(&self, path: &str) -> u64 {
        let mut state = self.lock();
        let asked = state.asked.entry(path.to_owned()).or_default();
        *asked += 1;
        *asked
    }

    /// Adds a client, or replaces the one with its subscription id.
    pub(super) fn add(&self, client: Client) {
        let mut state = self.lock();
        let place = state.places.get(&client.sub_id).copied().unwrap_or(state.added);
        state.added = state.added.max(place + 1);
        state.revision += 1;
        state.places.insert(client.sub_id.clone(), place);
        state.clients.insert(place, client);
    }

    pub(super) fn remove(&self, sub_id: &str) -> bool {
        let mut state = self.lock();
        state.revision += 1;
        let place = state.places.remove(sub_id);
        place.is_some_and(|place| state.clients.remove(&place).is_some())
    }

    /// Changes a client, its subscription id too if `change` does so.
    pub(super) fn change(&self, sub_id: &str, change: impl Fn(&mut Client)) -> bool {
        let mut state = self.lock();
        let Some(place) = state.places.remove(sub_id) else { return false };
        state.revision += 1;
        let Some(client) = state.clients.get_mut(&place) else { return false };
        change(client);
        let sub_id = client.sub_id.clone();
        state.places.insert(sub_id, place);
        true
    }

    /// Changes the inbounds.
    pub(super) fn change_inbounds<T>(&self, change: impl FnOnce(&mut Vec<Inbound>) -> T) -> T {
        let mut state = self.lock();
        state.revision += 1;
        change(&mut state.inbounds)
    }

    pub(super) fn len(&self) -> usize {
        self.lock().clients.len()
    }

    /// The client that the panel gives links to under `sub_id` at the moment.
    pub(super) fn find(&self, sub_id: &str) -> Option<Client> {
        let state = self.lock();
        let place = *state.places.get(sub_id)?;
        let client = state.clients.get(&place)?;
        let is_listed = self.spec.make.lists_disabled() || client.is_on(self.spec.now);
        (state.is_visible(place) && is_listed).then(|| client.clone())
    }

    /// Whether its list names this client.
    pub(super) fn lists(&self, sub_id: &str) -> bool {
        let state = self.lock();
        state.places.get(sub_id).is_some_and(|place| state.is_visible(*place))
    }

    /// What its list holds at the moment.
    pub(super) fn listed(&self) -> Listed {
        let state = self.lock();
        let visible = state.clients.iter().filter(|(place, _)| state.is_visible(**place));
        let clients = visible.map(|(_, client)| client.clone()).collect();
        Listed { inbounds: state.visible_inbounds(), clients }
    }

    /// The links that an answer to `host` holds now, with other random fields each time, without
    /// those that are foreign.
    pub(super) fn links(&self, client: &Client, host: &str) -> Vec<String> {
        let inbounds = self.lock().visible_inbounds();
        links::share_links(client, &inbounds, &self.place(host, Usage::Shown))
    }

    /// Where links are made for an answer to `host`.
    pub(super) fn place<'a>(&'a self, host: &'a str, usage: Usage) -> Place<'a> {
        Place {
            make: self.spec.make,
            panel: &self.spec.name,
            host,
            now: self.spec.now,
            pick: self.pick.fetch_add(1, Ordering::Relaxed),
            usage,
        }
    }

    /// The list as `write` writes it: again only after something was changed.
    pub(super) fn list(&self, write: impl FnOnce(&Listed) -> String) -> Bytes {
        let revision = self.lock().revision;
        let mut kept = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, list)) = kept.as_ref()
            && *of == revision
        {
            return list.clone();
        }
        let list = Bytes::from(write(&self.listed()));
        *kept = Some((revision, list.clone()));
        list
    }

    /// Every link as `write` writes it for `host`, for one who asks.
    pub(super) fn prepare_all_links(&self, host: &str, write: impl FnOnce(&Listed) -> String) {
        let revision = self.lock().revision;
        let written = write(&self.listed());
        let mut kept = self.all_links.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Some((revision, host.to_owned(), written));
    }

    /// Every link as `write` writes it for `host`, unless that was prepared: no two get the same.
    pub(super) fn all_links(&self, host: &str, write: impl FnOnce(&Listed) -> String) -> String {
        let revision = self.lock().revision;
        let kept = self.all_links.lock().unwrap_or_else(PoisonError::into_inner).take();
        match kept {
            Some((of, at, written)) if of == revision && at == host => written,
            Some(_) | None => write(&self.listed()),
        }
    }

    pub(super) fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_visible(&self, place: usize) -> bool {
        match self.behaviour {
            Behaviour::Unknown => false,
            Behaviour::KnowsHalf => place.is_multiple_of(2),
            _ => true,
        }
    }

    fn visible_inbounds(&self) -> Vec<Inbound> {
        let mut inbounds = self.inbounds.clone();
        if let Behaviour::Fewer(count) = self.behaviour {
            inbounds.truncate(count);
        }
        inbounds
    }
}
