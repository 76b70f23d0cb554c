//! The allocator of the npm build: Talc makes the module smaller than the default one does, and no slower.

use talc::wasm::{WasmDynamicTalc, new_wasm_dynamic_allocator};

// The module is single-threaded: with atomics, Talc's cell would not do.
#[cfg(target_feature = "atomics")]
compile_error!("the `js` feature is for WebAssembly without threads");

#[global_allocator]
static ALLOCATOR: WasmDynamicTalc = new_wasm_dynamic_allocator();
