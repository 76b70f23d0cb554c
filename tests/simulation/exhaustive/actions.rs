//! What can happen next.

use super::model::Model;
use super::state::{Answer, Caller, Doing, Instant, Life, NOTHING, News, Place, State, Turn};

/// One thing that happens. The number is the tab's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Action {
    /// What the tab does, or what is done for it, next.
    Goes(usize),
    RequestArrives(usize),
    /// The time allowed for what it waits for is over.
    TimesOut(usize),
    HearsNews(usize),
    Rereads(usize),
    HearsWhatItRead(usize),
    Signs(usize),
    HearsItSigned(usize),
    TimerFires(usize),
    WritesAgain(usize),
    TriesAfterOnline(usize),
    LoadsAgain(usize),
    IsRevoked(usize),
    /// A request arrives that nobody waits for.
    StrayArrives(usize, u8),
    /// Nothing else happens until then.
    TimePasses(Instant),
    Asks(usize),
    Thaws(usize, bool),
    Online,
    Fails(Fault),
}

/// What goes wrong, or what people do in the middle of it: at most so many times in a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Fault {
    /// The tab dies. What it had asked of the storage is done all the same, or not; its request arrives all the same, or not.
    Killed(usize, bool),
    Reloaded(usize, bool),
    Frozen(usize),
    Suspended(usize),
    RequestLost(usize),
    /// No answer comes in time; the request arrives late, or never.
    RequestStuck(usize, bool),
    /// A gateway or the provider answers this instead.
    Answered(usize, Answer),
    AnswerLost(usize),
    AnswerStuck(usize),
    WriteFails(usize),
    ReadFails(usize),
    StorageCleared,
    SignsOut(usize),
    SignsInAgain(usize),
    ProviderRevokes(usize),
    /// The machine sleeps for an hour.
    Sleeps,
    Offline,
}

impl Fault {
    pub(super) const KINDS: [&str; 17] = [
        "tab killed",
        "tab reloaded",
        "tab frozen",
        "tab suspended",
        "request lost",
        "request stuck",
        "429, 503, HTML or refusal",
        "answer lost",
        "answer stuck",
        "write failed",
        "read failed",
        "storage cleared",
        "signed out",
        "signed in again",
        "provider revoked",
        "machine slept",
        "offline",
    ];

    pub(super) fn kind(self) -> usize {
        match self {
            Fault::Killed(..) => 0,
            Fault::Reloaded(..) => 1,
            Fault::Frozen(_) => 2,
            Fault::Suspended(_) => 3,
            Fault::RequestLost(_) => 4,
            Fault::RequestStuck(..) => 5,
            Fault::Answered(..) => 6,
            Fault::AnswerLost(_) => 7,
            Fault::AnswerStuck(_) => 8,
            Fault::WriteFails(_) => 9,
            Fault::ReadFails(_) => 10,
            Fault::StorageCleared => 11,
            Fault::SignsOut(_) => 12,
            Fault::SignsInAgain(_) => 13,
            Fault::ProviderRevokes(_) => 14,
            Fault::Sleeps => 15,
            Fault::Offline => 16,
        }
    }
}

impl Model {
    /// Everything that can happen now, in an order of its own.
    pub(super) fn actions(&mut self, s: &State, actions: &mut Vec<Action>) {
        actions.clear();
        self.under_way(s, actions);
        if actions.is_empty()
            && let Some(at) = self.next_instant(s)
        {
            actions.push(Action::TimePasses(at));
        }
        for (t, tab) in s.tabs.iter().enumerate() {
            if tab.life == Life::Running && tab.caller == Caller::ToCome && !tab.is_starting() {
                actions.push(Action::Asks(t));
            }
            if matches!(tab.life, Life::Frozen | Life::Suspended) {
                actions.push(Action::Thaws(t, true));
                // What was announced meanwhile may be lost.
                if tab.news != News::None {
                    actions.push(Action::Thaws(t, false));
                }
            }
        }
        for (grant, it) in s.grants.iter().enumerate() {
            (0..8).filter(|number| it.stray & (1 << number) != 0).for_each(|number| {
                actions.push(Action::StrayArrives(grant, number));
            });
        }
        if !s.online {
            actions.push(Action::Online);
        }
        if s.faults > 0 {
            self.faults(s, actions);
        }
    }

    /// What happens by itself.
    pub(super) fn under_way(&mut self, s: &State, actions: &mut Vec<Action>) {
        for (t, tab) in s.tabs.iter().enumerate() {
            if tab.life == Life::Gone {
                continue;
            }
            let runs = tab.runs();
            if let Some(flight) = &tab.flight {
                let goes = match flight.doing {
                    Doing::Queuing(_) => runs && flight.turn == Turn::Granted,
                    Doing::Waiting(_) => false,
                    // The storage does it also for a page that stands still.
                    Doing::Reading | Doing::Writing(_) => true,
                    Doing::Preparing(_) | Doing::Unheard(_) => runs,
                    Doing::Requesting(request) => runs && matches!(request.at, Place::Back(_)),
                };
                if goes {
                    actions.push(Action::Goes(t));
                }
                if matches!(flight.doing, Doing::Requesting(request) if request.at == Place::ToProvider) {
                    actions.push(Action::RequestArrives(t));
                }
                if runs && self.deadline(tab).is_some_and(|at| at <= s.now) {
                    actions.push(Action::TimesOut(t));
                }
            }
            if runs && tab.news != News::None {
                actions.push(Action::HearsNews(t));
            }
            if let Some(reading) = tab.reading {
                match reading.found {
                    None => actions.push(Action::Rereads(t)),
                    Some(_) if runs => actions.push(Action::HearsWhatItRead(t)),
                    Some(_) => {}
                }
            }
            if let Some(signing) = tab.signing {
                match signing.replaced {
                    None => actions.push(Action::Signs(t)),
                    Some(_) if runs => actions.push(Action::HearsItSigned(t)),
                    Some(_) => {}
                }
            }
            if tab.life == Life::Leaving {
                actions.push(Action::LoadsAgain(t));
            }
            if tab.life == Life::Running {
                if self.timer(s, t).is_some_and(|at| at <= s.now) {
                    actions.push(Action::TimerFires(t));
                }
                if tab.unwritten.is_some_and(|it| it.again_at <= s.now) {
                    actions.push(Action::WritesAgain(t));
                }
                if tab.retries_at.is_some_and(|at| at <= s.now) {
                    actions.push(Action::TriesAfterOnline(t));
                }
            }
        }
        for (grant, it) in s.grants.iter().enumerate() {
            if it.revoking {
                actions.push(Action::IsRevoked(grant));
            }
        }
    }

    fn faults(&self, s: &State, actions: &mut Vec<Action>) {
        let mut fails = |fault| actions.push(Action::Fails(fault));
        for (t, tab) in s.tabs.iter().enumerate() {
            if tab.life == Life::Gone {
                continue;
            }
            let doing = tab.flight.map(|flight| flight.doing);
            let half_done = matches!(doing, Some(Doing::Reading | Doing::Writing(_)))
                || tab.request().is_some_and(|request| request.at == Place::ToProvider)
                || tab.signing.is_some_and(|signing| signing.replaced.is_none());
            fails(Fault::Killed(t, false));
            if half_done {
                fails(Fault::Killed(t, true));
            }
            match doing {
                Some(Doing::Reading) => fails(Fault::ReadFails(t)),
                Some(Doing::Writing(_)) => fails(Fault::WriteFails(t)),
                Some(Doing::Requesting(request)) => match request.at {
                    Place::ToProvider => {
                        fails(Fault::RequestLost(t));
                        fails(Fault::RequestStuck(t, false));
                        fails(Fault::RequestStuck(t, true));
                        for answer in [Answer::Unavailable, Answer::TooMany, Answer::Html, Answer::Refused] {
                            fails(Fault::Answered(t, answer));
                        }
                    }
                    Place::Back(Answer::NoConnection) => {}
                    Place::Back(_) => {
                        fails(Fault::AnswerLost(t));
                        fails(Fault::AnswerStuck(t));
                    }
                    Place::Stuck => {}
                },
                _ => {}
            }
            if tab.life != Life::Running {
                continue;
            }
            fails(Fault::Reloaded(t, false));
            if tab.request().is_some_and(|request| request.at == Place::ToProvider) {
                fails(Fault::Reloaded(t, true));
            }
            fails(Fault::Frozen(t));
            fails(Fault::Suspended(t));
            if tab.known != NOTHING && tab.signing.is_none() {
                fails(Fault::SignsOut(t));
            }
            if s.grants[1].issued == 0 && tab.signing.is_none() {
                fails(Fault::SignsInAgain(t));
            }
        }
        if s.stored != NOTHING {
            fails(Fault::StorageCleared);
        }
        for (grant, it) in s.grants.iter().enumerate() {
            if it.alive && !it.removed {
                fails(Fault::ProviderRevokes(grant));
            }
        }
        fails(Fault::Sleeps);
        if s.online {
            fails(Fault::Offline);
        }
    }
}

impl Action {
    /// In words, with the tabs' names.
    pub(super) fn describe(self, names: [char; 2]) -> String {
        let words = match self {
            Action::Fails(fault) => format!("{fault:?}"),
            Action::TimePasses(at) => return format!("nothing, until {at} ms"),
            Action::StrayArrives(grant, number) => return format!("a stray request arrives: {grant}.{number}"),
            Action::IsRevoked(grant) => return format!("grant {grant} is revoked as asked"),
            other => format!("{other:?}"),
        };
        match words.split_once(['(', ',', ')']) {
            Some(("ProviderRevokes", _)) | None => words,
            Some((what, rest)) => {
                let (tab, more) = rest.split_at(1);
                let name = if tab == "0" { names[0] } else { names[1] };
                format!("{name} {what} {}", more.trim_matches([',', ')', ' ']))
            }
        }
    }
}
