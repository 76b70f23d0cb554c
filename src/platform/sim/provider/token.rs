//! The token endpoint (RFC 6749 sections 4.1.3 and 6, RFC 7636 section 4.6), with rotation, detection of reuse and an
//! optional grace period (RFC 9700 section 4.14.2).

use super::dpop::Received;
use super::{AccessToken, Form, Grant, Issued, Provider, RefreshToken, id_token, object};
use crate::protocol::Millis;
use crate::protocol::json::Json;
use crate::protocol::pkce::Verifier;

/// What a token is to be for.
struct Wanted {
    resource: Option<String>,
    scope: Option<String>,
}

impl Wanted {
    fn of(form: &Form) -> Wanted {
        let field = |name| form.find(name).map(str::to_owned);
        Wanted { resource: field("resource"), scope: field("scope") }
    }
}

type Answer = Result<(Json, Issued), &'static str>;

impl Provider {
    pub(super) fn token(&mut self, form: &Form, received: &Received<'_>, now: Millis) -> Answer {
        let jkt = if self.settings.dpop { self.proven(received, now)? } else { None };
        match form.get("grant_type") {
            "authorization_code" => self.redeem(form, jkt, now),
            "refresh_token" => self.refresh(form, jkt, now),
            _ => Err("unsupported_grant_type"),
        }
    }

    fn redeem(&mut self, form: &Form, jkt: Option<String>, now: Millis) -> Answer {
        let code = self.codes.get_mut(form.get("code")).ok_or("invalid_grant")?;
        let grant = code.grant;
        if code.used {
            // RFC 6749 section 4.1.2: what was issued for the code is revoked.
            self.end(grant);
            return Err("invalid_grant");
        }
        let verifier = Verifier::from_stored(form.get("code_verifier")).ok_or("invalid_request")?;
        let sound = verifier.challenge() == code.challenge
            && form.get("redirect_uri") == code.redirect_uri
            && now < code.expires_at
            && self.grants.get(grant).is_some_and(|known| known.client_id == form.get("client_id"));
        let bound_to = self.grants.get(grant).and_then(|known| known.jkt.clone());
        if !sound || bound_to.is_some_and(|bound_to| self.settings.dpop && jkt.as_deref() != Some(&*bound_to)) {
            return Err("invalid_grant");
        }
        if let Some(known) = self.grants.get_mut(grant) {
            known.jkt = jkt;
        }
        code.used = true;
        self.issue(grant, &Wanted::of(form), true, true, now)
    }

    fn refresh(&mut self, form: &Form, jkt: Option<String>, now: Millis) -> Answer {
        let presented = form.get("refresh_token");
        let grace = self.settings.grace;
        let token = self.refresh_tokens.get_mut(presented).ok_or("invalid_grant")?;
        let grant = token.grant;
        let is_owner = self
            .grants
            .get(grant)
            .is_some_and(|known| known.client_id == form.get("client_id") && (known.jkt.is_none() || known.jkt == jkt));
        if !is_owner || now >= token.expires_at {
            return Err("invalid_grant");
        }
        if token.spent_at.is_some_and(|spent_at| now >= spent_at + grace) {
            // Somebody has a copy: nobody gets anything any more.
            self.end(grant);
            return Err("invalid_grant");
        }
        let wanted = form.get("scope");
        let within = |grant: &Grant| wanted.split(' ').all(|value| value.is_empty() || grant.scope.contains(value));
        if !self.grants.get(grant).is_some_and(within) {
            return Err("invalid_scope");
        }
        if self.settings.rotation {
            token.spent_at.get_or_insert(now);
        }
        if !self.is_alive(grant) {
            return Err("invalid_grant");
        }
        let known = |resource: &str| {
            self.settings.resources.as_ref().is_none_or(|known| known.iter().any(|one| one == resource))
        };
        if !form.find("resource").is_none_or(known) {
            return Err("invalid_target");
        }
        self.issue(grant, &Wanted::of(form), self.settings.rotation, self.settings.id_token_on_refresh, now)
    }

    fn issue(
        &mut self,
        grant: usize,
        wanted: &Wanted,
        with_refresh_token: bool,
        with_id_token: bool,
        now: Millis,
    ) -> Answer {
        let known = self.grants.get(grant).ok_or("invalid_grant")?;
        let number = self.access_tokens.len() + 1;
        let scope = match &wanted.scope {
            Some(scope) if !self.settings.ignores_scope => scope.clone(),
            _ => known.scope.clone(),
        };
        let access_token = format!("access-{number}-{}", known.user);
        let new = with_refresh_token && self.settings.refresh_tokens;
        let refresh_token = new.then(|| format!("refresh-{number}-{}", known.user));
        let lifetime = self.settings.access_lifetime;
        let session_expiry = self.session_expiry(grant);
        let id_token = with_id_token.then(|| id_token::issue(&self.issuer, known, &access_token, session_expiry, now));
        let body = object([
            ("access_token", access_token.as_str().into()),
            ("token_type", if known.jkt.is_some() { "DPoP" } else { "Bearer" }.into()),
            ("expires_in", self.settings.expires_in.clone().unwrap_or_else(|| (lifetime / 1000).into())),
            ("refresh_token", refresh_token.clone().into()),
            ("id_token", id_token.into()),
            ("scope", scope.as_str().into()),
        ]);
        self.access_tokens.insert(access_token.clone(), AccessToken { grant, resource: wanted.resource.clone() });
        if let Some(token) = &refresh_token {
            let expires_at = now + self.settings.refresh_lifetime;
            self.refresh_tokens.insert(token.clone(), RefreshToken { grant, expires_at, spent_at: None });
        }
        Ok((body, Issued { grant, access_token, refresh_token, lifetime }))
    }

    fn end(&mut self, grant: usize) {
        if let Some(grant) = self.grants.get_mut(grant) {
            grant.revoked = true;
        }
    }
}
