//! A Rust app that signs in with Keyward. `app` is all of it; natively there is nothing to see.

#[cfg(target_arch = "wasm32")]
mod app;

fn main() {
    #[cfg(target_arch = "wasm32")]
    yew::Renderer::<app::App>::new().render();
}
