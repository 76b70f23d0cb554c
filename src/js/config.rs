//! The configuration as an app writes it.

use super::members::Members;
use super::object::{frozen, frozen_json};
use crate::client::config::{Config, IdTokenVerification, LogEntry, ProviderConfig};
use crate::platform::web::{Adapter, Storage};
use crate::protocol::error::{Error, ErrorCode};
use crate::protocol::url;
use js_sys::Function;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

const COMMON: &[&str] = &[
    "storage",
    "allowedOrigins",
    "handleRedirect",
    "autoRefresh",
    "refreshLeadSeconds",
    "clockToleranceSeconds",
    "isolation",
    "exposeAccessToken",
    "requestTimeout",
    "namespace",
    "logger",
];

const PROVIDER: &[&str] = &[
    "issuer",
    "clientId",
    "redirectUri",
    "postLogoutRedirectUri",
    "scope",
    "resource",
    "metadata",
    "authorizationParams",
    "tokenParams",
    "dpop",
    "par",
    "idTokenVerification",
];

pub(super) struct Setup {
    pub(super) config: Config,
    pub(super) storage: Storage,
    /// Providers are members of `providers`, not the config itself: an error's member is named accordingly.
    pub(super) by_id: bool,
}

pub(super) fn read(config: JsValue) -> Result<Setup, Error> {
    let members = Members::of(config, "the config", ErrorCode::InvalidConfig)?;
    let by_id = members.inner("providers")?;
    members.allow(&[COMMON, if by_id.is_some() { &["providers"] } else { PROVIDER }])?;
    let providers = match &by_id {
        Some(by_id) => by_id.names().iter().map(|id| one_of_several(by_id, id)).collect::<Result<Vec<_>, _>>()?,
        None => vec![provider("default", &members)?],
    };
    refuse_what_comes_later(&members)?;
    let storage = storage(&members)?;

    let mut config = Config { providers, ..Config::new(ProviderConfig::new("", "")) };
    set(&mut config.handle_redirect, members.flag("handleRedirect")?);
    set(&mut config.auto_refresh, members.flag("autoRefresh")?);
    config.refresh_lead = members.seconds("refreshLeadSeconds")?;
    set(&mut config.clock_tolerance, members.seconds("clockToleranceSeconds")?);
    set(&mut config.request_timeout, members.millis("requestTimeout")?);
    set(&mut config.namespace, members.text("namespace")?);
    config.logger = logger(&members)?;
    Ok(Setup { config, storage, by_id: by_id.is_some() })
}

fn one_of_several(by_id: &Members, id: &str) -> Result<ProviderConfig, Error> {
    let Some(members) = by_id.inner(id)? else { return Err(by_id.error(id, "must be an object")) };
    members.allow(&[PROVIDER])?;
    provider(id, &members)
}

fn provider(id: &str, members: &Members) -> Result<ProviderConfig, Error> {
    let client_id = members.text("clientId")?.ok_or_else(|| members.error("clientId", "is needed"))?;
    let mut provider = ProviderConfig::new("", &client_id);
    provider.id = id.to_owned();
    provider.issuer = members.text("issuer")?;
    provider.redirect_uri = members.text("redirectUri")?;
    provider.post_logout_redirect_uri = members.text("postLogoutRedirectUri")?;
    set(&mut provider.scope, members.text("scope")?);
    set(&mut provider.resources, members.texts("resource")?);
    provider.metadata = members.json("metadata")?;
    provider.authorization_params = members.map("authorizationParams")?;
    provider.token_params = members.map("tokenParams")?;
    for member in ["dpop", "par"] {
        refuse_true(members, member)?;
    }
    if members.word("idTokenVerification", &["signature", "tls"])? == Some("tls") {
        provider.id_token_verification = IdTokenVerification::Tls;
    }
    Ok(provider)
}

/// `true` would be a promise that this release cannot keep; `"auto"` is none.
fn refuse_true(members: &Members, name: &str) -> Result<(), Error> {
    match members.value(name)? {
        Some(value) if value.as_bool() == Some(true) => Err(members.later(name)),
        Some(value) if value.as_bool().is_none() && value.as_string().as_deref() != Some("auto") => {
            Err(members.error(name, "must be true, false or \"auto\""))
        }
        _ => Ok(()),
    }
}

fn refuse_what_comes_later(members: &Members) -> Result<(), Error> {
    if members.word("isolation", &["page", "worker"])? == Some("worker") {
        return Err(members.later("isolation"));
    }
    if members.flag("exposeAccessToken")? == Some(false) {
        return Err(members.later("exposeAccessToken"));
    }
    let is_origin = |origin: &String| url::origin(origin) == Some(origin);
    if members.list("allowedOrigins")?.is_some_and(|origins| !origins.iter().all(is_origin)) {
        return Err(members.error("allowedOrigins", "must be origins, such as https://api.example.com"));
    }
    Ok(())
}

fn storage(members: &Members) -> Result<Storage, Error> {
    if let Some(object) = members.value("storage")?.filter(JsValue::is_object) {
        let missing = |method: &str| members.error(&["storage.", method].concat(), "must be a function");
        return Adapter::new(object).map(Storage::Adapter).map_err(missing);
    }
    match members.word("storage", &["local", "memory", "session", "encrypted"])? {
        None | Some("local") => Ok(Storage::Local),
        Some("memory") => Ok(Storage::Memory),
        Some(_) => Err(members.later("storage")),
    }
}

type Logger = Rc<dyn Fn(&LogEntry)>;

fn logger(members: &Members) -> Result<Option<Logger>, Error> {
    let Some(logger) = members.value("logger")? else { return Ok(None) };
    let Ok(logger) = logger.dyn_into::<Function>() else { return Err(members.error("logger", "must be a function")) };
    Ok(Some(Rc::new(move |entry: &LogEntry| {
        let fields: Vec<_> = entry.fields.iter().map(|(name, value)| (*name, frozen_json(value))).collect();
        let object = frozen(&[
            ("time", (entry.time as f64).into()),
            ("level", entry.level.as_str().into()),
            ("event", entry.event.into()),
            ("fields", frozen(&fields)),
        ]);
        // A logger that throws is its own affair.
        let _ = logger.call1(&JsValue::NULL, &object);
    })))
}

/// Leaves the default where the app says nothing.
fn set<T>(member: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *member = value;
    }
}
