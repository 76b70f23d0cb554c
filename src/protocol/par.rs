//! Pushed authorization requests (RFC 9126): the parameters go to the provider directly, and the browser is sent there
//! with no more than a reference to them.

use super::error::{Error, ErrorCode, OAuthError};
use super::form;
use super::http::{Request, Response, TransportError};
use super::json::Parser;
use crate::prelude::*;

/// Pushes the form of an authorization request. A simple form post, as some providers answer no preflight here: no header
/// field of its own (section 2.1).
pub fn request(endpoint: &str, form: String) -> Request {
    Request::post(endpoint, form)
}

/// The `request_uri` of the answer (section 2.2).
pub fn process(answer: Result<Box<Response>, TransportError>, parse: Parser) -> Result<String, Error> {
    let response = answer.map_err(unanswered)?;
    let body = parse(&response.body);
    let body = body.as_ref();
    // 201 by the book; providers were seen to send 200.
    if matches!(response.status, 200 | 201)
        && let Some(uri) = body.and_then(|body| body.str("request_uri")).filter(|uri| !uri.is_empty())
    {
        return Ok(uri.to_owned());
    }
    let oauth = body.and_then(|body| OAuthError::from_body(body, response.status));
    let name = oauth.as_ref().map_or("", |oauth| oauth.error.as_str());
    let (code, message) = if matches!(response.status, 408 | 425 | 429 | 500..=599)
        || matches!(name, "temporarily_unavailable" | "server_error")
    {
        (ErrorCode::TemporarilyUnavailable, "the provider cannot take the authorization request now")
    } else if name == "access_denied" {
        (ErrorCode::AccessDenied, "the provider denied access")
    } else if name.is_empty() {
        (ErrorCode::InvalidResponse, "the answer to the pushed authorization request has no `request_uri`")
    } else {
        (ErrorCode::AuthorizationFailed, "the provider refused the authorization request")
    };
    let mut error = Error::new(code, message);
    error.oauth = oauth.map(Box::new);
    Err(error)
}

/// Where to go with the reference: the client and it, and nothing else (section 4).
pub fn url(authorization_endpoint: &str, client_id: &str, request_uri: &str) -> String {
    form::append_query(authorization_endpoint, &[("client_id", client_id), ("request_uri", request_uri)])
}

fn unanswered(error: TransportError) -> Error {
    match error {
        TransportError::Timeout => Error::new(ErrorCode::Timeout, error.message()),
        TransportError::Cors => Error::new(ErrorCode::Network, error.message()),
        TransportError::Network | TransportError::Unreadable => Error::new(
            ErrorCode::Network,
            "the endpoint for pushed authorization requests could not be reached, or does not allow this origin (CORS)",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::testing::{parse, response};

    fn outcome(status: u16, body: &str) -> Result<String, ErrorCode> {
        process(Ok(Box::new(response(status, body))), parse).map_err(|error| error.code)
    }

    #[test]
    fn h2_rfc_9126_section_2_2_a_reference() {
        let body = r#"{"request_uri":"urn:ietf:params:oauth:request_uri:6esc_11ACC5bwc014ltc14eY22c","expires_in":60}"#;
        let uri = Ok("urn:ietf:params:oauth:request_uri:6esc_11ACC5bwc014ltc14eY22c".to_owned());
        assert_eq!(outcome(201, body), uri);
        assert_eq!(outcome(200, body), uri);
        for other in ["{}", "", "[]", r#"{"request_uri":""}"#, r#"{"request_uri":7}"#, r#"{"request_uri":null}"#] {
            assert_eq!(outcome(201, other), Err(ErrorCode::InvalidResponse), "{other}");
        }
        assert_eq!(outcome(302, body), Err(ErrorCode::InvalidResponse));
    }

    #[test]
    fn h2_rfc_9126_section_2_3_refusals_are_typed() {
        for (status, name, code) in [
            (400, "invalid_request", ErrorCode::AuthorizationFailed),
            (401, "invalid_client", ErrorCode::AuthorizationFailed),
            (400, "access_denied", ErrorCode::AccessDenied),
            (400, "temporarily_unavailable", ErrorCode::TemporarilyUnavailable),
            (503, "", ErrorCode::TemporarilyUnavailable),
            (429, "too_many", ErrorCode::TemporarilyUnavailable),
            (405, "", ErrorCode::InvalidResponse),
        ] {
            assert_eq!(outcome(status, &format!(r#"{{"error":"{name}"}}"#)), Err(code), "{status} {name}");
        }
        let refused = process(Ok(Box::new(response(400, r#"{"error":"e","error_description":"d"}"#))), parse);
        let oauth = refused.unwrap_err().oauth.clone().unwrap();
        assert_eq!((oauth.error.as_str(), oauth.description.as_deref(), oauth.status), ("e", Some("d"), Some(400)));
    }

    #[test]
    fn h2_what_does_not_arrive_is_typed() {
        for (error, code) in [
            (TransportError::Network, ErrorCode::Network),
            (TransportError::Timeout, ErrorCode::Timeout),
            (TransportError::Unreadable, ErrorCode::Network),
        ] {
            assert_eq!(process(Err(error), parse).unwrap_err().code, code);
        }
    }

    #[test]
    fn h2_the_front_channel_has_client_and_reference_only() {
        let url = url("https://idp.example/auth?tenant=a", "my app", "urn:x:1&2");
        assert_eq!(url, "https://idp.example/auth?tenant=a&client_id=my+app&request_uri=urn%3Ax%3A1%262");
    }

    #[test]
    fn k6_it_is_a_simple_form_post() {
        let request = request("https://idp.example/par", "a=1".to_owned());
        assert_eq!((request.form.as_deref(), request.headers.len()), (Some("a=1"), 0));
    }
}
