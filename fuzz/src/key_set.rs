//! A provider's key set.

use super::check::text;
use keyward::platform::sim::parse_json;
use keyward::protocol::base64url;
use keyward::protocol::http::Response;
use keyward::protocol::jose::{Algorithm, Header};
use keyward::protocol::jwks::{Jwk, KeySet, KeyType, thumbprint};

pub fn check(input: &[u8]) {
    let Some(body) = text(input) else { return };
    let response = Response { status: 200, body: body.to_owned(), ..Response::default() };
    let Ok(set) = KeySet::process(&response, parse_json) else { return };
    set.keys.iter().for_each(check_key);
    for algorithm in Algorithm::ALL {
        let header = |kid: Option<&str>| Header { alg: *algorithm, kid: kid.map(str::to_owned), typ: None };
        for key in set.candidates(&header(None)) {
            assert!(key.fits(*algorithm));
            let named = set.candidates(&header(key.kid.as_deref()));
            assert!(named.contains(&key), "a key is found by its name");
        }
    }
    let cached = parse_json(&set.to_json().to_text()).expect("what Keyward writes is JSON");
    assert_eq!(KeySet::from_json(&cached).expect("what was accepted once is accepted from the cache"), set);
}

fn check_key(key: &Jwk) {
    let names: Vec<&str> = key.json.members().unwrap_or_default().iter().map(|(name, _)| name.as_str()).collect();
    assert!(
        names.iter().all(|name| ["kty", "crv", "e", "n", "x", "y"].contains(name)),
        "public members only: {names:?}"
    );
    let octets = |name: &str| key.json.str(name).and_then(base64url::decode);
    match key.kty {
        KeyType::Rsa => {
            let modulus: Vec<u8> =
                octets("n").unwrap_or_default().into_iter().skip_while(|octet| *octet == 0).collect();
            assert!(modulus.len() >= 256 && (modulus.len() > 256 || modulus[0] >= 0x80), "D2: at least 2048 bits");
            assert!(octets("e").is_some());
        }
        _ => assert!(octets("x").is_some_and(|x| matches!(x.len(), 32 | 48 | 66))),
    }
    assert_eq!(thumbprint(key).len(), 43);
}
