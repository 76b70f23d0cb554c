//! One function a target: it takes whatever comes, and panics if what must hold does not. The fuzzer calls it with what
//! it makes up, and a test of the workspace with the seeds, so that they are judged by every compiler, too.
//!
//! `cargo +nightly fuzz run <target> fuzz/corpus/<target> fuzz/seeds/<target> --target-dir target/fuzz`

pub mod callback;
mod check;
pub mod id_token;
pub mod key_set;
pub mod metadata;
pub mod record;
pub mod retry_after;
pub mod return_to;
pub mod token_response;
pub mod transaction;
pub mod userinfo;
pub mod www_authenticate;

/// A target and its name, which its seeds have, too.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[
    ("callback", callback::check),
    ("id_token", id_token::check),
    ("key_set", key_set::check),
    ("metadata", metadata::check),
    ("record", record::check),
    ("retry_after", retry_after::check),
    ("return_to", return_to::check),
    ("token_response", token_response::check),
    ("transaction", transaction::check),
    ("userinfo", userinfo::check),
    ("www_authenticate", www_authenticate::check),
];
