//! Keyward's verification of signatures in a browser, for a page that hands it the published vectors.
#![cfg(target_arch = "wasm32")]

use keyward::platform::{CryptoError, Platform as _};
use keyward::web::{Storage, Web};
use vector_tests::reading::{decode, key_set};
use wasm_bindgen::prelude::*;

/// `accepted`, `refused: …` or, if this browser's WebCrypto does not know the algorithm, `unsupported`.
#[wasm_bindgen]
pub async fn judge(token: String, keys: String) -> String {
    let compact = match decode(&token, Web::parse_json) {
        Ok(compact) => compact,
        Err(reason) => return ["refused: ", &reason].concat(),
    };
    let web = Web::new(Storage::Memory, "vectors");
    let mut verdict = "refused: no key fits".to_owned();
    for key in key_set(&keys, Web::parse_json).candidates(&compact.header) {
        let signed = compact.signing_input.as_bytes();
        verdict = match web.verify(key, compact.header.alg, signed, &compact.signature).await {
            Ok(true) => return "accepted".to_owned(),
            Ok(false) => "refused: the signature is wrong".to_owned(),
            Err(CryptoError::InvalidKey) => "refused: the key is none".to_owned(),
            Err(CryptoError::UnsupportedAlgorithm) => "unsupported".to_owned(),
            Err(CryptoError::Unavailable) => "failed: no WebCrypto".to_owned(),
        };
    }
    verdict
}
