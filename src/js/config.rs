//! The configuration as an app writes it.

use super::members::{Members, names, read, wrong};
use super::object::{frozen, frozen_json};
use crate::client::config::{Config, IdTokenVerification, LogEntry, OpenUrl, ProviderConfig, Usage};
use crate::platform::web::interop::get;
use crate::platform::web::{Adapter, Storage, from_js};
use crate::prelude::*;
use crate::protocol::error::{Error, ErrorCode};
use crate::protocol::json::Json;
use alloc::rc::Rc;
use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

const INVALID: ErrorCode = ErrorCode::InvalidConfig;

pub(super) struct Setup {
    pub(super) config: Config,
    pub(super) storage: Storage,
    /// Providers are members of `providers`, not the config itself: an error's member is named accordingly.
    pub(super) by_id: bool,
}

pub(super) fn setup(object: &JsValue) -> Result<Setup, Error> {
    let several = Some(get(object, "providers")).filter(|providers| !providers.is_undefined());
    let members = read(object, "", if several.is_some() { "several" } else { "single" }, INVALID)?;
    let mut providers = Vec::new();
    match &several {
        None => providers.push(provider("default", "", &members)?),
        Some(several) => {
            for id in names(several).ok_or_else(|| wrong(INVALID, "", "providers", "must be an object"))? {
                let path = ["providers.", &id, "."].concat();
                let members = read(&get(several, &id), &path, "provider", INVALID)?;
                providers.push(provider(&id, &path, &members)?);
            }
        }
    }
    let isolated = members.is("isolation", "worker");
    if members.flag("exposeAccessToken") == Some(false) && !isolated {
        return Err(wrong(INVALID, "", "exposeAccessToken", "false needs isolation: \"worker\""));
    }
    let storage = storage(members.value("storage"), isolated)?;
    let logger = logger(members.value("logger"))?;
    let open_url = open_url(members.value("openUrl"))?;

    let default = Config::new(ProviderConfig::new("", ""));
    let config = Config {
        providers,
        allowed_origins: members.texts("allowedOrigins").unwrap_or_default(),
        handle_redirect: members.flag("handleRedirect").unwrap_or(default.handle_redirect),
        restore_url: members.flag("restoreUrl").unwrap_or(default.restore_url),
        auto_refresh: members.flag("autoRefresh").unwrap_or(default.auto_refresh),
        refresh_lead: members.millis("refreshLeadSeconds", 1000.0),
        clock_tolerance: members.millis("clockToleranceSeconds", 1000.0).unwrap_or(default.clock_tolerance),
        request_timeout: members.millis("requestTimeout", 1.0).unwrap_or(default.request_timeout),
        namespace: members.text("namespace").unwrap_or(default.namespace),
        logger,
        open_url,
    };
    Ok(Setup { config, storage, by_id: several.is_some() })
}

fn provider(id: &str, path: &str, members: &Members) -> Result<ProviderConfig, Error> {
    let Some(client_id) = members.text("clientId") else { return Err(wrong(INVALID, path, "clientId", "is needed")) };
    let metadata = match members.value("metadata") {
        None => None,
        Some(value) => match from_js(&value) {
            Some(json @ Json::Object(_)) => Some(json),
            _ => return Err(wrong(INVALID, path, "metadata", "must be an object")),
        },
    };
    let default = ProviderConfig::new("", &client_id);
    let tls = members.is("idTokenVerification", "tls");
    Ok(ProviderConfig {
        id: id.to_owned(),
        issuer: members.text("issuer"),
        client_id: default.client_id,
        redirect_uri: members.text("redirectUri"),
        post_logout_redirect_uri: members.text("postLogoutRedirectUri"),
        scope: members.text("scope").unwrap_or(default.scope),
        resources: members.texts("resource").unwrap_or_default(),
        metadata,
        authorization_params: members.map("authorizationParams"),
        token_params: members.map("tokenParams"),
        dpop: usage(members, "dpop", default.dpop),
        par: usage(members, "par", default.par),
        id_token_verification: if tls { IdTokenVerification::Tls } else { IdTokenVerification::Signature },
    })
}

fn usage(members: &Members, name: &str, default: Usage) -> Usage {
    match members.flag(name) {
        Some(true) => Usage::Always,
        Some(false) => Usage::Never,
        None if members.is(name, "auto") => Usage::Auto,
        None => default,
    }
}

fn storage(value: Option<JsValue>, isolated: bool) -> Result<Storage, Error> {
    let value = value.unwrap_or_else(|| "local".into());
    if value.is_object() {
        return Adapter::new(value)
            .map(Storage::Adapter)
            .map_err(|method| wrong(INVALID, "storage.", method, "must be a function"));
    }
    match value.as_string().as_deref() {
        // Pages could read the other storages, or a worker has none such.
        Some("local" | "encrypted") if isolated => Ok(Storage::Encrypted),
        Some("session" | "memory") if isolated => {
            Err(wrong(INVALID, "", "storage", "with isolation: \"worker\" sessions are encrypted in IndexedDB"))
        }
        Some("local") => Ok(Storage::Local),
        Some("memory") => Ok(Storage::Memory),
        Some("session") => Ok(Storage::Session),
        Some("encrypted") => Ok(Storage::Encrypted),
        _ => Err(wrong(INVALID, "", "storage", "must be one of: local, memory, session, encrypted; or an object")),
    }
}

fn open_url(value: Option<JsValue>) -> Result<Option<OpenUrl>, Error> {
    let Some(value) = value else { return Ok(None) };
    let Ok(open) = value.dyn_into::<Function>() else {
        return Err(wrong(INVALID, "", "openUrl", "must be a function"));
    };
    Ok(Some(Rc::new(move |url: String| {
        let opened = open.call1(&JsValue::NULL, &url.into());
        Box::pin(async move {
            let settled = match opened {
                Ok(promise) => JsFuture::from(Promise::resolve(&promise)).await,
                thrown => thrown,
            };
            settled.map(drop).map_err(|_| Error::new(ErrorCode::Unsupported, "openUrl: the function failed"))
        })
    })))
}

type Logger = Rc<dyn Fn(&LogEntry)>;

fn logger(value: Option<JsValue>) -> Result<Option<Logger>, Error> {
    let Some(value) = value else { return Ok(None) };
    let Ok(logger) = value.dyn_into::<Function>() else {
        return Err(wrong(INVALID, "", "logger", "must be a function or \"console\""));
    };
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
