//! What a panel says of its Xray and of itself, asked for round after round.

use tokio::time::Instant;

use super::admin::session::{Entry, NoList, Pass, Who};
use super::admin::words::{self, STATUS_PATHS, Status};
use super::asking::{Bill, Topic};
use super::entering::Call;
use super::panel::Panel;

impl Panel {
    /// Asks how it is; what comes, or does not come, also says whether it is there. Tries no
    /// password that was refused.
    pub(crate) async fn check_status(&self) {
        self.forget_old_list();
        self.refusals.write_left().await;
        let deadline = Instant::now() + self.timeout;
        let mut bill = Bill::default();
        let status = self.find_status(Who::Round, deadline, &mut bill).await;
        // A panel that lets nobody in is there all the same, or is not.
        if bill.asked_at.is_none() && self.address().is_ok() {
            self.knock(deadline, &mut bill).await;
        }
        self.learned().status = status.ok().flatten();
    }

    /// The status; renews a session that is over, once.
    pub(super) async fn find_status(
        &self,
        who: Who,
        deadline: Instant,
        bill: &mut Bill,
    ) -> Result<Option<Status>, NoList> {
        let entered = self.enter(who, deadline, bill).await?;
        if self.learned().without_status == Some(entered.entry.number) {
            return Ok(None);
        }
        let mut status = self.try_statuses(&entered.entry, deadline, bill).await?;
        let mut number = entered.entry.number;
        if status.is_none() && !entered.is_new && matches!(entered.entry.pass, Pass::Cookie(_)) {
            self.access().over(number);
            let entered = self.enter(who, deadline, bill).await?;
            number = entered.entry.number;
            status = self.try_statuses(&entered.entry, deadline, bill).await?;
        }
        if status.is_none() {
            self.learned().without_status = Some(number);
        }
        Ok(status)
    }

    /// Asks at the address that answered before, else at each that is known.
    async fn try_statuses(
        &self,
        entry: &Entry,
        deadline: Instant,
        bill: &mut Bill,
    ) -> Result<Option<Status>, NoList> {
        let known = self.learned().status_path;
        for (index, (method, path)) in STATUS_PATHS.iter().enumerate() {
            // A token opens the newer one only.
            let is_closed = index > 0 && matches!(entry.pass, Pass::Token(_));
            if is_closed || known.is_some_and(|known| known != index) {
                continue;
            }
            let call = Call { method, path, topic: Topic::Panel, host: None };
            let heard = self.call(entry, call, deadline, bill).await?;
            if let Some(status) = words::status(&heard) {
                self.learned().status_path = Some(index);
                self.access().proven();
                return Ok(Some(status));
            }
        }
        Ok(None)
    }

    /// Looks whether anybody answers at its web address.
    async fn knock(&self, deadline: Instant, bill: &mut Bill) {
        let Ok(address) = self.address() else { return };
        let url = words::address(&address.panel_url, "");
        let question = || super::wire::exchange::Question::get(&url);
        // What it answers does not matter; that it does was noted.
        let _ = self.page(Topic::Panel, deadline, bill, question).await;
    }
}
