//! Records and machines by number. What the real ones say is asked once and remembered, so that a moment of the world is a
//! handful of numbers.

use super::state::{Answer, Instant, NOTHING, Rec, SECOND, Token, Told};
use foldhash::{HashMap, HashMapExt as _};
use keyward::platform::sim::parse_json;
use keyward::protocol::Millis;
use keyward::protocol::http::{Response, TransportError};
use keyward::protocol::token::{self, Failure};
use keyward::session::account::Account;
use keyward::session::merge;
use keyward::session::record::Record;
use keyward::session::refresh::{Granted, Input, Need, Outcome, Refresh, Step, Write};
use keyward::session::schedule::{self, Jitter};
use std::rc::Rc;

pub(super) const REQUEST_TIMEOUT: Instant = 10_000;
pub(super) const LIFETIME: Instant = 300_000;
/// The background refresh begins so long before the expiry.
pub(super) const LEAD: Instant = 30_000;
/// When the refresh becomes due: 2026-11-21T00:00:00Z.
const BEGINNING: Millis = 1_795_219_200_000;
/// How much of each back-off's share of chance is taken.
const JITTER: Jitter = 0;

/// [`Step`] as a plain value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Do {
    Lock,
    Wait(Instant),
    Read,
    Write(Rec),
    Request(Rec),
    /// With the number of the outcome.
    Done(usize),
}

pub(super) struct Book {
    records: Vec<Rc<Record>>,
    numbers: HashMap<String, Rec>,
    machines: Vec<Refresh>,
    /// By what they look like.
    alike: HashMap<String, Vec<u32>>,
    begun: HashMap<(Rec, bool), u32>,
    handled: HashMap<(u32, Told, Instant), (u32, Do)>,
    outcomes: Vec<Outcome>,
    filled: HashMap<(Rec, Rec), Rec>,
    due: HashMap<(Rec, Instant), Option<Instant>>,
    rotation: bool,
}

impl Book {
    pub(super) fn new(rotation: bool) -> Book {
        let nobody = Rc::new(session(0, 0));
        Book {
            records: vec![nobody],
            numbers: HashMap::new(),
            machines: Vec::new(),
            alike: HashMap::new(),
            begun: HashMap::new(),
            handled: HashMap::new(),
            outcomes: Vec::new(),
            filled: HashMap::new(),
            due: HashMap::new(),
            rotation,
        }
    }

    /// The session of that grant as its sign-in stores it.
    pub(super) fn signed_in(&mut self, grant: u8, at: Instant) -> Rec {
        self.number(&Rc::new(session(grant, time(at))))
    }

    pub(super) fn get(&self, record: Rec) -> Option<&Rc<Record>> {
        (record != NOTHING).then(|| &self.records[record as usize])
    }

    pub(super) fn number(&mut self, record: &Rc<Record>) -> Rec {
        let text = record.encode();
        if let Some(number) = self.numbers.get(&text) {
            return *number;
        }
        let number = self.records.len() as Rec;
        self.records.push(record.clone());
        self.numbers.insert(text, number);
        number
    }

    pub(super) fn number_of(&mut self, record: Option<&Rc<Record>>) -> Rec {
        record.map_or(NOTHING, |record| self.number(record))
    }

    pub(super) fn token(&self, record: Rec) -> Option<Token> {
        let text = self.get(record)?.refresh_token.as_deref()?;
        let (grant, number) = text.split_once('.')?;
        Some(Token { grant: grant.parse().ok()?, number: number.parse().ok()? })
    }

    pub(super) fn grant(&self, record: Rec) -> Option<u8> {
        self.get(record)?.grant_id().parse().ok()
    }

    pub(super) fn machine(&self, machine: u32) -> &Refresh {
        &self.machines[machine as usize]
    }

    pub(super) fn outcome(&self, outcome: usize) -> &Outcome {
        &self.outcomes[outcome]
    }

    /// A machine that begins.
    pub(super) fn begin(&mut self, known: Rec, need: Need) -> u32 {
        if let Some(machine) = self.begun.get(&(known, need.impatient)) {
            return *machine;
        }
        let (machine, _) = Refresh::begin(&self.records[known as usize], need, schedule::lease(REQUEST_TIMEOUT.into()));
        let machine_number = self.machine_number(machine);
        self.begun.insert((known, need.impatient), machine_number);
        machine_number
    }

    /// What the machine does next.
    pub(super) fn handle(&mut self, machine: u32, told: Told, now: Instant) -> (u32, Do) {
        let asked = (machine, told, now);
        if let Some(known) = self.handled.get(&asked) {
            return *known;
        }
        let mut next = self.machines[machine as usize].clone();
        let step = next.handle(self.input(told, now), time(now), JITTER);
        let next = self.machine_number(next);
        let step = match step {
            Step::Lock => Do::Lock,
            Step::Wait(duration) => Do::Wait(Instant::try_from(duration).expect("a short time")),
            Step::Read => Do::Read,
            Step::Write(record) => Do::Write(self.number(&record)),
            Step::Request(record) => Do::Request(self.number(&record)),
            Step::Done(outcome) => {
                self.outcomes.push(outcome);
                Do::Done(self.outcomes.len() - 1)
            }
        };
        self.handled.insert(asked, (next, step));
        (next, step)
    }

    /// What is stored, with what this memory knows beside it.
    pub(super) fn filled_in(&mut self, stored: Rec, known: Rec) -> Rec {
        let (Some(record), Some(memory)) = (self.get(stored).cloned(), self.get(known).cloned()) else { return stored };
        if let Some(filled) = self.filled.get(&(stored, known)) {
            return *filled;
        }
        let mut filled = Record::clone(&record);
        filled.fill_in(&memory);
        let number = self.number(&Rc::new(filled));
        self.filled.insert((stored, known), number);
        number
    }

    /// When the background refresh of that session is due.
    pub(super) fn due(&mut self, record: Rec, now: Instant) -> Option<Instant> {
        let session = self.get(record)?.clone();
        let due = || schedule::background_due(&session, None, 0, true, time(now)).map(instant);
        *self.due.entry((record, now)).or_insert_with(due)
    }

    fn machine_number(&mut self, machine: Refresh) -> u32 {
        let alike = self.alike.entry(format!("{machine:?}")).or_default();
        if let Some(same) = alike.iter().find(|other| self.machines[**other as usize] == machine) {
            return *same;
        }
        let number = self.machines.len() as u32;
        alike.push(number);
        self.machines.push(machine);
        number
    }

    fn input(&self, told: Told, now: Instant) -> Input {
        match told {
            Told::Locked => Input::Locked,
            Told::Unlocked => Input::Unlocked,
            Told::LockLost => Input::LockLost,
            Told::Changed => Input::Changed,
            Told::Waited => Input::Waited,
            Told::Read(record) => Input::Read(self.get(record).cloned()),
            Told::Unreadable => Input::Unreadable,
            Told::Written => Input::Written(Write::Done),
            Told::Conflict => Input::Written(Write::Conflict),
            Told::WriteFailed => Input::Written(Write::Failed),
            Told::Answered(answer, from) => Input::Answered(self.answer(answer, from, now)),
            Told::Abandoned => Input::Abandoned,
        }
    }

    /// Judged as it would be in a browser.
    fn answer(&self, answer: Answer, from: Instant, now: Instant) -> Result<Granted, Failure> {
        let json = |status, body: &str| Ok(Box::new(Response { status, body: body.to_owned(), ..Response::default() }));
        let answer = match answer {
            Answer::Tokens(token) => json(200, &tokens(token, self.rotation)),
            Answer::InvalidGrant => json(400, r#"{"error":"invalid_grant"}"#),
            Answer::Refused => json(400, r#"{"error":"unauthorized_client"}"#),
            Answer::Unavailable => json(503, ""),
            Answer::TooMany => json(429, r#"{"error":"slow_down"}"#).map(|mut response| {
                response.retry_after = Some("5".to_owned());
                response
            }),
            Answer::Html => json(200, "<!doctype html><title>Sign in to this network</title>"),
            Answer::NoConnection => Err(TransportError::Network),
            Answer::NotInTime => Err(TransportError::Timeout),
        };
        let response = token::process(answer, parse_json, time(now))?;
        Ok(Granted { response, claims: None, received_at: time(from) })
    }

    /// How many records and machines there are.
    pub(super) fn sizes(&self) -> (usize, usize) {
        (self.records.len() - 1, self.machines.len())
    }
}

pub(super) fn time(at: Instant) -> Millis {
    BEGINNING + Millis::from(at)
}

fn instant(time: Millis) -> Instant {
    Instant::try_from(time - BEGINNING).unwrap_or(Instant::MAX)
}

fn tokens(token: Token, rotation: bool) -> String {
    let Token { grant, number } = token;
    let refresh = if rotation { format!(r#","refresh_token":"{grant}.{number}""#) } else { String::new() };
    let lifetime = LIFETIME / SECOND;
    format!(r#"{{"access_token":"access-{grant}.{number}","token_type":"Bearer","expires_in":{lifetime}{refresh}}}"#)
}

fn session(grant: u8, at: Millis) -> Record {
    let account = Account::new("default", "https://provider.example", "app", "alice").expect("an account");
    let body = tokens(Token { grant, number: 1 }, true);
    let response = Response { status: 200, body, ..Response::default() };
    match token::process(Ok(Box::new(response)), parse_json, at) {
        Ok(response) => merge::signed_in(account, grant.to_string(), "api", None, response, None, at).after(None),
        Err(failure) => panic!("no tokens: {:?}", failure.error),
    }
}
