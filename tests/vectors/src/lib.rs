//! The published test vectors for signed tokens, read into [`Case`]s: what to judge, with which keys, and what
//! Keyward has to say. No verdict is made here, so that the same cases serve native code and a browser.

mod cookbook;
mod expectation;
pub mod folder;
pub mod rfc;
mod wycheproof;

pub use expectation::{Expectation, Expected};

use serde_json::Value;

/// One token with the keys that the vector gives for it.
#[derive(Clone, Debug)]
pub struct Case {
    /// File or document.
    pub source: &'static str,
    /// The group, the number and the title within the source.
    pub name: String,
    /// The algorithm that the keys are for.
    pub algorithm: String,
    /// The token, as it would arrive.
    pub token: String,
    /// A JWK set.
    pub keys: Value,
    /// What the authors of the vector say.
    pub published: Verdict,
}

/// What the authors of a vector say about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// To be accepted.
    Valid,
    /// To be refused.
    Invalid,
    /// Flagged `Ambiguous`: the specifications do not decide it.
    Undecided,
}

/// Every case there is.
pub fn cases(folder: &folder::Folder) -> Vec<Case> {
    [wycheproof::cases(folder), cookbook::cases(folder), rfc::cases()].concat()
}
