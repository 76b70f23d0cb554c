//! Keyward signs people in with OAuth 2.x / OpenID Connect (authorization code with PKCE), keeps their session in
//! browser storage and their access token fresh: refreshed before it expires, once, across every tab.
//!
//! Layers, each knows only the ones above it in this list: [`protocol`] (OAuth and OpenID Connect as pure functions),
//! [`session`] (what is stored and how it may change), [`platform`] (what a browser or a simulation provides),
//! [`client`] (the API for Rust apps), and, with the feature `js`, the exports of the npm package.
#![cfg_attr(not(feature = "js"), forbid(unsafe_code))]
#![cfg_attr(all(target_arch = "wasm32", feature = "js"), no_std)]

extern crate alloc;

pub mod client;
#[cfg(all(target_arch = "wasm32", feature = "js"))]
mod js;
pub mod platform;
mod prelude;
pub mod protocol;
pub mod providers;
pub mod session;

pub use client::{
    AccountSelector, ApiAnswer, ApiRequest, Attempt, AuthState, Client, Config, Headers, Mode, ProviderConfig,
    RedirectResult, Session, SignInOptions, SignInResult, SignOutOptions, Status, Subscription, TokenOptions, Usage,
};
#[cfg(target_arch = "wasm32")]
pub use platform::web;
pub use protocol::error::{Error, ErrorCode};
pub use protocol::json::{Json, JsonText};
pub use session::event::Event;
