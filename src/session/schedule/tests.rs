use super::*;
use crate::session::record::Access;
use crate::session::testing::{OBTAINED, access, healthy};
use proptest::prelude::*;

const DAY: Millis = 24 * 3_600_000;

fn with_lifetime(lifetime: Option<Millis>) -> Record {
    let access = Access { expires_at: lifetime.map(|lifetime| OBTAINED + lifetime), ..access() };
    Record { access: Some(access), ..healthy() }
}

fn due(record: &Record, jitter: Jitter, visible: bool, now: Millis) -> Option<Millis> {
    background_due(record, None, jitter, visible, now)
}

proptest! {
    #[test]
    fn it_is_due_before_expiry_but_never_within_the_floor(lifetime in 0_i64..400 * DAY, jitter: u8, visible: bool) {
        let due = due(&with_lifetime(Some(lifetime)), jitter, visible, OBTAINED).unwrap();
        prop_assert!(due >= OBTAINED + BACKGROUND_FLOOR);
        if lifetime > BACKGROUND_FLOOR {
            prop_assert!(due <= OBTAINED + lifetime);
            prop_assert!(due >= OBTAINED + lifetime - 60_000);
            prop_assert!(due >= OBTAINED + lifetime - lifetime / 10 || due == OBTAINED + BACKGROUND_FLOOR);
        }
    }

    #[test]
    fn a_lead_of_the_apps_own_is_kept_within_the_lifetime(lifetime in 0_i64..DAY, lead in 0_i64..2 * DAY, jitter: u8) {
        let due = background_due(&with_lifetime(Some(lifetime)), Some(lead), jitter, true, OBTAINED).unwrap();
        prop_assert!(due >= OBTAINED + BACKGROUND_FLOOR);
        prop_assert!(due <= (OBTAINED + lifetime).max(OBTAINED + BACKGROUND_FLOOR));
    }

    #[test]
    fn e12_a_hidden_tab_comes_after_a_visible_one(lifetime in 60_000_i64..DAY, visible_jitter: u8, hidden_jitter: u8) {
        let record = with_lifetime(Some(lifetime));
        let [first, second] = [due(&record, visible_jitter, true, OBTAINED), due(&record, hidden_jitter, false, OBTAINED)];
        prop_assert!(first <= second);
        prop_assert!(second <= Some(OBTAINED + lifetime));
    }

    #[test]
    fn e6_pauses_grow_from_a_second_to_five_minutes_and_stay_there(failures in 0_i64..1_000, jitter: u8) {
        let last = (failures > 0).then_some(Retry { failures, since: 0, at: 0, code: ErrorCode::Network, refused_since: None });
        let retry = retry_after_failure(last, None, ErrorCode::Timeout, jitter, OBTAINED);
        prop_assert_eq!((retry.failures, retry.code), (failures + 1, ErrorCode::Timeout));
        let longest = match failures { 0..5 => FIRST_RETRY + (1_000 << failures), 5 => 65_000, _ => LAST_RETRY };
        prop_assert!((FIRST_RETRY..=longest).contains(&(retry.at - OBTAINED)), "{}", retry.at - OBTAINED);
        prop_assert!(retry.is_pending(OBTAINED));
    }

    #[test]
    fn e6_what_the_provider_asks_for_is_never_cut_short(asked in 0_i64..=DAY, jitter: u8, failures in 1_i64..50) {
        let last = Some(Retry { failures, since: 0, at: 0, code: ErrorCode::Network, refused_since: None });
        let at = |asked| retry_after_failure(last, asked, ErrorCode::TemporarilyUnavailable, jitter, OBTAINED);
        let (retry, unasked) = (at(Some(asked)), at(None));
        prop_assert!(retry.at >= OBTAINED + asked.max(FIRST_RETRY) && retry.at >= unasked.at);
        let latest = asked + (asked / 4).clamp(FIRST_RETRY, LAST_RETRY);
        prop_assert!(retry.at <= (OBTAINED + latest).max(unasked.at));
        prop_assert!(retry.is_pending(OBTAINED));
    }

    #[test]
    fn no_more_validity_is_asked_of_a_token_than_it_could_have(asked in proptest::option::of(-DAY..100 * DAY), lifetime in 0_i64..100 * DAY) {
        let required = required_validity(asked, Some(lifetime));
        prop_assert!((0..=lifetime).contains(&required));
        if let Some(asked) = asked.filter(|asked| (0..lifetime / 2).contains(asked)) {
            prop_assert_eq!(required, asked);
        }
    }
}

#[test]
fn e13_full_jitter_spreads_every_retry_over_the_whole_pause() {
    for failures in 0..10 {
        let last = Some(Retry { failures, since: 0, at: 0, code: ErrorCode::Network, refused_since: None });
        let at = |jitter| retry_after_failure(last, None, ErrorCode::Network, jitter, 0).at;
        assert_eq!(at(0), FIRST_RETRY);
        assert!((0..255).all(|jitter| at(jitter) < at(jitter + 1)), "the first retry, too: {failures}");
    }
    let last = Some(Retry { failures: 8, since: 0, at: 0, code: ErrorCode::Network, refused_since: None });
    assert_eq!(retry_after_failure(last, None, ErrorCode::Network, 255, 0).at, LAST_RETRY);
}

#[test]
fn e13_a_retry_after_that_names_one_instant_for_everybody_does_not_bring_them_back_together() {
    let at = |jitter| retry_after_failure(None, Some(120_000), ErrorCode::TemporarilyUnavailable, jitter, 0).at;
    assert_eq!((at(0), at(255)), (120_000, 150_000));
    let short = |jitter| retry_after_failure(None, Some(2_000), ErrorCode::TemporarilyUnavailable, jitter, 0).at;
    assert_eq!((short(0), short(255)), (2_000, 3_000));
}

#[test]
fn e13_jitter_spreads_the_lead_of_visible_and_of_hidden_tabs_and_the_return_of_the_network() {
    for visible in [true, false] {
        let at = |jitter| due(&with_lifetime(Some(3_600_000)), jitter, visible, OBTAINED).unwrap();
        assert_eq!(at(255) - at(0), 15_000, "visible: {visible}");
    }
    assert_eq!((pause_after_online(0), pause_after_online(255)), (0, 1_000));
}

#[test]
fn there_is_nothing_to_do_for_what_cannot_go_on() {
    assert!(due(&healthy(), 0, true, OBTAINED).is_some());
    assert_eq!(due(&Record { refresh_token: None, ..healthy() }, 0, true, OBTAINED), None);
    assert_eq!(due(&crate::session::testing::record(), 0, true, OBTAINED), None, "ended");
    assert_eq!(due(&with_lifetime(None), 0, true, OBTAINED), None, "refreshed on demand only");
}

/// After a refusal with that share of chance.
fn refused(last: Option<Retry>, jitter: Jitter, at: Millis) -> Retry {
    pause_after_refusal(last, ErrorCode::TokenEndpoint, jitter, at)
}

#[test]
fn c4_what_was_refused_is_asked_for_again_after_two_minutes_when_the_token_has_expired() {
    let after = |record: Record, at| Record { retry: Some(refused(None, 0, at)), ..record };
    let expiry = OBTAINED + 300_000;
    assert_eq!(due(&after(healthy(), OBTAINED), 0, true, OBTAINED), Some(expiry), "it is good to its end");
    assert_eq!(due(&after(healthy(), expiry), 0, true, expiry), Some(expiry + 120_000));
    assert_eq!(due(&after(healthy().slim(), expiry), 0, true, expiry), Some(expiry + 120_000));
    assert_eq!(due(&after(with_lifetime(None), expiry), 0, true, expiry), None, "it does not expire");
    for record in [healthy(), healthy().slim(), with_lifetime(None)] {
        let told = next_attempt(&record, refused(None, 0, expiry));
        assert_eq!(told, due(&after(record, expiry), 0, true, expiry), "and so it is told");
    }
    let pause = |jitter| refused(None, jitter, 0).at;
    assert_eq!((pause(0), pause(255)), (120_000, 150_000), "E13: not everybody at once");
}

#[test]
fn c4_only_a_refusal_minutes_after_the_first_one_is_the_last_word() {
    let first = refused(None, 0, OBTAINED);
    assert_eq!(first.refused_since, Some(OBTAINED));
    let says = |last, code, at| is_last_word(last, code, at);
    assert!(!says(None, ErrorCode::TokenEndpoint, OBTAINED), "there was none before");
    assert!(!says(Some(first), ErrorCode::TokenEndpoint, OBTAINED + 119_999));
    assert!(says(Some(first), ErrorCode::TokenEndpoint, OBTAINED + 120_000));
    assert!(!says(Some(first), ErrorCode::TokenEndpoint, OBTAINED - 1), "a clock that was set back tells nothing");
    // It is remembered over failures that pass, and over refusals that follow.
    let passing = retry_after_failure(Some(first), None, ErrorCode::Network, 0, OBTAINED + 121_000);
    let again = refused(Some(passing), 0, OBTAINED + 122_000);
    assert_eq!((passing.refused_since, again.refused_since), (first.refused_since, first.refused_since));
    let restarted = refused(Some(first), 0, OBTAINED - DAY);
    assert_eq!(restarted.refused_since, Some(OBTAINED - DAY));
    // What this client refused by itself is no word of the provider's.
    let own = pause_after_refusal(None, ErrorCode::InvalidMetadata, 0, OBTAINED);
    assert_eq!(own.refused_since, None);
    assert!(!says(Some(first), ErrorCode::InvalidMetadata, OBTAINED + DAY));
    assert_eq!(pause_of_target(ErrorCode::TokenEndpoint, 0).at, 60_000, "a target's pause is its own");
}

#[test]
fn the_end_that_the_provider_sets_is_due_whatever_else_is() {
    let bounded = |at, record: Record| Record { session_expiry: Some(at), ..record };
    let refresh = due(&healthy(), 0, true, OBTAINED);
    assert_eq!(due(&bounded(OBTAINED + 7, healthy()), 0, true, OBTAINED), Some(OBTAINED + 7));
    assert_eq!(due(&bounded(OBTAINED + DAY, healthy()), 0, true, OBTAINED), refresh);
    let ends = bounded(OBTAINED + DAY, Record { refresh_token: None, ..healthy() });
    assert_eq!((due(&ends, 0, true, OBTAINED), end_due(&ends, OBTAINED)), (Some(OBTAINED + DAY), Some(OBTAINED + DAY)));
    assert_eq!(due(&bounded(OBTAINED + DAY, with_lifetime(None)), 0, false, OBTAINED), Some(OBTAINED + DAY));
    assert_eq!(end_due(&bounded(OBTAINED, crate::session::testing::record()), OBTAINED), None, "it is over already");
    // A storage that fails is not asked again and again.
    let retry = retry_after_failure(None, None, ErrorCode::Storage, 0, OBTAINED + 7);
    let unstored = bounded(OBTAINED + 7, Record { retry: Some(retry), ..healthy() });
    assert_eq!(due(&unstored, 0, true, OBTAINED + 8), Some(retry.at));
}

#[test]
fn a_back_off_delays_what_is_due() {
    let retry =
        Retry { failures: 1, since: OBTAINED, at: OBTAINED + 400_000, code: ErrorCode::Network, refused_since: None };
    let failed = Record { retry: Some(retry), ..healthy() };
    assert_eq!(due(&failed, 0, true, OBTAINED + 300_000), Some(retry.at));
    let slim = failed.slim();
    assert_eq!(due(&slim, 0, true, OBTAINED + 300_000), Some(retry.at));
    assert_eq!(due(&healthy().slim(), 0, true, OBTAINED), Some(OBTAINED), "no access token: now");
}

#[test]
fn a_clock_set_back_makes_it_due_now() {
    let now = OBTAINED - DAY;
    assert_eq!(due(&healthy(), 0, true, now), Some(now));
    assert!(healthy().valid_access(now).is_none(), "and the token counts as expired");
    let failed = Record {
        retry: Some(Retry {
            failures: 1,
            since: OBTAINED,
            at: OBTAINED + 60_000,
            code: ErrorCode::Network,
            refused_since: None,
        }),
        ..healthy()
    };
    assert_eq!(due(&failed, 0, true, now), Some(now), "nor is a back-off waited for that another time began");
}

#[test]
fn transient_classes_are_retried_and_only_those() {
    let retried: Vec<&str> =
        ErrorCode::ALL.iter().filter(|code| is_retried(**code)).map(|code| code.as_str()).collect();
    assert_eq!(retried, ["discovery_failed", "network", "timeout", "temporarily_unavailable", "storage"]);
    let at_once: Vec<&str> =
        ErrorCode::ALL.iter().filter(|code| is_of_network(**code)).map(|code| code.as_str()).collect();
    assert_eq!(at_once, ["network", "timeout"]);
}
