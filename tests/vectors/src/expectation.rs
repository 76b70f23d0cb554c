//! What Keyward has to say about a case. Where that is not what the vector's authors say, the reason is here.

use crate::{Case, Verdict};

/// What a client of Keyward has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Accept the signature.
    Accepted,
    /// Refuse the token.
    Refused,
    /// Judge it either way, but judge it.
    Either,
}

/// What has to happen, and why it differs from the published verdict, if it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// What has to happen.
    pub expected: Expected,
    /// The reason for a difference.
    pub deviation: Option<&'static str>,
}

impl Case {
    /// What Keyward has to say about this case.
    pub fn expectation(&self) -> Expectation {
        let deviation = |expected, reason| Expectation { expected, deviation: Some(reason) };
        let agreed = |expected| Expectation { expected, deviation: None };
        match self.published {
            Verdict::Valid if self.algorithm.starts_with("HS") => {
                deviation(Expected::Refused, "a public client shares no secret with its provider: there is no HMAC")
            }
            Verdict::Valid if self.algorithm == "encryption" => {
                deviation(Expected::Refused, "encrypted tokens are not supported")
            }
            Verdict::Invalid if self.name.contains("rejectsKeyWithRocaVulnerability") => deviation(
                Expected::Accepted,
                "the signature is good; primes of a kind that one chip made until 2017 are not looked for in the \
                 provider's own key",
            ),
            Verdict::Valid => agreed(Expected::Accepted),
            Verdict::Invalid => agreed(Expected::Refused),
            Verdict::Undecided => agreed(Expected::Either),
        }
    }
}
