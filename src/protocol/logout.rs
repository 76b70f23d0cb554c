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
    let parameters = [
        ("id_token_hint", id_token_hint),
        ("client_id", Some(client_id)),
        ("post_logout_redirect_uri", post_logout_redirect_uri),
        ("state", state),
    ];
    let mut pairs: Vec<_> = parameters.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    form::add_extra(&mut pairs, extra, is_reserved);
    form::append_query(endpoint, pairs)
}

/// Parameters that the protocol owns.
pub fn is_reserved(parameter: &str) -> bool {
    matches!(parameter, "id_token_hint" | "client_id" | "post_logout_redirect_uri" | "state" | "client_secret")
}
