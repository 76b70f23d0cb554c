//! Keyward in a simulated browser: many tabs, one storage, one provider, virtual time, faults at every step.
//!
//! A file here is a scenario, its name a sentence; `histories` are random ones, checked against invariants after every
//! step. `cargo test --features sim --test simulation` runs everything.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod history;
mod stage;

mod histories;
mod two_tabs_refresh_once;
