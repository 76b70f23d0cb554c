//! The token endpoint's answer: a line with the status and perhaps a `Retry-After`, then the body.

use super::check::{NOW, inert, text};
use keyward::platform::sim::parse_json;
use keyward::protocol::http::Response;
use keyward::protocol::token::{Failure, FailureKind, TokenResponse, process};

const DAY: i64 = 86_400_000;
/// What the provider says at the end of a session: the grant is gone, or only the user can mend it.
const ENDS: [&str; 5] =
    ["invalid_grant", "interaction_required", "login_required", "consent_required", "account_selection_required"];

pub fn check(input: &[u8]) {
    let Some(text) = text(input) else { return };
    let Some((head, body)) = text.split_once('\n') else { return };
    let (status, retry_after) = head.split_once(' ').map_or((head, None), |(status, wait)| (status, Some(wait)));
    let Ok(status) = status.parse::<u16>() else { return };
    let retry_after = retry_after.map(str::to_owned);
    let response = Response { status, body: body.to_owned(), retry_after, ..Response::default() };
    match process(Ok(Box::new(response)), parse_json, NOW) {
        Ok(tokens) => {
            assert!(matches!(status, 200..=299), "C1: {status}");
            check_tokens(&tokens);
        }
        Err(failure) => check_failure(status, &failure),
    }
}

fn check_tokens(tokens: &TokenResponse) {
    let all = [Some(&tokens.access_token), tokens.refresh_token.as_ref(), tokens.id_token.as_ref()];
    for token in all.into_iter().flatten() {
        assert!(!token.is_empty() && token.bytes().all(|octet| matches!(octet, b' '..=b'~')), "C1");
    }
    assert!(tokens.lifetime.is_none_or(|lifetime| (0..=3653 * DAY).contains(&lifetime)), "C2");
    let other = |token: &Option<String>| token.as_ref().map(|_| "another".to_owned());
    let others = TokenResponse {
        access_token: "another".to_owned(),
        refresh_token: other(&tokens.refresh_token),
        id_token: other(&tokens.id_token),
        ..tokens.clone()
    };
    assert_eq!(format!("{tokens:?}"), format!("{others:?}"), "J2: nothing of a token is shown");
}

fn check_failure(status: u16, failure: &Failure) {
    inert(&failure.error);
    // An empty name says as little as none.
    let name = failure.error.oauth.as_ref().map(|oauth| oauth.error.as_str()).filter(|name| !name.is_empty());
    let overloaded = matches!(status, 408 | 425 | 429 | 500..=599);
    match failure.kind {
        FailureKind::Transient { retry_after } => {
            let says_so = overloaded || matches!(name, Some("temporarily_unavailable" | "server_error"));
            // A page that is no JSON is nobody's decision either.
            assert!(says_so || name.is_none(), "C4");
            assert!(!says_so || failure.error.retryable(), "C4");
            assert!(retry_after.is_none_or(|wait| (0..=DAY).contains(&wait)), "E6");
        }
        FailureKind::SessionEnded => assert!(!overloaded && name.is_some_and(|name| ENDS.contains(&name)), "C4"),
        FailureKind::Refused => assert!(!overloaded && name.is_none_or(|name| !ENDS.contains(&name)), "C4"),
    }
}
