//! The JOSE vectors of Project Wycheproof. Those of encrypted tokens are judged, too: none may pass for a signed one.

use crate::folder::Folder;
use crate::{Case, Verdict};
use serde_json::{Value, json};

const FILES: [&str; 3] = ["json_web_signature_test.json", "json_web_crypto_test.json", "json_web_key_test.json"];

pub(crate) fn cases(folder: &Folder) -> Vec<Case> {
    FILES.iter().flat_map(|file| file_cases(file, &folder.json(file))).collect()
}

fn file_cases(source: &'static str, file: &Value) -> Vec<Case> {
    let mut cases = Vec::new();
    for group in list(&file["testGroups"]) {
        let title = group["comment"].as_str().unwrap_or_default();
        let keys = corrected(title, key_set(group));
        for test in list(&group["tests"]) {
            let token = test.get("jws").or(test.get("jwe")).unwrap_or_else(|| panic!("{source} {title}: no token"));
            cases.push(Case {
                source,
                name: format!("{title} {} {}", test["tcId"], test["comment"].as_str().unwrap_or_default()),
                algorithm: algorithm(&keys, test),
                // The JSON serialization of a token is an object.
                token: token.as_str().map_or_else(|| token.to_string(), str::to_owned),
                keys: keys.clone(),
                published: verdict(test),
            });
        }
    }
    assert_eq!(Some(cases.len() as u64), file["numberOfTests"].as_u64(), "{source}: every test is read");
    cases
}

fn key_set(group: &Value) -> Value {
    let key = group.get("public").or(group.get("private")).unwrap_or(&Value::Null);
    if key.get("keys").is_some() { key.clone() } else { json!({ "keys": [key] }) }
}

/// The groups made from RFC 7520 name the wrong algorithm in two keys: ES521, which there is not, for ES512, and
/// PS256 where the example of section 4.2 is PS384.
fn corrected(title: &str, mut keys: Value) -> Value {
    if title.starts_with("rfc7520") {
        let alg = &mut keys["keys"][0]["alg"];
        match alg.as_str() {
            Some("ES521") => *alg = "ES512".into(),
            Some("PS256") => *alg = "PS384".into(),
            _ => {}
        }
    }
    keys
}

fn algorithm(keys: &Value, test: &Value) -> String {
    let algs = || list(&keys["keys"]).iter().filter_map(|key| key["alg"].as_str());
    match algs().next() {
        _ if test.get("jwe").is_some() => "encryption".to_owned(),
        Some(alg) => alg.to_owned(),
        None => "not said".to_owned(),
    }
}

fn verdict(test: &Value) -> Verdict {
    let ambiguous = list(&test["flags"]).iter().any(|flag| flag == "Ambiguous");
    match test["result"].as_str() {
        _ if ambiguous => Verdict::Undecided,
        Some("valid") => Verdict::Valid,
        Some("invalid") => Verdict::Invalid,
        other => panic!("test {} has the result {other:?}", test["tcId"]),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
