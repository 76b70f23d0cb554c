//! What happens in a history: a user acts, the machine and the network do as they please.

use super::super::stage::{self, HOUR, MINUTE, SECOND};
use super::{Checked, History, Journey, Place};
use keyward::client::{AccountSelector, SignInOptions, SignOutOptions, TokenOptions};
use keyward::platform::sim::{Fault, Faults, StorageFault, World};
use keyward::protocol::Millis;

impl History {
    pub(super) fn act(&mut self) -> Checked {
        let place = self.chance.below(self.places.len());
        match self.chance.below(100) {
            // What matters happens while something is under way.
            0..12 => self.until_a_refresh()?,
            12..16 => self.until_a_write()?,
            _ => {}
        }
        let act = self.chance.below(100);
        if act > 62 {
            self.ledger.disturbed(self.world.time());
        }
        match act {
            0..22 => self.ask(place),
            22..25 => self.ask_often(place),
            25..35 => self.pass_between(0, 60),
            35..52 => self.pass_between(SECOND, 30 * SECOND),
            52..62 => self.pass_between(MINUTE, 8 * MINUTE),
            62 => self.pass_between(20 * MINUTE, 90 * MINUTE),
            63..66 => self.kill(place),
            66..70 => self.reload(place),
            70..74 => self.freeze_or_thaw(place),
            74..76 => self.sleep(),
            76..78 => self.turn_clock(),
            78..81 => self.disconnect_or_connect(),
            81..83 => self.show_or_hide(place),
            83..88 => self.disturb_network(),
            88..90 => self.disturb_storage(),
            90..93 => self.sign_out(place),
            93..98 => self.sign_in(place),
            98 => self.clear_storage(),
            _ => self.revoke(),
        }
    }

    /// Lets time pass until a refresh is under way, and a little more.
    fn until_a_refresh(&mut self) -> Checked {
        self.note("until a refresh is under way".to_owned());
        let under_way = |world: &World| {
            let exchanges = world.exchanges();
            let refresh = exchanges.iter().rev().take(8).find(|exchange| exchange.refresh_token.is_some());
            refresh.is_some_and(|exchange| exchange.settled.is_none())
        };
        self.pass_while(10 * MINUTE, |world| !under_way(world))?;
        self.pass_between(0, 90)
    }

    /// Lets time pass until something is stored, and a little more.
    fn until_a_write(&mut self) -> Checked {
        self.note("until something is stored".to_owned());
        let before = self.world.commits().len();
        self.pass_while(10 * MINUTE, |world| world.commits().len() == before)?;
        self.pass_between(0, 6)
    }

    /// Many callers at once.
    fn ask_often(&mut self, index: usize) -> Checked {
        for _ in 0..self.chance.between(2, 12) {
            self.ask_once(index);
        }
        self.pass_between(0, 40)
    }

    fn pass_between(&mut self, least: Millis, most: Millis) -> Checked {
        let duration = self.chance.between(least, most);
        self.note(format!("{duration} ms pass"));
        self.pass(duration)
    }

    fn ask(&mut self, index: usize) -> Checked {
        self.ask_once(index);
        self.pass_between(0, 40)
    }

    fn ask_once(&mut self, index: usize) {
        // The app has nothing to ask before it has started.
        if !self.places[index].page.starting.is_settled() {
            return;
        }
        let subject = self.chance.pick(&[None, None, None, Some("alice"), Some("bob")]).flatten();
        let options = TokenOptions {
            account: AccountSelector { provider: None, subject: subject.map(str::to_owned) },
            min_validity: self.chance.percent(15).then_some(MINUTE),
            force_refresh: self.chance.percent(10),
            ..TokenOptions::default()
        };
        let what = format!("asks for a token: {options:?}");
        self.note_in(index, &what);
        let place = &mut self.places[index];
        let call = self.ledger.ask(&self.world, &place.page, options);
        place.calls.push((what, call));
    }

    fn kill(&mut self, index: usize) -> Checked {
        self.note_in(index, "dies, and is opened again");
        self.disturbed("context killed");
        self.ledger.falls_silent(self.places[index].page.tab.id(), self.world.time());
        self.places[index].page.tab.kill();
        self.open(index, stage::APP)
    }

    fn reload(&mut self, index: usize) -> Checked {
        if self.places[index].page.tab.is_worker() {
            return self.kill(index);
        }
        self.note_in(index, "is reloaded");
        self.disturbed("page reloaded");
        self.ledger.falls_silent(self.places[index].page.tab.id(), self.world.time());
        self.places[index].page.tab.unload();
        self.pass_between(0, 40)?;
        self.open(index, stage::APP)
    }

    fn freeze_or_thaw(&mut self, index: usize) -> Checked {
        let tab = self.places[index].page.tab.clone();
        if tab.is_running() {
            if tab.is_worker() && self.chance.percent(75) {
                return Ok(());
            }
            self.note_in(index, "is frozen");
            self.ledger.worker_froze |= tab.is_worker();
            self.disturbed("context frozen");
            self.ledger.falls_silent(tab.id(), self.world.time());
            tab.freeze();
        } else {
            self.note_in(index, "thaws");
            self.ledger.thaws(tab.id(), tab.is_worker(), self.world.time());
            tab.thaw();
        }
        self.pass_between(0, 40)
    }

    fn sleep(&mut self) -> Checked {
        let duration = self.chance.between(MINUTE, 9 * HOUR);
        self.note(format!("the machine sleeps for {duration} ms"));
        self.disturbed("machine asleep");
        self.world.sleep_machine(duration);
        for place in &self.places {
            self.ledger.wakes(place.page.tab.id(), self.world.time());
        }
        self.pass_between(0, 40)
    }

    fn turn_clock(&mut self) -> Checked {
        let farthest = self.chance.pick(&[90 * SECOND, 30 * HOUR, 3 * 365 * 24 * HOUR]).unwrap_or(HOUR);
        let turn = self.chance.between(-farthest, farthest);
        self.note(format!("the clock is turned by {turn} ms"));
        self.disturbed("clock turned");
        self.world.set_clock_offset(self.world.clock_offset() + turn);
        self.ledger.clock_turned(self.world.time(), turn);
        self.ledger.caused(&self.world, 2);
        Ok(())
    }

    fn disconnect_or_connect(&mut self) -> Checked {
        let online = !self.world.is_online();
        self.note(if online { "the network is back" } else { "the network is gone" }.to_owned());
        if !online {
            self.disturbed("network gone");
        }
        self.world.set_online(online);
        self.ledger.caused(&self.world, 2);
        Ok(())
    }

    fn show_or_hide(&mut self, index: usize) -> Checked {
        let visible = self.chance.percent(50);
        self.note_in(index, if visible { "is shown" } else { "is hidden" });
        self.places[index].page.tab.set_visible(visible);
        Ok(())
    }

    fn disturb_network(&mut self) -> Checked {
        let percent = self.chance.pick(&[0, 0, 20, 50, 100]).unwrap_or(0);
        let mut faults = Faults::of_every_kind(percent);
        if self.chance.percent(40) {
            // One thing is wrong, for a while.
            faults.kinds = self.chance.pick(&faults.kinds).into_iter().collect();
        }
        let refuses = self.chance.percent(15);
        if refuses {
            let errors = ["invalid_client", "invalid_client", "invalid_request", "interaction_required"];
            faults.percent = self.chance.pick(&[percent, 100, 100]).unwrap_or(100);
            faults.kinds = self.chance.pick(&errors).map(Fault::Refuses).into_iter().collect();
        }
        let percent = faults.percent;
        self.ledger.provider_refuses(refuses && percent == 100, self.world.time());
        self.note(format!("from now on, {percent} of 100 requests meet one of {:?}", faults.kinds));
        *self.world.faults() = faults;
        Ok(())
    }

    fn disturb_storage(&mut self) -> Checked {
        let broken = [StorageFault::Full(420), StorageFault::Full(700), StorageFault::ReadOnly, StorageFault::Broken];
        let fault = if self.chance.percent(50) { self.chance.pick(&broken) } else { None }.unwrap_or_default();
        self.note(format!("the storage from now on: {fault:?}"));
        if fault != StorageFault::None {
            self.disturbed(match fault {
                StorageFault::Full(_) => "storage full",
                StorageFault::ReadOnly => "storage read-only",
                StorageFault::Broken | StorageFault::None => "storage broken",
            });
            self.ledger.storage_fails();
        }
        self.world.set_storage_fault(fault);
        Ok(())
    }

    fn clear_storage(&mut self) -> Checked {
        self.note("the storage is cleared".to_owned());
        self.disturbed("storage cleared");
        self.world.clear_storage();
        self.pass_between(0, 40)
    }

    fn revoke(&mut self) -> Checked {
        let user = self.chance.pick(&["alice", "bob"]).unwrap_or("alice");
        self.note(format!("the provider ends the sessions of {user}"));
        self.disturbed("sessions revoked");
        self.world.provider().revoke_user(user);
        Ok(())
    }

    fn sign_out(&mut self, index: usize) -> Checked {
        if !self.places[index].page.starting.is_settled() {
            return Ok(());
        }
        let all = self.chance.percent(30);
        let options = SignOutOptions { all, ..SignOutOptions::default() };
        self.note_in(index, if all { "signs everybody out" } else { "signs out" });
        self.disturbed("user signed out");
        let place = &mut self.places[index];
        let call = self.ledger.sign_out(&self.world, &place.page, options);
        place.calls.push(("sign-out".to_owned(), call));
        self.pass_between(0, 60)
    }

    /// Somebody who is on the way goes on, or another begins.
    fn sign_in(&mut self, index: usize) -> Checked {
        if self.places[index].journey.is_some() {
            return self.go_on(index);
        }
        let page = &self.places[index].page;
        if page.tab.is_worker() || !page.tab.is_running() || !page.starting.is_settled() {
            return Ok(());
        }
        let user = self.chance.pick(&["alice", "bob"]).unwrap_or("alice");
        self.note_in(index, &format!("begins to sign in as {user}"));
        self.disturbed("user signed in again");
        let place = &mut self.places[index];
        let client = place.page.client.clone();
        place.page.tab.call(async move { client.sign_in(SignInOptions::default()).await });
        place.journey = Some(Journey { user, back: None });
        self.ledger.caused(&self.world, 3);
        self.pass_between(0, 2 * SECOND)?;
        self.go_on(index)
    }

    fn go_on(&mut self, index: usize) -> Checked {
        let Place { page, journey, .. } = &mut self.places[index];
        let Some(on_the_way) = journey else { return Ok(()) };
        if on_the_way.back.is_none() {
            let Some(url) = page.tab.navigated() else { return Ok(()) };
            on_the_way.back = self.world.authorize(&url, on_the_way.user);
            self.ledger.falls_silent(page.tab.id(), self.world.time());
            page.tab.unload();
        }
        let Some(back) = on_the_way.back.clone() else { return Ok(()) };
        if self.chance.percent(70) {
            self.note_in(index, "returns from the provider");
            self.open(index, &back)?;
            if self.chance.percent(10) {
                self.note_in(index, "is loaded again from that URL");
                self.ledger.falls_silent(self.places[index].page.tab.id(), self.world.time());
                self.places[index].page.tab.unload();
                self.open(index, &back)?;
            }
        }
        Ok(())
    }

    /// The whole way, without a pause.
    pub(super) fn travel(&mut self, index: usize, user: &'static str) -> Checked {
        let client = self.places[index].page.client.clone();
        self.places[index].page.tab.call(async move { client.sign_in(SignInOptions::default()).await });
        self.places[index].journey = Some(Journey { user, back: None });
        self.ledger.caused(&self.world, 3);
        self.pass(SECOND)?;
        while self.places[index].journey.is_some() {
            self.go_on(index)?;
        }
        self.pass(SECOND)
    }

    fn open(&mut self, index: usize, url: &str) -> Checked {
        let is_worker = self.places[index].page.tab.is_worker();
        self.places[index] = if is_worker { self.worker() } else { self.place(url) };
        self.ledger.wakes(self.places[index].page.tab.id(), self.world.time());
        self.note_in(index, "is open");
        self.ledger.caused(&self.world, 3);
        self.pass_between(0, 60)
    }

    fn note_in(&self, index: usize, what: &str) {
        let id = self.places[index].page.tab.id().0;
        self.note(format!("tab {id} {what}"));
    }
}
