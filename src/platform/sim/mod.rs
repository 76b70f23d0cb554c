//! A simulated browser and provider: many tabs, one storage, one clock, virtual time. Everything that happens follows
//! from a seed, so a history that went wrong can be had again.
//!
//! A [`World`] has tabs ([`Tab`], which is a [`Platform`](super::Platform)) and a [`Provider`]; [`Fault`]s come between
//! them. Every asynchronous operation takes some time, and of the tasks that can go on, of whichever tab, any may be
//! the next: so tabs interleave at every `await`.

mod agenda;
mod chance;
mod faults;
mod locks;
mod network;
mod page;
mod provider;
mod shared;
mod storage;
mod tab;
mod tasks;
mod world;

pub use crate::protocol::json::parse as parse_json;
pub use chance::Chance;
pub use faults::{Endpoint, Fault, Faults, StorageFault};
pub use locks::Lock;
pub use network::{Arrival, Exchange, Settled};
pub use provider::{Issued, Provider, Settings};
pub use storage::Commit;
pub use tab::{Call, Tab, TabId, Watch};
pub use world::World;
