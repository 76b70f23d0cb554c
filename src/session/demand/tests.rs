use super::*;
use crate::session::testing::{LIFETIME, OBTAINED, healthy, record};

const NOW: Millis = OBTAINED + 1_000;

fn handed_out(record: &Record, now: Millis) -> Result<String, Error> {
    match Demand::default().judge(record, None, now) {
        Verdict::HandOut(access) | Verdict::Renew(access) => Ok(access.token.to_string()),
        Verdict::Refuse(error) => Err(error),
        Verdict::Refresh(_) => panic!("a refresh"),
    }
}

#[test]
fn e1_nothing_is_handed_out_after_the_time_that_the_provider_allows_the_session() {
    let bounded = Record { session_expiry: Some(NOW), ..healthy() };
    assert!(handed_out(&bounded, NOW - 1).is_ok() && bounded.valid_access(NOW - 1).is_some());
    let demand = Demand::default();
    assert!(demand.met_by(&bounded, None, NOW - 1).is_some() && demand.met_by(&bounded, None, NOW).is_none());
    let refused = handed_out(&bounded, NOW).unwrap_err();
    assert_eq!(refused.code, ErrorCode::ReauthRequired);
    assert!(refused.message.contains("session_expiry") && refused.message.ends_with("sign in again"), "{refused}");
    let late = demand.settle(Ok(()), &bounded, None, NOW).map(|_| ());
    assert_eq!(late.map_err(|error| error.code), Err(ErrorCode::ReauthRequired), "nor what was refreshed meanwhile");
    assert!(bounded.valid_access(NOW).is_none());
    // A clock that is set back afterwards revives nothing.
    let over = Record { ended: bounded.end(NOW), session_expiry: Some(NOW), ..healthy() };
    assert!(handed_out(&over, NOW - 1).is_err() && over.end(NOW - 1).is_some());
}

#[test]
fn k3_what_ended_for_another_reason_has_its_token_to_the_end_or_to_the_bound() {
    let ended = Record { session_expiry: Some(NOW + 5), ..record() };
    assert!(handed_out(&ended, NOW).is_ok());
    let told = handed_out(&ended, NOW + 5).unwrap_err();
    assert_eq!((told.code, told.oauth.is_some()), (ErrorCode::ReauthRequired, true), "with its own cause");
    let unbounded = handed_out(&record(), OBTAINED + LIFETIME).unwrap_err();
    assert_eq!((unbounded.code, &*unbounded.message), (ErrorCode::ReauthRequired, "it is over: sign in again"));
}
