//! Signing in, staying signed in and signing out over a [`Platform`](crate::platform::Platform): the API that Rust
//! apps use, and that the npm package's exports call.

mod accounts;
mod background;
mod beside;
mod clock;
pub mod config;
mod discovery;
mod fetch;
mod grant;
#[cfg(target_arch = "wasm32")]
mod in_browser;
mod keys;
mod listeners;
mod oneshot;
mod ownership;
mod proof;
mod redirect;
mod refresh;
mod refusals;
mod shell;
mod shown;
mod sign_in;
mod sign_out;
mod start;
pub mod state;
mod store;
mod tokens;
mod turn;
mod userinfo;
#[cfg(all(feature = "gloo-net", target_arch = "wasm32"))]
mod with_gloo_net;
#[cfg(feature = "serde")]
mod with_serde;

pub use config::{Config, ProviderConfig, Usage};
pub use fetch::{ApiAnswer, ApiRequest, Attempt, Headers};
pub use listeners::Subscription;
pub use redirect::Arrival;
pub use sign_in::{Mode, RedirectResult, SignInOptions, SignInResult};
pub use sign_out::SignOutOptions;
pub use start::Client;
pub use state::{AuthState, Session, Status};
pub use tokens::{AccountSelector, TokenOptions};
