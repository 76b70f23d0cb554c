//! The `WWW-Authenticate` header of a protected resource: challenges (RFC 9110 section 11.6.1), and what those for
//! `Bearer` (RFC 6750 section 3) and `DPoP` (RFC 9449 section 7.1) say about the access token.

use super::decimal;
use super::error::{StepUp, inert};
use super::token::TokenType;
use crate::prelude::*;

/// Headers longer than this are not read.
pub const MAX_HEADER: usize = 8192;

/// One challenge of a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// The authentication scheme, as it is written: any case.
    pub scheme: String,
    /// The parameters, names as they are written, values without their quotes. A token68 has the empty name.
    pub parameters: Vec<(String, String)>,
}

/// What a resource has against the access token that it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Objection {
    /// `invalid_token`: expired, revoked or malformed (RFC 6750 section 3.1).
    InvalidToken,
    /// `insufficient_scope` (RFC 6750 section 3.1).
    InsufficientScope,
    /// `insufficient_user_authentication`: the user must sign in in a stronger way, or again (RFC 9470 section 3).
    InsufficientUserAuthentication,
    /// `use_dpop_nonce`: the proof needs the nonce that came along (RFC 9449 section 9).
    UseDpopNonce,
    /// `invalid_dpop_proof` (RFC 9449 section 7.1).
    InvalidDpopProof,
}

const OBJECTIONS: &[(&str, Objection)] = &[
    ("invalid_token", Objection::InvalidToken),
    ("insufficient_scope", Objection::InsufficientScope),
    ("insufficient_user_authentication", Objection::InsufficientUserAuthentication),
    ("use_dpop_nonce", Objection::UseDpopNonce),
    ("invalid_dpop_proof", Objection::InvalidDpopProof),
];

/// The first objection of a `Bearer` or `DPoP` challenge, and what the resource asks for instead. What concerns proofs
/// is believed of a `DPoP` challenge only. `None`: the header names none, or none that is known.
pub fn objection(header: &str) -> Option<(Objection, StepUp)> {
    let challenges = parse(header);
    challenges.iter().find_map(|challenge| Some((challenge.objection()?, challenge.demands())))
}

impl Challenge {
    /// The value of a parameter, whose name has any case.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(present, _)| present.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// What the challenge has against the token; `None` for other schemes, too.
    pub fn objection(&self) -> Option<Objection> {
        let scheme = TokenType::from_name(&self.scheme)?;
        let name = self.get("error")?;
        let (_, objection) = *OBJECTIONS.iter().find(|(known, _)| *known == name)?;
        let of_proofs = matches!(objection, Objection::UseDpopNonce | Objection::InvalidDpopProof);
        (scheme == TokenType::Dpop || !of_proofs).then_some(objection)
    }

    /// What the resource asks for (RFC 9470 section 3, RFC 6750 section 3), as inert text. Empty means absent, and a
    /// `max_age` that is no number of seconds, too.
    pub fn demands(&self) -> StepUp {
        let text = |name| self.get(name).map(inert).filter(|value| !value.is_empty());
        StepUp {
            acr_values: text("acr_values"),
            max_age_seconds: self.get("max_age").and_then(decimal::parse),
            scope: text("scope"),
        }
    }
}

/// Reads the challenges of one header, or of several that were joined by commas, as `fetch` does.
///
/// Strict but for one thing: commas between parameters may be missing, as they were seen to be. A mistake ends the
/// reading, because nobody knows where the next challenge begins; the one in which it was made does not count, those
/// before it do. Nor does one count that says something twice: others may understand it otherwise.
pub fn parse(header: &str) -> Vec<Challenge> {
    let mut challenges = Vec::new();
    if header.len() <= MAX_HEADER && read(header, &mut challenges).is_none() {
        challenges.pop();
    }
    challenges.retain(|challenge| !challenge.is_ambiguous());
    challenges
}

impl Challenge {
    /// Whether it says something twice, or has parameters beside a token68.
    fn is_ambiguous(&self) -> bool {
        let mut rest = self.parameters.as_slice();
        while let [(name, _), later @ ..] = rest {
            rest = later;
            if later.iter().any(|(again, _)| name.is_empty() || again.eq_ignore_ascii_case(name)) {
                return true;
            }
        }
        false
    }
}

/// `None`: there is a mistake in the last of the challenges.
fn read(header: &str, challenges: &mut Vec<Challenge>) -> Option<()> {
    let mut rest = header;
    loop {
        let (gap, at) = run(rest, |octet| is_blank(octet) || octet == b',');
        if at.is_empty() {
            return Some(());
        }
        let (name, after) = run(at, is_token);
        if name.is_empty() || (gap.is_empty() && !challenges.is_empty()) {
            return None;
        }
        if let Some(text) = after_equals(after) {
            let (value, after) = value(text)?;
            challenges.last_mut()?.parameters.push((name.to_owned(), value));
            rest = after;
        } else if challenges.is_empty() || gap.contains(',') {
            let mut challenge = Challenge { scheme: name.to_owned(), parameters: Vec::new() };
            rest = after;
            if let Some((token68, after)) = token68(after) {
                challenge.parameters.push((String::new(), token68.to_owned()));
                rest = after;
            }
            challenges.push(challenge);
        } else {
            return None;
        }
    }
}

/// What follows an equals sign and the blanks around it.
fn after_equals(text: &str) -> Option<&str> {
    let text = run(text, is_blank).1.strip_prefix('=')?;
    Some(run(text, is_blank).1)
}

/// A token or a quoted string at the beginning of the text, and the rest.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let (token, after) = run(text, is_token);
        return (!token.is_empty()).then(|| (token.to_owned(), after));
    };
    let mut value = String::new();
    let mut rest = quoted.chars();
    loop {
        let character = match rest.next()? {
            '"' => return Some((value, rest.as_str())),
            '\\' => rest.next()?,
            plain => plain,
        };
        if character.is_ascii_control() && character != '\t' {
            return None;
        }
        value.push(character);
    }
}

/// What a scheme may have instead of parameters: one word, which ends the challenge.
fn token68(after_scheme: &str) -> Option<(&str, &str)> {
    let (blank, text) = run(after_scheme, is_blank);
    let (word, rest) = run(text, is_token68);
    let (_, rest) = run(rest, |octet| octet == b'=');
    let token68 = text.strip_suffix(rest)?;
    let (_, end) = run(rest, is_blank);
    let whole = !blank.is_empty() && !word.is_empty() && (end.is_empty() || end.starts_with(','));
    whole.then_some((token68, end))
}

/// The beginning of the text, as far as its octets are of that kind, and the rest.
fn run(text: &str, is_of_kind: fn(u8) -> bool) -> (&str, &str) {
    let end = text.bytes().position(|octet| !is_of_kind(octet)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

fn is_blank(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t')
}

/// RFC 9110 section 5.6.2: graphic characters without delimiters.
fn is_token(octet: u8) -> bool {
    octet.is_ascii_graphic() && !br#""(),/:;<=>?@[\]{}"#.contains(&octet)
}

/// RFC 9110 section 11.2.
fn is_token68(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b"-._~+/".contains(&octet)
}

#[cfg(test)]
mod tests;
