//! Signing out at the provider (OpenID Connect RP-Initiated Logout 1.0).

use super::form;

/// The URL to visit (section 2). `extra`: parameters of the app's own; they replace none of the protocol's.
pub fn url(
    endpoint: &str,
    id_token_hint: Option<&str>,
    client_id: &str,
    post_logout_redirect_uri: Option<&str>,
    state: Option<&str>,
    extra: &[(String, String)],
) -> String {
    let own = [
        ("id_token_hint", id_token_hint),
        ("client_id", Some(client_id)),
        ("post_logout_redirect_uri", post_logout_redirect_uri),
        ("state", state),
    ];
    form::append_encoded(endpoint, &form::request(&own, &[], extra, is_reserved))
}

/// Parameters that the protocol owns.
pub fn is_reserved(parameter: &str) -> bool {
    matches!(parameter, "id_token_hint" | "client_id" | "post_logout_redirect_uri" | "state" | "client_secret")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rp_initiated_logout_section_2_all_parameters() {
        let extra = [("state".to_owned(), "evil".to_owned()), ("ui_locales".to_owned(), "de fr".to_owned())];
        let to = "https://app.example/bye?x=1";
        let url = url("https://idp.example/end?p=1", Some("a.b.c"), "app", Some(to), Some("xyz"), &extra);
        assert_eq!(
            url,
            "https://idp.example/end?p=1&id_token_hint=a.b.c&client_id=app&\
             post_logout_redirect_uri=https%3A%2F%2Fapp.example%2Fbye%3Fx%3D1&state=xyz&ui_locales=de+fr"
        );
    }

    #[test]
    fn rp_initiated_logout_section_2_only_the_client() {
        let reserved = ["id_token_hint", "client_id", "post_logout_redirect_uri", "state", "client_secret"];
        let extra = reserved.map(|name| (name.to_owned(), "evil".to_owned()));
        assert_eq!(
            url("https://idp.example/end", None, "app", None, None, &extra),
            "https://idp.example/end?client_id=app"
        );
        assert!(reserved.into_iter().all(is_reserved) && !is_reserved("logout_hint"));
    }
}
