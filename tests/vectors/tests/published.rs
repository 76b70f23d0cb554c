//! The published vectors, every one, and how many ran of each algorithm.

use crate::judge::{judge, key_set};
use keyward::protocol::id_token::Claims;
use keyward::protocol::json::Json;
use std::collections::BTreeMap;
use vector_tests::folder::Folder;
use vector_tests::{Case, Expected, PUBLISHED, cases, rfc};

/// Ran, accepted, refused.
type Tally = BTreeMap<String, [usize; 3]>;

#[test]
fn d3_every_published_vector_is_judged_as_expected() {
    let Some(folder) = Folder::find() else { return };
    let tally = judge_all(&cases(&folder));
    let expected = PUBLISHED.iter().map(|(algorithm, counts)| ((*algorithm).to_owned(), *counts)).collect::<Tally>();
    assert_eq!(tally, expected, "how many ran, were accepted and were refused");
}

#[test]
fn d3_the_examples_of_the_specifications_are_judged_as_expected() {
    let examples: Vec<Case> = rfc::cases();
    assert_eq!(examples.len(), 7);
    judge_all(&examples);
}

#[test]
fn d1_oidc_core_appendix_a_2_the_claims_of_the_id_token_are_read() {
    let examples = rfc::cases();
    let example = examples.iter().find(|case| case.source == "OpenID Connect Core").unwrap();
    let compact = judge(&example.token, &key_set(&example.keys)).unwrap();
    let claims = Claims::from_json(compact.payload).unwrap();
    assert_eq!((claims.issuer(), claims.subject()), ("http://server.example.com", "248289761001"));
    assert_eq!(claims.audience().iter().map(Json::as_str).collect::<Vec<_>>(), [Some("s6BhdRkqt3")]);
    assert_eq!(claims.nonce(), Some("n-0S6_WzA2Mj"));
    assert_eq!((claims.date("iat"), claims.date("exp")), (Some(1_311_280_970_000), Some(1_311_281_970_000)));
}

/// The upstream groups that name an algorithm that their tokens do not have: as they stand, no key of theirs fits.
#[test]
fn d3_a_key_of_another_algorithm_verifies_nothing() {
    let Some(folder) = Folder::find() else { return };
    let mut seen = 0;
    for mut case in cases(&folder).into_iter().filter(|case| case.name.starts_with("rfc7520")) {
        let wrong = match case.algorithm.as_str() {
            "ES512" => "ES521",
            "PS384" => "PS256",
            _ => continue,
        };
        case.keys["keys"][0]["alg"] = wrong.into();
        assert_eq!(judge(&case.token, &key_set(&case.keys)).err().as_deref(), Some("no key fits"), "{}", case.name);
        seen += 1;
    }
    assert_eq!(seen, 4);
}

fn judge_all(cases: &[Case]) -> Tally {
    let mut tally = Tally::new();
    let mut wrong = Vec::new();
    let mut deviations: BTreeMap<&str, usize> = BTreeMap::new();
    for case in cases {
        let judgement = judge(&case.token, &key_set(&case.keys));
        let [ran, accepted, refused] = tally.entry(case.algorithm.clone()).or_default();
        *ran += 1;
        *(if judgement.is_ok() { accepted } else { refused }) += 1;
        let expectation = case.expectation();
        if let Some(reason) = expectation.deviation {
            *deviations.entry(reason).or_default() += 1;
        }
        let right = match expectation.expected {
            Expected::Accepted => judgement.is_ok(),
            Expected::Refused => judgement.is_err(),
            Expected::Either => true,
        };
        if !right {
            let judgement = judgement.map(|_| "accepted");
            wrong.push(format!("{} {}: {:?}, but {judgement:?}", case.source, case.name, expectation.expected));
        }
    }
    println!("algorithm    ran  accepted  refused");
    for (algorithm, [ran, accepted, refused]) in &tally {
        println!("{algorithm:<10} {ran:>5} {accepted:>9} {refused:>8}");
    }
    for (reason, count) in deviations {
        println!("{count} against the published verdict: {reason}");
    }
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    tally
}
