//! Tokens for one resource and some scopes, beside the session's own (RFC 8707, RFC 6749 section 6): from the same grant,
//! by the same refresh token, under the same lock.

use super::fields::{Corrupt, Fields, object};
use super::record::{Access, decode_access, encode_access};
use crate::prelude::*;
use crate::protocol::Millis;
use crate::protocol::json::Json;
use crate::protocol::url::pieces;

/// So many tokens are kept; the oldest give way.
const MOST_TOKENS: usize = 16;
/// So many ways to ask for one of them are remembered.
const MOST_ASKED: usize = 8;

/// What a token is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// The resource; `None` means that of the session's own token.
    pub resource: Option<String>,
    /// Scope values, separated by spaces; `None` means all that were granted.
    pub scope: Option<String>,
}

/// A token that was asked for so.
#[derive(Clone, PartialEq)]
pub struct TargetedToken {
    resource: Option<String>,
    /// The scope that was granted, which decides what it is kept under: a provider may give more or less.
    scope: String,
    /// The scopes that were asked for, and brought it.
    asked: Vec<String>,
    pub(super) access: Access,
}

impl TargetedToken {
    pub(super) fn new(target: &Target, granted: Option<String>, all: &str, access: Access) -> TargetedToken {
        let asked = target.scope.clone().unwrap_or_default();
        // What is not said is as it was asked for (RFC 6749 section 5.1).
        let scope = granted.or_else(|| target.scope.clone()).unwrap_or_else(|| all.to_owned());
        TargetedToken { resource: target.resource.clone(), scope, asked: vec![asked], access }
    }

    fn serves(&self, target: &Target) -> bool {
        let asked = target.scope.as_deref().unwrap_or_default();
        self.resource == target.resource
            && (self.asked.iter().any(|known| same(known, asked)) || (!asked.is_empty() && same(&self.scope, asked)))
    }

    pub(super) fn encode(&self) -> Json {
        object([
            ("resource", self.resource.clone().into()),
            ("scope", self.scope.as_str().into()),
            ("asked", encode_texts(&self.asked)),
            ("access", encode_access(&self.access)),
        ])
    }

    pub(super) fn decode(json: &Json) -> Result<TargetedToken, Corrupt> {
        let fields = Fields(json);
        Ok(TargetedToken {
            resource: fields.optional_text("resource")?,
            scope: fields.text("scope")?.to_owned(),
            asked: decode_texts(fields.present("asked").ok_or(Corrupt)?)?,
            access: fields.present("access").ok_or(Corrupt).and_then(decode_access)?,
        })
    }
}

pub(super) fn encode_texts(texts: &[String]) -> Json {
    Json::Array(texts.iter().map(|text| text.as_str().into()).collect())
}

pub(super) fn decode_texts(json: &Json) -> Result<Vec<String>, Corrupt> {
    json.elements().ok_or(Corrupt)?.iter().map(|text| text.as_str().map(str::to_owned).ok_or(Corrupt)).collect()
}

/// The token that serves that target.
pub(super) fn find<'a>(tokens: &'a [TargetedToken], target: &Target) -> Option<&'a Access> {
    tokens.iter().find(|token| token.serves(target)).map(|token| &token.access)
}

/// The tokens with a new one among them, which replaces what was granted for the same. Expired ones are left out.
pub(super) fn with(tokens: &[TargetedToken], mut new: TargetedToken, now: Millis) -> Vec<TargetedToken> {
    let mut kept = Vec::new();
    for token in tokens {
        let same_grant = token.resource == new.resource && same(&token.scope, &new.scope);
        let asked = new.asked.first().cloned().unwrap_or_default();
        let mut token = token.clone();
        // One way to ask leads to one token: the latest.
        token.asked.retain(|known| token.resource != new.resource || !same(known, &asked));
        if same_grant {
            new.asked.extend(token.asked);
            new.asked.truncate(MOST_ASKED);
        } else if token.access.is_valid(now) {
            kept.push(token);
        }
    }
    if kept.len() == MOST_TOKENS {
        kept.remove(0);
    }
    kept.push(new);
    kept
}

/// The tokens that may be handed out still.
pub(super) fn valid(tokens: &[TargetedToken], now: Millis) -> Vec<TargetedToken> {
    tokens.iter().filter(|token| token.access.is_valid(now)).cloned().collect()
}

/// Whether both have the same scope values, in whatever order.
pub(super) fn same(one: &str, other: &str) -> bool {
    within(one, other) && within(other, one)
}

/// Whether every scope value of one is among the other's.
pub(super) fn within(one: &str, other: &str) -> bool {
    let values = pieces(other, b" ");
    pieces(one, b" ").iter().all(|value| value.is_empty() || values.contains(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::testing::{OBTAINED, access};

    fn target(resource: Option<&str>, scope: Option<&str>) -> Target {
        Target { resource: resource.map(str::to_owned), scope: scope.map(str::to_owned) }
    }

    fn token(target: &Target, granted: Option<&str>, text: &str) -> TargetedToken {
        TargetedToken::new(target, granted.map(str::to_owned), "all", Access { token: text.into(), ..access() })
    }

    fn found(tokens: &[TargetedToken], target: &Target) -> Option<String> {
        find(tokens, target).map(|access| String::from(&*access.token))
    }

    #[test]
    fn h3_tokens_are_kept_apart_by_resource_and_scope_set() {
        let (a, b) = (Some("https://a.example"), Some("https://b.example"));
        let mut tokens = Vec::new();
        for (resource, scope, text) in [(a, "read", "a-read"), (a, "read write", "a-both"), (b, "read", "b-read")] {
            let target = target(resource, Some(scope));
            tokens = with(&tokens, token(&target, Some(scope), text), OBTAINED);
        }
        assert_eq!(found(&tokens, &target(a, Some("read"))).as_deref(), Some("a-read"));
        assert_eq!(found(&tokens, &target(a, Some("write  read"))).as_deref(), Some("a-both"));
        assert_eq!(found(&tokens, &target(b, Some("read"))).as_deref(), Some("b-read"));
        assert_eq!(found(&tokens, &target(b, Some("write"))), None);
        assert_eq!(found(&tokens, &target(None, Some("read"))), None);
        assert_eq!(found(&tokens, &target(a, None)), None, "all that was granted is another question");
    }

    #[test]
    fn k8_the_granted_scope_decides_what_a_token_is_kept_under() {
        let asked = target(None, Some("read"));
        // The provider ignores that less was asked for.
        let tokens = with(&[], token(&asked, Some("read write"), "wide"), OBTAINED);
        assert_eq!(found(&tokens, &target(None, Some("read write"))).as_deref(), Some("wide"));
        assert_eq!(found(&tokens, &asked).as_deref(), Some("wide"), "asking again brings the same");
        let tokens = with(&tokens, token(&target(None, Some("write")), Some("write read"), "wide-2"), OBTAINED);
        assert_eq!(tokens.len(), 1);
        for scope in ["read", "write", "read write"] {
            assert_eq!(found(&tokens, &target(None, Some(scope))).as_deref(), Some("wide-2"), "{scope}");
        }
        // Now it listens.
        let tokens = with(&tokens, token(&asked, Some("read"), "narrow"), OBTAINED);
        assert_eq!(found(&tokens, &asked).as_deref(), Some("narrow"));
        assert_eq!(found(&tokens, &target(None, Some("write"))).as_deref(), Some("wide-2"));
    }

    #[test]
    fn h3_tokens_do_not_pile_up() {
        let mut tokens = Vec::new();
        for number in 0..40 {
            let resource = format!("https://{number}.example");
            let target = target(Some(&resource), None);
            tokens = with(&tokens, token(&target, None, "t"), OBTAINED);
        }
        assert_eq!(tokens.len(), MOST_TOKENS);
        assert!(valid(&tokens, OBTAINED + 10_000_000).is_empty());
        let late = with(&tokens, token(&target(None, Some("x")), None, "t"), OBTAINED + 10_000_000);
        assert_eq!(late.len(), 1);
    }

    #[test]
    fn what_is_written_is_read_back() {
        let token = token(&target(Some("https://a.example"), Some("read")), Some("read write"), "secret");
        assert!(TargetedToken::decode(&token.encode()).is_ok_and(|read| read == token));
    }
}
