//! Errors as apps see them: instances of the package's own class, since Rust cannot extend JavaScript's `Error`.

use super::object::frozen;
use crate::prelude::*;
use crate::protocol::error::Error;
use core::cell::OnceCell;
use js_sys::{Array, Function, Reflect};
use wasm_bindgen::prelude::*;

per_context! {
    static CLASS: OnceCell<Function> = const { OnceCell::new() };
}

/// The class that the package handed over before anything else.
pub(super) fn set_class(class: Function) {
    // A second start would bring the same class.
    CLASS.with(|cell| cell.set(class).unwrap_or_default());
}

/// `new AuthError(message, { code, retryable, provider, oauth, stepUp })`
pub(super) fn auth_error(error: &Error) -> JsValue {
    let oauth = error.oauth.as_ref().map(|oauth| {
        frozen(&[
            ("error", oauth.error.as_str().into()),
            ("errorDescription", nullable(oauth.description.as_deref())),
            ("errorUri", nullable(oauth.uri.as_deref())),
            ("status", nullable(oauth.status)),
        ])
    });
    let step_up = error.step_up.as_ref().map(|step_up| {
        frozen(&[
            ("acrValues", nullable(step_up.acr_values.as_deref())),
            ("maxAgeSeconds", nullable(step_up.max_age_seconds.map(|seconds| seconds as f64))),
            ("scope", nullable(step_up.scope.as_deref())),
        ])
    });
    let options = frozen(&[
        ("code", error.code.as_str().into()),
        ("retryable", error.retryable().into()),
        ("provider", nullable(error.provider.as_deref())),
        ("oauth", nullable(oauth)),
        ("stepUp", nullable(step_up)),
    ]);
    let arguments = Array::of2(&JsValue::from_str(&error.message), &options);
    CLASS.with(|cell| {
        // Without the class, or if the app made it throw: the bare members are better than nothing.
        cell.get().and_then(|class| Reflect::construct(class, &arguments).ok()).unwrap_or(options)
    })
}

pub(super) fn nullable<T: Into<JsValue>>(value: Option<T>) -> JsValue {
    value.map_or(JsValue::NULL, Into::into)
}
