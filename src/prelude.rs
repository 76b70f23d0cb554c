//! What every file has without asking where there is a standard library. In the npm package there is none: what the module
//! needs of it to print panics, which nobody reads there, was a tenth of the module.

pub(crate) use alloc::borrow::ToOwned;
pub(crate) use alloc::boxed::Box;
pub(crate) use alloc::string::String;
pub(crate) use alloc::vec;
pub(crate) use alloc::vec::Vec;

// What a page or a worker has one of.
#[cfg(all(target_arch = "wasm32", feature = "js"))]
pub(crate) use crate::js::local::per_context;
