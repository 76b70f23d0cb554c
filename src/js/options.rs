//! The options of calls as an app writes them.

use super::members::Members;
use crate::client::{AccountSelector, SignInOptions, SignOutOptions, TokenOptions};
use crate::protocol::error::{Error, ErrorCode};
use crate::protocol::json::Json;
use wasm_bindgen::prelude::*;

const SIGN_IN: &[&str] = &[
    "provider",
    "mode",
    "returnTo",
    "appState",
    "scope",
    "resource",
    "prompt",
    "loginHint",
    "maxAgeSeconds",
    "acrValues",
    "uiLocales",
    "authorizationDetails",
    "params",
    "signal",
    "timeout",
];

const SIGN_OUT: &[&str] = &["provider", "subject", "all", "mode", "revoke", "postLogoutRedirectUri", "params"];

const TOKEN: &[&str] = &["provider", "subject", "resource", "scope", "minValiditySeconds", "forceRefresh", "signal"];

pub(super) fn sign_in(options: JsValue) -> Result<(SignInOptions, Option<JsValue>), Error> {
    let Some(members) = members(options, SIGN_IN)? else { return Ok(Default::default()) };
    if members.word("mode", &["redirect", "popup", "silent", "extension"])?.is_some_and(|mode| mode != "redirect") {
        return Err(members.later("mode"));
    }
    // Bounds the modes that come later.
    members.millis("timeout")?;
    let authorization_details = members.json("authorizationDetails")?;
    if authorization_details.as_ref().is_some_and(|details| details.elements().is_none()) {
        return Err(members.error("authorizationDetails", "must be an array"));
    }
    let options = SignInOptions {
        provider: members.text("provider")?,
        return_to: members.text("returnTo")?,
        app_state: members.json("appState")?.unwrap_or(Json::Null),
        scope: members.text("scope")?,
        resources: members.texts("resource")?,
        prompt: members.text("prompt")?,
        login_hint: members.text("loginHint")?,
        max_age_seconds: members.whole("maxAgeSeconds")?,
        acr_values: members.text("acrValues")?,
        ui_locales: members.text("uiLocales")?,
        authorization_details,
        params: members.map("params")?,
    };
    Ok((options, signal(&members)?))
}

pub(super) fn sign_out(options: JsValue) -> Result<SignOutOptions, Error> {
    let Some(members) = members(options, SIGN_OUT)? else { return Ok(SignOutOptions::default()) };
    Ok(SignOutOptions {
        account: account(&members)?,
        all: members.flag("all")?.unwrap_or(false),
        local: members.word("mode", &["redirect", "local"])? == Some("local"),
        keep_tokens: members.flag("revoke")? == Some(false),
        post_logout_redirect_uri: members.text("postLogoutRedirectUri")?,
        params: members.map("params")?,
    })
}

pub(super) fn token(options: JsValue) -> Result<(TokenOptions, Option<JsValue>), Error> {
    let Some(members) = members(options, TOKEN)? else { return Ok(Default::default()) };
    for member in ["resource", "scope"] {
        if members.text(member)?.is_some() {
            return Err(members.later(member));
        }
    }
    let options = TokenOptions {
        account: account(&members)?,
        min_validity: members.seconds("minValiditySeconds")?,
        force_refresh: members.flag("forceRefresh")?.unwrap_or(false),
    };
    Ok((options, signal(&members)?))
}

pub(super) fn url(url: &JsValue) -> Result<Option<String>, Error> {
    match url.as_string() {
        None if !url.is_undefined() => Err(Error::new(ErrorCode::InvalidArgument, "url: must be a string")),
        url => Ok(url),
    }
}

/// `None` for the defaults.
fn members(options: JsValue, known: &[&str]) -> Result<Option<Members>, Error> {
    if options.is_undefined() {
        return Ok(None);
    }
    let members = Members::of(options, "the options", ErrorCode::InvalidArgument)?;
    members.allow(&[known])?;
    Ok(Some(members))
}

fn account(members: &Members) -> Result<AccountSelector, Error> {
    Ok(AccountSelector { provider: members.text("provider")?, subject: members.text("subject")? })
}

/// An `AbortSignal`, also one of another realm.
fn signal(members: &Members) -> Result<Option<JsValue>, Error> {
    let Some(signal) = members.value("signal")? else { return Ok(None) };
    match super::abort::is_signal(&signal) {
        true => Ok(Some(signal)),
        false => Err(members.error("signal", "must be an AbortSignal")),
    }
}
