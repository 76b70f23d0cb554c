//! The deliberate faults: what somebody might get wrong, as the expression that it is right by and the one that it would
//! be wrong by. An expression that is not in the source exactly once is a failing test: move the fault along.

/// One way to get it wrong.
pub(super) struct Fault {
    pub(super) name: &'static str,
    pub(super) file: &'static str,
    pub(super) right: &'static str,
    pub(super) wrong: &'static str,
}

const fn fault(name: &'static str, file: &'static str, right: &'static str, wrong: &'static str) -> Fault {
    Fault { name, file, right, wrong }
}

const MACHINE: &str = "src/session/refresh.rs";
const SCHEDULE: &str = "src/session/schedule.rs";
const RECORD: &str = "src/session/record.rs";
const BOUND: &str = "src/session/bound.rs";
const MERGE: &str = "src/session/merge.rs";
const DRIVER: &str = "src/client/refresh.rs";
const FLIGHT: &str = "src/session/flight.rs";
const TURN: &str = "src/client/turn.rs";
const STORE: &str = "src/client/store.rs";
const SHOWN: &str = "src/client/shown.rs";
const TOKENS: &str = "src/client/tokens.rs";
const ACCOUNTS: &str = "src/client/accounts.rs";
const SIGN_OUT: &str = "src/client/sign_out.rs";
const REDIRECT: &str = "src/client/redirect.rs";

pub(super) const FAULTS: &[Fault] = &[
    fault(
        "the second read is of the memory",
        DRIVER,
        "self.store.read(key).await",
        "Ok::<_, crate::platform::StorageError>(self.record(key).map(|record| record.encode()))",
    ),
    fault("what the view shows is the truth", SHOWN, "self.truth.set(Truth::Awaited)", "self.truth.set(Truth::Read)"),
    fault(
        "the view's token is handed out after the view was removed",
        TOKENS,
        "self.inner.truth.get() != Truth::Read && outdated()",
        "false",
    ),
    fault("a session that is gone stays in the view", SIGN_OUT, "self.show_without(Change::Own, Some(key))", "()"),
    fault("a view without records counts always", SHOWN, "self.platform.has_stored().await", "false"),
    fault("a view of nobody's is believed for ever", SHOWN, "left.retain(|other| **other != **key)", "left.clear()"),
    fault(
        "a call waits for no records",
        TOKENS,
        "self.unsure.get() || self.truth.get() == Truth::Awaited",
        "self.unsure.get()",
    ),
    fault("nothing is adopted under the lock", MACHINE, "newer && self.is_enough(&record, now)", "false"),
    fault(
        "the lock excludes nobody",
        TURN,
        "platform.lock(key)",
        "platform.lock(&format!(\"{key}{:?}\", platform.random()))",
    ),
    fault("the lock is never released", DRIVER, "drop(turn)", "std::mem::forget(turn)"),
    fault(
        "no compare-and-set",
        STORE,
        "self.platform.swap(Area::Sessions, key, stored, new).await",
        "{ let now = self.platform.read(Area::Sessions, key).await?; \
         self.platform.swap(Area::Sessions, key, now.as_deref(), new).await }",
    ),
    fault(
        "a 503 is final",
        MACHINE,
        "failure.kind",
        "if error.code == ErrorCode::TemporarilyUnavailable { FailureKind::SessionEnded } else { failure.kind }",
    ),
    fault(
        "a network error is final",
        MACHINE,
        "failure.kind",
        "if error.code == ErrorCode::Network { FailureKind::SessionEnded } else { failure.kind }",
    ),
    fault(
        "a timeout is final",
        MACHINE,
        "failure.kind",
        "if error.code == ErrorCode::Timeout { FailureKind::SessionEnded } else { failure.kind }",
    ),
    fault(
        "no single flight in the page",
        DRIVER,
        "flights.iter_mut().find(|flight| flight.key == key && flight.target == *target)",
        "flights.iter_mut().find(|_| false)",
    ),
    fault(
        "a late answer is applied to memory",
        DRIVER,
        "flight::counts(new.as_deref(), grant, self.record(key).as_deref())",
        "true",
    ),
    fault("no attempt marker", MACHINE, "marked.attempted_at = Some(now + Millis::from(again))", "()"),
    fault("expired tokens are handed out", RECORD, "self.remaining(now).is_none_or(|remaining| remaining > 0)", "true"),
    fault(
        "a refusal is never the last word",
        SCHEDULE,
        "refused_since(last, now).is_some_and(|first| now - first >= REFUSED_PAUSE)",
        "false",
    ),
    fault(
        "a first refusal is the last word",
        SCHEDULE,
        "refused_since(last, now).is_some_and(|first| now - first >= REFUSED_PAUSE)",
        "true",
    ),
    fault("who is refused has a token and ends", MACHINE, "!self.has_token(&record, now)", "true"),
    fault(
        "nobody asks again what was refused",
        SCHEDULE,
        "Some((access.obtained_at + lifetime).max(retry_at))",
        "None",
    ),
    fault(
        "the provider's bound is looked at by nobody",
        BOUND,
        "self.session_expiry.is_some_and(|at| at <= now)",
        "false",
    ),
    fault("Retry-After is ignored", SCHEDULE, "pause.max(asked)", "pause"),
    fault("no back-off", SCHEDULE, "FIRST_RETRY + share(spread, jitter)", "0"),
    fault("the back-off of others is not kept", MACHINE, "record.retry.filter(waits)", "None::<Retry>"),
    fault("no floor between refreshes", SCHEDULE, "access.obtained_at + BACKGROUND_FLOOR", "0"),
    fault("a caller gets whoever is active", ACCOUNTS, "subject == identity.subject()", "true"),
    fault("memory of one grant fills in another", RECORD, "self.grant_id != known.grant_id", "false"),
    fault(
        "sign-out leaves the storage",
        SIGN_OUT,
        "self.store.replace(key, None).await",
        "Ok::<Option<String>, crate::platform::StorageError>(None)",
    ),
    fault("sign-out tells nobody", SIGN_OUT, "self.platform.announce(key)", "()"),
    fault(
        "sign-out takes a later sign-in along",
        SIGN_OUT,
        "self.record(key).is_none_or(|now| grants.contains(&now.grant_id()))",
        "true",
    ),
    fault("a dying page writes", DRIVER, "answer.is_err() && self.leaving.get()", "false"),
    fault(
        "a late answer overwrites another session",
        MACHINE,
        "late.grant_id == record.grant_id && late.generation > record.generation",
        "true",
    ),
    fault(
        "invalid_grant ends without a second look",
        MACHINE,
        "stored.differs_from(&record.grant_id, record.generation)",
        "false",
    ),
    fault("late tokens are not revoked", DRIVER, "inner.revoke(&late).await", "()"),
    fault("what cannot be written is lost", DRIVER, "self.store.keep(key, stored, text.clone())", "()"),
    fault(
        "what was signed out is kept all the same",
        FLIGHT,
        "known.is_some_and(|known| known.grant_id() == record.grant_id() && is_latest(record, known))",
        "true",
    ),
    fault("no slim record", MACHINE, "Rc::new(record.slim())", "Rc::new(Record::clone(&record))"),
    fault(
        "a thawed page trusts its memory",
        TOKENS,
        "self.unsure.get() || self.truth.get() == Truth::Awaited",
        "self.truth.get() == Truth::Awaited",
    ),
    fault(
        "a transaction is not consumed",
        REDIRECT,
        "self.platform.swap(Area::Transactions, &key, Some(&text), None).await",
        "Ok::<bool, crate::platform::StorageError>(true)",
    ),
    fault(
        "the old refresh token is kept",
        MERGE,
        "response.refresh_token.or_else(|| old.refresh_token.clone())",
        "old.refresh_token.clone()",
    ),
    fault("the generation stays", MERGE, "old.generation + 1", "old.generation"),
];
