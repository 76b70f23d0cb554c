//! The signature examples of RFC 7520 (the JOSE cookbook) and its later addition for Ed25519.

use crate::folder::Folder;
use crate::{Case, Verdict};
use serde_json::json;

const FILES: [&str; 4] =
    ["4_1.rsa_v15_signature.json", "4_2.rsa-pss_signature.json", "4_3.ecdsa_signature.json", "jws.json"];

pub(crate) fn cases(folder: &Folder) -> Vec<Case> {
    FILES.iter().flat_map(|file| file_cases(folder, file)).collect()
}

/// The token in its compact form, and in its JSON form, which no client reads.
fn file_cases(folder: &Folder, source: &'static str) -> [Case; 2] {
    let example = folder.json(source);
    let input = &example["input"];
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_else(|| panic!("{source}: no text")).to_owned();
    let case = |form: &str, token: String, published| Case {
        source,
        name: format!("{}, {form}", text(&example["title"])),
        algorithm: text(&input["alg"]),
        token,
        keys: json!({ "keys": [input["key"]] }),
        published,
    };
    let output = &example["output"];
    [
        case("compact", text(&output["compact"]), Verdict::Valid),
        case("flattened JSON", output["json_flat"].to_string(), Verdict::Invalid),
    ]
}
