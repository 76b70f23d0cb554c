//! The published test vectors for signed tokens, read into [`Case`]s: what to judge, with which keys, and what
//! Keyward has to say. No verdict is made here, so that the same cases serve native code and a browser.

mod cookbook;
mod expectation;
pub mod folder;
pub mod reading;
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

/// What the keys of the vectors say that they are for, and how many cases there are of it, how many of them are to be
/// accepted and how many refused: a number that falls is a test that was lost. Of ES384 nobody published any; it is in the
/// differential test.
pub const PUBLISHED: &[(&str, [usize; 3])] = &[
    ("A256GCM", [1, 0, 1]),
    ("A256KW", [1, 0, 1]),
    ("ES224", [1, 0, 1]),
    ("ES256", [59, 4, 55]),
    ("ES512", [5, 4, 1]),
    ("ES521", [1, 0, 1]),
    ("EdDSA", [3, 2, 1]),
    ("HS256", [68, 0, 68]),
    ("HS384", [3, 0, 3]),
    ("HS512", [3, 0, 3]),
    ("PS256", [48, 6, 42]),
    ("PS384", [9, 7, 2]),
    ("PS512", [20, 4, 16]),
    ("RS256", [255, 15, 240]),
    ("RS384", [4, 4, 0]),
    ("RS512", [4, 4, 0]),
    ("RSA1_5", [1, 0, 1]),
    ("encryption", [34, 0, 34]),
    ("none", [1, 0, 1]),
    ("not said", [4, 0, 4]),
];
