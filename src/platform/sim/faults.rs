//! What goes wrong between a tab and the provider, and in the storage.

use super::chance::Chance;
use crate::protocol::Millis;
use std::collections::VecDeque;

/// What a request is sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// The discovery document.
    Metadata,
    /// The key set.
    Keys,
    /// The token endpoint.
    Token,
    /// The revocation endpoint.
    Revocation,
    /// Nothing that the provider has.
    Unknown,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// It never reaches the provider, and no connection is made.
    RequestLost,
    /// It never reaches the provider, and nobody says so.
    RequestSwallowed,
    /// It reaches the provider that much later.
    RequestSlow(Millis),
    /// The provider does as it is told, but the connection breaks before its answer arrives.
    AnswerLost,
    /// The answer arrives that much later.
    AnswerSlow(Millis),
    /// The provider does as it is told, and then says 500 without a word (seen on Better Auth).
    BreaksAfterwards,
    /// A gateway answers with that status instead of the provider.
    Status(u16),
    /// 429, with that `Retry-After` in seconds.
    TooManyRequests(u32),
    /// A gateway's page, with that status, instead of the provider's answer.
    Html(u16),
    /// A gateway refuses with that status in JSON of its own, instead of the provider.
    Gateway(u16),
    /// The provider refuses with that OAuth error, whatever is presented to it, and spends nothing.
    Refuses(&'static str),
}

impl Fault {
    /// Its kind, in words.
    pub fn name(self) -> &'static str {
        match self {
            Fault::RequestLost => "request lost",
            Fault::RequestSwallowed => "request swallowed",
            Fault::RequestSlow(_) => "request slow",
            Fault::AnswerLost => "answer lost",
            Fault::AnswerSlow(_) => "answer slow",
            Fault::BreaksAfterwards => "500 after acting",
            Fault::Status(_) => "5xx",
            Fault::TooManyRequests(_) => "429",
            Fault::Html(_) => "HTML page",
            Fault::Gateway(_) => "gateway's refusal",
            Fault::Refuses("interaction_required") => "user wanted",
            Fault::Refuses(_) => "refused",
        }
    }

    /// Whether the provider may have acted although the client never hears of it.
    pub fn may_lose_an_answer(self) -> bool {
        matches!(self, Fault::AnswerLost | Fault::AnswerSlow(_) | Fault::RequestSlow(_) | Fault::BreaksAfterwards)
    }
}

/// How often what goes wrong in the network.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// So many of a hundred requests meet one of `kinds`.
    pub percent: u8,
    /// Those that chance picks from.
    pub kinds: Vec<Fault>,
    /// Those that are certain: each meets the next request to that endpoint.
    pub upcoming: VecDeque<(Endpoint, Fault)>,
}

impl Faults {
    /// Every kind, with that probability.
    pub fn of_every_kind(percent: u8) -> Faults {
        let kinds = [
            Fault::RequestLost,
            Fault::RequestSwallowed,
            Fault::RequestSlow(3_000),
            Fault::RequestSlow(15_000),
            Fault::AnswerLost,
            Fault::AnswerSlow(4_000),
            Fault::AnswerSlow(20_000),
            Fault::BreaksAfterwards,
            Fault::Status(500),
            Fault::Status(502),
            Fault::Status(503),
            Fault::TooManyRequests(5),
            Fault::Html(503),
            Fault::Gateway(401),
            Fault::Gateway(403),
        ];
        Faults { percent, kinds: kinds.to_vec(), upcoming: VecDeque::new() }
    }

    /// The next request to that endpoint meets this.
    pub fn meet_next(&mut self, endpoint: Endpoint, fault: Fault) {
        self.upcoming.push_back((endpoint, fault));
    }

    pub(super) fn draw(&mut self, endpoint: Endpoint, chance: &mut Chance) -> Option<Fault> {
        if let Some(place) = self.upcoming.iter().position(|(target, _)| *target == endpoint) {
            return self.upcoming.remove(place).map(|(_, fault)| fault);
        }
        if chance.percent(self.percent) { chance.pick(&self.kinds) } else { None }
    }
}

/// What is wrong with the storage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum StorageFault {
    /// Nothing.
    #[default]
    None,
    /// It is full: values longer than this cannot be written.
    Full(usize),
    /// Nothing can be written.
    ReadOnly,
    /// Nothing can be read or written.
    Broken,
}
