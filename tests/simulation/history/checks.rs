//! The checks: whether the invariants hold, after every step and in the end.

use super::super::stage::{MINUTE, Page, SECOND};
use super::Checked;
use super::invariant::{Invariant, Violation};
use super::ledger::{BUSY, HandedOut, Ledger, NEWS, SignedOut, Window};
use keyward::platform::sim::{Commit, Endpoint, Exchange, World, parse_json};
use keyward::protocol::Millis;
use keyward::protocol::error::Error;
use keyward::session::record::Record;
use std::collections::BTreeSet;

impl Ledger {
    /// After every step.
    pub(crate) fn check(&mut self, world: &World) -> Checked {
        self.check_pace(world)?;
        self.check_flights(world)?;
        self.check_requests(world)?;
        self.note_answers(world);
        self.check_commits(world)?;
        self.check_handed_out(world)?;
        self.checked(Invariant::EventsOnce, 1);
        match self.events.borrow_mut().pop() {
            // What could not be stored comes to be known more than once.
            Some(violation) if !self.storage_failed && !self.without_locks => Err(violation),
            _ => Ok(()),
        }
    }

    /// Nothing spins: within ten seconds, only so much happens.
    fn check_pace(&mut self, world: &World) -> Checked {
        let now = world.time();
        if now >= self.window.begun + 10 * SECOND {
            self.window = Window { begun: now, steps: world.steps(), more: 0 };
        }
        self.checked(Invariant::NothingSpins, 1);
        let steps = world.steps() - self.window.steps;
        // What one context does, the others hear of.
        let most = 600 * self.contexts * self.contexts.max(4) + self.window.more;
        if steps > most && steps > most + 300 * self.recent_causes(now) {
            return violated(Invariant::NothingSpins, format!("{steps} steps within ten seconds"));
        }
        Ok(())
    }

    fn check_flights(&mut self, world: &World) -> Checked {
        self.checked(Invariant::OneFlight, 1);
        match world.crowded_lock() {
            Some(tab) => {
                violated(Invariant::OneFlight, format!("{tab:?} asks for a lock that it has asked for already"))
            }
            None => Ok(()),
        }
    }

    fn recent_causes(&self, now: Millis) -> u64 {
        let recent = self.causes.iter().rev().take_while(|(at, _)| *at > now - 30 * SECOND);
        recent.map(|(_, requests)| requests).sum()
    }

    fn check_requests(&mut self, world: &World) -> Checked {
        let exchanges = world.exchanges();
        while let Some(exchange) = exchanges.get(self.seen_exchanges) {
            self.seen_exchanges += 1;
            self.checked(Invariant::RequestsBounded, 1);
            let told = exchange.refresh_token.as_deref().unwrap_or_default();
            self.trace.add(format!(
                "    tab {} sends to {:?} {told}, {:?}",
                exchange.tab.0, exchange.endpoint, exchange.fault
            ));
            // Revocations are many when a tab thaws in which several sign-outs were asked for. Discovery asks at several
            // places, of which the provider knows the first: with the others it is one attempt still.
            let counts = |other: &&Exchange| ![Endpoint::Revocation, Endpoint::Unknown].contains(&other.endpoint);
            let within = |other: &&Exchange| other.sent_at > world.time() - 10 * SECOND;
            let recent = exchanges.iter().rev().take_while(within).filter(counts).count();
            // What cannot be stored is not shared: then each context has a back-off of its own for each of two accounts.
            // Without locks they come into each other's way.
            let each = if self.without_locks {
                12
            } else if self.storage_failed {
                10
            } else {
                2
            };
            let most = 6 + each * self.contexts;
            if recent as u64 > most + self.recent_causes(world.time()) {
                return violated(Invariant::RequestsBounded, format!("{recent} requests within ten seconds"));
            }
            let Some(token) = exchange.refresh_token.as_ref().filter(|_| exchange.endpoint == Endpoint::Token) else {
                continue;
            };
            self.awaits_answer();
            self.must_be_in_time(world, token)?;
            let presents_it =
                |other: &&Exchange| other.endpoint == Endpoint::Token && other.refresh_token.as_ref() == Some(token);
            self.checked(Invariant::TokenOnce, 1);
            self.checked(Invariant::NothingNeedless, 1);
            self.must_be_needed(world, exchange, token)?;
            for earlier in exchanges[..self.seen_exchanges - 1].iter().filter(presents_it) {
                self.may_present_again(exchange, earlier, token)?;
            }
        }
        Ok(())
    }

    /// What another tab has got a moment ago is adopted, unless the app demands a new one.
    fn must_be_needed(&self, world: &World, exchange: &Exchange, token: &str) -> Checked {
        let presented = |record: &Record| record.refresh_token.as_deref() == Some(token);
        let Some((key, record)) = self.stored.iter().find(|(_, record)| presented(record)) else { return Ok(()) };
        let Some((at, Some(by))) = self.refreshed.get(key) else { return Ok(()) };
        let demanded = self.demanded.contains(&exchange.tab);
        let now = world.time() + world.clock_offset();
        let remaining = record.access.as_ref().and_then(|access| access.remaining(now));
        let long = remaining.is_some_and(|remaining| remaining > MINUTE - SECOND);
        let just_now = exchange.sent_at - at < SECOND && *by != exchange.tab;
        let explained = demanded || self.storage_failed || self.without_locks || !self.set_back.is_empty();
        if just_now && long && !explained {
            return violated(
                Invariant::NothingNeedless,
                format!("{:?} refreshes what {by:?} has just refreshed", exchange.tab),
            );
        }
        Ok(())
    }

    /// The same refresh token twice: only if the first time brought nothing that was kept.
    fn may_present_again(&self, exchange: &Exchange, earlier: &Exchange, token: &str) -> Checked {
        if self.storage_failed {
            return Ok(());
        }
        if (self.without_locks || self.worker_froze) && earlier.tab != exchange.tab {
            return Ok(());
        }
        // A page that is frozen gives up its lock, and may never take note of its answer.
        let frozen_since = self.silent_since.get(&earlier.tab).is_some_and(|since| *since >= earlier.sent_at);
        if earlier.settled.is_none() && !frozen_since {
            let (one, other) = (earlier.tab, exchange.tab);
            return violated(
                Invariant::TokenOnce,
                format!("{token} is presented by {other:?} while {one:?} waits for an answer to it"),
            );
        }
        let successor = earlier.arrival.as_ref().and_then(|arrival| arrival.issued.as_ref()?.refresh_token.as_ref());
        match successor {
            // Nor may the next holder know in time that such a page has stored it late.
            Some(next) if self.kept.contains(next) && !frozen_since => {
                let what = format!("{token} is presented by {:?}, though its successor was stored", exchange.tab);
                violated(Invariant::TokenOnce, what)
            }
            _ => Ok(()),
        }
    }

    fn check_commits(&mut self, world: &World) -> Checked {
        let commits = world.commits();
        while let Some(commit) = commits.get(self.seen_commits) {
            self.seen_commits += 1;
            if commit.key.starts_with("keyward:session:") {
                self.checked(Invariant::SignedOutStaysOut, 1);
                self.checked(Invariant::EndsOnlyTheDead, 1);
                self.check_commit(world, commit)?;
            }
        }
        Ok(())
    }

    fn check_commit(&mut self, world: &World, commit: &Commit) -> Checked {
        let provider = world.provider();
        let by = commit.tab.map(|tab| tab.0);
        self.trace.add(format!("    tab {by:?} stores {}", commit.value.as_deref().map_or("nothing".into(), summary)));
        let grant_of = |record: &Record| record.refresh_token.as_ref().and_then(|token| provider.grant_of(token));
        let Some(text) = &commit.value else {
            let grant = self.stored.remove(&commit.key).as_ref().and_then(grant_of);
            self.removed.extend(grant.map(|grant| (grant, (commit.at, commit.tab))));
            return Ok(());
        };
        let Ok(record) = Record::decode(text, &commit.key, "keyward", parse_json) else {
            return violated(Invariant::SignedOutStaysOut, format!("{:?} stored what cannot be read", commit.tab));
        };
        if let Some(grant) = grant_of(&record)
            && self.removed.contains_key(&grant)
        {
            let what = format!("{:?} stored a session that was signed out", commit.tab);
            return violated(Invariant::SignedOutStaysOut, what);
        }
        self.sessions.extend(grant_of(&record));
        let newer = self.stored.get(&commit.key).is_none_or(|old| old.refresh_token != record.refresh_token);
        if newer {
            self.refreshed.insert(commit.key.clone(), (commit.at, commit.tab));
        }
        let refresh_token = record.refresh_token.clone().unwrap_or_default();
        let refused = self.may_end(&provider, &record, grant_of(&record), commit.at);
        if record.ended.is_some() && provider.honours(&refresh_token, commit.at) && !refused {
            return violated(Invariant::EndsOnlyTheDead, format!("{:?} ended a good session", commit.tab));
        }
        self.kept.insert(refresh_token);
        self.stored.insert(commit.key.clone(), record);
        Ok(())
    }

    fn check_handed_out(&mut self, world: &World) -> Checked {
        let handed_out = self.handed_out.clone();
        while let Some(one) = handed_out.borrow().get(self.seen_handed_out) {
            self.seen_handed_out += 1;
            for invariant in [Invariant::NobodyElses, Invariant::NothingExpired, Invariant::NoneAfterSignOut] {
                self.checked(invariant, 1);
            }
            let provider = world.provider();
            let Some((user, grant)) = provider.owner(&one.token) else {
                return violated(Invariant::NobodyElses, format!("{:?} was given what was never issued", one.tab));
            };
            if !one.subjects.iter().any(|subject| subject.as_deref() == Some(user)) {
                let what = format!("{:?} was given a token of {user}, not of {:?}", one.tab, one.subjects);
                return violated(Invariant::NobodyElses, what);
            }
            self.sessions.insert(grant);
            self.must_be_before_the_end(&provider, one, grant)?;
            self.must_be_valid(world, one)?;
            self.must_be_signed_in(one, user, grant)?;
        }
        Ok(())
    }

    fn must_be_valid(&self, world: &World, one: &HandedOut) -> Checked {
        if self.unknown_lifetime {
            // Nobody is told when it expires.
            return Ok(());
        }
        let exchanges = world.exchanges();
        for exchange in exchanges.iter().rev() {
            let issued = exchange.arrival.as_ref().and_then(|arrival| arrival.issued.as_ref());
            let Some(issued) = issued.filter(|issued| *issued.access_token == *one.token) else { continue };
            let Some((arrived_at, _)) = exchange.settled else { continue };
            let age = one.at - arrived_at;
            // How far the clock was set back since then is not noticed yet.
            let since = self.set_back.iter().filter(|(at, _)| *at > exchange.sent_at);
            let hidden: Millis = since.map(|(_, by)| by).sum();
            if age >= issued.lifetime + hidden {
                let what = format!("{:?} was given {} at the age of {age} ms", one.tab, one.token);
                return violated(Invariant::NothingExpired, what);
            }
            return Ok(());
        }
        violated(Invariant::NothingExpired, format!("{:?} was given a token that never arrived", one.tab))
    }

    fn must_be_signed_in(&self, one: &HandedOut, user: &str, grant: usize) -> Checked {
        if let Some((at, by)) = self.removed.get(&grant) {
            let awake_since = self.awake_since.get(&one.tab).copied().unwrap_or_default();
            // The tab itself knows when the storage has told it.
            let known = if *by == Some(one.tab) { *at + BUSY } else { (*at).max(awake_since) + NEWS };
            let untold = by.is_some_and(|by| self.fell_silent(by, *at));
            if one.at > known && !self.storage_failed && !untold {
                let what = format!("{:?} was given a token of {user}, who signed out", one.tab);
                return violated(Invariant::NoneAfterSignOut, what);
            }
        }
        let signed_out = self.signed_out.borrow();
        let over =
            |out: &SignedOut| out.tab == one.tab && out.user == user && out.grants.contains(&grant) && one.at > out.at;
        if signed_out.iter().any(over) {
            let what = format!("{:?} was given a token of {user}, who signed out in it", one.tab);
            return violated(Invariant::NoneAfterSignOut, what);
        }
        Ok(())
    }

    /// A call for a token failed although everything works: only if no refresh token that is known is any good.
    pub(super) fn may_fail(&self, world: &World, subject: &str, error: &Error, page: &Page) -> Checked {
        let now = world.time();
        let provider = world.provider();
        let good = self.stored.values().filter(|record| record.account().subject() == subject).find(|record| {
            // What is over is to be shown so in a moment.
            record.end(now + world.clock_offset()).is_none()
                && record.refresh_token.as_ref().is_some_and(|token| provider.honours(token, now))
        });
        match good {
            Some(_) => {
                let tab = page.tab.id();
                let what = format!("{tab:?} cannot go on with the session of {subject}, which is good: {error}");
                violated(Invariant::Recovers, what)
            }
            None => Ok(()),
        }
    }

    /// Nothing happens but what lifetimes ask for: a background refresh per session each time that a token expires, and
    /// never within thirty seconds of another.
    pub(super) fn must_be_calm(&mut self, world: &World, since: Millis) -> Checked {
        self.checked(Invariant::Calm, 1);
        let lifetime = world.provider().settings.access_lifetime;
        let sessions = self.stored.len().max(1) as Millis;
        // The lead is a tenth of the lifetime at most.
        let interval = (lifetime - lifetime / 10).max(30 * SECOND);
        let most = sessions * ((world.time() - since) / interval + 1);
        let exchanges = world.exchanges();
        let refreshes =
            exchanges.iter().filter(|exchange| exchange.sent_at >= since && exchange.refresh_token.is_some());
        let count = refreshes.filter(|exchange| exchange.endpoint == Endpoint::Token).count() as Millis;
        if count > most && !self.without_locks {
            return violated(Invariant::Calm, format!("{count} refreshes of {sessions} sessions, at most {most}"));
        }
        Ok(())
    }

    /// In the end every tab shows what is stored.
    pub(super) fn same_everywhere<'a>(&mut self, pages: impl Iterator<Item = &'a Page>) -> Checked {
        self.checked(Invariant::SameEverywhere, 1);
        let untold = self.removed.values().any(|(at, by)| by.is_some_and(|by| self.fell_silent(by, *at)));
        let unheard = self.refreshed.values().any(|(at, by)| by.is_some_and(|by| self.fell_silent(by, *at)));
        if self.storage_failed || untold || unheard {
            return Ok(());
        }
        let stored: BTreeSet<String> =
            self.stored.values().map(|record| record.account().subject().to_owned()).collect();
        for page in pages {
            let state = page.client.state();
            let shown: BTreeSet<String> = state.sessions.iter().map(|session| session.subject.clone()).collect();
            if shown != stored {
                let what = format!("{:?} shows {shown:?}, but stored are {stored:?}", page.tab.id());
                return violated(Invariant::SameEverywhere, what);
            }
        }
        Ok(())
    }
}

/// What changes in a record, without what does not.
fn summary(text: &str) -> String {
    let from = |member: &str| text.find(member).and_then(|start| text.get(start..)).unwrap_or_default();
    let part = |member: &str| from(member).split(&[',', '}']).next().unwrap_or_default().to_owned();
    let end = from("\"ended\"");
    let end = if end.is_empty() { from("\"attempted\"") } else { end };
    [part("\"subject\""), part("\"generation\""), part("\"refresh\""), end.chars().take(150).collect()].join(" ")
}

pub(super) fn violated(invariant: Invariant, what: String) -> Checked {
    Err(Violation::new(invariant, what))
}
