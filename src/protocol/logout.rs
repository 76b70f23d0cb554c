//! Signing out at the provider (OpenID Connect RP-Initiated Logout 1.0).

use super::form;
use crate::prelude::*;

/// Servers refuse addresses of some length (431, 414), and an ID token has no bound: what is longer goes as a form.
const LONGEST_URL: usize = 2_000;

/// What is said at the logout endpoint (section 2), as a form. `extra`: parameters of the app's own; they replace none of
/// the protocol's.
pub fn form(
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
    form::request(&own, &[], extra, is_reserved)
}

/// The URL to visit; `None` if it would be too long, so that the form has to be sent by POST, which section 2 demands of
/// every provider that it can be.
pub fn url(endpoint: &str, form: &str) -> Option<String> {
    let url = form::append_encoded(endpoint, form);
    (url.len() <= LONGEST_URL).then_some(url)
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
        let form = form(Some("a.b.c"), "app", Some(to), Some("xyz"), &extra);
        assert_eq!(
            url("https://idp.example/end?p=1", &form).as_deref(),
            Some(
                "https://idp.example/end?p=1&id_token_hint=a.b.c&client_id=app&\
                 post_logout_redirect_uri=https%3A%2F%2Fapp.example%2Fbye%3Fx%3D1&state=xyz&ui_locales=de+fr"
            )
        );
    }

    #[test]
    fn rp_initiated_logout_section_2_only_the_client() {
        let reserved = ["id_token_hint", "client_id", "post_logout_redirect_uri", "state", "client_secret"];
        let extra = reserved.map(|name| (name.to_owned(), "evil".to_owned()));
        let form = form(None, "app", None, None, &extra);
        assert_eq!(url("https://idp.example/end", &form).as_deref(), Some("https://idp.example/end?client_id=app"));
        assert!(reserved.into_iter().all(is_reserved) && !is_reserved("logout_hint"));
    }

    #[test]
    fn g2_above_two_thousand_characters_there_is_no_url() {
        let endpoint = "https://idp.example/end";
        let rest = endpoint.len() + "?id_token_hint=&client_id=app".len();
        for (length, fits) in [(2_000, true), (2_001, false), (29_000, false), (500_000, false)] {
            let form = form(Some(&"x".repeat(length - rest)), "app", None, None, &[]);
            assert_eq!(url(endpoint, &form).map(|url| url.len()), fits.then_some(length));
        }
    }
}
