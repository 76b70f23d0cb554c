//! Answers to an authorization code that bring no session.

use super::{Edit, Misbehaviour, Place, Unusable, answer, instead, json, unusable};
use crate::answer::Answer;
use crate::id_token::remove;
use keyward::ErrorCode;
use serde_json::{Value, json};

pub(super) fn all() -> Vec<Misbehaviour> {
    let members = members(Place::Token, "token_response");
    let answers = answers(Place::Token, "token_response").into_iter().map(|(misbehaviour, _)| misbehaviour);
    members.into_iter().chain(answers).chain(sign_in_only()).collect()
}

/// Members that are missing or wrong: the whole response is refused.
pub(super) fn members(place: Place, what: &str) -> Vec<Misbehaviour> {
    let wrong = |requirement, name: &str, member: &'static str, value: Value| {
        let edit = json(move |body: &mut Value| body[member] = value.clone());
        Misbehaviour::new(requirement, format!("{what}_{name}"), place, edit).mentions(member)
    };
    let missing = |member: &'static str| {
        let edit = json(move |body: &mut Value| remove(body, member));
        Misbehaviour::new("C1", format!("{what}_has_no_{member}"), place, edit).mentions(member)
    };
    vec![
        missing("access_token"),
        wrong("C1", "has_an_empty_access_token", "access_token", json!("")),
        wrong("C1", "has_null_for_an_access_token", "access_token", json!(null)),
        wrong("C1", "has_a_number_for_an_access_token", "access_token", json!(12_345)),
        wrong("C1", "has_true_for_an_access_token", "access_token", json!(true)),
        wrong("C1", "has_a_list_for_an_access_token", "access_token", json!(["at-in-a-list"])),
        wrong("C1", "has_an_object_for_an_access_token", "access_token", json!({ "token": "at-in-an-object" })),
        wrong("C1", "has_a_newline_in_the_access_token", "access_token", json!("at-one\r\nX-Injected: two")),
        wrong("C1", "has_letters_beyond_ascii_in_the_access_token", "access_token", json!("at-ü")),
        missing("token_type"),
        wrong("C1", "has_an_empty_token_type", "token_type", json!("")),
        wrong("C1", "has_null_for_a_token_type", "token_type", json!(null)),
        wrong("C1", "has_a_list_for_a_token_type", "token_type", json!(["Bearer"])),
        wrong("C1", "has_the_token_type_mac", "token_type", json!("mac")),
        wrong("C1", "has_the_token_type_n_a", "token_type", json!("N_A")),
        wrong("C1", "has_the_token_type_pop", "token_type", json!("PoP")),
        wrong("C1", "has_a_token_type_with_a_space", "token_type", json!("Bearer ")),
        wrong("C1", "has_a_dpop_token_unasked", "token_type", json!("DPoP")),
        wrong("C1", "has_a_number_for_a_refresh_token", "refresh_token", json!(1)),
        wrong("C1", "has_a_list_for_a_refresh_token", "refresh_token", json!(["rt-in-a-list"])),
        wrong("C1", "has_a_newline_in_the_refresh_token", "refresh_token", json!("rt-one\ntwo")),
        wrong("C1", "has_a_number_for_an_id_token", "id_token", json!(1)),
        wrong("C1", "has_an_object_for_an_id_token", "id_token", json!({ "sub": "alice" })),
        wrong("C1", "has_a_list_of_numbers_for_a_scope", "scope", json!(["openid", 7])),
        wrong("C1", "has_a_number_for_a_scope", "scope", json!(7)),
        wrong("C1", "has_an_object_for_authorization_details", "authorization_details", json!({})),
    ]
}

/// Answers that are errors, or nothing that can be read; and whether they end a session that is refreshed.
pub(super) fn answers(place: Place, what: &str) -> Vec<(Misbehaviour, bool)> {
    let b2 = |name: &str, edit: Edit| Misbehaviour::new("B2", format!("{what}_is_{name}"), place, edit);
    let c4 = |name: &str, answer: Answer, code: ErrorCode| {
        Misbehaviour::new("C4", format!("{what}_is_{name}"), place, instead(answer)).code(code)
    };
    let mut all: Vec<(Misbehaviour, bool)> = Vec::new();
    let (refused, later) = (ErrorCode::TokenEndpoint, ErrorCode::TemporarilyUnavailable);
    let refreshes = place == Place::Refresh;
    // A page of a portal or a proxy: to a refresh, an outage that passes. A code is not sent again.
    let unsaid = if refreshes { later } else { refused };
    for (name, edit, matter) in unusable() {
        let misbehaviour = b2(name, edit);
        let misbehaviour = match matter {
            Unusable::Content if refreshes => misbehaviour.code(later),
            Unusable::Content => misbehaviour,
            Unusable::Size => misbehaviour.code(ErrorCode::Network),
            Unusable::Connection => misbehaviour.code(ErrorCode::Network).mentions("CORS"),
            Unusable::Kept => misbehaviour.code(ErrorCode::Network).mentions("allowed origins"),
            Unusable::Silence => misbehaviour.code(ErrorCode::Timeout),
        };
        all.push((misbehaviour, false));
    }
    let page = |status| Answer::text(status, "text/html", "<h1>Error</h1>");
    let with_wait = |status| {
        let mut answer = Answer::error(status, "slow_down");
        answer.headers.push(("Retry-After", "120".to_owned()));
        answer
    };
    let mut said = |name: &str, answer: Answer, code: ErrorCode, ends: bool| all.push((c4(name, answer, code), ends));
    said("invalid_grant", Answer::error(400, "invalid_grant"), refused, true);
    said("invalid_grant_with_401", Answer::error(401, "invalid_grant"), refused, true);
    said("invalid_grant_with_200", Answer::error(200, "invalid_grant"), refused, true);
    said("invalid_client", Answer::error(401, "invalid_client"), refused, false);
    said("invalid_request_with_401", Answer::error(401, "invalid_request"), refused, false);
    said("unauthorized_client", Answer::error(400, "unauthorized_client"), refused, false);
    said("unsupported_grant_type", Answer::error(400, "unsupported_grant_type"), refused, false);
    said("invalid_target", Answer::error(400, "invalid_target"), refused, false);
    said("an_error_of_its_own", Answer::error(400, "tenant_blocked"), refused, false);
    // What only the user can mend, by the names of the authorization endpoint.
    let suberror = json!({ "error": "interaction_required", "suberror": "basic_action" });
    said("interaction_required", Answer::json(400, &suberror), refused, true);
    said("login_required", Answer::error(400, "login_required"), refused, true);
    said("consent_required_with_401", Answer::error(401, "consent_required"), refused, true);
    said("account_selection_required_with_403", Answer::error(403, "account_selection_required"), refused, true);
    // What a gateway says is said of no grant.
    let gateway = |status, message: &str| Answer::json(status, &json!({ "message": message }));
    said("an_unauthorized_of_a_gateway", gateway(401, "Unauthorized"), unsaid, false);
    said("a_forbidden_of_a_gateway", gateway(403, "Forbidden"), unsaid, false);
    let form = Answer::text(400, "application/x-www-form-urlencoded", "error=invalid_grant&error_description=gone");
    said("an_error_in_a_form", form, unsaid, false);
    said("an_error_that_is_a_number", Answer::json(400, &json!({ "error": 1 })), unsaid, false);
    let nested_error = json!({ "error": { "code": "invalid_grant", "message": "gone" } });
    said("an_error_that_is_an_object", Answer::json(400, &nested_error), unsaid, false);
    said("an_empty_400", Answer::text(400, "application/json", ""), unsaid, false);
    said("an_html_page_with_400", page(400), unsaid, false);
    said("an_html_page_with_403", page(403), unsaid, false);
    said("an_html_page_with_404", page(404), unsaid, false);
    said("temporarily_unavailable", Answer::error(400, "temporarily_unavailable"), later, false);
    said("a_408", page(408), later, false);
    said("a_429_with_retry_after", with_wait(429), later, false);
    said("a_500_with_an_empty_body", Answer::text(500, "application/json", ""), later, false);
    said("a_502_page", page(502), later, false);
    said("a_503_with_retry_after", with_wait(503), later, false);
    said("a_504_page", page(504), later, false);
    said("invalid_grant_with_503", Answer::error(503, "invalid_grant"), later, false);
    let nothing = if refreshes { later } else { ErrorCode::InvalidResponse };
    said("nothing_with_204", Answer::text(204, "text/plain", ""), nothing, false);
    let repeats =
        json!({ "error": "invalid_client", "error_description": "what is {request}?", "error_uri": "about:{request}" });
    let repeats_in_the_code = json!({ "error": "{request}" });
    for (name, body) in [("repeats_the_request", repeats), ("repeats_the_request_as_its_error", repeats_in_the_code)] {
        let edit = instead(Answer::json(400, &body));
        all.push((Misbehaviour::new("J2", format!("{what}_{name}"), place, edit).code(refused), false));
    }
    let tokens_and_error = answer(|answer| answer.status = 400);
    all.push((
        Misbehaviour::new("C4", format!("{what}_is_tokens_with_400"), place, tokens_and_error).code(unsaid),
        false,
    ));
    all
}

/// What a sign-in needs and a refresh can do without.
fn sign_in_only() -> Vec<Misbehaviour> {
    let without = |name: &str, edit: fn(&mut Value)| {
        Misbehaviour::new("C3", format!("token_response_{name}"), Place::Token, json(edit)).mentions("id_token")
    };
    vec![
        without("has_no_id_token", |body| remove(body, "id_token")),
        without("has_null_for_an_id_token", |body| body["id_token"] = json!(null)),
        without("has_an_empty_id_token", |body| body["id_token"] = json!("")),
    ]
}
