//! The page's URL: what is taken from it, and what is left of it.

use super::check::{ISSUER, inert, text};
use keyward::protocol::callback::{Callback, Outcome, clean_url, process};
use keyward::protocol::form;

const PARAMETERS: [&str; 7] = ["code", "state", "iss", "error", "error_description", "error_uri", "session_state"];

pub fn check(input: &[u8]) {
    let Some(url) = text(input) else { return };
    check_cleaning(url);
    let Some(callback) = Callback::from_url(url) else { return };
    let first = |name: &str| pairs(url).into_iter().find(|(key, _)| key == name).map(|(_, value)| value);
    let occurrences = |name: &str| pairs(url).iter().filter(|(key, _)| key == name).count();
    assert_eq!(callback.state_values().len(), occurrences("state"));
    for iss_required in [false, true] {
        match process(&callback, ISSUER, iss_required) {
            Ok(code) => {
                assert!(!code.as_str().is_empty());
                assert!(PARAMETERS.iter().all(|name| occurrences(name) < 2), "A5: nothing occurs twice");
                assert_eq!((occurrences("code"), occurrences("error")), (1, 0), "A5: a code and no error");
                assert!(first("iss").map_or(!iss_required, |iss| iss == ISSUER), "A5: iss");
                assert_eq!(format!("{callback:?} {code:?}"), "Callback(Code) Code(..)", "J2");
            }
            Err(error) => inert(&error),
        }
    }
    if callback.outcome() != Outcome::Code {
        assert!(process(&callback, ISSUER, false).is_err());
    }
}

/// A6: the parameters of the response go; every other octet stays, in its order.
fn check_cleaning(url: &str) {
    let cleaned = clean_url(url);
    assert_eq!(clean_url(&cleaned), cleaned, "cleaning twice is cleaning once");
    let foreign =
        |url: &str| pairs(url).into_iter().filter(|(name, _)| !PARAMETERS.contains(&&**name)).collect::<Vec<_>>();
    assert_eq!(pairs(&cleaned), foreign(url));
    let (before, query, fragment) = cut(url);
    let (cleaned_before, cleaned_query, cleaned_fragment) = cut(&cleaned);
    assert_eq!((cleaned_before, cleaned_fragment), (before, fragment));
    let mut pieces = query.split('&');
    for piece in cleaned_query.split('&').filter(|piece| !piece.is_empty()) {
        assert!(pieces.any(|original| original == piece), "not to the letter: {piece}");
    }
    if query.is_empty() || foreign(url).len() == pairs(url).len() {
        assert_eq!(cleaned, url, "there was nothing to clean");
    }
}

fn pairs(url: &str) -> Vec<(String, String)> {
    form::parse(cut(url).1)
}

fn cut(url: &str) -> (&str, &str, &str) {
    let (rest, fragment) = url.split_at(url.find('#').unwrap_or(url.len()));
    let (before, query) = rest.split_once('?').unwrap_or((rest, ""));
    (before, query, fragment)
}
