//! The way of a request to the provider and of its answer back, with what goes wrong on it.

use super::faults::{Endpoint, Fault};
use super::provider::Issued;
use super::shared::Shared;
use super::tab::{TabId, TabState};
use crate::protocol::Millis;
use crate::protocol::form;
use crate::protocol::http::{Request, Response, TransportError};
use futures_channel::oneshot;
use std::cell::RefCell;
use std::rc::Rc;

/// A request that a tab sent, and what came of it.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Who sent it.
    pub tab: TabId,
    /// When.
    pub sent_at: Millis,
    /// To what.
    pub endpoint: Endpoint,
    /// The refresh token that it presents.
    pub refresh_token: Option<String>,
    /// What went wrong with it.
    pub fault: Option<Fault>,
    /// What the provider did.
    pub arrival: Option<Arrival>,
    /// What the sender was told, and when; `None` while it waits.
    pub settled: Option<(Millis, Settled)>,
}

/// What the provider did with a request that reached it.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// When.
    pub at: Millis,
    /// The status of its own answer.
    pub status: u16,
    /// The tokens of its own answer.
    pub issued: Option<Issued>,
}

/// What the sender of a request was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// An answer with that status.
    Answered(u16),
    /// There was none.
    Failed(TransportError),
    /// The sender is gone, or stopped waiting.
    Abandoned,
}

impl Exchange {
    /// Whether the sender got tokens.
    pub fn delivered_tokens(&self) -> bool {
        let issued = self.arrival.as_ref().is_some_and(|arrival| arrival.issued.is_some());
        issued && matches!(self.settled, Some((_, Settled::Answered(200))))
    }
}

type Answer = Result<Box<Response>, TransportError>;

/// A request that somebody waits for: the answer, the timeout and the abort race for it.
pub(super) struct Pending {
    id: usize,
    waiter: RefCell<Option<oneshot::Sender<Answer>>>,
}

impl Pending {
    pub(super) fn settle(&self, world: &Shared, answer: Answer) {
        let Some(waiter) = self.waiter.borrow_mut().take() else { return };
        let settled = match &answer {
            Ok(response) => Settled::Answered(response.status),
            Err(error) => Settled::Failed(*error),
        };
        let told = waiter.send(answer).is_ok();
        world.note_exchange(self.id, |exchange, now| {
            exchange.settled = Some((now, if told { settled } else { Settled::Abandoned }));
        });
    }

    fn is_awaited(&self) -> bool {
        self.waiter.borrow().is_some()
    }
}

pub(super) async fn send(world: Rc<Shared>, tab: Rc<TabState>, request: Request, timeout: Millis) -> Answer {
    let (waiter, answer) = oneshot::channel();
    let id = begin(&world, &tab, &request);
    let waiter = RefCell::new(Some(waiter));
    let pending = Rc::new(Pending { id, waiter });
    let _abandoned = Abandon { world: world.clone(), pending: pending.clone() };
    if tab.is_leaving() || !world.is_online() {
        let pending = pending.clone();
        world.soon(0, 3, move |world| pending.settle(world, Err(TransportError::Network)));
    } else {
        if !request.keepalive {
            tab.remember_request(&pending);
        }
        let ended = pending.clone();
        world.later(timeout, timeout, move |world| ended.settle(world, Err(TransportError::Timeout)));
        let leaves = pending.clone();
        world.soon(0, 1, move |world| depart(world, leaves, request));
    }
    match answer.await {
        Ok(answer) => answer,
        // The world has come to its end.
        Err(_) => std::future::pending().await,
    }
}

fn begin(world: &Rc<Shared>, tab: &TabState, request: &Request) -> usize {
    let endpoint = world.provider.borrow().endpoint(&request.url);
    let fields = request.form.as_deref().map(form::parse).unwrap_or_default();
    let field = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    world.add_exchange(Exchange {
        tab: tab.id(),
        sent_at: world.time(),
        endpoint,
        refresh_token: field("refresh_token"),
        fault: None,
        arrival: None,
        settled: None,
    })
}

/// It leaves the machine.
fn depart(world: &Rc<Shared>, pending: Rc<Pending>, request: Request) {
    let endpoint = world.provider.borrow().endpoint(&request.url);
    let fault = world.faults.borrow_mut().draw(endpoint, &mut world.chance.borrow_mut());
    world.note_exchange(pending.id, |exchange, _| exchange.fault = fault);
    let delay = match fault {
        Some(Fault::RequestLost) => {
            return world.soon(5, 500, move |world| pending.settle(world, Err(TransportError::Network)));
        }
        Some(Fault::RequestSwallowed) => return,
        Some(Fault::RequestSlow(delay)) => delay,
        _ => 0,
    };
    let arrival = move |world: &Rc<Shared>| {
        // What nobody waits for any more may have been withdrawn in time, or not.
        if pending.is_awaited() || request.keepalive || world.chance.borrow_mut().coin() {
            arrive(world, pending, &request, fault);
        }
    };
    if delay > 0 {
        world.later(5 + delay, 40 + delay, arrival);
    } else {
        world.soon(5, 40, arrival);
    }
}

fn arrive(world: &Rc<Shared>, pending: Rc<Pending>, request: &Request, fault: Option<Fault>) {
    let gateway = |status, retry_after: Option<u32>, body: &str| Response {
        status,
        body: body.to_owned(),
        retry_after: retry_after.map(|seconds| seconds.to_string()),
        ..Response::default()
    };
    let instead = match fault {
        Some(Fault::Status(status)) => Some(gateway(status, None, "")),
        Some(Fault::TooManyRequests(seconds)) => Some(gateway(429, Some(seconds), "{\"error\":\"slow_down\"}")),
        Some(Fault::Gateway(status)) => Some(gateway(status, None, "{\"message\":\"Unauthorized\"}")),
        Some(Fault::Refuses(error)) => Some(gateway(400, None, &["{\"error\":\"", error, "\"}"].concat())),
        Some(Fault::Html(status)) => Some(gateway(status, None, "<!doctype html><title>Be right back</title>")),
        _ => None,
    };
    let response = instead.unwrap_or_else(|| {
        let (response, issued) = world.provider.borrow_mut().handle(request, world.time());
        let status = response.status;
        world.note_exchange(pending.id, |exchange, now| exchange.arrival = Some(Arrival { at: now, status, issued }));
        response
    });
    let answer = match fault {
        Some(Fault::AnswerLost) => Err(TransportError::Network),
        Some(Fault::BreaksAfterwards) => Ok(gateway(500, None, "")),
        _ => Ok(response),
    };
    let told = move |world: &Rc<Shared>| pending.settle(world, answer.map(Box::new));
    match fault {
        Some(Fault::AnswerSlow(delay)) => world.later(5 + delay, 40 + delay, told),
        _ => world.soon(5, 40, told),
    }
}

/// Notices that the sender stopped waiting.
struct Abandon {
    world: Rc<Shared>,
    pending: Rc<Pending>,
}

impl Drop for Abandon {
    fn drop(&mut self) {
        if self.pending.waiter.borrow_mut().take().is_some() {
            self.world.note_exchange(self.pending.id, |exchange, now| {
                exchange.settled = Some((now, Settled::Abandoned));
            });
        }
    }
}
