//! The crate's presets are the ones of the npm package, and the page about them names what limits each.

use keyward::ProviderConfig;
use keyward::client::config::IdTokenVerification;
use keyward::providers::{self, CognitoLogout, EntraTenant, Limitation};
use serde_json::{Value, json};

const DOCS: &str = include_str!("../../../../../docs/providers.md");

pub(in super::super) fn k4_presets_are_the_ones_of_the_npm_package() {
    let expected: Value = serde_json::from_str(include_str!("../../../../package/presets.json")).expect("a fixture");
    let presets = expected.as_object().expect("by name");
    let mut compared = 0;
    for (name, preset) in presets {
        let mut limitations: &[Limitation] = &[];
        for case in preset["cases"].as_array().expect("cases") {
            let settings = &case["settings"];
            let config;
            (config, limitations) = given(name, &|member| settings[member].as_str(), &settings["logout"]);
            assert_eq!(as_json(&config), case["config"], "{name} {settings}");
            compared += 1;
        }
        let names: Vec<String> = limitations.iter().map(|limitation| snake_case(&format!("{limitation:?}"))).collect();
        assert_eq!(json!(names), preset["limitations"], "{name}");
        // The page about the providers says what each of them is about.
        let function = format!("`{name}(");
        let section = DOCS.split("\n## ").find(|section| section.contains(&function)).expect("a section");
        for limitation in &names {
            assert!(section.contains(&format!("`{limitation}`")), "{limitation} in docs/providers.md, {name}");
        }
    }
    assert_eq!((presets.len(), compared), (10, 17));
}

/// The crate's preset of that name, with those settings.
fn given<'a>(
    name: &str,
    setting: &dyn Fn(&str) -> Option<&'a str>,
    logout: &Value,
) -> (ProviderConfig, &'static [Limitation]) {
    let needed = |member| setting(member).unwrap_or_else(|| panic!("{name} needs {member}"));
    let app = needed("clientId");
    match name {
        "google" => (providers::google(app, needed("tokenEndpoint")), providers::GOOGLE),
        "discord" => (providers::discord(app), providers::DISCORD),
        "keycloak" => (providers::keycloak(needed("url"), needed("realm"), app), providers::KEYCLOAK),
        "auth0" => (providers::auth0(needed("domain"), app, setting("audience")), providers::AUTH0),
        "entra" => {
            let tenant = match needed("tenant") {
                "common" => EntraTenant::Common,
                "organizations" => EntraTenant::Organizations,
                "consumers" => EntraTenant::Consumers,
                id => EntraTenant::Id(id),
            };
            (providers::entra(tenant, app), providers::ENTRA)
        }
        "okta" => (providers::okta(needed("domain"), setting("authorizationServer"), app), providers::OKTA),
        "cognito" => {
            let both = logout["domain"].as_str().zip(logout["uri"].as_str());
            let logout = both.map(|(domain, uri)| CognitoLogout { domain, uri });
            (providers::cognito(needed("region"), needed("userPoolId"), app, logout), providers::COGNITO)
        }
        "gitlab" => (providers::gitlab(setting("url").unwrap_or("https://gitlab.com"), app), providers::GITLAB),
        "zitadel" => (providers::zitadel(needed("domain"), app), providers::ZITADEL),
        "betterAuth" => (providers::better_auth(needed("url"), app), providers::BETTER_AUTH),
        other => panic!("there is no preset {other}"),
    }
}

/// As the npm package writes it: what is as it is by default is left out.
fn as_json(config: &ProviderConfig) -> Value {
    let mut written = json!({ "issuer": config.issuer, "clientId": config.client_id, "scope": config.scope });
    if let Some(metadata) = &config.metadata {
        written["metadata"] = serde_json::from_str(&metadata.to_text()).expect("JSON");
    }
    if !config.authorization_params.is_empty() {
        let params = config.authorization_params.iter().map(|(name, value)| (name.clone(), value.as_str().into()));
        written["authorizationParams"] = Value::Object(params.collect());
    }
    if config.id_token_verification == IdTokenVerification::Tls {
        written["idTokenVerification"] = "tls".into();
    }
    written
}

fn snake_case(camel: &str) -> String {
    let mut snake = String::new();
    for character in camel.chars() {
        if character.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(character.to_ascii_lowercase());
    }
    snake
}
