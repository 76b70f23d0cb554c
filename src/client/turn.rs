//! Whose turn it is to refresh an account: a place in the queue for its lock, which all contexts share. It is given up at
//! once when the page is left or frozen, so that nobody waits for a page that does not run.

use super::start::Inner;
use crate::platform::Platform;
use crate::prelude::*;
use crate::session::refresh::{Input, Outcome, Refresh};
use crate::session::schedule;
use core::cell::RefCell;
use core::future::{Future, poll_fn};
use core::pin::{Pin, pin};
use core::task::Poll;
use futures_util::future::{Either, select};

/// The turn of one flight.
pub(super) struct Turn<P: Platform>(RefCell<Place<P>>);

enum Place<P: Platform> {
    /// Not in the queue.
    Nowhere,
    Waiting(Pin<Box<dyn Future<Output = Option<P::Lock>>>>),
    Holding(P::Lock),
    /// Given up after it was held.
    Lost,
}

impl<P: Platform> Turn<P> {
    pub(super) fn new() -> Self {
        Turn(RefCell::new(Place::Nowhere))
    }

    /// Releases the lock, or leaves the queue.
    pub(super) fn give_up(&self) {
        let place = &mut *self.0.borrow_mut();
        *place = if matches!(place, Place::Holding(_) | Place::Lost) { Place::Lost } else { Place::Nowhere };
    }

    pub(super) fn is_lost(&self) -> bool {
        matches!(&*self.0.borrow(), Place::Lost)
    }

    /// Ready with whether the lock is held; not while the turn is given up.
    async fn come(&self) -> bool {
        poll_fn(|context| {
            let place = &mut *self.0.borrow_mut();
            let Place::Waiting(queue) = place else { return Poll::Pending };
            queue.as_mut().poll(context).map(|lock| {
                let held = lock.is_some();
                *place = lock.map_or(Place::Nowhere, Place::Holding);
                held
            })
        })
        .await
    }

    fn queue_up(&self, platform: &P, key: &str) {
        let place = &mut *self.0.borrow_mut();
        if !matches!(place, Place::Waiting(_)) {
            *place = Place::Waiting(Box::pin(platform.lock(key)));
        }
    }
}

impl<P: Platform> Inner<P> {
    /// The lock, or that there is none to be had; or the outcome, if it turned up from another context meanwhile.
    ///
    /// A holder is bounded, so whoever waits for longer than that waits for a page that is suspended and was not told:
    /// a breakpoint, a dialog, a stopped process. Then it goes on without the lock, as where there are none.
    pub(super) async fn await_turn(&self, key: &str, turn: &Turn<P>, machine: &Refresh) -> Result<Input, Outcome> {
        let half = schedule::lease(self.config.request_timeout);
        loop {
            // What slept with the page has its first timer due as soon as the page wakes up, but not the second.
            let patience = async {
                self.platform.sleep(half).await;
                self.platform.sleep(half).await;
            };
            let news = self.next_change();
            if !self.leaving.get() {
                turn.queue_up(&self.platform, key);
            }
            let (come, patience) = (pin!(turn.come()), pin!(patience));
            let event = select(come, select(news, patience)).await;
            let waits_in_vain = match event {
                Either::Left((true, _)) => return Ok(Input::Locked),
                Either::Left((false, _)) => return Ok(Input::Unlocked),
                Either::Right((Either::Left(_), _)) => false,
                Either::Right((Either::Right(_), _)) => !self.leaving.get(),
            };
            if let Some(outcome) = machine.overtaken_by(self.record(key), self.platform.now()) {
                return Err(outcome);
            }
            if waits_in_vain {
                turn.give_up();
                return Ok(Input::Unlocked);
            }
        }
    }
}
