use super::*;
use crate::protocol::testing::{json, parse, response};

/// RFC 7638 section 3.1.
const RSA_MODULUS: &str = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMst\
                           n64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5\
                           hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDK\
                           gw";

fn rsa(more: &str) -> String {
    [r#"{"kty":"RSA","n":""#, RSA_MODULUS, r#"","e":"AQAB""#, more, "}"].concat()
}

fn key(text: &str) -> Option<Jwk> {
    Jwk::from_json(&json(text))
}

/// A key of that curve whose coordinates have that many octets.
fn curve(kty: &str, crv: &str, size: usize, coordinates: &[&str]) -> String {
    let value = base64url::encode(&vec![7; size]);
    let coordinates: String = coordinates.iter().map(|name| format!(r#","{name}":"{value}""#)).collect();
    format!(r#"{{"kty":"{kty}","crv":"{crv}"{coordinates}}}"#)
}

/// A key of that curve with coordinates of different lengths.
fn uneven(crv: &str, x: usize, y: usize) -> String {
    let [x, y] = [x, y].map(|size| base64url::encode(&vec![7; size]));
    format!(r#"{{"kty":"EC","crv":"{crv}","x":"{x}","y":"{y}"}}"#)
}

fn header(alg: Algorithm, kid: Option<&str>) -> Header {
    Header { alg, kid: kid.map(str::to_owned), typ: None }
}

fn set(keys: &[&str]) -> KeySet {
    KeySet::from_json(&json(&[r#"{"keys":["#, &keys.join(","), "]}"].concat())).unwrap()
}

fn candidates(set: &KeySet, header: &Header) -> Vec<String> {
    set.candidates(header).into_iter().map(|key| key.kid.clone().unwrap_or_default()).collect()
}

#[test]
fn rfc_7638_section_3_1_example() {
    let key = key(&rsa(r#","alg":"RS256","kid":"2011-04-29""#)).unwrap();
    assert_eq!(thumbprint(&key), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

#[test]
fn rfc_8037_appendix_a_3_thumbprint() {
    let key = key(r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#).unwrap();
    assert_eq!(thumbprint(&key), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

#[test]
fn rfc_7517_appendix_a_1_example() {
    let ec = r#"{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","use":"enc","kid":"1"}"#;
    let read = set(&[ec, &rsa(r#","alg":"RS256","kid":"2011-04-29""#)]);
    assert_eq!(read.keys.len(), 1, "the first key is for encryption");
    assert_eq!(read.keys[0].kid.as_deref(), Some("2011-04-29"));
    assert_eq!(read.keys[0].kty, KeyType::Rsa);
    assert_eq!(read.keys[0].alg.as_deref(), Some("RS256"));
}

#[test]
fn only_public_members_are_kept() {
    let private =
        rsa(r#","kid":"a","use":"sig","key_ops":["verify"],"d":"secret","p":"secret","x5c":["MII"],"__proto__":{}"#);
    let key = key(&private).unwrap();
    let names = |json: &Json| json.members().unwrap().iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&key.json), ["e", "kty", "n"]);
    assert_eq!(names(&key.to_json()), ["e", "kty", "n", "kid"]);
}

#[test]
fn a_set_that_was_cached_is_read_back() {
    let read = set(&[&rsa(r#","kid":"a","alg":"PS256""#), &rsa(""), &curve("EC", "P-256", 32, &["x", "y"])]);
    assert_eq!(read.keys.len(), 3);
    let text = read.to_json().to_text();
    assert_eq!(KeySet::from_json(&json(&text)), Ok(read));
}

#[test]
fn b3_keys_that_cannot_verify_are_skipped() {
    let short = base64url::encode(&[[1].as_slice(), &[255; 255]].concat());
    let octets_of = |size: usize| base64url::encode(&vec![255; size]);
    let modulus = |n: &str| format!(r#"{{"kty":"RSA","e":"AQAB","n":"{n}"}}"#);
    for text in [
        r#"{"kty":"oct","k":"AAAA"}"#,
        r#"{"kty":"rsa","n":"AQAB","e":"AQAB"}"#,
        r#"{"kty":"AKP","pub":"AAAA"}"#,
        r#"{}"#,
        r#"[]"#,
        r#""key""#,
        &curve("EC", "secp256k1", 32, &["x", "y"]),
        &curve("OKP", "X25519", 32, &["x"]),
        &curve("OKP", "Ed448", 57, &["x"]),
        &curve("EC", "P-256", 32, &["x"]),
        &curve("EC", "P-256", 31, &["x", "y"]),
        &curve("EC", "P-256", 33, &["x", "y"]),
        &curve("EC", "P-384", 32, &["x", "y"]),
        &curve("EC", "P-521", 65, &["x", "y"]),
        &uneven("P-256", 32, 31),
        &uneven("P-256", 31, 32),
        &uneven("P-384", 48, 49),
        &uneven("P-384", 47, 48),
        &uneven("P-521", 66, 65),
        &uneven("P-521", 65, 66),
        r#"{"kty":"OKP","crv":"Ed25519","x":"not base64url!"}"#,
        &curve("OKP", "Ed25519", 31, &["x"]),
        &curve("OKP", "Ed25519", 32, &["y"]),
        &rsa(r#","use":"enc""#),
        &rsa(r#","use":1"#),
        &rsa(r#","key_ops":["encrypt","wrapKey"]"#),
        &rsa(r#","key_ops":"verify""#),
        &rsa(r#","kid":1"#),
        &rsa(r#","alg":1"#),
        &rsa("").replace("AQAB", "AQAA"),
        &rsa("").replace("AQAB", "AQ"),
        &rsa("").replace("AQAB", "AAAB"),
        &rsa("").replace("AQAB", "AQAB="),
        &rsa("").replace("AQAB", ""),
        &modulus(""),
        &modulus("not base64url!"),
        &modulus(&short),
        &modulus(&octets_of(128)),
        &modulus(&base64url::encode(&[vec![0; 255], vec![1]].concat())),
        &modulus(&octets_of(2049)),
    ] {
        assert_eq!(key(text), None, "{text}");
    }
}

#[test]
fn d2_rsa_keys_have_2048_bits_counted_without_leading_zeros() {
    let modulus = |octets: &[u8]| format!(r#"{{"kty":"RSA","e":"Aw","n":"{}"}}"#, base64url::encode(octets));
    assert!(key(&modulus(&[[128].as_slice(), &[1; 255]].concat())).is_some());
    assert!(key(&modulus(&[[127].as_slice(), &[255; 255]].concat())).is_none());
    assert!(key(&modulus(&[[0, 128].as_slice(), &[1; 255]].concat())).is_some());
    assert!(key(&modulus(&[255; 2048])).is_some());
    assert_eq!([bits(&[]), bits(&[0]), bits(&[1]), bits(&[0, 0, 255]), bits(&[1, 0])], [0, 0, 1, 8, 9]);
}

#[test]
fn k1_keys_without_alg_and_use_are_good_and_null_means_absent() {
    for more in [
        "",
        r#","use":"sig""#,
        r#","key_ops":["verify","sign"]"#,
        r#","use":null,"alg":null,"kid":null,"key_ops":null"#,
    ] {
        let key = key(&rsa(more)).unwrap();
        assert_eq!((key.kid.as_deref(), key.alg.as_deref()), (None, None));
    }
}

#[test]
fn every_kind_fits_its_algorithms_and_no_other() {
    let keys = [
        (rsa(""), &Algorithm::ALL[..6]),
        (curve("EC", "P-256", 32, &["x", "y"]), &[Algorithm::Es256][..]),
        (curve("EC", "P-384", 48, &["x", "y"]), &[Algorithm::Es384][..]),
        (curve("EC", "P-521", 66, &["x", "y"]), &[Algorithm::Es512][..]),
        (curve("OKP", "Ed25519", 32, &["x"]), &[Algorithm::EdDsa][..]),
    ];
    for (text, algorithms) in keys {
        let key = key(&text).unwrap();
        let fitting: Vec<_> = Algorithm::ALL.iter().copied().filter(|algorithm| key.fits(*algorithm)).collect();
        assert_eq!(fitting, algorithms, "{text}");
    }
}

#[test]
fn d2_a_key_for_one_algorithm_verifies_no_other() {
    let key = key(&rsa(r#","alg":"RS256""#)).unwrap();
    let fitting: Vec<_> = Algorithm::ALL.iter().copied().filter(|algorithm| key.fits(*algorithm)).collect();
    assert_eq!(fitting, [Algorithm::Rs256]);
    for alg in ["EdDSA", "Ed25519"] {
        let text = curve("OKP", "Ed25519", 32, &["x"]).replace(r#""x""#, &format!(r#""alg":"{alg}","x""#));
        assert!(Jwk::from_json(&json(&text)).unwrap().fits(Algorithm::EdDsa), "{alg}");
    }
    assert!(!Jwk::from_json(&json(&rsa(r#","alg":"Ed25519""#))).unwrap().fits(Algorithm::Rs256));
    assert!(!Jwk::from_json(&json(&rsa(r#","alg":"RSA-OAEP""#))).unwrap().fits(Algorithm::Rs256));
}

#[test]
fn b3_a_kid_chooses_and_without_one_every_fitting_key_is_tried() {
    let keys = set(&[
        r#"{"kty":"unknown","kid":"a"}"#,
        &rsa(r#","kid":"a""#),
        &curve("EC", "P-256", 32, &["x", "y"]).replace(r#""kty""#, r#""kid":"a","kty""#),
        &rsa(r#","kid":"b","alg":"PS256""#),
        &rsa(""),
    ]);
    assert_eq!(candidates(&keys, &header(Algorithm::Rs256, Some("a"))), ["a"]);
    assert_eq!(keys.candidates(&header(Algorithm::Es256, Some("a")))[0].kty, KeyType::P256);
    assert_eq!(candidates(&keys, &header(Algorithm::Rs256, None)), ["a", ""]);
    assert_eq!(candidates(&keys, &header(Algorithm::Ps256, None)), ["a", "b", ""]);
    // What has no name may have any: so it is with a name that is unknown, or that of a key for something else.
    assert_eq!(candidates(&keys, &header(Algorithm::Rs256, Some("b"))), [""]);
    assert_eq!(candidates(&keys, &header(Algorithm::Rs256, Some("unknown"))), [""]);
    assert_eq!(candidates(&keys, &header(Algorithm::Es256, Some("unknown"))), [""; 0]);
    assert_eq!(candidates(&keys, &header(Algorithm::EdDsa, None)), [""; 0]);
    let named = |kid, alg| keys.has_named(&header(alg, kid));
    assert!(named(Some("a"), Algorithm::Rs256) && named(Some("b"), Algorithm::Ps256));
    assert!(!named(Some("b"), Algorithm::Rs256) && !named(Some("unknown"), Algorithm::Rs256));
    assert!(!named(None, Algorithm::Rs256), "to be without a name is no name");
}

#[test]
fn b3_whatever_their_names_the_keys_that_fit_are_no_more_than_can_be_tried() {
    let kid = |number: usize| rsa(&format!(r#","kid":"{number}""#));
    let many: Vec<String> = (0..100).map(kid).collect();
    let keys = set(&many.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(keys.fitting(Algorithm::Rs256).len(), MOST_TRIED);
    assert_eq!(keys.candidates(&header(Algorithm::Ps512, None)).len(), MOST_TRIED);
    assert_eq!(candidates(&keys, &header(Algorithm::Rs256, Some("99"))), ["99"], "a name is found wherever it is");
    assert!(keys.fitting(Algorithm::Es256).is_empty());
}

#[test]
fn b2_a_broken_answer_is_no_key_set() {
    let code = |status, body: &str| KeySet::process(&response(status, body), parse).err().map(|error| error.code);
    for (status, body) in
        [(404, r#"{"keys":[]}"#), (500, ""), (200, ""), (200, "<html>"), (200, "[]"), (200, r#"{"keys":[}"#)]
    {
        assert_eq!(code(status, body), Some(ErrorCode::DiscoveryFailed), "{body}");
    }
    for body in ["{}", r#"{"keys":{}}"#, r#"{"keys":null}"#] {
        assert_eq!(code(200, body), Some(ErrorCode::InvalidMetadata), "{body}");
    }
    assert_eq!(code(200, r#"{"keys":[]}"#), None);
    assert_eq!(code(200, r#"{"keys":[null,1,"x",[],{}]}"#), None);
}

#[test]
fn d2_rfc_8017_section_8_1_2_an_rsa_signature_is_as_long_as_the_modulus_and_smaller() {
    let modulus = base64url::decode(RSA_MODULUS).unwrap();
    let with_zeros = base64url::encode(&[vec![0, 0], modulus.clone()].concat());
    let keys = [rsa(""), rsa("").replace(RSA_MODULUS, &with_zeros)].map(|text| key(&text).unwrap());
    let less = [&modulus[..255], &[modulus[255] - 1]].concat();
    for key in &keys {
        assert!(key.admits(&less) && key.admits(&[0; 256]) && key.admits(&[[1].as_slice(), &[0xff; 255]].concat()));
        let zero_before = [&[0], less.as_slice()].concat();
        for other in [modulus.as_slice(), &[0xff; 256], &zero_before, &less[1..], &[0; 255], &[0; 512], &[]] {
            assert!(!key.admits(other), "{} octets", other.len());
        }
    }
    let p256 = key(&curve("EC", "P-256", 32, &["x", "y"])).unwrap();
    assert!(p256.admits(&[1; 64]), "the length of the others is WebCrypto's business");
}
