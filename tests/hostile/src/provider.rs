//! A correct OpenID provider without pages: whoever asks is signed in at once. Every answer goes through the changes of
//! the misbehaviour, if the provider misbehaves at the moment.

use crate::answer::Answer;
use crate::http::Request;
use crate::id_token::{About, IdToken, seconds_now};
use crate::keys::{ALGORITHMS, encode, keys, random_text, sha256};
use crate::misbehaviours::{Change, Edit, Misbehaviour, Params, Place};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

mod received;

pub use received::Received;

/// A provider.
pub struct Provider {
    issuer: String,
    misbehaviour: Misbehaviour,
    state: Mutex<State>,
}

struct State {
    misbehaves: bool,
    /// A refresh token is good for more than one use.
    reusable: bool,
    changes: Vec<Change>,
    codes: HashMap<String, Grant>,
    /// Authorization requests by their references.
    pushed: HashMap<String, Vec<(String, String)>>,
    refresh_tokens: HashMap<String, Grant>,
    access_tokens: HashMap<String, Grant>,
    received: Vec<Received>,
    secrets: Vec<String>,
}

/// What somebody was signed in with.
#[derive(Clone)]
struct Grant {
    client_id: String,
    redirect_uri: String,
    challenge: String,
    scope: String,
    nonce: Option<String>,
    subject: String,
    auth_time: i64,
}

impl Provider {
    pub(crate) fn new(issuer: &str, misbehaviour: Misbehaviour) -> Provider {
        let state = State {
            misbehaves: true,
            reusable: false,
            changes: misbehaviour.changes.clone(),
            codes: HashMap::new(),
            pushed: HashMap::new(),
            refresh_tokens: HashMap::new(),
            access_tokens: HashMap::new(),
            received: Vec::new(),
            secrets: Vec::new(),
        };
        Provider { issuer: issuer.to_owned(), misbehaviour, state: Mutex::new(state) }
    }

    /// Its issuer identifier.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// What it does wrong when it misbehaves.
    pub fn misbehaviour(&self) -> &Misbehaviour {
        &self.misbehaviour
    }

    /// From now on a refresh token stays good when it was used, as where a refusal spends nothing.
    pub fn keep_refresh_tokens(&self) {
        self.state().reusable = true;
    }

    /// Lets it misbehave, or be a correct provider.
    pub fn misbehave(&self, misbehaves: bool) {
        self.state().misbehaves = misbehaves;
    }

    /// From now on it differs from a correct provider in this way.
    pub fn change_to(&self, changes: Vec<Change>) {
        let mut state = self.state();
        state.misbehaves = true;
        state.changes = changes;
    }

    /// The requests so far.
    pub fn received(&self) -> Vec<Received> {
        self.state().received.clone()
    }

    /// The requests to that endpoint so far.
    pub fn received_at(&self, endpoint: &str) -> Vec<Received> {
        self.received().into_iter().filter(|request| request.endpoint == endpoint).collect()
    }

    /// The token requests of that grant type so far.
    pub fn token_requests(&self, grant_type: &str) -> Vec<Received> {
        let of_type = |request: &Received| request.form_value("grant_type") == Some(grant_type);
        self.received_at("token").into_iter().filter(of_type).collect()
    }

    /// Every code, token and verifier that it has issued or seen.
    pub fn secrets(&self) -> Vec<String> {
        self.state().secrets.clone()
    }

    /// Whether that refresh token would be accepted.
    pub fn honours(&self, refresh_token: &str) -> bool {
        self.state().refresh_tokens.contains_key(refresh_token)
    }

    pub(crate) fn answer(&self, endpoint: &str, request: &Request) -> Answer {
        if endpoint == "control" {
            return self.control(request);
        }
        let parse = |text: &str| form_urlencoded::parse(text.as_bytes()).into_owned().collect::<Vec<_>>();
        let received = Received {
            endpoint: endpoint.to_owned(),
            method: request.method.clone(),
            query: parse(&request.query),
            form: parse(&request.body),
            headers: request.headers.clone(),
        };
        self.state().received.push(received.clone());
        match (endpoint, request.method.as_str()) {
            ("openid-configuration", "GET") => {
                let mut answer = self.document(Place::Discovery, self.metadata());
                self.change(Place::OpenidConfiguration, |edit| {
                    if let Edit::Answer(edit) = edit {
                        edit(&mut answer);
                    }
                });
                answer
            }
            ("oauth-authorization-server", "GET") => self.document(Place::Discovery, self.metadata()),
            ("jwks", "GET") => self.document(Place::Jwks, keys().public()),
            ("authorize", "GET") => self.authorize(&received),
            ("par", "POST") => self.push(&received),
            ("token", "POST") => self.token(&received),
            ("userinfo", "GET") => self.userinfo(&received),
            ("revoke", "POST") => {
                self.state().refresh_tokens.remove(received.form_value("token").unwrap_or_default());
                self.document(Place::Revocation, json!({}))
            }
            _ => Answer::error(404, "not_found"),
        }
    }

    /// For other processes: `POST control` with `misbehave=true|false` switches; the answer says what was received.
    fn control(&self, request: &Request) -> Answer {
        for (name, value) in form_urlencoded::parse(request.body.as_bytes()) {
            if name == "misbehave" {
                self.misbehave(value == "true");
            }
        }
        let state = self.state();
        let object = |pairs: &[(String, String)]| {
            Value::Object(pairs.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect())
        };
        let received = state.received.iter().map(|request| {
            json!({
                "endpoint": request.endpoint,
                "method": request.method,
                "query": object(&request.query),
                "form": object(&request.form),
                "headers": object(&request.headers),
            })
        });
        Answer::json(200, &json!({ "received": received.collect::<Vec<Value>>(), "secrets": state.secrets }))
    }

    fn metadata(&self) -> Value {
        let at = |name: &str| format!("{}/{name}", self.issuer.trim_end_matches('/'));
        json!({
            "issuer": self.issuer,
            "authorization_endpoint": at("authorize"),
            "token_endpoint": at("token"),
            "jwks_uri": at("jwks"),
            "userinfo_endpoint": at("userinfo"),
            "revocation_endpoint": at("revoke"),
            "end_session_endpoint": at("logout"),
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ALGORITHMS,
            "token_endpoint_auth_methods_supported": ["none"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
            "pushed_authorization_request_endpoint": at("par"),
        })
    }

    /// RFC 9126: a reference to an authorization request.
    fn push(&self, request: &Received) -> Answer {
        let reference = format!("urn:ietf:params:oauth:request_uri:{}", random_text());
        self.state().pushed.insert(reference.clone(), request.form.clone());
        let mut answer = self.document(Place::Pushed, json!({ "request_uri": reference, "expires_in": 60 }));
        if answer.status == 200 {
            answer.status = 201;
        }
        answer
    }

    /// The authorization endpoint: no page, an answer at once.
    fn authorize(&self, request: &Received) -> Answer {
        let pushed = request.query_value("request_uri").map(|reference| self.state().pushed.remove(reference));
        let request = match pushed {
            Some(Some(query)) if request.query.len() == 2 => &Received { query, ..request.clone() },
            Some(_) => return Answer::error(400, "invalid_request_uri"),
            None => request,
        };
        let value = |name: &str| request.query_value(name).unwrap_or_default().to_owned();
        let once = |name: &str| request.query.iter().filter(|(key, _)| key == name).count() == 1;
        let required =
            ["client_id", "redirect_uri", "response_type", "state", "code_challenge", "code_challenge_method"];
        let sound = required.into_iter().all(once)
            && value("response_type") == "code"
            && value("code_challenge_method") == "S256";
        if !sound || value("code_challenge").len() != 43 {
            return Answer::error(400, "invalid_request");
        }
        let code = format!("code-{}", random_text());
        let hint = value("login_hint");
        let grant = Grant {
            client_id: value("client_id"),
            redirect_uri: value("redirect_uri"),
            challenge: value("code_challenge"),
            scope: value("scope"),
            nonce: request.query_value("nonce").map(str::to_owned),
            subject: if hint.is_empty() { "alice".to_owned() } else { hint },
            auth_time: seconds_now(),
        };
        let list = [("code", code.clone()), ("state", value("state")), ("iss", self.issuer.clone())];
        let list = list.map(|(name, value)| (name.to_owned(), value)).to_vec();
        let mut params = Params { list, in_fragment: false };
        self.change(Place::Callback, |edit| {
            if let Edit::Params(edit) = edit {
                edit(&mut params);
            }
        });
        let target = grant.redirect_uri.clone();
        let mut state = self.state();
        state.secrets.push(code.clone());
        state.codes.insert(code, grant);
        drop(state);
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(params.list).finish();
        let separator = if params.in_fragment {
            '#'
        } else if target.contains('?') {
            '&'
        } else {
            '?'
        };
        Answer::redirect(&format!("{target}{separator}{query}"))
    }

    fn token(&self, request: &Received) -> Answer {
        let value = |name: &str| request.form_value(name).unwrap_or_default();
        let (grant, place) = match value("grant_type") {
            "authorization_code" => {
                self.state().secrets.push(value("code_verifier").to_owned());
                // Whatever comes of it, a code is good for one request.
                let grant = self.state().codes.remove(value("code"));
                let proven = |grant: &Grant| {
                    grant.redirect_uri == value("redirect_uri")
                        && grant.challenge == encode(&sha256(value("code_verifier")))
                };
                (grant.filter(proven), Place::Token)
            }
            "refresh_token" => {
                let mut state = self.state();
                let known = state.refresh_tokens.get(value("refresh_token")).cloned();
                if !state.reusable {
                    state.refresh_tokens.remove(value("refresh_token"));
                }
                (known, Place::Refresh)
            }
            _ => return Answer::error(400, "unsupported_grant_type"),
        };
        match grant.filter(|grant| grant.client_id == value("client_id")) {
            Some(grant) => repeating(self.document(place, self.tokens(grant, place)), request),
            None => Answer::error(400, "invalid_grant"),
        }
    }

    fn tokens(&self, grant: Grant, place: Place) -> Value {
        let access_token = format!("at-{}", random_text());
        let refresh_token = format!("rt-{}", random_text());
        let mut body = json!({
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": 300,
            "refresh_token": refresh_token,
            "scope": grant.scope,
        });
        if grant.scope.split(' ').any(|value| value == "openid") {
            body["id_token"] = self.id_token(&grant, &access_token, place).into();
        }
        let mut state = self.state();
        state.secrets.extend([access_token.clone(), refresh_token.clone()]);
        state.secrets.extend(body["id_token"].as_str().filter(|token| !token.is_empty()).map(str::to_owned));
        state.access_tokens.insert(access_token, grant.clone());
        state.refresh_tokens.insert(refresh_token, grant);
        drop(state);
        body
    }

    /// Plain claims; a change of a token makes them signed ones.
    fn userinfo(&self, request: &Received) -> Answer {
        let token = request.bearer().unwrap_or_default();
        let Some(grant) = self.state().access_tokens.get(token).cloned() else {
            return Answer::error(401, "invalid_token");
        };
        let claims = json!({
            "sub": grant.subject,
            "name": format!("{} of UserInfo", grant.subject),
            "email": format!("{}@example.com", grant.subject),
            "email_verified": true,
        });
        let signed =
            |change: &Change| change.place == Place::UserInfo && matches!(change.edit, Edit::Token(_) | Edit::Text(_));
        let mut answer = if self.changes().iter().any(signed) {
            Answer::text(200, "application/jwt", self.signed(Place::UserInfo, self.userinfo_token(&grant, claims)))
        } else {
            return repeating(self.document(Place::UserInfo, claims), request);
        };
        self.change(Place::UserInfo, |edit| {
            if let Edit::Answer(edit) = edit {
                edit(&mut answer);
            }
        });
        answer
    }

    /// What a signed UserInfo response has (OpenID Connect Core section 5.3.2).
    fn userinfo_token(&self, grant: &Grant, mut claims: Value) -> IdToken {
        let mut token = IdToken::new(&About {
            issuer: &self.issuer,
            client_id: &grant.client_id,
            subject: &grant.subject,
            nonce: None,
            auth_time: grant.auth_time,
            access_token: "",
            algorithm: "RS256",
        });
        for claim in ["iss", "aud"] {
            claims[claim] = token.claims[claim].clone();
        }
        token.claims = claims;
        token
    }

    fn id_token(&self, grant: &Grant, access_token: &str, place: Place) -> String {
        let token = IdToken::new(&About {
            issuer: &self.issuer,
            client_id: &grant.client_id,
            subject: &grant.subject,
            nonce: grant.nonce.as_deref(),
            auth_time: grant.auth_time,
            access_token,
            algorithm: "RS256",
        });
        self.signed(if place == Place::Refresh { Place::RefreshedIdToken } else { Place::IdToken }, token)
    }

    fn signed(&self, place: Place, mut token: IdToken) -> String {
        self.change(place, |edit| {
            if let Edit::Token(edit) = edit {
                edit(&mut token);
            }
        });
        let mut compact = token.compact();
        self.change(place, |edit| {
            if let Edit::Text(edit) = edit {
                edit(&mut compact);
            }
        });
        compact
    }

    /// A JSON document with status 200, and what the misbehaviour makes of it.
    fn document(&self, place: Place, mut body: Value) -> Answer {
        self.change(place, |edit| {
            if let Edit::Json(edit) = edit {
                edit(&mut body);
            }
        });
        let mut answer = Answer::json(200, &body);
        self.change(place, |edit| {
            if let Edit::Answer(edit) = edit {
                edit(&mut answer);
            }
        });
        answer
    }

    fn changes(&self) -> Vec<Change> {
        let state = self.state();
        if state.misbehaves { state.changes.clone() } else { Vec::new() }
    }

    fn change(&self, place: Place, apply: impl FnMut(&Edit)) {
        self.changes().iter().filter(|change| change.place == place).map(|change| &change.edit).for_each(apply);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An answer that says `{request}` repeats the request there, with everything that was secret in it.
fn repeating(mut answer: Answer, request: &Received) -> Answer {
    if let Ok(text) = std::str::from_utf8(&answer.body) {
        let values = request.form.iter().map(|(_, value)| value.as_str());
        let values: Vec<&str> = values.chain(request.bearer()).collect();
        answer.body = text.replace("{request}", &values.join(" ")).into_bytes();
    }
    answer
}
