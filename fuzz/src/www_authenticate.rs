//! A `WWW-Authenticate` header.

use super::check::text;
use keyward::protocol::error::inert;
use keyward::protocol::www_authenticate::{Challenge, MAX_HEADER, Objection, objection, parse};

pub fn check(input: &[u8]) {
    let Some(text) = text(input) else { return };
    let challenges = parse(text);
    assert!(challenges.is_empty() || text.len() <= MAX_HEADER, "bounded");
    challenges.iter().for_each(check_challenge);
    let again = written(&challenges);
    assert!(again.len() > MAX_HEADER || parse(&again) == challenges, "what was read is written and read again");
    let found = challenges.iter().find(|challenge| challenge.objection().is_some());
    assert_eq!(objection(text), found.and_then(|challenge| Some((challenge.objection()?, challenge.demands()))));
}

fn check_challenge(challenge: &Challenge) {
    let written: usize = challenge.parameters.iter().map(|(name, value)| name.len() + value.len()).sum();
    assert!(!challenge.scheme.is_empty() && challenge.scheme.len() + written <= MAX_HEADER);
    for (number, (name, value)) in challenge.parameters.iter().enumerate() {
        assert_eq!(challenge.get(&name.to_uppercase()), Some(value.as_str()), "nothing is said twice");
        assert!(!name.is_empty() || number + 1 == challenge.parameters.len(), "a token68 is alone");
        assert!(!value.chars().any(|character| character.is_ascii_control() && character != '\t'));
    }
    let demands = challenge.demands();
    for text in [demands.acr_values, demands.scope].into_iter().flatten() {
        assert!(!text.is_empty() && text.chars().count() <= 500 && inert(&text) == text, "inert and bounded: {text:?}");
    }
    assert!(demands.max_age_seconds.is_none_or(|seconds| seconds >= 0));
    let scheme = challenge.scheme.to_lowercase();
    match challenge.objection() {
        None => {}
        Some(Objection::UseDpopNonce | Objection::InvalidDpopProof) => assert_eq!(scheme, "dpop"),
        Some(_) => assert!(scheme == "dpop" || scheme == "bearer"),
    }
}

/// The challenges as RFC 9110 has them.
fn written(challenges: &[Challenge]) -> String {
    let mut header = String::new();
    for challenge in challenges {
        header = header + ", " + &challenge.scheme;
        for (number, (name, value)) in challenge.parameters.iter().enumerate() {
            header.push_str(if number == 0 { " " } else { ", " });
            if name.is_empty() {
                header.push_str(value);
            } else {
                header = header + name + "=\"" + &value.replace('\\', "\\\\").replace('"', "\\\"") + "\"";
            }
        }
    }
    header
}
