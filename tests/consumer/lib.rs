//! A Rust app that uses keyward, copied by `cargo xtask test` into a crate outside the repository. What this function
//! reaches of the library is linked; only the function itself may be an export.

use keyward::client::{Client, Config, ProviderConfig, SignInOptions, SignOutOptions, TokenOptions};
use keyward::platform::Platform;
use keyward::platform::web::{Storage, Web};
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
pub fn consumer_signs_in() -> bool {
    let config = Config::new(ProviderConfig::new("https://id.example", "app"));
    let Ok(client) = Client::new(Web::new(Storage::Local, "consumer"), config) else { return false };
    let app = client.clone();
    client.platform().spawn(async move {
        app.start().await;
        if app.state().is_signed_in() {
            drop(app.access_token(TokenOptions::default()).await);
            drop(app.sign_out(SignOutOptions::default()).await);
        } else {
            drop(app.sign_in(SignInOptions::default()).await);
        }
    });
    client.state().is_signed_in()
}
