//! Authorization responses that must not be believed: no code of theirs is ever sent on.

use super::{Edit, Misbehaviour, Params, Phase, Place, json, params};
use crate::id_token::remove;
use keyward::ErrorCode;
use std::sync::Arc;

pub(super) fn all() -> Vec<Misbehaviour> {
    [states(), repetitions(), issuers(), contradictions(), refusals()].concat()
}

type List = Vec<(String, String)>;

fn callback(requirement: &'static str, name: &str, edit: impl Fn(&mut List) + Send + Sync + 'static) -> Misbehaviour {
    Misbehaviour::new(requirement, format!("callback_{name}"), Place::Callback, params(edit))
}

fn value<'a>(list: &'a mut List, name: &str) -> &'a mut String {
    if !list.iter().any(|(key, _)| key == name) {
        list.push((name.to_owned(), String::new()));
    }
    let found = list.iter_mut().find(|(key, _)| key == name).map(|(_, value)| value);
    found.expect("it was just added")
}

fn drop_param(list: &mut List, name: &str) {
    list.retain(|(key, _)| key != name);
}

fn add(list: &mut List, name: &str, value: &str) {
    list.push((name.to_owned(), value.to_owned()));
}

fn states() -> Vec<Misbehaviour> {
    let state =
        |name: &str, edit: fn(&mut List)| callback("A5", name, edit).code(ErrorCode::InvalidState).mentions("state");
    vec![
        state("has_no_state", |list| drop_param(list, "state")),
        state("has_an_empty_state", |list| value(list, "state").clear()),
        state("has_an_unknown_state", |list| *value(list, "state") = "A".repeat(43)),
        state("has_a_longer_state", |list| value(list, "state").push('A')),
        state("has_a_shorter_state", |list| {
            value(list, "state").pop();
        }),
        state("has_a_state_with_a_space", |list| value(list, "state").push(' ')),
        state("has_a_state_in_other_letters", |list| {
            let state = value(list, "state");
            *state = state
                .chars()
                .map(|letter| {
                    if letter.is_ascii_lowercase() { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() }
                })
                .collect();
        }),
        state("has_a_path_for_a_state", |list| *value(list, "state") = "../session/x".to_owned()),
        state("has_the_name_of_a_prototype_for_a_state", |list| *value(list, "state") = "__proto__".to_owned()),
        state("has_an_error_without_state", |list| {
            list.clear();
            add(list, "error", "access_denied");
        }),
        state("has_an_error_with_an_unknown_state", |list| {
            drop_param(list, "code");
            add(list, "error", "access_denied");
            *value(list, "state") = "unknown".to_owned();
        }),
        // The response mode that nobody asked for.
        Misbehaviour::new(
            "A5",
            "callback_comes_in_the_fragment",
            Place::Callback,
            Edit::Params(Arc::new(|params: &mut Params| params.in_fragment = true)),
        )
        .phase(Phase::Ignored),
    ]
}

fn repetitions() -> Vec<Misbehaviour> {
    let twice = |name: &str, edit: fn(&mut List)| callback("A5", name, edit).mentions("twice");
    vec![
        twice("has_the_same_code_twice", |list| {
            let code = value(list, "code").clone();
            add(list, "code", &code);
        }),
        twice("has_another_code_first", |list| list.insert(0, ("code".to_owned(), "injected".to_owned()))),
        twice("has_another_code_last", |list| add(list, "code", "injected")),
        twice("has_an_empty_code_more", |list| add(list, "code", "")),
        twice("has_the_same_state_twice", |list| {
            let state = value(list, "state").clone();
            add(list, "state", &state);
        }),
        twice("has_another_state_first", |list| list.insert(0, ("state".to_owned(), "injected".to_owned()))),
        twice("has_another_state_last", |list| add(list, "state", "injected")),
        twice("has_the_same_iss_twice", |list| {
            let iss = value(list, "iss").clone();
            add(list, "iss", &iss);
        }),
        twice("has_another_iss_last", |list| add(list, "iss", "https://evil.example")),
        twice("has_another_iss_first", |list| list.insert(0, ("iss".to_owned(), "https://evil.example".to_owned()))),
        twice("has_two_errors", |list| {
            drop_param(list, "code");
            add(list, "error", "access_denied");
            add(list, "error", "login_required");
        }),
        twice("has_two_descriptions", |list| {
            drop_param(list, "code");
            add(list, "error", "access_denied");
            add(list, "error_description", "one");
            add(list, "error_description", "two");
        }),
    ]
}

fn issuers() -> Vec<Misbehaviour> {
    let iss = |name: &str, edit: fn(&mut List)| callback("A5", name, edit).code(ErrorCode::IssuerMismatch);
    vec![
        iss("has_anothers_iss", |list| *value(list, "iss") = "https://evil.example".to_owned()),
        iss("has_an_iss_with_a_slash_more", |list| value(list, "iss").push('/')),
        iss("has_an_iss_in_capitals", |list| *value(list, "iss") = value(list, "iss").to_ascii_uppercase()),
        iss("has_an_iss_with_a_space", |list| value(list, "iss").push(' ')),
        iss("has_an_iss_by_another_name_of_the_host", |list| {
            *value(list, "iss") = value(list, "iss").replace("127.0.0.1", "localhost")
        }),
        iss("has_an_empty_iss", |list| value(list, "iss").clear()),
        iss("lacks_the_promised_iss", |list| drop_param(list, "iss")).mentions("iss"),
        iss("has_an_error_with_anothers_iss", |list| {
            drop_param(list, "code");
            add(list, "error", "access_denied");
            *value(list, "iss") = "https://evil.example".to_owned();
        }),
        iss("has_an_error_without_the_promised_iss", |list| {
            drop_param(list, "code");
            drop_param(list, "iss");
            add(list, "error", "access_denied");
        }),
        // Not promised, but wrong all the same.
        iss("has_anothers_iss_unannounced", |list| *value(list, "iss") = "https://evil.example".to_owned())
            .and(Place::Discovery, json(|metadata| remove(metadata, "authorization_response_iss_parameter_supported"))),
    ]
}

fn contradictions() -> Vec<Misbehaviour> {
    vec![
        callback("A5", "has_code_and_error", |list| add(list, "error", "access_denied")),
        callback("A5", "has_error_and_code", |list| list.insert(0, ("error".to_owned(), "access_denied".to_owned()))),
        callback("A5", "has_code_and_an_empty_error", |list| add(list, "error", "")),
        callback("A5", "has_an_empty_code", |list| value(list, "code").clear()),
        callback("A5", "has_neither_code_nor_error", |list| drop_param(list, "code")),
        callback("A1", "has_tokens_of_the_implicit_flow", |list| {
            drop_param(list, "code");
            add(list, "access_token", "at-implicit");
            add(list, "token_type", "Bearer");
            add(list, "id_token", "e30.e30.AA");
        }),
    ]
}

/// Said by the provider itself: its words arrive, inert.
fn refusals() -> Vec<Misbehaviour> {
    let refusal = |name: &str, error: &'static str, description: &'static str, code| {
        callback("C4", name, move |list| {
            drop_param(list, "code");
            add(list, "error", error);
            add(list, "error_description", description);
        })
        .code(code)
    };
    vec![
        refusal("says_access_denied", "access_denied", "The user said no", ErrorCode::AccessDenied),
        refusal("says_login_required", "login_required", "", ErrorCode::LoginRequired),
        refusal("says_interaction_required", "interaction_required", "", ErrorCode::InteractionRequired),
        refusal("says_consent_required", "consent_required", "", ErrorCode::InteractionRequired),
        refusal("says_account_selection_required", "account_selection_required", "", ErrorCode::InteractionRequired),
        refusal("says_temporarily_unavailable", "temporarily_unavailable", "", ErrorCode::TemporarilyUnavailable),
        refusal("says_server_error", "server_error", "", ErrorCode::TemporarilyUnavailable),
        refusal("says_invalid_scope", "invalid_scope", "unknown scope", ErrorCode::AuthorizationFailed),
        refusal("says_unauthorized_client", "unauthorized_client", "", ErrorCode::AuthorizationFailed),
        refusal("says_something_of_its_own", "tenant_blocked", "", ErrorCode::AuthorizationFailed),
        refusal("says_access_denied_in_capitals", "ACCESS_DENIED", "", ErrorCode::AuthorizationFailed),
        refusal("says_nothing", "", "", ErrorCode::AuthorizationFailed),
        refusal(
            "says_markup",
            "<img src=x onerror=alert(1)>",
            "\u{202e}\u{0}\u{1b}[31m<script>",
            ErrorCode::AuthorizationFailed,
        ),
        callback("C4", "says_a_great_deal", |list| {
            drop_param(list, "code");
            add(list, "error", &"e".repeat(20_000));
            add(list, "error_description", &"d".repeat(20_000));
            add(list, "error_uri", &"u".repeat(20_000));
        })
        .code(ErrorCode::AuthorizationFailed),
    ]
}
