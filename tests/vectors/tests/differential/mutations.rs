//! What is done to a token before it is signed, by a provider that is mistaken or hostile, and what that explains.

use super::draft::Draft;
use super::{AUDIENCE, ISSUER, SUBJECT};

/// Why the two judges may differ about a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Difference {
    /// There is no reason to.
    None,
    /// Keyward has to refuse; the other judge may accept, because it does not know the rule.
    Stricter(&'static str),
    /// Keyward may accept what the other judge refuses.
    Laxer(&'static str),
}

use Difference::{Laxer, None as Agree, Stricter};

/// One change of a token. The function gets the present time in seconds.
pub(super) struct Mutation {
    pub(super) name: &'static str,
    pub(super) difference: Difference,
    pub(super) apply: fn(&mut Draft, u64),
}

const fn mutation(name: &'static str, difference: Difference, apply: fn(&mut Draft, u64)) -> Mutation {
    Mutation { name, difference, apply }
}

const OIDC: Difference = Stricter("a rule of OpenID Connect, which a library for any JWT does not know");
const ABSENT: Difference = Laxer("a claim that is null, as some providers write it, is one that is absent");
const LAST_WINS: Difference = Laxer(
    "of a repeated member the last counts, as in every browser (RFC 7515 section 4 and RFC 7519 section 4 allow both)",
);
const UNKNOWN: Difference =
    Laxer("a member that Keyward does not know is ignored, whatever its type (RFC 7515 section 4)");
const FAR_FUTURE: Difference = Laxer("a time beyond all clocks is the far future; the other judge counts in 64 bits");

/// The table: every change, and the disagreement that it explains.
pub(super) const MUTATIONS: &[Mutation] = &[
    // the header
    mutation("alg none", Agree, |draft, _| Draft::set(&mut draft.header, "alg", "\"none\"")),
    mutation("alg HS256", Agree, |draft, _| Draft::set(&mut draft.header, "alg", "\"HS256\"")),
    mutation("alg in lower case", Agree, |draft, _| Draft::set(&mut draft.header, "alg", "\"rs256\"")),
    mutation("alg of another key", Agree, |draft, _| Draft::set(&mut draft.header, "alg", "\"ES384\"")),
    mutation("alg of the same kind", Agree, |draft, _| Draft::set(&mut draft.header, "alg", "\"PS256\"")),
    mutation("no alg", Agree, |draft, _| Draft::remove(&mut draft.header, "alg")),
    mutation("alg number", Agree, |draft, _| Draft::set(&mut draft.header, "alg", "256")),
    mutation("no kid", Agree, |draft, _| Draft::remove(&mut draft.header, "kid")),
    mutation("kid unknown", Agree, |draft, _| Draft::set(&mut draft.header, "kid", "\"nobody\"")),
    mutation("kid of the encryption key", Agree, |draft, _| Draft::set(&mut draft.header, "kid", "\"encryption\"")),
    mutation("kid number", Agree, |draft, _| Draft::set(&mut draft.header, "kid", "1")),
    mutation("kid null", Agree, |draft, _| Draft::set(&mut draft.header, "kid", "null")),
    mutation("no typ", Agree, |draft, _| Draft::remove(&mut draft.header, "typ")),
    mutation("typ in lower case", Agree, |draft, _| Draft::set(&mut draft.header, "typ", "\"jwt\"")),
    mutation("typ null", Agree, |draft, _| Draft::set(&mut draft.header, "typ", "null")),
    mutation(
        "typ of an access token",
        Stricter("a token of another kind is no ID token (RFC 8725 section 3.11)"),
        |draft, _| Draft::set(&mut draft.header, "typ", "\"at+jwt\""),
    ),
    mutation(
        "crit",
        Stricter("critical extensions that are not understood refuse the token (RFC 7515 section 4.1.11)"),
        |draft, _| Draft::set(&mut draft.header, "crit", "[\"exp\"]"),
    ),
    mutation("b64", Stricter("an unencoded payload is an extension that is not understood (RFC 7797)"), |draft, _| {
        Draft::set(&mut draft.header, "b64", "true")
    }),
    mutation("jwk", Agree, |draft, _| {
        Draft::set(&mut draft.header, "jwk", r#"{"kty":"oct","k":"AAAA"}"#);
    }),
    mutation("jku", Agree, |draft, _| Draft::set(&mut draft.header, "jku", "\"https://evil.example/keys\"")),
    mutation("x5u", Agree, |draft, _| Draft::set(&mut draft.header, "x5u", "\"https://evil.example/chain\"")),
    mutation("x5c", Agree, |draft, _| Draft::set(&mut draft.header, "x5c", "[\"AAAA\"]")),
    mutation("unknown header member", Agree, |draft, _| Draft::set(&mut draft.header, "x", "[1,{}]")),
    mutation("zip of another type", UNKNOWN, |draft, _| Draft::set(&mut draft.header, "zip", "1")),
    mutation("kid twice", LAST_WINS, |draft, _| {
        let again = draft.header.iter().find(|(name, _)| name == "kid").cloned();
        draft.header.insert(0, ("kid".to_owned(), "\"nobody\"".to_owned()));
        draft.header.extend(again);
    }),
    // the claims of any JWT
    mutation("iss another", Agree, |draft, _| Draft::set(&mut draft.claims, "iss", "\"https://evil.example\"")),
    mutation("iss with a slash", Agree, |draft, _| Draft::set(&mut draft.claims, "iss", format!("\"{ISSUER}/\""))),
    mutation("no iss", Agree, |draft, _| Draft::remove(&mut draft.claims, "iss")),
    mutation("iss number", Agree, |draft, _| Draft::set(&mut draft.claims, "iss", "1")),
    mutation("iss array", Stricter("`iss` is one string (RFC 7519 section 4.1.1)"), |draft, _| {
        Draft::set(&mut draft.claims, "iss", format!("[\"{ISSUER}\",\"https://evil.example\"]"));
    }),
    mutation("iss twice", LAST_WINS, |draft, _| {
        draft.claims.insert(0, ("iss".to_owned(), "\"https://evil.example\"".to_owned()));
    }),
    mutation("aud another", Agree, |draft, _| Draft::set(&mut draft.claims, "aud", "\"somebody else\"")),
    mutation("no aud", Agree, |draft, _| Draft::remove(&mut draft.claims, "aud")),
    mutation("aud number", Agree, |draft, _| Draft::set(&mut draft.claims, "aud", "1")),
    mutation("aud list of one", Agree, |draft, _| Draft::set(&mut draft.claims, "aud", format!("[\"{AUDIENCE}\"]"))),
    mutation("aud empty list", Agree, |draft, _| Draft::set(&mut draft.claims, "aud", "[]")),
    mutation("aud with a number", Agree, |draft, _| {
        Draft::set(&mut draft.claims, "aud", format!("[\"{AUDIENCE}\",1]"));
    }),
    mutation("aud with another", OIDC, |draft, _| {
        Draft::set(&mut draft.claims, "aud", format!("[\"{AUDIENCE}\",\"somebody else\"]"));
    }),
    mutation("exp over", Agree, |draft, now| Draft::set(&mut draft.claims, "exp", (now - 3600).to_string())),
    mutation("exp over, within the tolerance", Agree, |draft, now| {
        Draft::set(&mut draft.claims, "exp", (now - 5).to_string());
    }),
    mutation("exp with a fraction", Agree, |draft, now| Draft::set(&mut draft.claims, "exp", format!("{now}.75"))),
    mutation("exp zero", Agree, |draft, _| Draft::set(&mut draft.claims, "exp", "0")),
    mutation("exp negative", Agree, |draft, _| Draft::set(&mut draft.claims, "exp", "-1")),
    mutation("exp string", Agree, |draft, now| Draft::set(&mut draft.claims, "exp", format!("\"{}\"", now + 3600))),
    mutation("exp null", Agree, |draft, _| Draft::set(&mut draft.claims, "exp", "null")),
    mutation("no exp", Agree, |draft, _| Draft::remove(&mut draft.claims, "exp")),
    mutation("exp far", FAR_FUTURE, |draft, _| Draft::set(&mut draft.claims, "exp", "1e30")),
    mutation("nbf over", Agree, |draft, now| Draft::set(&mut draft.claims, "nbf", (now - 5).to_string())),
    mutation("nbf ahead", Agree, |draft, now| Draft::set(&mut draft.claims, "nbf", (now + 3600).to_string())),
    mutation("nbf string", Agree, |draft, _| Draft::set(&mut draft.claims, "nbf", "\"1\"")),
    mutation("nbf null", ABSENT, |draft, _| Draft::set(&mut draft.claims, "nbf", "null")),
    mutation(
        "nbf negative",
        Laxer("a time before 1970 is a time; the other judge counts without a sign"),
        |draft, _| {
            Draft::set(&mut draft.claims, "nbf", "-1");
        },
    ),
    mutation("no sub", Agree, |draft, _| Draft::remove(&mut draft.claims, "sub")),
    mutation("sub number", Agree, |draft, _| Draft::set(&mut draft.claims, "sub", "1")),
    mutation("sub in escapes", Agree, |draft, _| Draft::set(&mut draft.claims, "sub", r#""\u0061lice\n""#)),
    mutation("sub another", Agree, |draft, _| Draft::set(&mut draft.claims, "sub", format!("\"{SUBJECT}2\""))),
    mutation("unknown claims", Agree, |draft, _| {
        Draft::set(&mut draft.claims, "__proto__", r#"{"iss":1}"#);
        Draft::set(&mut draft.claims, "address", r#"{"formatted":"1 \"Main\" Street","x":[1.5,-2,true,null]}"#);
    }),
    // the claims of an ID token
    mutation("sub empty", OIDC, |draft, _| Draft::set(&mut draft.claims, "sub", "\"\"")),
    mutation("sub too long", OIDC, |draft, _| Draft::set(&mut draft.claims, "sub", format!("\"{}\"", "a".repeat(256)))),
    mutation("no iat", OIDC, |draft, _| Draft::remove(&mut draft.claims, "iat")),
    mutation("iat ahead", OIDC, |draft, now| Draft::set(&mut draft.claims, "iat", (now + 3600).to_string())),
    mutation("iat string", OIDC, |draft, now| Draft::set(&mut draft.claims, "iat", format!("\"{now}\""))),
    mutation("no nonce", OIDC, |draft, _| Draft::remove(&mut draft.claims, "nonce")),
    mutation("nonce of another", OIDC, |draft, _| Draft::set(&mut draft.claims, "nonce", "\"another\"")),
    mutation("azp another", OIDC, |draft, _| Draft::set(&mut draft.claims, "azp", "\"another\"")),
    mutation("azp this client", Agree, |draft, _| Draft::set(&mut draft.claims, "azp", format!("\"{AUDIENCE}\""))),
    mutation("acr number", OIDC, |draft, _| Draft::set(&mut draft.claims, "acr", "1")),
    mutation("no auth_time", OIDC, |draft, _| Draft::remove(&mut draft.claims, "auth_time")),
    mutation("auth_time long ago", OIDC, |draft, now| {
        Draft::set(&mut draft.claims, "auth_time", (now - 100_000).to_string());
    }),
    mutation("at_hash of another", OIDC, |draft, _| {
        Draft::set(&mut draft.claims, "at_hash", "\"AAAAAAAAAAAAAAAAAAAAAA\"")
    }),
    // the payload as a text
    mutation("payload array", Agree, |draft, _| draft.payload = Some("[]".to_owned())),
    mutation("payload text", Agree, |draft, _| draft.payload = Some("hello".to_owned())),
    mutation("payload empty", Agree, |draft, _| draft.payload = Some(String::new())),
    mutation("payload with more behind it", Agree, |draft, _| draft.payload = Some("{}{}".to_owned())),
    mutation(
        "nested too deep",
        Stricter("JSON of more than 100 levels is refused, so that recursion is bounded"),
        |draft, _| {
            Draft::set(&mut draft.claims, "deep", ["[".repeat(110), "]".repeat(110)].concat());
        },
    ),
    mutation("too large", Stricter("a token of more than 512 KiB is refused before it is decoded"), |draft, _| {
        Draft::set(&mut draft.claims, "picture", format!("\"{}\"", "a".repeat(400_000)));
    }),
];
