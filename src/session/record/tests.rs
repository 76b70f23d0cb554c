use super::*;
use crate::protocol::testing::parse;
use crate::session::target::Target;
use crate::session::testing::{NAMESPACE, OBTAINED, healthy, proof_key, record};
use proptest::collection::btree_map;
use proptest::option;
use proptest::prelude::*;

fn decode(text: &str, of: &Record) -> Result<Record, Corrupt> {
    Record::decode(text, &of.account.key(NAMESPACE), NAMESPACE, parse)
}

prop_compose! {
    fn accounts()(provider in ".+", issuer in ".+", client in ".+", subject in ".+") -> Account {
        Account::new(&provider, &issuer, &client, &subject).unwrap()
    }
}

prop_compose! {
    fn accesses()(token in "[ -~]+", dpop: bool, obtained_at in 0_i64..1 << 50, expires_at in option::of(0_i64..1 << 50)) -> Access {
        let token_type = if dpop { TokenType::Dpop } else { TokenType::Bearer };
        Access { token: token.as_str().into(), token_type, obtained_at, expires_at }
    }
}

prop_compose! {
    fn errors()(code in 0..ErrorCode::ALL.len(), message in ".*", oauth in option::of((".+", option::of(".*"), option::of(400_u16..600)))) -> Error {
        let mut error = Error::new(ErrorCode::ALL[code], message);
        error.oauth = oauth.map(|(error, description, status)| Box::new(OAuthError { error, description, uri: None, status }));
        error
    }
}

prop_compose! {
    fn records()(
        account in accounts(),
        access in option::of(accesses()),
        tokens in (option::of("[ -~]+"), option::of("[ -~]+")),
        claims in option::of(btree_map(".*", ".*", 0..4)),
        texts in (".+", ".*"),
        numbers in (1_i64..1 << 40, 0_i64..1 << 50, option::of(0_i64..1 << 50)),
        ended in option::of(errors()),
        with_key: bool,
        retry in option::of((1_i64..1000, 0_i64..1 << 50, 0..ErrorCode::ALL.len())),
    ) -> Record {
        Record {
            account,
            grant_id: texts.0,
            generation: numbers.0,
            signed_in_at: numbers.1,
            access,
            refresh_token: tokens.0,
            id_token: tokens.1,
            session_expiry: numbers.2.filter(|_| with_key),
            claims: claims.map(|claims| Json::Object(claims.into_iter().map(|(name, value)| (name, value.into())).collect())),
            scope: texts.1,
            resource: with_key.then(|| "https://api.example".to_owned()),
            asked: with_key.then(|| vec!["openid".to_owned()]),
            targeted: Vec::new(),
            details: with_key.then(|| Json::Array(Vec::new())),
            key: with_key.then(proof_key),
            ended,
            attempted_at: numbers.2,
            unlocked: numbers.2.is_some(),
            retry: retry.map(|(failures, at, code)| Retry { failures, since: at / 2, at, code: ErrorCode::ALL[code], refused_since: with_key.then_some(at / 3) }),
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(record in records()) {
        prop_assert_eq!(decode(&record.encode(), &record), Ok(record));
    }

    #[test]
    fn the_slim_record_is_read_back_and_has_what_goes_on(record in records()) {
        let slim = decode(&record.slim().encode(), &record).unwrap();
        prop_assert_eq!((&slim.account, &slim.refresh_token, &slim.grant_id, &slim.key), (&record.account, &record.refresh_token, &record.grant_id, &record.key));
        prop_assert_eq!((slim.access, slim.id_token, slim.claims), (None, None, None));
    }

    #[test]
    fn f5_no_text_is_taken_for_a_record_and_none_panics(text in ".*", cut in 0_usize..2000) {
        let known = record();
        prop_assert_eq!(decode(&text, &known), Err(Corrupt));
        let whole = known.encode();
        if cut < whole.len() {
            prop_assert_eq!(decode(&whole[..cut], &known), Err(Corrupt));
        }
    }

    #[test]
    fn an_access_token_is_valid_only_within_its_lifetime(access in accesses(), now in 0_i64..1 << 50) {
        if let (true, Some(expires_at)) = (access.is_valid(now), access.expires_at) {
            prop_assert!(now < expires_at);
            prop_assert!(now >= access.obtained_at - BACKWARD_TOLERANCE, "its age would be unknown");
        }
    }
}

/// What a sign-in asked for.
fn asked() -> Option<Vec<String>> {
    Some(["openid profile read", "https://api.example", "https://mail.example"].map(str::to_owned).to_vec())
}

#[test]
fn h3_a_record_knows_what_its_grant_cannot_cover() {
    let target = |resource: &str, scope: &str| {
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Target { resource: text(resource), scope: text(scope) }
    };
    let lacks = |record: &Record, resource, scope| record.lacks(&target(resource, scope));
    let known = Record { asked: asked(), ..record() };
    for (resource, scope, lacking) in [
        ("https://api.example", "", None),
        ("https://mail.example", "read openid", None),
        ("", "read  profile", None),
        ("https://other.example", "", Some("resource")),
        ("https://api.example/", "", Some("resource")),
        ("https://other.example", "admin", Some("resource")),
        ("https://mail.example", "admin", Some("scope")),
        ("", "read admin", Some("scope")),
    ] {
        assert_eq!(lacks(&known, resource, scope), lacking, "{resource} {scope}");
    }
    // What was granted beyond what was asked for may be asked for, too.
    let generous = Record { scope: "openid admin".to_owned(), ..known };
    assert_eq!((lacks(&generous, "", "admin read"), lacks(&generous, "", "other")), (None, Some("scope")));
    // No resource was named: the provider has a default, and decides.
    let unnamed = Record { asked: Some(vec!["openid".to_owned()]), resource: None, ..record() };
    assert_eq!((lacks(&unnamed, "https://any.example", ""), lacks(&unnamed, "", "x")), (None, Some("scope")));
    // An earlier release did not write it down.
    let earlier = Record { asked: None, targeted: Vec::new(), ..record() };
    let read = decode(&earlier.encode(), &earlier).unwrap();
    assert!(read == earlier && !earlier.encode().contains("asked"));
    assert_eq!(lacks(&read, "https://any.example", "x"), None);
}

#[test]
fn f5_every_member_of_another_type_makes_a_record_corrupt() {
    let whole = Record { asked: asked(), session_expiry: Some(OBTAINED), ..record() };
    let Some(Json::Object(members)) = parse(&whole.encode()) else { panic!("a record is an object") };
    assert_eq!(members.len(), 23);
    for (index, (name, value)) in members.iter().enumerate() {
        let others = [
            Json::Bool(true),
            Json::Array(vec![]),
            Json::from("text"),
            Json::from(5),
            Json::Number(0.5),
            Json::Object(vec![]),
        ];
        // Any text will do for a text, any whole number for a number, no elements for a list.
        let fits = |other: &Json| match value {
            Json::String(_) => matches!(other, Json::String(_)) && !IDENTITY.contains(&name.as_str()),
            Json::Number(_) => *other == Json::from(5) && name != "v",
            Json::Array(_) => matches!(other, Json::Array(_)),
            _ => name == "claims" && matches!(other, Json::Object(_)),
        };
        for other in others {
            let mut changed = members.clone();
            changed[index].1 = other.clone();
            let decoded = decode(&Json::Object(changed).to_text(), &whole);
            assert_eq!(decoded.is_ok(), fits(&other), "{name}: {other:?}");
        }
    }
}

const IDENTITY: [&str; 4] = ["provider", "issuer", "client", "subject"];

#[test]
fn f1_f5_the_identity_and_the_counters_must_be_there() {
    let whole = record();
    let Some(Json::Object(members)) = parse(&whole.encode()) else { panic!("a record is an object") };
    let needed = ["v", "provider", "issuer", "client", "subject", "grant", "generation", "signedIn", "scope"];
    for (index, (name, _)) in members.iter().enumerate() {
        let mut without = members.clone();
        without.remove(index);
        let decoded = decode(&Json::Object(without).to_text(), &whole);
        assert_eq!(decoded.is_err(), needed.contains(&name.as_str()), "{name}");
    }
}

#[test]
fn f1_f5_a_record_under_another_key_or_namespace_is_nobodys() {
    let record = record();
    let (text, key) = (record.encode(), record.account.key(NAMESPACE));
    assert!(Record::decode(&text, &key, NAMESPACE, parse).is_ok());
    assert_eq!(Record::decode(&text, &key, "another", parse), Err(Corrupt));
    assert_eq!(Record::decode(&text, "keyward:session:else", NAMESPACE, parse), Err(Corrupt));
    assert_eq!(Record::decode(&text.replace("\"v\":1", "\"v\":2"), &key, NAMESPACE, parse), Err(Corrupt));
}

#[test]
fn a_slim_record_is_filled_in_from_the_same_grant_only() {
    let known = record();
    let mut slim = Record { generation: known.generation + 1, ..known.slim() };
    slim.fill_in(&known);
    assert_eq!((&slim.access, &slim.claims, &slim.id_token), (&known.access, &known.claims, &known.id_token));
    let mut another = Record { grant_id: "another".to_owned(), ..known.slim() };
    another.fill_in(&known);
    assert_eq!(another.access, None);
    let mut whole = Record {
        access: known.access.clone().map(|access| Access { token: "newer".into(), ..access }),
        ..known.clone()
    };
    whole.fill_in(&known);
    assert_eq!(whole.access.map(|access| access.token).as_deref(), Some("newer"));
}

#[test]
fn an_end_and_failures_that_could_not_be_stored_are_undone_by_a_later_generation_only() {
    let known = record();
    let stored = || Record { ended: None, retry: None, ..record() };
    let mut same = stored();
    same.fill_in(&known);
    assert_eq!((&same.ended, same.retry), (&known.ended, known.retry));
    let mut later = Record { generation: known.generation + 1, ..stored() };
    later.fill_in(&known);
    assert_eq!((later.ended, later.retry), (None, None));
    let mut another = Record { grant_id: "another".to_owned(), ..stored() };
    another.fill_in(&known);
    assert_eq!((another.ended, another.retry), (None, None));
}

#[test]
fn a_bound_that_an_earlier_release_did_not_look_at_is_seen() {
    let claims = |expiry: Json| Json::Object(vec![("session_expiry".to_owned(), expiry)]);
    let earlier = Record { claims: Some(claims(1_795_219_200.into())), ..healthy() };
    let read = decode(&earlier.encode(), &earlier).unwrap();
    assert_eq!(read.session_expiry, Some(1_795_219_200_000));
    for (expiry, at) in [
        (Json::Number(0.5), Some(500)),
        (Json::Number(1e300), Some(8_640_000_000_000_000)),
        (Json::Number(-1e300), Some(-8_640_000_000_000_000)),
        (Json::from("1795219200"), None),
        (Json::Null, None),
    ] {
        assert_eq!(session_expiry(&claims(expiry.clone()), 0), at, "{expiry:?}");
    }
    assert_eq!(session_expiry(&claims(5.into()), i64::MIN), Some(i64::MAX), "nothing overflows");
    assert_eq!(Record { session_expiry: Some(7), ..record() }.slim().session_expiry, Some(7), "the slim record has it");
}

#[test]
fn nothing_of_a_secret_is_shown() {
    let record = record();
    let shown = format!("{record:?} {:?}", record.access);
    for secret in ["the-access-token", "the-refresh-token", "the-id-token"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn a_back_off_of_a_clock_that_was_set_back_is_not_waited_for() {
    let retry = Retry { failures: 1, since: 100_000, at: 400_000, code: ErrorCode::Network, refused_since: None };
    assert!(retry.is_pending(100_000) && retry.is_pending(399_999));
    assert!(!retry.is_pending(400_000));
    assert!(retry.is_pending(40_000), "small corrections of a clock change nothing");
    assert!(!retry.is_pending(39_999));
}

#[test]
fn e9_what_failed_after_the_clock_was_set_back_stays_where_it_is() {
    let (hour, now) = (3_600_000, 10_000_000);
    let retry = Retry { failures: 1, since: now + 1, at: now + 5_000, code: ErrorCode::Network, refused_since: None };
    let before = Record { retry: Some(retry), ..healthy() };
    let set_back = before.set_back(hour, now);
    assert_eq!(set_back.retry, Some(Retry { since: now + 1 - hour, at: now + 5_000 - hour, ..retry }));
    assert_eq!(set_back.expires_at(), before.expires_at().map(|at| at - hour));
    let refused = Retry { refused_since: Some(now - 1), ..retry };
    let refused = Record { retry: Some(refused), session_expiry: Some(now), ..healthy() }.set_back(hour, now);
    assert_eq!(refused.retry.and_then(|retry| retry.refused_since), Some(now - 1 - hour), "C4: with the rest");
    assert_eq!(refused.session_expiry, Some(now - hour));
    let retry = Some(Retry { since: now, ..retry });
    assert_eq!(Record { retry, ..healthy() }.set_back(hour, now).retry, retry);
}
