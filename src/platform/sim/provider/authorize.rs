//! The authorization endpoint, with a user who signs in at once.

use super::{Code, Form, Grant, Provider};
use crate::protocol::{Millis, form};

const CODE_LIFETIME: Millis = 60_000;

impl Provider {
    /// `user` signs in where the app sent them: the URL that they are sent back to. `None` if the provider would show an
    /// error page instead of sending anybody anywhere.
    pub fn authorize(&mut self, url: &str, user: &str, now: Millis) -> Option<String> {
        let request = self.request(url)?;
        let redirect_uri = request.find("redirect_uri")?.to_owned();
        let grant = Grant {
            user: user.to_owned(),
            client_id: request.find("client_id")?.to_owned(),
            scope: request.get("scope").to_owned(),
            nonce: request.find("nonce").map(str::to_owned),
            signed_in_at: now,
            jkt: request.find("dpop_jkt").map(str::to_owned),
            revoked: false,
        };
        let s256 = request.get("response_type") == "code" && request.get("code_challenge_method") == "S256";
        if !s256 {
            return None;
        }
        self.grants.push(grant);
        let grant = self.grants.len() - 1;
        let code = format!("code-{grant}");
        let challenge = request.find("code_challenge")?.to_owned();
        let back = form::append_query(
            &redirect_uri,
            &[("code", code.as_str()), ("state", request.get("state")), ("iss", self.issuer.as_str())],
        );
        self.codes.insert(code, Code { grant, challenge, redirect_uri, expires_at: now + CODE_LIFETIME, used: false });
        Some(back)
    }

    /// The user declines.
    pub fn decline(&self, url: &str) -> Option<String> {
        let request = self.request(url)?;
        let answer = [("error", "access_denied"), ("state", request.get("state")), ("iss", self.issuer.as_str())];
        Some(form::append_query(request.find("redirect_uri")?, &answer))
    }

    fn request(&self, url: &str) -> Option<Form> {
        let query = url.strip_prefix(&self.issuer)?.strip_prefix("/authorize?")?;
        Some(Form(form::parse(query)))
    }
}
