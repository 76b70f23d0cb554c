//! Tokens that the provider refused to give: callers that poll do not become a loop of requests.

use super::start::Inner;
use crate::platform::Platform;
use crate::prelude::*;
use crate::protocol::error::Error;
use crate::session::record::Retry;
use crate::session::schedule;
use crate::session::target::Target;
use alloc::rc::Rc;

/// What was refused, of which grant. What is wrong with the session's own token is in its record.
pub(super) struct Refusal {
    grant: String,
    target: Rc<Target>,
    pause: Retry,
    error: Error,
}

/// So many are remembered.
const MOST: usize = 16;

impl<P: Platform> Inner<P> {
    /// Why that was refused a moment ago.
    pub(super) fn refusal(&self, grant: &str, target: &Target) -> Option<Error> {
        let now = self.platform.now();
        let mut refusals = self.refusals.borrow_mut();
        refusals.retain(|refusal| refusal.pause.is_pending(now));
        let known = refusals.iter().find(|refusal| refusal.grant == grant && *refusal.target == *target);
        known.map(|refusal| refusal.error.clone())
    }

    /// Remembers it, if it is one: a failure that passes has a back-off in the record.
    pub(super) fn note_refusal(&self, grant: String, target: &Rc<Target>, error: &Error) {
        if schedule::is_retried(error.code) {
            return;
        }
        let pause = schedule::pause_of_target(error.code, self.platform.now());
        let mut refusals = self.refusals.borrow_mut();
        if refusals.len() == MOST {
            refusals.remove(0);
        }
        refusals.push(Refusal { grant, target: target.clone(), pause, error: error.clone() });
    }
}
