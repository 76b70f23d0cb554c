//! The channel between the contexts of one client. It carries keys, never values.

use super::interop::{call, create};
use crate::prelude::*;
use wasm_bindgen::prelude::*;

/// Where there is no BroadcastChannel, the `storage` events of the view serve instead.
pub(super) struct Channel(Option<JsValue>);

impl Channel {
    pub(super) fn open(name: &str) -> Channel {
        Channel(create("BroadcastChannel", vec![name.into()]).ok())
    }

    /// Speaks to nobody.
    pub(super) fn none() -> Channel {
        Channel(None)
    }

    pub(super) fn announce(&self, key: &str) {
        if let Some(channel) = &self.0 {
            let _ = call(channel, "postMessage", vec![key.into()]);
        }
    }

    /// What the messages of the others arrive at.
    pub(super) fn target(&self) -> Option<&JsValue> {
        self.0.as_ref()
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        if let Some(channel) = &self.0 {
            let _ = call(channel, "close", Vec::new());
        }
    }
}
