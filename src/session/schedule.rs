//! When to refresh, and when to try again.

use super::record::{Record, Retry};
use crate::protocol::Millis;
use crate::protocol::error::ErrorCode;

/// However short the lifetimes are: no two background refreshes within this time.
pub const BACKGROUND_FLOOR: Millis = 30_000;
/// The validity that callers get unless they ask for another.
pub const MIN_VALIDITY: Millis = 30_000;
const MOST_LEAD: Millis = 60_000;
const FIRST_RETRY: Millis = 1_000;
const LAST_RETRY: Millis = 5 * 60_000;
/// Over how many seconds the attempt after so many failures is spread. It doubles, and grows by more where an outage has
/// lasted for half a minute: with doubling alone, a fleet that is back after five minutes sends three times as much in
/// its worst second as in the mean of the next five minutes; so it is twice.
const SPREADS: [u8; 6] = [1, 2, 4, 8, 16, 64];
/// After `online`, clients come back spread over this time.
const ONLINE_SPREAD: Millis = 1_000;
/// After a token for something else was refused: callers that poll do not become a loop of requests.
const REFUSED_TARGET_PAUSE: Millis = 60_000;
/// After the session's own refresh was refused by what no retry at once mends. Who is refused so again after this time, and
/// has no valid token left, is not signed in.
pub const REFUSED_PAUSE: Millis = 120_000;

/// A share of chance in `0..=255`, drawn per client, so that a fleet of clients does not act in the same second.
pub type Jitter = u8;

/// When there is something to do about this session in the background: its refresh is due, or its end; `None` if there is
/// nothing to do. A hidden context comes later than any visible one, which then has done the work for both.
pub fn background_due(
    record: &Record,
    lead: Option<Millis>,
    jitter: Jitter,
    visible: bool,
    now: Millis,
) -> Option<Millis> {
    if record.ended.is_some() {
        return None;
    }
    let refresh = refresh_due(record, lead, jitter, visible, now);
    [refresh, end_due(record, now)].into_iter().flatten().min()
}

/// When the time that the provider allows this session is over, which takes no request to find; or when that can be stored,
/// if the storage fails.
pub fn end_due(record: &Record, now: Millis) -> Option<Millis> {
    let at = record.session_expiry.filter(|_| record.ended.is_none())?;
    let failed = record.retry.filter(|retry| retry.code == ErrorCode::Storage && retry.is_pending(now));
    Some(failed.map_or(at, |retry| at.max(retry.at)))
}

fn refresh_due(record: &Record, lead: Option<Millis>, jitter: Jitter, visible: bool, now: Millis) -> Option<Millis> {
    record.refresh_token.as_ref()?;
    let retry_at = record.retry.filter(|retry| retry.is_pending(now)).map_or(Millis::MIN, |retry| retry.at);
    let Some(access) = &record.access else { return Some(retry_at.max(now)) };
    let lifetime = access.lifetime()?;
    if access.is_of_unknown_age(now) {
        return Some(retry_at.max(now));
    }
    if record.retry.is_some_and(|retry| !is_retried(retry.code)) {
        // What no retry at once mends is not asked for again while there is a valid token.
        return Some((access.obtained_at + lifetime).max(retry_at));
    }
    let lead = lead.unwrap_or_else(|| MOST_LEAD.min(lifetime / 10)).min(lifetime);
    let earliest = if visible { lead } else { lead / 2 };
    let due =
        (access.obtained_at + lifetime - earliest + share(lead / 4, jitter)).max(access.obtained_at + BACKGROUND_FLOOR);
    Some(due.max(retry_at))
}

/// How long a token must be valid still to be handed out without a refresh. What its whole lifetime could not fulfil is
/// not asked of it, so short-lived tokens are not refreshed with every call.
pub fn required_validity(asked: Option<Millis>, lifetime: Option<Millis>) -> Millis {
    let lifetime = lifetime.unwrap_or(Millis::MAX);
    match asked {
        Some(asked) => asked.clamp(0, lifetime - lifetime / 10),
        None => MIN_VALIDITY.min(lifetime / 2),
    }
}

/// When the next attempt is due after the failure that this record has; `None` if nobody will make one unasked.
pub fn next_attempt(record: &Record, retry: Retry) -> Option<Millis> {
    let after = match &record.access {
        _ if is_retried(retry.code) => Millis::MIN,
        Some(access) => access.expires_at?,
        None => Millis::MIN,
    };
    record.refresh_token.as_ref().map(|_| retry.at.max(after))
}

/// Whether a failure of that class passes by itself, and is tried again while the token is still valid.
pub fn is_retried(code: ErrorCode) -> bool {
    use ErrorCode::{DiscoveryFailed, Network, Storage, TemporarilyUnavailable, Timeout};
    matches!(code, Network | Timeout | TemporarilyUnavailable | DiscoveryFailed | Storage)
}

/// Whether a failure of that class may be over when the network is back. What the provider itself asked for is not.
pub fn is_of_network(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::Network | ErrorCode::Timeout)
}

/// How long an attempt to refresh takes at most: a request each for the metadata, the tokens and the keys.
pub fn lease(request_timeout: Millis) -> Millis {
    request_timeout.saturating_mul(3)
}

/// How long after `online` this client comes back.
pub fn pause_after_online(jitter: Jitter) -> Millis {
    share(ONLINE_SPREAD, jitter)
}

/// After a transient failure: exponential back-off with full jitter from 1 s to 5 min, or what the provider asks for.
pub fn retry_after_failure(
    last: Option<Retry>,
    retry_after: Option<Millis>,
    code: ErrorCode,
    jitter: Jitter,
    now: Millis,
) -> Retry {
    let earlier = last.map_or(0, |retry| retry.failures);
    let spread = usize::try_from(earlier).ok().and_then(|earlier| SPREADS.get(earlier));
    let spread = spread.map_or(LAST_RETRY - FIRST_RETRY, |seconds| Millis::from(*seconds) * 1_000);
    let pause = FIRST_RETRY + share(spread, jitter);
    // Whoever asks for a second again and again is not well: the back-off grows all the same. And whoever asks everybody
    // to come back at one time is not taken at the word.
    let asked = retry_after.map_or(0, |asked| asked + share((asked / 4).clamp(FIRST_RETRY, LAST_RETRY), jitter));
    let failures = earlier.saturating_add(1);
    Retry { failures, since: now, at: now + pause.max(asked), code, refused_since: refused_since(last, now) }
}

/// After the session's own refresh was refused by what no retry at once mends.
pub fn pause_after_refusal(last: Option<Retry>, code: ErrorCode, jitter: Jitter, now: Millis) -> Retry {
    let failures = last.map_or(0, |retry| retry.failures).saturating_add(1);
    let first = refused_since(last, now);
    let refused_since = if is_answer(code) { first.or(Some(now)) } else { first };
    let at = now + REFUSED_PAUSE + share(REFUSED_PAUSE / 4, jitter);
    Retry { failures, since: now, at, code, refused_since }
}

/// After a token for something else than the session's own was refused.
pub fn pause_of_target(code: ErrorCode, now: Millis) -> Retry {
    Retry { failures: 1, since: now, at: now + REFUSED_TARGET_PAUSE, code, refused_since: None }
}

/// Whether a refusal with that code is the last word, if no token is valid any more: it is not the first, and has lasted.
pub fn is_last_word(last: Option<Retry>, code: ErrorCode, now: Millis) -> bool {
    is_answer(code) && refused_since(last, now).is_some_and(|first| now - first >= REFUSED_PAUSE)
}

/// Since when the provider refuses. An instant of another time counts for nothing: the clock was set back.
fn refused_since(last: Option<Retry>, now: Millis) -> Option<Millis> {
    last?.refused_since.filter(|first| *first <= now)
}

/// Whether the provider has answered so, and not this client found something wrong before it asked.
fn is_answer(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::TokenEndpoint | ErrorCode::InvalidResponse | ErrorCode::DpopRequired)
}

fn share(whole: Millis, jitter: Jitter) -> Millis {
    whole * Millis::from(jitter) / Millis::from(Jitter::MAX)
}

#[cfg(test)]
mod tests;
