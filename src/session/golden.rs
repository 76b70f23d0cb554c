//! What released versions have written into people's browsers, as files in `tests/golden/<release>/` that never change.
//! Every later version reads them, or migrates them. The secrets in them are not real.

use super::fields::Corrupt;
use super::record::{Record, Retry};
use super::testing::{NAMESPACE, OBTAINED, record};
use super::transaction::{self, Purpose, Transaction};
use crate::protocol::error::ErrorCode;
use crate::protocol::pkce::Verifier;
use crate::protocol::testing::parse;

macro_rules! golden {
    ($release:literal, $name:literal) => {
        include_str!(concat!("../../tests/golden/", $release, "/", $name, ".json")).trim_ascii_end()
    };
}

/// By release, oldest first: a session with every member, the slim one of a full storage, a pending sign-in, a pending
/// logout.
const RELEASES: [(&str, [&str; 4]); 1] = [(
    "0.1.0",
    [
        golden!("0.1.0", "session"),
        golden!("0.1.0", "slim-session"),
        golden!("0.1.0", "sign-in"),
        golden!("0.1.0", "sign-out"),
    ],
)];

/// With every member that the first release has.
fn released() -> Record {
    Record { unlocked: false, ..record() }
}

fn key() -> String {
    record().account().key(NAMESPACE)
}

#[test]
fn f5_every_session_that_a_release_has_stored_is_read_with_all_that_it_had() {
    assert_eq!(
        key(),
        "keyward:session:yL2TS19dDhM_hNuuQNq3BJWseyFBy5FUeXa970iM6i4",
        "where the sessions lie: a release that looks elsewhere signs everybody out"
    );
    for (release, [session, slim, ..]) in RELEASES {
        let read =
            Record::decode(session, &key(), NAMESPACE, parse).unwrap_or_else(|_| panic!("{release}: unreadable"));
        assert!(read == released(), "{release}: {}", read.encode());
        // By name once more, lest both sides change together.
        let access = read.access.as_ref().expect("an access token");
        assert_eq!((&*access.token, access.token_type.as_str()), ("the-access-token", "Bearer"), "{release}");
        assert_eq!(access.expires_at, Some(1_300_000), "{release}");
        assert_eq!((read.account().subject(), read.grant_id(), read.generation), ("alice", "grant-1", 3), "{release}");
        assert_eq!(read.refresh_token.as_deref(), Some("the-refresh-token"), "{release}");
        assert_eq!(read.retry.map(|retry| retry.at), Some(1_009_000), "{release}");
        let slim =
            Record::decode(slim, &key(), NAMESPACE, parse).unwrap_or_else(|_| panic!("{release}: slim, unreadable"));
        assert!(slim == released().slim(), "{release}: {}", slim.encode());
    }
}

#[test]
fn f5_every_way_to_the_provider_that_a_release_has_begun_is_finished() {
    for (release, [.., sign_in, sign_out]) in RELEASES {
        let read = Transaction::decode(sign_in, parse).unwrap_or_else(|_| panic!("{release}: unreadable"));
        assert_eq!(
            (read.created_at, &*read.redirect_uri, &*read.provider),
            (OBTAINED, "https://app.example/", "default")
        );
        let Purpose::SignIn(begun) = read.purpose else { panic!("{release}: a sign-in") };
        assert_eq!(begun.issuer, "https://provider.example");
        assert_eq!(begun.token_endpoint, "https://provider.example/token");
        assert_eq!(begun.verifier.as_str(), Verifier::from_random([7; 32]).as_str());
        assert_eq!((begun.nonce.as_deref(), &*begun.scope), (Some("the-nonce"), "openid profile"));
        assert_eq!(begun.resources, ["https://api.example"]);
        assert_eq!(begun.max_age_seconds, Some(60));
        assert_eq!(begun.essential_acr, Some(vec!["phr".to_owned()]));
        assert!(begun.key == record().key, "{release}");
        assert_eq!(begun.return_to.as_deref(), Some("https://app.example/here"));
        assert_eq!(begun.app_state.to_text(), "{\"a\":[1,null]}");
        let read = Transaction::decode(sign_out, parse).unwrap_or_else(|_| panic!("{release}: unreadable"));
        assert!(matches!(read.purpose, Purpose::SignOut) && read.provider == "default", "{release}");
    }
}

/// If this fails, the stored form has changed: CONTRIBUTING.md says what that takes.
#[test]
fn f5_what_is_written_now_is_what_the_latest_release_writes() {
    let (release, [session, slim, sign_in, sign_out]) = RELEASES[RELEASES.len() - 1];
    assert_eq!(released().encode(), session, "{release}");
    assert_eq!(released().slim().encode(), slim, "{release}");
    for text in [sign_in, sign_out] {
        assert_eq!(Transaction::decode(text, parse).map(|read| read.encode()).as_deref(), Ok(text), "{release}");
    }
}

/// A newer release was here, and the app went back to this one; or something else wrote there.
#[test]
fn f5_a_newer_or_unknown_version_is_no_session_and_no_sign_in() {
    let (_, [session, _, sign_in, _]) = RELEASES[0];
    for version in ["2", "0", "-1", "1.5", "\"1\"", "999999", "null", "[1]"] {
        let of_version = |text: &str| text.replace("\"v\":1,", &format!("\"v\":{version},"));
        assert_ne!(of_version(session), session);
        assert_eq!(Record::decode(&of_version(session), &key(), NAMESPACE, parse), Err(Corrupt), "{version}");
        assert!(Transaction::decode(&of_version(sign_in), parse).is_err(), "{version}");
    }
    let others = transaction::key(NAMESPACE, "kept");
    let stored = vec![
        (transaction::key(NAMESPACE, "newer"), sign_in.replace("\"v\":1", "\"v\":2")),
        (others, sign_in.to_owned()),
    ];
    let gone = transaction::superfluous(stored, OBTAINED, 0, parse);
    assert_eq!(
        gone.iter().map(|(key, _)| &**key).collect::<Vec<_>>(),
        ["keyward:transaction:newer"],
        "no other goes with it"
    );
}

#[test]
fn f5_a_record_of_absurd_size_is_nobodys() {
    let mut large = record();
    large.id_token = Some("x".repeat(1 << 23));
    assert_eq!(Record::decode(&large.encode(), &key(), NAMESPACE, parse), Err(Corrupt));
    large.id_token = Some("x".repeat(1 << 21));
    large.retry = Some(Retry { failures: 1, since: 0, at: 1, code: ErrorCode::Network, refused_since: None });
    assert!(Record::decode(&large.encode(), &key(), NAMESPACE, parse) == Ok(large));
}
