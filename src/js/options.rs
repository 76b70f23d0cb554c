//! The options of calls as an app writes them.

use super::abort::is_signal;
use super::members::{Kind, Member, Members, read, wrong};
use crate::client::{AccountSelector, Mode, SignInOptions, SignOutOptions, TokenOptions};
use crate::prelude::*;
use crate::protocol::error::{Error, ErrorCode};
use wasm_bindgen::prelude::*;

const SIGN_IN: &[Member] = &[
    ("provider", Kind::Text, &[]),
    ("mode", Kind::Word(&["redirect", "popup", "silent", "extension"]), &["extension"]),
    ("returnTo", Kind::Text, &[]),
    ("appState", Kind::Json, &[]),
    ("scope", Kind::Text, &[]),
    ("resource", Kind::TextOrList, &[]),
    ("prompt", Kind::Text, &[]),
    ("loginHint", Kind::Text, &[]),
    ("maxAgeSeconds", Kind::Whole, &[]),
    ("acrValues", Kind::Text, &[]),
    ("uiLocales", Kind::Text, &[]),
    ("authorizationDetails", Kind::JsonArray, &[]),
    ("params", Kind::Map, &[]),
    ("signal", Kind::Value, &[]),
    ("timeout", Kind::Number, &[]),
];

const SIGN_OUT: &[Member] = &[
    ("provider", Kind::Text, &[]),
    ("subject", Kind::Text, &[]),
    ("all", Kind::Flag, &[]),
    ("mode", Kind::Word(&["redirect", "local"]), &[]),
    ("revoke", Kind::Flag, &[]),
    ("postLogoutRedirectUri", Kind::Text, &[]),
    ("params", Kind::Map, &[]),
];

const ACCOUNT: &[Member] = &[("provider", Kind::Text, &[]), ("subject", Kind::Text, &[])];

const TOKEN: &[Member] = &[
    ("provider", Kind::Text, &[]),
    ("subject", Kind::Text, &[]),
    ("resource", Kind::Text, &[]),
    ("scope", Kind::Text, &[]),
    ("minValiditySeconds", Kind::Number, &[]),
    ("forceRefresh", Kind::Flag, &[]),
    ("signal", Kind::Value, &[]),
];

pub(super) fn sign_in(options: &JsValue) -> Result<(SignInOptions, Option<JsValue>), Error> {
    let members = members(options, SIGN_IN)?;
    let options = SignInOptions {
        provider: members.text("provider"),
        mode: match members.word("mode") {
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
        max_age_seconds: members.whole("maxAgeSeconds"),
        acr_values: members.text("acrValues"),
        ui_locales: members.text("uiLocales"),
        authorization_details: members.json_text("authorizationDetails"),
        params: members.map("params"),
    };
    Ok((options, members.value("signal")))
}

pub(super) fn sign_out(options: &JsValue) -> Result<SignOutOptions, Error> {
    let members = members(options, SIGN_OUT)?;
    Ok(SignOutOptions {
        account: account(&members),
        all: members.flag("all").unwrap_or(false),
        local: members.word("mode") == Some("local"),
        keep_tokens: members.flag("revoke") == Some(false),
        post_logout_redirect_uri: members.text("postLogoutRedirectUri"),
        params: members.map("params"),
    })
}

pub(super) fn token(options: &JsValue) -> Result<(TokenOptions, Option<JsValue>), Error> {
    let members = members(options, TOKEN)?;
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
    members(options, ACCOUNT).map(|members| account(&members))
}

pub(super) fn url(url: &JsValue) -> Result<Option<String>, Error> {
    match url.as_string() {
        None if !url.is_undefined() => Err(wrong(ErrorCode::InvalidArgument, "", "url", "must be a string")),
        url => Ok(url),
    }
}

fn members(options: &JsValue, known: &[Member]) -> Result<Members, Error> {
    if options.is_undefined() {
        return Ok(Members::default());
    }
    let members = read(options, "", &[known], ErrorCode::InvalidArgument)?;
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
