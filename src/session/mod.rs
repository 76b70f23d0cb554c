//! What is stored and how it may change: pure values and the refresh machine, without clock, storage or network.

pub mod account;
mod bound;
pub mod demand;
pub mod event;
pub mod fields;
pub mod flight;
pub mod merge;
pub mod proof_key;
pub mod record;
pub mod refresh;
pub mod schedule;
pub mod target;
pub mod transaction;
pub mod view;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod testing;
