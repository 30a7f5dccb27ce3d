//! How much a customer used, and whether anything of theirs works.

use std::collections::HashSet;

use super::{Client, ClientOff, Inventory};
use crate::domain::ids::SubId;

impl Inventory {
    /// Why nothing of a subscription works; `None` if something does, or there is no such one.
    ///
    /// The reason is that of its first client. A customer whose inbounds are all switched off is
    /// disabled.
    #[must_use]
    pub fn off(&self, sub_id: &SubId) -> Option<ClientOff> {
        let enabled = self.working_inbounds(sub_id);
        match enabled.first() {
            Some(first) => first.off.filter(|_| enabled.iter().all(|client| client.off.is_some())),
            None => self.clients_of(sub_id).next().map(|_| ClientOff::Disabled),
        }
    }

    /// The value of `Subscription-Userinfo` as the panel itself would give it.
    ///
    /// Sums over the clients of enabled inbounds, each e-mail once. The total is 0 where one is
    /// unlimited; the end is 0 where one has none, or they differ. `None` if there is no client.
    ///
    /// # Source
    ///
    /// Fact C14 of src/ARCHITECTURE.md.
    #[must_use]
    pub fn usage(&self, sub_id: &SubId) -> Option<String> {
        let mut seen = HashSet::new();
        let mut clients = self.working_inbounds(sub_id);
        clients.retain(|client| seen.insert(client.email.as_str()));
        let end = clients.first()?.expires_at.max(0);
        let sum =
            |of: fn(&Client) -> u64| clients.iter().map(|one| of(one)).fold(0, u64::saturating_add);
        let total = if clients.iter().any(|one| one.total_bytes == 0) {
            0
        } else {
            sum(|one| one.total_bytes)
        };
        let end = if clients.iter().all(|one| one.expires_at == end) { end / 1000 } else { 0 };
        let (up, down) = (sum(|one| one.used_bytes.0), sum(|one| one.used_bytes.1));
        Some(format!("upload={up}; download={down}; total={total}; expire={end}"))
    }

    fn working_inbounds(&self, sub_id: &SubId) -> Vec<&Client> {
        self.clients_of(sub_id).filter(|(inbound, _)| inbound.enabled).map(|(_, one)| one).collect()
    }
}
