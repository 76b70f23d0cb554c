//! A stored transaction.

use super::check::{NOW, stable, text};
use keyward::platform::sim::parse_json;
use keyward::session::transaction::{LIFETIME, MOST_PENDING, Purpose, Transaction, key, superfluous};

pub fn check(input: &[u8]) {
    let Some(text) = text(input) else { return };
    check_sweep(text);
    let Ok(transaction) = Transaction::decode(text, parse_json) else { return };
    let read = |text: &str| Transaction::decode(text, parse_json).expect("what Keyward writes, it reads");
    let again = read(&transaction.encode());
    assert_eq!(again.created_at, transaction.created_at);
    assert_eq!((&again.redirect_uri, &again.provider), (&transaction.redirect_uri, &transaction.provider));
    match (&transaction.purpose, &again.purpose) {
        (Purpose::SignOut, Purpose::SignOut) => {}
        (Purpose::SignIn(before), Purpose::SignIn(after)) => {
            assert_eq!((&after.issuer, &after.token_endpoint), (&before.issuer, &before.token_endpoint));
            assert_eq!(after.verifier.as_str(), before.verifier.as_str());
            assert_eq!((&after.nonce, &after.scope), (&before.nonce, &before.scope));
            assert_eq!((&after.resources, after.max_age_seconds), (&before.resources, before.max_age_seconds));
            assert_eq!(after.essential_acr, before.essential_acr);
            assert_eq!((&after.return_to, &after.app_state), (&before.return_to, &before.app_state));
        }
        _ => panic!("a way to sign in became one to sign out, or the other way round"),
    }
    stable(transaction.encode(), |text| read(text).encode());
    assert!(transaction.is_expired(transaction.created_at + LIFETIME + 1), "A3: ten minutes");
}

/// A3: at most ten stay, and none that cannot be read.
fn check_sweep(text: &str) {
    let pending = (0..MOST_PENDING + 2).map(|number| (key("keyward", &number.to_string()), text.to_owned()));
    let pending: Vec<_> = pending.collect();
    let gone = superfluous(pending.clone(), NOW, 1, parse_json);
    let usable = Transaction::decode(text, parse_json).is_ok_and(|transaction| !transaction.is_expired(NOW));
    assert_eq!(pending.len() - gone.len(), if usable { MOST_PENDING - 1 } else { 0 });
}
