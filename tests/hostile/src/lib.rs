//! A provider that misbehaves, for tests of clients: a correct one over HTTP on loopback, and everything that it can be
//! made to do wrong, a few lines each. Native tests and browsers use the same server.

pub mod answer;
mod http;
pub mod id_token;
pub mod keys;
pub mod misbehaviours;
pub mod provider;
pub mod server;

pub use misbehaviours::{Change, Edit, Expect, Misbehaviour, Phase, Place};
pub use provider::{Provider, Received};
pub use server::Server;
