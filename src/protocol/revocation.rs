//! Token revocation (RFC 7009). Its answer changes nothing here.

use super::form;
use super::http::Request;

/// Asks the provider to forget a token (RFC 7009 section 2.1). `hint`: `refresh_token` or `access_token`.
pub fn request(endpoint: &str, client_id: &str, token: &str, hint: &str) -> Request {
    let form = form::encode([("token", token), ("token_type_hint", hint), ("client_id", client_id)]);
    Request { keepalive: true, ..Request::post(endpoint, form) }
}
