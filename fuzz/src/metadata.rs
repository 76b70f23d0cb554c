//! A discovery document, and after an empty line what the app configured over it.

use super::check::{ISSUER, endpoint, stable, text};
use keyward::platform::sim::parse_json;
use keyward::protocol::http::Response;
use keyward::protocol::json::Json;
use keyward::protocol::metadata::ServerMetadata;

pub fn check(input: &[u8]) {
    let Some(text) = text(input) else { return };
    let (body, overrides) = text.split_once("\n\n").unwrap_or((text, ""));
    let overrides = parse_json(overrides);
    let response = |status| Response { status, body: body.to_owned(), ..Response::default() };
    let process = |status| ServerMetadata::process(&response(status), ISSUER, overrides.as_ref(), parse_json);
    assert!(process(404).is_err(), "B2: only a success is metadata");
    let Ok(metadata) = process(200) else { return };
    assert_eq!(metadata.issuer(), ISSUER, "B1");
    let required = [metadata.authorization_endpoint(), metadata.token_endpoint()];
    let optional = [
        metadata.jwks_uri(),
        metadata.userinfo_endpoint(),
        metadata.end_session_endpoint(),
        metadata.revocation_endpoint(),
        metadata.pushed_authorization_request_endpoint(),
    ];
    required.into_iter().chain(optional.into_iter().flatten()).for_each(endpoint);
    for (name, value) in overrides.as_ref().and_then(Json::members).unwrap_or_default() {
        let kept = metadata.raw.get(name) == Some(value) || metadata.ignored.contains(&name.as_str());
        assert!(*value == Json::Null || kept, "`{name}` was configured otherwise");
    }
    check_cache(&metadata);
}

/// What is cached is read back as it was.
fn check_cache(metadata: &ServerMetadata) {
    let read = |text: &str| {
        let json = parse_json(text).expect("what Keyward writes is JSON");
        ServerMetadata::from_json(&json, Some(ISSUER)).expect("what was accepted once is accepted from the cache")
    };
    let again = read(&metadata.to_json().to_text());
    assert_eq!((again.issuer(), again.token_endpoint()), (metadata.issuer(), metadata.token_endpoint()));
    assert_eq!(
        (again.jwks_uri(), again.iss_parameter_supported()),
        (metadata.jwks_uri(), metadata.iss_parameter_supported())
    );
    assert_eq!(again.id_token_algorithms, metadata.id_token_algorithms);
    stable(metadata.to_json().to_text(), |text| read(text).to_json().to_text());
}
