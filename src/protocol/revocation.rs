//! Token revocation (RFC 7009). Its answer changes nothing here.

use super::form;
use super::http::Request;

/// Asks the provider to forget a token (RFC 7009 section 2.1). `hint`: `refresh_token` or `access_token`.
pub fn request(endpoint: &str, client_id: &str, token: &str, hint: &str) -> Request {
    let form = form::encode(&[("token", token), ("token_type_hint", hint), ("client_id", client_id)]);
    let mut request = Request::post(endpoint, form);
    request.keepalive = true;
    request
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_7009_section_2_1_a_public_client_revokes() {
        let request = request("https://idp.example/revoke", "app", "45ghiukldjahdnhzdauz", "refresh_token");
        assert_eq!(request.url, "https://idp.example/revoke");
        let form = "token=45ghiukldjahdnhzdauz&token_type_hint=refresh_token&client_id=app";
        assert_eq!(request.form.as_deref(), Some(form));
        assert!(request.keepalive, "it may be sent while the page is left");
        assert!(!format!("{request:?}").contains("45ghiukldjahdnhzdauz"));
    }
}
