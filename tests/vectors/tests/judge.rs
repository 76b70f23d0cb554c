//! A token through Keyward's code as a client takes it: decode, choose the keys, verify.

use crate::verify::verify;
use keyward::platform::sim::parse_json;
use keyward::protocol::base64url;
use keyward::protocol::jose::Compact;
use keyward::protocol::jwks::KeySet;

/// Accepts the token, or says why not.
pub(crate) fn judge(token: &str, keys: &KeySet) -> Result<Compact, String> {
    let compact = decode(token)?;
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
    let json = parse_json(&keys.to_string()).expect("a vector's keys are JSON");
    KeySet::from_json(&json).expect("a vector's keys are a set")
}

/// An ID token carries a JSON object, a vector anything. For a payload that is something else, in sound base64url, an
/// empty object stands in while Keyward decodes the rest.
fn decode(token: &str) -> Result<Compact, String> {
    const EMPTY_OBJECT: &str = "e30";
    let refused = |error: keyward::Error| error.message.clone().into_owned();
    if let Ok(compact) = Compact::decode(token, parse_json) {
        return Ok(compact);
    }
    match *token.split('.').collect::<Vec<_>>().as_slice() {
        [header, payload, signature] if base64url::decode(payload).is_some() => {
            let stand_in = [header, EMPTY_OBJECT, signature].join(".");
            let compact = Compact::decode(&stand_in, parse_json).map_err(refused)?;
            Ok(Compact { signing_input: [header, payload].join("."), ..compact })
        }
        _ => Compact::decode(token, parse_json).map_err(refused),
    }
}
