//! A vector's token and keys as Keyward reads them, up to the point where a signature is to be verified.

use keyward::protocol::base64url;
use keyward::protocol::jose::Compact;
use keyward::protocol::json::Parser;
use keyward::protocol::jwks::KeySet;

/// The key set in Keyward's reading.
pub fn key_set(keys: &str, parse: Parser) -> KeySet {
    let json = parse(keys).expect("a vector's keys are JSON");
    KeySet::from_json(&json).expect("a vector's keys are a set")
}

/// The token, or why it is refused. An ID token carries a JSON object, a vector anything: for a payload that is something
/// else, in sound base64url, an empty object stands in while Keyward decodes the rest.
pub fn decode(token: &str, parse: Parser) -> Result<Compact, String> {
    const EMPTY_OBJECT: &str = "e30";
    let refused = |error: keyward::Error| error.message.clone().into_owned();
    if let Ok(compact) = Compact::decode(token, parse) {
        return Ok(compact);
    }
    match *token.split('.').collect::<Vec<_>>().as_slice() {
        [header, payload, signature] if base64url::decode(payload).is_some() => {
            let stand_in = [header, EMPTY_OBJECT, signature].join(".");
            let compact = Compact::decode(&stand_in, parse).map_err(refused)?;
            Ok(Compact { signing_input: [header, payload].join("."), ..compact })
        }
        _ => Compact::decode(token, parse).map_err(refused),
    }
}
