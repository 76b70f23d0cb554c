use super::*;
use crate::protocol::testing::{json, parse};
use crate::session::testing::proof_key;
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

const NOW: Millis = 1_800_000_000_000;

fn pending(created_at: Millis) -> Transaction {
    let sign_in = SignIn {
        issuer: "https://provider.example".to_owned(),
        token_endpoint: "https://provider.example/token".to_owned(),
        verifier: Verifier::from_random([7; 32]),
        nonce: Some("nonce".to_owned()),
        scope: "openid".to_owned(),
        resources: vec!["https://api.example".to_owned()],
        max_age_seconds: Some(60),
        essential_acr: Some(vec!["phr".to_owned()]),
        key: Some(proof_key()),
        return_to: Some("https://app.example/here".to_owned()),
        app_state: json("{\"a\":[1,null]}").into(),
        again: None,
    };
    let purpose = Purpose::SignIn(Box::new(sign_in));
    Transaction {
        created_at,
        redirect_uri: "https://app.example/".to_owned(),
        provider: "default".to_owned(),
        client: None,
        purpose,
    }
}

fn stored(created: &[Millis]) -> Vec<(String, String)> {
    created
        .iter()
        .enumerate()
        .map(|(index, at)| (key("ns", &format!("state-{index}")), pending(*at).encode()))
        .collect()
}

/// The indices of those that have to go.
fn swept(created: &[Millis], room: usize) -> Vec<usize> {
    let gone = superfluous(stored(created), NOW, room, parse);
    let mut gone: Vec<usize> = gone.iter().map(|(key, _)| key.rsplit('-').next().unwrap().parse().unwrap()).collect();
    gone.sort_unstable();
    gone
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        (created_at, redirect_uri, provider, client) in (0_i64..1 << 50, ".*", ".*", option::of(".*")),
        texts in (".*", ".*", option::of(".*"), ".*", option::of(".*"), ".*"),
        resources in vec(".*", 0..3),
        max_age_seconds in option::of(0_i64..1 << 40),
        essential_acr in option::of(vec(".*", 0..3)),
        octets: [u8; 32],
        sign_out: bool,
        with_key: bool,
        again in option::of((option::of(".*"), btree_map(".*", ".*", 0..3))),
    ) {
        let again = again.map(|(details, params)| Again {
            details: details.map(JsonText::written),
            params: params.into_iter().collect(),
        });
        let sign_in = SignIn {
            issuer: texts.0,
            token_endpoint: texts.1,
            verifier: Verifier::from_random(octets),
            nonce: texts.2,
            scope: texts.3,
            resources,
            max_age_seconds,
            essential_acr,
            key: with_key.then(proof_key),
            return_to: texts.4,
            app_state: Json::from(texts.5).into(),
            again,
        };
        let purpose = if sign_out { Purpose::SignOut } else { Purpose::SignIn(Box::new(sign_in)) };
        let transaction = Transaction { created_at, redirect_uri, provider, client, purpose };
        let text = transaction.encode();
        let read = Transaction::decode(&text, parse).unwrap();
        prop_assert_eq!(read.encode(), text);
        prop_assert_eq!((read.created_at, &read.redirect_uri, &read.provider, &read.client), (transaction.created_at, &transaction.redirect_uri, &transaction.provider, &transaction.client));
        match (read.purpose, transaction.purpose) {
            (Purpose::SignOut, Purpose::SignOut) => {}
            (Purpose::SignIn(read), Purpose::SignIn(written)) => {
                prop_assert_eq!(read.verifier.as_str(), written.verifier.as_str());
                prop_assert_eq!((read.nonce, read.return_to, read.app_state), (written.nonce, written.return_to, written.app_state));
                prop_assert!(read.again == written.again);
            }
            _ => prop_assert!(false, "the purpose changed"),
        }
    }

    #[test]
    fn no_text_is_taken_for_a_transaction_and_none_panics(text in ".*", cut in 0_usize..1000) {
        prop_assert!(Transaction::decode(&text, parse).is_err());
        let whole = pending(NOW).encode();
        if cut < whole.len() && whole.is_char_boundary(cut) {
            prop_assert!(Transaction::decode(&whole[..cut], parse).is_err());
        }
    }

    #[test]
    fn never_more_than_ten_stay_and_the_oldest_go(ages in vec(-120 * 60_000_i64..120 * 60_000, 0..25), room in 0_usize..2) {
        let created: Vec<Millis> = ages.iter().map(|age| NOW - age).collect();
        let gone = swept(&created, room);
        let kept: Vec<usize> = (0..created.len()).filter(|index| !gone.contains(index)).collect();
        prop_assert!(kept.len() <= MOST_PENDING - room);
        prop_assert!(kept.iter().all(|index| (created[*index] - NOW).abs() <= LIFETIME));
        let fresh = |index: &&usize| (created[**index] - NOW).abs() <= LIFETIME;
        let newest_gone = gone.iter().filter(fresh).map(|index| created[*index]).max();
        let oldest_kept = kept.iter().map(|index| created[*index]).min();
        if let (Some(gone), Some(kept)) = (newest_gone, oldest_kept) {
            prop_assert!(gone <= kept);
            prop_assert_eq!(oldest_kept.map(|_| MOST_PENDING - room), Some(created.len() - gone_count(&created, room)));
        }
    }
}

fn gone_count(created: &[Millis], room: usize) -> usize {
    swept(created, room).len()
}

#[test]
fn a3_an_hour_is_the_limit_whichever_way_the_clock_went() {
    assert_eq!(LIFETIME, 3_600_000);
    assert_eq!(swept(&[NOW, NOW - LIFETIME, NOW - LIFETIME - 1, NOW + LIFETIME, NOW + LIFETIME + 1], 0), [2, 4]);
}

#[test]
fn room_is_made_for_a_new_one() {
    let created: Vec<Millis> = (0..10).map(|index| NOW - index).collect();
    assert_eq!(swept(&created, 0), [0; 0]);
    assert_eq!(swept(&created, 1), [9]);
}

#[test]
fn what_cannot_be_read_goes_first() {
    let mut all = stored(&[NOW; 10]);
    all.push((key("ns", "corrupt"), "{}".to_owned()));
    let gone = superfluous(all, NOW, 0, parse);
    assert_eq!(gone, [(key("ns", "corrupt"), "{}".to_owned())]);
}

#[test]
fn members_of_another_type_make_it_corrupt() {
    let text = pending(NOW).encode();
    for (right, wrong) in [
        ("\"v\":1", "\"v\":2"),
        ("\"created\":1800000000000", "\"created\":\"now\""),
        ("\"provider\":\"default\"", "\"provider\":1"),
        ("\"scope\":\"openid\"", "\"scope\":null"),
        ("\"maxAge\":60", "\"maxAge\":\"60\""),
        ("\"nonce\":\"nonce\"", "\"nonce\":true"),
        ("[\"https://api.example\"]", "[1]"),
        ("\"verifier\":\"", "\"verifier\":\"#"),
    ] {
        assert!(text.contains(right), "{right}");
        assert!(Transaction::decode(&text.replace(right, wrong), parse).is_err(), "{wrong}");
    }
}

#[test]
fn f1a_the_apps_state_is_stored_as_the_text_that_it_is() {
    for text in
        [r#"{"z":[1e16, 0.1],"half":"\ud83d"}"#, r#""null""#, "12345678901234567890", "null", &"[".repeat(5_000)]
    {
        let mut written = pending(NOW);
        let Purpose::SignIn(sign_in) = &mut written.purpose else { panic!("a sign-in") };
        sign_in.app_state = JsonText::written(text.to_owned());
        let Purpose::SignIn(read) = Transaction::decode(&written.encode(), parse).unwrap().purpose else { panic!() };
        assert_eq!(read.app_state.as_str(), text);
    }
}

/// The first release stored the value itself, and some values of it look like the text of another.
#[test]
fn f1a_the_apps_state_of_a_former_release_is_the_value_that_it_was() {
    for (stored, text) in [
        (r#""appState":"12""#, r#""12""#),
        (r#""appState":{"a":[0.5,null]}"#, r#"{"a":[0.5,null]}"#),
        (r#""appState":false"#, "false"),
        (r#""appState":null"#, "null"),
        (r#""other":1"#, "null"),
    ] {
        let former = pending(NOW).encode().replace(r#""appStateText":"{\"a\":[1,null]}""#, stored);
        assert!(former.contains(stored));
        let Purpose::SignIn(read) = Transaction::decode(&former, parse).unwrap().purpose else { panic!() };
        assert_eq!(read.app_state.as_str(), text);
    }
    let wrong = pending(NOW).encode().replace(r#""{\"a\":[1,null]}""#, "7");
    assert!(Transaction::decode(&wrong, parse).is_err());
}
