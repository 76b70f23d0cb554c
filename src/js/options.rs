//! The options of calls as an app writes them.

use super::abort::is_signal;
use super::members::{Members, read, wrong};
use crate::client::{AccountSelector, Mode, SignInOptions, SignOutOptions, TokenOptions};
use crate::prelude::*;
use crate::protocol::error::{Error, ErrorCode};
use wasm_bindgen::prelude::*;

pub(super) fn sign_in(options: &JsValue) -> Result<(SignInOptions, Option<JsValue>), Error> {
    let members = members(options, "signIn")?;
    if members.is("mode", "extension") {
        return Err(wrong(ErrorCode::Unsupported, "", "mode", "import keyward/extension for it"));
    }
    let options = SignInOptions {
        provider: members.text("provider"),
        mode: match members.text("mode").as_deref() {
            Some("popup") => Mode::Popup,
            Some("silent") => Mode::Silent,
            _ => Mode::Redirect,
        },
        timeout: members.millis("timeout", 1.0),
        return_to: members.text("returnTo"),
        app_state: members.json_text("appState").unwrap_or_default(),
        scope: members.text("scope"),
        resources: members.texts("resource"),
        prompt: members.text("prompt"),
        login_hint: members.text("loginHint"),
        max_age_seconds: members.number("maxAgeSeconds").map(|seconds| seconds as i64),
        acr_values: members.text("acrValues"),
        ui_locales: members.text("uiLocales"),
        authorization_details: members.json_text("authorizationDetails"),
        params: members.map("params"),
    };
    Ok((options, members.value("signal")))
}

pub(super) fn sign_out(options: &JsValue) -> Result<SignOutOptions, Error> {
    let members = members(options, "signOut")?;
    Ok(SignOutOptions {
        account: account(&members),
        all: members.flag("all").unwrap_or(false),
        local: members.is("mode", "local"),
        keep_tokens: members.flag("revoke") == Some(false),
        post_logout_redirect_uri: members.text("postLogoutRedirectUri"),
        params: members.map("params"),
    })
}

pub(super) fn token(options: &JsValue) -> Result<(TokenOptions, Option<JsValue>), Error> {
    let members = members(options, "token")?;
    let options = TokenOptions {
        account: account(&members),
        min_validity: members.millis("minValiditySeconds", 1000.0),
        force_refresh: members.flag("forceRefresh").unwrap_or(false),
        resource: members.text("resource"),
        scope: members.text("scope"),
    };
    Ok((options, members.value("signal")))
}

pub(super) fn selector(options: &JsValue) -> Result<AccountSelector, Error> {
    members(options, "account").map(|members| account(&members))
}

pub(super) fn url(url: &JsValue) -> Result<Option<String>, Error> {
    match url.as_string() {
        None if !url.is_undefined() => Err(wrong(ErrorCode::InvalidArgument, "", "url", "must be a string")),
        url => Ok(url),
    }
}

fn members(options: &JsValue, table: &str) -> Result<Members, Error> {
    if options.is_undefined() {
        return Ok(Members::default());
    }
    let members = read(options, "", table, ErrorCode::InvalidArgument)?;
    match members.value("signal") {
        Some(signal) if !is_signal(&signal) => {
            Err(wrong(ErrorCode::InvalidArgument, "", "signal", "must be an AbortSignal"))
        }
        _ => Ok(members),
    }
}

fn account(members: &Members) -> AccountSelector {
    AccountSelector { provider: members.text("provider"), subject: members.text("subject") }
}
