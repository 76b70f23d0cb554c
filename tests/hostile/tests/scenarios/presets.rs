//! The presets against a provider that publishes what the real one publishes, at the real one's addresses (they lead to
//! this machine), and has its peculiarities. `docs/providers.md` says where the facts are from.

use crate::stage::code;
use hostile_tests::id_token::remove;
use hostile_tests::{Change, Place};
use keyward::providers::{self, CognitoLogout, EntraTenant};
use keyward::{ErrorCode, ProviderConfig};
use serde_json::{Value, json};

mod agreement;
mod imitation;

pub(super) use agreement::k4_presets_are_the_ones_of_the_npm_package;
use imitation::{Imitation, addresses, metadata, standard};

const TENANT: &str = "0d627f21-8553-467d-bb74-dfaea2514025";

pub(super) fn k1_the_preset_of_google_signs_in_through_a_server_that_adds_the_secret() {
    let config = providers::google("app", "https://app.example/google/token");
    let google = |path, issuer| {
        let published = metadata(
            "https://accounts.google.com",
            "https://",
            &[
                ("authorization_endpoint", "accounts.google.com/o/oauth2/v2/auth"),
                ("token_endpoint", "oauth2.googleapis.com/token"),
                ("userinfo_endpoint", "openidconnect.googleapis.com/v1/userinfo"),
                ("revocation_endpoint", "oauth2.googleapis.com/revoke"),
                ("jwks_uri", "www.googleapis.com/oauth2/v3/certs"),
            ],
        );
        let known = [
            ("https://accounts.google.com/.well-known/openid-configuration", ".well-known/openid-configuration"),
            ("https://accounts.google.com/o/oauth2/v2/auth", "authorize"),
            // The app's own server; Google's token endpoint and keys are out of a page's reach here.
            ("https://app.example/google/token", "token"),
            ("https://oauth2.googleapis.com/revoke", "revoke"),
        ];
        Imitation::new(path, config.clone(), &known).publishes(published).says(issuer, json!({ "azp": "app" }))
    };
    // Both spellings of its issuer are Google's.
    for (path, issuer) in
        [("k1~preset-google", "https://accounts.google.com"), ("k1~preset-google-legacy", "accounts.google.com")]
    {
        let asked = google(path, issuer).works();
        assert_eq!(asked.query_value("access_type"), Some("offline"));
        assert_eq!(asked.query_value("prompt"), Some("consent"));
        assert_eq!(asked.query_value("scope"), Some("openid profile email"));
    }
    let stranger = google("k1~preset-google-stranger", "https://accounts.google.com.evil.example");
    assert_eq!(code(stranger.app.sign_in("main", "alice").1), Some(ErrorCode::InvalidIdToken));
    // Google gives a refresh token at the first sign-in with consent, and none when it refreshes.
    let keeps = google("k1~preset-google-keeps", "https://accounts.google.com");
    let tab = keeps.app.signed_in("main", "alice");
    let keeps = keeps.with(Change::json(Place::Refresh, |body| remove(body, "refresh_token")));
    assert_eq!(code(tab.new_token("main")), None);
    assert_eq!(keeps.app.origin.stored().values().filter(|text| text.contains("rt-")).count(), 1);
}

pub(super) fn k1_the_preset_of_discord_needs_no_discovery_and_no_keys() {
    let known = [
        ("https://discord.com/oauth2/authorize", "authorize"),
        ("https://discord.com/api/oauth2/token", "token"),
        ("https://discord.com/api/oauth2/token/revoke", "revoke"),
    ];
    let discord = Imitation::new("k1~preset-discord", providers::discord("app"), &known)
        .says("https://discord.com", json!({}))
        // A subject is a snowflake, and a lifetime a week.
        .with(Change::json(Place::Token, |body| body["expires_in"] = json!(604_800)));
    let asked = discord.works();
    assert_eq!(asked.query_value("scope"), Some("openid identify"));
    let endpoints: Vec<String> = discord.provider.received().into_iter().map(|request| request.endpoint).collect();
    assert_eq!(endpoints, ["authorize", "token", "token", "revoke", "revoke"]);
    // RFC 9207: its responses may name the issuer.
    let named = Imitation::new("k1~preset-discord-iss", providers::discord("app"), &known)
        .says("https://discord.com", json!({}))
        .with(Change::params(|list| list.push(("iss".to_owned(), "https://discord.com".to_owned()))));
    named.works();
}

pub(super) fn k1_the_preset_of_keycloak_signs_in() {
    let config = providers::keycloak("https://id.example", "staff", "app");
    let base = "https://id.example/realms/staff/protocol/openid-connect";
    let keycloak = standard(
        "k1~preset-keycloak",
        config,
        base,
        &[
            ("authorization_endpoint", "/auth"),
            ("token_endpoint", "/token"),
            ("revocation_endpoint", "/revoke"),
            ("end_session_endpoint", "/logout"),
            ("jwks_uri", "/certs"),
        ],
    )
    .with(Change::json(Place::Token, |body| {
        body["refresh_expires_in"] = json!(1800);
        body["not-before-policy"] = json!(0);
        body["session_state"] = json!("9a8b");
    }))
    .with(Change::json(Place::Jwks, |set| {
        if let Some(keys) = set["keys"].as_array_mut() {
            let mut key = keys[0].clone();
            (key["use"], key["alg"]) = (json!("enc"), json!("RSA-OAEP"));
            keys.insert(0, key);
        }
    }))
    .with(Change::answer(Place::Revocation, |answer| answer.status = 400))
    .with(Change::params(|list| {
        list.push(("session_state".to_owned(), "9a8b".to_owned()));
        list.push(("iss".to_owned(), "https://id.example/realms/staff".to_owned()));
    }));
    keycloak.works();
}

pub(super) fn k1_the_preset_of_auth0_signs_in() {
    let config = providers::auth0("acme.eu.auth0.com", "app", Some("https://api.example"));
    let paths = [
        ("authorization_endpoint", "authorize"),
        ("token_endpoint", "oauth/token"),
        ("revocation_endpoint", "oauth/revoke"),
        ("jwks_uri", ".well-known/jwks.json"),
    ];
    let auth0 = standard("k1~preset-auth0", config, "https://acme.eu.auth0.com/", &paths);
    let asked = auth0.works();
    assert_eq!(asked.query_value("audience"), Some("https://api.example"));
    assert_eq!(asked.query_value("scope"), Some("openid profile email offline_access"));
    assert_eq!(auth0.provider.received_at("openid-configuration").len(), 1);
}

pub(super) fn k1_the_presets_of_entra_accept_the_tenants_own_issuer() {
    let entra = |path: &str, tenant, name: &str, published: &str, issuer: &str, tid: &str| {
        let base = format!("https://login.microsoftonline.com/{name}");
        let paths = [
            ("authorization_endpoint", "/oauth2/v2.0/authorize"),
            ("token_endpoint", "/oauth2/v2.0/token"),
            ("end_session_endpoint", "/oauth2/v2.0/logout"),
            ("jwks_uri", "/discovery/v2.0/keys"),
        ];
        let document = metadata(published, &base, &paths);
        let known = addresses(&format!("{base}/v2.0"), &document);
        let known: Vec<(&str, &str)> = known.iter().map(|(address, to)| (address.as_str(), *to)).collect();
        // Numbers in its answers may be text, and it adds a lifetime of its own.
        Imitation::new(path, providers::entra(tenant, "app"), &known)
            .publishes(document)
            .says(issuer, json!({ "tid": tid, "ver": "2.0" }))
            .with(Change::json(Place::Token, |body| body["ext_expires_in"] = json!(3599)))
            .with(Change::params(|list| list.push(("session_state".to_owned(), "s".to_owned()))))
    };
    let template = "https://login.microsoftonline.com/{tenantid}/v2.0";
    let of = |tid: &str| format!("https://login.microsoftonline.com/{tid}/v2.0");
    entra("k1~preset-entra", EntraTenant::Id(TENANT), TENANT, &of(TENANT), &of(TENANT), TENANT).works();
    for (path, tenant, name) in [
        ("k1~preset-entra-common", EntraTenant::Common, "common"),
        ("k1~preset-entra-organizations", EntraTenant::Organizations, "organizations"),
    ] {
        let common = entra(path, tenant, name, template, &of(TENANT), TENANT);
        let tab = common.app.signed_in("main", "alice");
        let session = tab.client.state().session.clone().expect("signed in");
        assert_eq!(session.issuer, of(name));
        assert_eq!(session.claims.as_ref().and_then(|claims| claims.str("iss")), Some(of(TENANT).as_str()));
        common.works();
    }
    // A token that says it is of one tenant and is signed for another, and a fixed tenant's that is of another.
    let lies = entra("k1~preset-entra-lies", EntraTenant::Common, "common", template, &of(TENANT), "other");
    assert_eq!(code(lies.app.sign_in("main", "alice").1), Some(ErrorCode::InvalidIdToken));
    let other = "9188040d-6c67-4c5b-b112-36a304b66dad";
    let foreign = entra("k1~preset-entra-foreign", EntraTenant::Id(TENANT), TENANT, &of(TENANT), &of(other), other);
    assert_eq!(code(foreign.app.sign_in("main", "alice").1), Some(ErrorCode::InvalidIdToken));
    // What a provider publishes does not widen whom it speaks for.
    let widened = entra("k1~preset-entra-widened", EntraTenant::Id(TENANT), TENANT, &of(TENANT), &of(other), other)
        .with(Change::json(Place::Discovery, move |published| published["id_token_issuer"] = template.into()));
    assert_eq!(code(widened.app.sign_in("main", "alice").1), Some(ErrorCode::InvalidIdToken));
}

pub(super) fn k1_the_preset_of_okta_signs_in() {
    for (path, server, base) in [
        ("k1~preset-okta", None, "https://acme.okta.com/oauth2"),
        ("k1~preset-okta-default", Some("default"), "https://acme.okta.com/oauth2/default"),
    ] {
        let paths = [
            ("authorization_endpoint", "/v1/authorize"),
            ("token_endpoint", "/v1/token"),
            ("revocation_endpoint", "/v1/revoke"),
            ("end_session_endpoint", "/v1/logout"),
            ("jwks_uri", "/v1/keys"),
        ];
        let asked = standard(path, providers::okta("acme.okta.com", server, "app"), base, &paths).works();
        assert_eq!(asked.query_value("scope"), Some("openid profile email offline_access"));
    }
}

pub(super) fn k1_the_preset_of_cognito_signs_in_and_out() {
    let domain = "acme.auth.eu-central-1.amazoncognito.com";
    let logout = CognitoLogout { domain, uri: "https://app.example/bye" };
    let config = providers::cognito("eu-central-1", "eu-central-1_PaHE1tWNZ", "app", Some(logout));
    let mut published = metadata(
        "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_PaHE1tWNZ",
        &format!("https://{domain}"),
        &[
            ("authorization_endpoint", "/oauth2/authorize"),
            ("token_endpoint", "/oauth2/token"),
            ("revocation_endpoint", "/oauth2/revoke"),
            ("end_session_endpoint", "/logout"),
        ],
    );
    let issuer = config.issuer.clone().expect("an issuer");
    published["jwks_uri"] = format!("{issuer}/.well-known/jwks.json").into();
    let known = addresses(&issuer, &published);
    let known: Vec<(&str, &str)> = known.iter().map(|(address, to)| (address.as_str(), *to)).collect();
    let cognito = Imitation::new("k1~preset-cognito", config, &known)
        .publishes(published.clone())
        .says(&issuer, json!({ "token_use": "id" }))
        // Without rotation no refresh token comes with a new access token.
        .with(Change::json(Place::Refresh, |body| remove(body, "refresh_token")));
    let asked = cognito.works();
    // offline_access would be refused.
    assert_eq!(asked.query_value("scope"), Some("openid profile email"));

    let tab = cognito.app.signed_in("main", "alice");
    cognito.sign_out(&tab);
    let left_for = tab.page.navigated().expect("the logout endpoint is visited");
    assert!(left_for.starts_with(&format!("https://{domain}/logout?logout_uri=https%3A%2F%2Fapp.example%2Fbye&")));
    assert_eq!(left_for.matches("client_id=app").count(), 1);
}

pub(super) fn k1_the_preset_of_gitlab_signs_in() {
    let paths = [
        ("authorization_endpoint", "/oauth/authorize"),
        ("token_endpoint", "/oauth/token"),
        ("revocation_endpoint", "/oauth/revoke"),
        ("jwks_uri", "/oauth/discovery/keys"),
    ];
    standard("k1~preset-gitlab", providers::gitlab("https://gitlab.com", "app"), "https://gitlab.com", &paths)
        .with(Change::json(Place::Token, |body| body["created_at"] = json!(1_800_000_000)))
        .works();
}

pub(super) fn k1_the_preset_of_zitadel_signs_in() {
    let base = "https://acme.eu1.zitadel.cloud";
    let paths = [
        ("authorization_endpoint", "/oauth/v2/authorize"),
        ("token_endpoint", "/oauth/v2/token"),
        ("revocation_endpoint", "/oauth/v2/revoke"),
        ("end_session_endpoint", "/oidc/v1/end_session"),
        ("jwks_uri", "/oauth/v2/keys"),
    ];
    let config = providers::zitadel("acme.eu1.zitadel.cloud", "app");
    // Every ID token names all apps of the project, and the project; another app has come when it is refreshed.
    let project = |path, config| {
        let audiences =
            |place, audiences: Value| Change::token(place, move |token| token.claims["aud"] = audiences.clone());
        standard(path, config, base, &paths)
            .says(base, json!({ "azp": "app", "client_id": "app" }))
            .with(audiences(Place::IdToken, json!(["app", "246263290592821251", "246361787010646019"])))
            .with(audiences(Place::RefreshedIdToken, json!(["app", "246263290592821251", "new", "246361787010646019"])))
    };
    let asked = project("k1~preset-zitadel", config.clone()).works();
    assert_eq!(asked.query_value("scope"), Some("openid profile email offline_access"));
    // Without the preset's word for it they are refused.
    let strict = project("k1~preset-zitadel-strict", ProviderConfig { metadata: None, ..config.clone() });
    assert_eq!(code(strict.app.sign_in("main", "alice").1), Some(ErrorCode::InvalidIdToken));
    let sibling = project("k1~preset-zitadel-sibling", config)
        .with(Change::token(Place::IdToken, |token| token.claims["azp"] = "246263290592821251".into()));
    assert_eq!(code(sibling.app.sign_in("main", "alice").1), Some(ErrorCode::InvalidIdToken));
}

pub(super) fn k3_the_preset_of_better_auth_survives_a_refresh_without_an_answer() {
    let base = "https://example.com/api/auth";
    let paths = [
        ("authorization_endpoint", "/oauth2/authorize"),
        ("token_endpoint", "/oauth2/token"),
        ("revocation_endpoint", "/oauth2/revoke"),
        ("end_session_endpoint", "/oauth2/end-session"),
        ("jwks_uri", "/jwks"),
    ];
    let mut published = metadata(base, base, &paths);
    published["id_token_signing_alg_values_supported"] = json!(["EdDSA"]);
    published["authorization_response_iss_parameter_supported"] = json!(true);
    let known = addresses(base, &published);
    let known: Vec<(&str, &str)> = known.iter().map(|(address, to)| (address.as_str(), *to)).collect();
    let signed = |place| Change::token(place, |token| token.signed_with("EdDSA"));
    let better_auth = Imitation::new("k3~preset-better-auth", providers::better_auth(base, "app"), &known)
        .publishes(published)
        .says(base, json!({}))
        .with(signed(Place::IdToken))
        .with(signed(Place::RefreshedIdToken))
        .with(Change::params(move |list| list.push(("iss".to_owned(), base.to_owned()))));
    better_auth.works();

    // Half of the races: 500 with an empty body.
    let tab = better_auth.app.signed_in("main", "alice");
    let better_auth = better_auth.with(Change::answer(Place::Refresh, |answer| {
        answer.status = 500;
        answer.body.clear();
    }));
    assert_eq!(code(tab.new_token("main")), Some(ErrorCode::TemporarilyUnavailable));
    assert!(tab.client.state().is_signed_in());
    assert!(tab.token("main").is_ok(), "what is still valid serves to its end");
    drop(better_auth);
}
