//! Revocation endpoints as they are: none keeps a user from signing out.

use super::{Edit, Misbehaviour, Place, instead, unusable};
use crate::answer::Answer;

pub(super) fn all() -> Vec<Misbehaviour> {
    let k2 = |name: &str, edit: Edit| {
        let mut misbehaviour = Misbehaviour::new("K2", format!("revocation_is_{name}"), Place::Revocation, edit);
        // It fails nobody's call.
        misbehaviour.expect.code = None;
        misbehaviour
    };
    let answers = [
        ("an_error_with_200", Answer::error(200, "unsupported_token_type")),
        ("an_error_with_400", Answer::error(400, "invalid_request")),
        ("an_error_with_401", Answer::error(401, "invalid_client")),
        ("an_error_with_503", Answer::error(503, "temporarily_unavailable")),
        ("a_404_page", Answer::text(404, "text/html", "<h1>Not found</h1>")),
        ("an_empty_500", Answer::text(500, "text/plain", "")),
    ];
    let answers = answers.map(|(name, answer)| k2(name, instead(answer)));
    unusable().into_iter().map(|(name, edit, _)| k2(name, edit)).chain(answers).collect()
}
