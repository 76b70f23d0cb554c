//! Keys for ES256 with `ring`.

use keyward::platform::KeyError;
use keyward::protocol::base64url;
use keyward::protocol::json::Json;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// The keys of an origin, by name.
#[derive(Default)]
pub(crate) struct Keys(RefCell<BTreeMap<String, EcdsaKeyPair>>);

impl Keys {
    /// The public half.
    pub(super) fn create(&self, name: &str) -> Json {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random);
        let pair = pair.expect("the key that was just made");
        // An uncompressed point: 4, x, y.
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        let members = [("kty", "EC".to_owned()), ("crv", "P-256".to_owned())];
        let coordinates = [("x", base64url::encode(x)), ("y", base64url::encode(y))];
        let members = members.into_iter().chain(coordinates).map(|(name, value)| (name.to_owned(), value.into()));
        self.0.borrow_mut().insert(name.to_owned(), pair);
        Json::Object(members.collect())
    }

    pub(super) fn sign(&self, name: &str, signed: &[u8]) -> Result<Vec<u8>, KeyError> {
        let keys = self.0.borrow();
        let pair = keys.get(name).ok_or(KeyError::Lost)?;
        Ok(pair.sign(&SystemRandom::new(), signed).expect("a signature").as_ref().to_vec())
    }

    pub(crate) fn remove(&self, prefix: &str, before: Option<&str>) {
        let meant = |name: &str| name.starts_with(prefix) && before.is_none_or(|before| name < before);
        self.0.borrow_mut().retain(|name, _| !meant(name));
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.borrow().len()
    }
}
