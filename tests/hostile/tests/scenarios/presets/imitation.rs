//! A provider of this machine that passes for a real one: its addresses, what it publishes and what it says of itself.

use crate::stage::{APP, App, Tab, code, server};
use hostile_tests::{Change, Place, Provider, Received};
use keyward::{ProviderConfig, SignOutOptions};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// A provider of this machine in the place of a real one.
pub(super) struct Imitation {
    pub(super) app: App,
    pub(super) provider: Arc<Provider>,
    changes: Vec<Change>,
}

impl Imitation {
    /// `addresses`: the real endpoints, and the name of the one here that answers.
    pub(super) fn new(path: &str, config: ProviderConfig, addresses: &[(&str, &str)]) -> Imitation {
        let provider = server().provider(path);
        let mut app = App::new(&[("main", provider.clone())]);
        let id = "main".to_owned();
        app.config.providers = vec![ProviderConfig { id, redirect_uri: Some(format!("{APP}main")), ..config }];
        for (address, endpoint) in addresses {
            app.origin.stand_in(address, &format!("{}/{endpoint}", provider.issuer()));
        }
        Imitation { app, provider, changes: Vec::new() }
    }

    /// What it publishes instead of its own metadata.
    pub(super) fn publishes(self, metadata: Value) -> Self {
        self.with(Change::json(Place::Discovery, move |published| *published = metadata.clone()))
    }

    /// Its ID tokens name this issuer, and have these claims. Its responses do not name any.
    pub(super) fn says(mut self, issuer: &str, claims: Value) -> Self {
        for place in [Place::IdToken, Place::RefreshedIdToken] {
            let (issuer, claims) = (issuer.to_owned(), claims.clone());
            self = self.with(Change::token(place, move |token| {
                token.claims["iss"] = issuer.as_str().into();
                for (name, value) in claims.as_object().into_iter().flatten() {
                    token.claims[name] = value.clone();
                }
            }));
        }
        self.with(Change::params(|list| list.retain(|(name, _)| name != "iss")))
    }

    pub(super) fn with(mut self, change: Change) -> Self {
        self.changes.push(change);
        self.provider.change_to(self.changes.clone());
        self
    }

    /// Signs in, refreshes, and signs out: that always works.
    pub(super) fn works(&self) -> Received {
        let tab = self.app.signed_in("main", "alice");
        assert!(tab.token("main").is_ok());
        assert_eq!(code(tab.new_token("main")), None);
        assert_eq!(self.provider.token_requests("refresh_token").len(), 1);
        self.sign_out(&tab);
        self.app.shows_no_secret();
        self.provider.received_at("authorize").remove(0)
    }

    pub(super) fn sign_out(&self, tab: &Tab) {
        // It leaves the page where the provider has a logout endpoint.
        let _ = tab.page.attempt(tab.client.sign_out(SignOutOptions::default()));
        assert!(tab.client.state().sessions.is_empty());
    }
}

/// What every provider with OpenID Connect publishes, at these addresses.
pub(super) fn metadata(issuer: &str, base: &str, paths: &[(&str, &str)]) -> Value {
    let mut published = Map::new();
    published.insert("issuer".to_owned(), issuer.into());
    for (member, path) in paths {
        published.insert((*member).to_owned(), format!("{base}{path}").into());
    }
    published.insert("response_types_supported".to_owned(), json!(["code"]));
    published.insert("id_token_signing_alg_values_supported".to_owned(), json!(["RS256"]));
    Value::Object(published)
}

/// The addresses of the endpoints in that metadata, with those here that stand in for them.
pub(super) fn addresses<'a>(base: &str, published: &'a Value) -> Vec<(String, &'a str)> {
    let mut all = vec![(format!("{base}/.well-known/openid-configuration"), ".well-known/openid-configuration")];
    for (member, endpoint) in [
        ("authorization_endpoint", "authorize"),
        ("token_endpoint", "token"),
        ("jwks_uri", "jwks"),
        ("revocation_endpoint", "revoke"),
    ] {
        all.extend(published[member].as_str().map(|address| (address.to_owned(), endpoint)));
    }
    all
}

/// A provider that publishes its metadata where its issuer says.
pub(super) fn standard(path: &str, config: ProviderConfig, base: &str, paths: &[(&str, &str)]) -> Imitation {
    let issuer = config.issuer.clone().expect("a preset has an issuer");
    let published = metadata(&issuer, base, paths);
    let known = addresses(issuer.trim_end_matches('/'), &published);
    let known: Vec<(&str, &str)> = known.iter().map(|(address, endpoint)| (address.as_str(), *endpoint)).collect();
    Imitation::new(path, config, &known).publishes(published.clone()).says(&issuer, json!({}))
}
