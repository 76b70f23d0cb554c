//! The end of a history: faults stop, and what can be mended must be mended.

use super::super::stage::{MINUTE, SECOND};
use super::{Checked, History, Invariant, Violation};
use keyward::client::{AccountSelector, TokenOptions};
use keyward::platform::sim::{Faults, StorageFault};
use keyward::protocol::Millis;

/// Within this time after everything works again, a session that the provider honours gives a token, without the user:
/// the longest back-off is five minutes, and a page that failed may begin its last one at the very end.
const RECOVERY: Millis = 6 * MINUTE;
/// A call for a token is bounded by the request's bound (10 s), and by what comes around it.
const ANSWER: Millis = 12 * SECOND;
/// In which a settled system is watched.
const CALM: Millis = 5 * MINUTE;

impl History {
    pub(super) fn quiet_end(&mut self) -> Checked {
        self.note("from here on everything works".to_owned());
        *self.world.faults() = Faults::default();
        self.ledger.provider_refuses(false, self.world.time());
        self.world.set_storage_fault(StorageFault::None);
        self.world.set_online(true);
        for place in &self.places {
            self.ledger.thaws(place.page.tab.id(), place.page.tab.is_worker(), self.world.time());
            place.page.tab.thaw();
        }
        self.pass(RECOVERY)?;
        // Who never came back from the provider is not here any more.
        self.places.retain(|place| !place.page.tab.is_gone());
        for index in 0..self.places.len() {
            let client = &self.places[index].page.client;
            let subjects: Vec<String> = client.state().sessions.iter().map(|session| session.subject.clone()).collect();
            for subject in subjects {
                self.must_recover(index, &subject)?;
            }
        }
        let calm_since = self.world.time();
        self.pass(CALM)?;
        self.ledger.must_be_calm(&self.world, calm_since)?;
        for place in &self.places {
            self.ledger.checked(Invariant::CallsSettle, 1 + place.calls.len() as u64);
            if !place.page.starting.is_settled() {
                return Err(Violation::new(Invariant::CallsSettle, format!("{:?} never starts", place.page.tab.id())));
            }
            if let Some((what, _)) = place.calls.iter().find(|(_, call)| !call.is_settled()) {
                let what = format!("{:?}: never settles: {what}", place.page.tab.id());
                return Err(Violation::new(Invariant::CallsSettle, what));
            }
        }
        self.ledger.checked(Invariant::LocksFree, 1);
        // Unless a refresh happens to be under way just then.
        self.pass_while(ANSWER, |world| !world.busy_locks().is_empty())?;
        let busy = self.world.busy_locks();
        if !busy.is_empty() {
            return Err(Violation::new(Invariant::LocksFree, format!("not free in the end: {busy:?}")));
        }
        self.ledger.same_everywhere(self.places.iter().map(|place| &place.page))
    }

    /// A session that the provider would still honour gives a token once everything works.
    fn must_recover(&mut self, index: usize, subject: &str) -> Checked {
        self.ledger.checked(Invariant::Recovers, 1);
        let page = &self.places[index].page;
        let account = AccountSelector { subject: Some(subject.to_owned()), ..AccountSelector::default() };
        let call = page.ask_with(TokenOptions { account, ..TokenOptions::default() });
        self.pass_while(ANSWER, |_| !call.is_settled())?;
        let page = &self.places[index].page;
        match call.take() {
            None => {
                let what = format!("{:?}: a call for a token of {subject} hangs", page.tab.id());
                Err(Violation::new(Invariant::CallsSettle, what))
            }
            Some(Ok(_)) => Ok(()),
            Some(Err(error)) => self.ledger.may_fail(&self.world, subject, &error, page),
        }
    }
}
