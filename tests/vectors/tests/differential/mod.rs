//! The same tokens judged by Keyward and by another crate. Whatever they disagree about has its reason in the table of
//! [`mutations`]; anything else fails, and so does a reason that explains nothing any more.

mod damage;
mod draft;
mod mutations;
mod other;
mod signer;

use crate::judge::judge;
use damage::DAMAGES;
use draft::Draft;
use jsonwebtoken::jwk::JwkSet;
use keyward::platform::sim::Chance;
use keyward::protocol::id_token::{Expectations, validate};
use keyward::protocol::jwks::KeySet;
use mutations::{Difference, MUTATIONS, Mutation};
use signer::{ALGORITHMS, Signer};
use std::collections::BTreeMap;

const ISSUER: &str = "https://idp.example";
const AUDIENCE: &str = "app";
const SUBJECT: &str = "alice";
const NONCE: &str = "n-0S6_WzA2Mj";
const ACCESS_TOKEN: &str = "SlAV32hkKG";
/// Long enough for the slowest machine: the other judge looks at the clock itself.
const TOLERANCE_SECONDS: u64 = 300;

const TOKENS: usize = 4000;
const SEED: u64 = 1;

/// The provider, what both judges know of it, and the present time in seconds.
struct Stage {
    signer: Signer,
    keys: KeySet,
    their_keys: JwkSet,
    now: u64,
}

#[test]
fn d1_d2_the_honest_token_of_every_algorithm_is_accepted_by_both() {
    let stage = Stage::new();
    for algorithm in ALGORITHMS {
        let token = stage.draft(algorithm).sign(&stage.signer);
        assert_eq!((stage.keyward(&token), stage.theirs(&token)), (Ok(()), Ok(())), "{algorithm}");
    }
}

#[test]
fn d1_d2_every_mutation_alone_is_judged_alike_or_explained() {
    let stage = Stage::new();
    let mut wrong = Vec::new();
    for mutation in MUTATIONS {
        let mut disagreements = 0;
        for algorithm in ALGORITHMS {
            let mut draft = stage.draft(algorithm);
            (mutation.apply)(&mut draft, stage.now);
            let (ours, theirs) = stage.compare(&draft.sign(&stage.signer), &[mutation]);
            disagreements += usize::from(ours != theirs);
        }
        let expected = if mutation.difference == Difference::None { 0 } else { ALGORITHMS.len() };
        if disagreements != expected {
            wrong.push((mutation.name, disagreements, mutation.difference));
        }
    }
    assert!(wrong.is_empty(), "disagreements, and what the table says: {wrong:#?}");
}

#[test]
fn d1_d2_random_tokens_are_judged_alike_or_explained() {
    let stage = Stage::new();
    let mut chance = Chance::new(SEED);
    let mut tally: BTreeMap<(bool, bool), usize> = BTreeMap::new();
    for _ in 0..TOKENS {
        let mut draft = stage.draft(ALGORITHMS[chance.below(ALGORITHMS.len())]);
        let applied: Vec<&Mutation> = (0..chance.below(4)).map(|_| &MUTATIONS[chance.below(MUTATIONS.len())]).collect();
        for mutation in &applied {
            (mutation.apply)(&mut draft, stage.now);
        }
        let mut token = draft.sign(&stage.signer);
        // What is signed by nobody any more is refused soon; most tokens stay whole, so that their claims are judged.
        if chance.percent(30) {
            let (_, damage) = DAMAGES[chance.below(DAMAGES.len())];
            token = damage(&token, &mut chance);
        }
        *tally.entry(stage.compare(&token, &applied)).or_default() += 1;
    }
    println!("of {TOKENS} tokens");
    for ((ours, theirs), count) in &tally {
        println!("{count:>5}: Keyward accepts {ours}, jsonwebtoken accepts {theirs}");
    }
    assert!(
        [(true, true), (false, false)].iter().all(|both| tally.get(both).is_some_and(|count| *count > TOKENS / 10))
    );
}

#[test]
fn d2_every_damage_after_signing_is_refused_by_both() {
    let stage = Stage::new();
    let mut chance = Chance::new(SEED);
    for algorithm in ALGORITHMS {
        for (name, damage) in DAMAGES {
            for _ in 0..20 {
                let whole = stage.draft(algorithm).sign(&stage.signer);
                let token = damage(&whole, &mut chance);
                if token != whole {
                    let verdicts = (stage.keyward(&token).is_err(), stage.theirs(&token).is_err());
                    assert_eq!(verdicts, (true, true), "{name}: {token:?}");
                }
            }
        }
    }
}

impl Stage {
    fn new() -> Stage {
        other::install();
        let signer = Signer::new();
        let keys = signer.key_set();
        let their_keys = serde_json::from_value(signer.public()).unwrap();
        Stage { signer, keys, their_keys, now: jsonwebtoken::get_current_timestamp() }
    }

    /// An honest ID token.
    fn draft(&self, algorithm: &'static str) -> Draft {
        let text = |text: &str| format!("\"{text}\"");
        let members = |members: &[(&str, String)]| {
            members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect::<draft::Members>()
        };
        Draft {
            algorithm,
            header: members(&[("alg", text(algorithm)), ("kid", text(Signer::kid(algorithm))), ("typ", text("JWT"))]),
            claims: members(&[
                ("iss", text(ISSUER)),
                ("aud", text(AUDIENCE)),
                ("sub", text(SUBJECT)),
                ("iat", (self.now - 1).to_string()),
                ("exp", (self.now + 3600).to_string()),
                ("auth_time", (self.now - 10).to_string()),
                ("nonce", text(NONCE)),
            ]),
            payload: None,
        }
    }

    fn keyward(&self, token: &str) -> Result<(), String> {
        let compact = judge(token, &self.keys)?;
        let hash = compact.header.alg.hash().digest(ACCESS_TOKEN.as_bytes());
        let expectations = Expectations {
            issuer: ISSUER,
            client_id: AUDIENCE,
            nonce: Some(NONCE),
            max_age_seconds: Some(3600),
            access_token_hash: Some(&hash),
            tolerance: (TOLERANCE_SECONDS * 1000) as i64,
            ..Expectations::default()
        };
        let verdict = validate(&compact, &expectations, (self.now * 1000) as i64);
        verdict.map(|_| ()).map_err(|error| error.message.clone().into_owned())
    }

    fn theirs(&self, token: &str) -> Result<(), String> {
        other::judge(token, &self.their_keys)
    }

    /// Whether Keyward and the other judge accept the token. If they disagree, one of the mutations must explain it.
    fn compare(&self, token: &str, applied: &[&Mutation]) -> (bool, bool) {
        let (ours, theirs) = (self.keyward(token), self.theirs(token));
        let explained = match (&ours, &theirs) {
            (Ok(()), Err(_)) => applied.iter().any(|mutation| matches!(mutation.difference, Difference::Laxer(_))),
            (Err(_), Ok(())) => applied.iter().any(|mutation| matches!(mutation.difference, Difference::Stricter(_))),
            _ => true,
        };
        let names: Vec<_> = applied.iter().map(|mutation| mutation.name).collect();
        assert!(explained, "{names:?}: Keyward {ours:?}, jsonwebtoken {theirs:?}\n{token}");
        (ours.is_ok(), theirs.is_ok())
    }
}
