//! A stored session.

use super::check::{stable, text};
use keyward::platform::sim::parse_json;
use keyward::session::account::Account;
use keyward::session::record::{Access, Record};

const NAMESPACE: &str = "keyward";

pub fn check(input: &[u8]) {
    let Some(text) = text(input) else { return };
    let Some(key) = own_key(text) else { return };
    let read = |text: &str| Record::decode(text, &key, NAMESPACE, parse_json);
    let Ok(record) = read(text) else { return };
    let read = |text: &str| read(text).expect("what Keyward writes, it reads");
    let again = read(&record.encode());
    assert_eq!(again, record, "F5: what was stored is read back");
    stable(record.encode(), |text| read(text).encode());
    let slim = read(&record.slim().encode());
    assert_eq!(slim.refresh_token, record.refresh_token, "E8");
    assert!(slim.access.is_none() && slim.id_token.is_none() && slim.claims.is_none(), "E8");
    let other_key = Record::decode(text, "keyward:session:another", NAMESPACE, parse_json);
    assert!(other_key.is_err(), "F1: the identity inside is the key's");
    check_debug(&record);
}

/// The key that a record with this identity is stored under.
fn own_key(text: &str) -> Option<String> {
    let json = parse_json(text)?;
    let account = Account::new(json.str("provider")?, json.str("issuer")?, json.str("client")?, json.str("subject")?)?;
    Some(account.key(NAMESPACE))
}

/// J2: a record with other secrets looks the same.
fn check_debug(record: &Record) {
    let other = |token: &Option<String>| token.as_ref().map(|_| "another".to_owned());
    let access = record.access.clone().map(|access| Access { token: "another".into(), ..access });
    let mut others = record.clone();
    others.access = access;
    others.refresh_token = other(&record.refresh_token);
    others.id_token = other(&record.id_token);
    assert_eq!(format!("{record:?} {:?}", record.access), format!("{others:?} {:?}", others.access));
}
