//! The channel between the contexts of one client. It carries keys, never values.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    type BroadcastChannel;
    #[wasm_bindgen(constructor, catch)]
    fn new(name: &str) -> Result<BroadcastChannel, JsValue>;
    #[wasm_bindgen(method, js_name = postMessage, catch)]
    fn post_message(this: &BroadcastChannel, message: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method)]
    fn close(this: &BroadcastChannel);
}

/// Where there is no BroadcastChannel, the `storage` events of the mirror serve instead.
pub(super) struct Channel(Option<BroadcastChannel>);

impl Channel {
    pub(super) fn open(name: &str) -> Channel {
        Channel(BroadcastChannel::new(name).ok())
    }

    /// Speaks to nobody.
    pub(super) fn none() -> Channel {
        Channel(None)
    }

    pub(super) fn announce(&self, key: &str) {
        if let Some(channel) = &self.0 {
            let _ = channel.post_message(key);
        }
    }

    /// What the messages of the others arrive at.
    pub(super) fn target(&self) -> Option<&JsValue> {
        self.0.as_deref()
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        if let Some(channel) = &self.0 {
            channel.close();
        }
    }
}
