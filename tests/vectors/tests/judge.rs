//! A token through Keyward's code as a client takes it: decode, choose the keys, verify.

use crate::verify::verify;
use keyward::platform::sim::parse_json;
use keyward::protocol::jose::Compact;
use keyward::protocol::jwks::KeySet;
use vector_tests::reading;

/// Accepts the token, or says why not.
pub(crate) fn judge(token: &str, keys: &KeySet) -> Result<Compact, String> {
    let compact = reading::decode(token, parse_json)?;
    let signed = compact.signing_input.as_bytes();
    let candidates = keys.candidates(&compact.header);
    if candidates.is_empty() {
        return Err("no key fits".to_owned());
    }
    let good = candidates.into_iter().any(|key| verify(key, compact.header.alg, signed, &compact.signature));
    if good { Ok(compact) } else { Err("the signature is wrong".to_owned()) }
}

/// The key set in Keyward's reading.
pub(crate) fn key_set(keys: &serde_json::Value) -> KeySet {
    reading::key_set(&keys.to_string(), parse_json)
}
