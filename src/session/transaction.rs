//! What must be remembered between the authorization request and its response: one record per `state`.

use super::fields::{Corrupt, Fields, object};
use super::proof_key::ProofKey;
use crate::prelude::*;
use crate::protocol::Millis;
use crate::protocol::json::{Json, JsonText, Parser};
use crate::protocol::pkce::Verifier;

/// A response later than this is refused. Registration, e-mail verification and the enrolment of a second factor take
/// their time.
pub const LIFETIME: Millis = 60 * 60_000;
/// At most so many pending transactions; the oldest give way.
pub const MOST_PENDING: usize = 10;
const VERSION: i64 = 1;

/// A pending way to the provider and back.
#[derive(Clone)]
pub struct Transaction {
    /// When it began, on this machine's clock.
    pub created_at: Millis,
    /// The page that the provider sends the user back to.
    pub redirect_uri: String,
    /// The provider's id in the configuration.
    pub provider: String,
    /// The client id of whoever began it. Release 0.1.0 did not say.
    pub client: Option<String>,
    /// What the user went there for.
    pub purpose: Purpose,
}

/// What the user went to the provider for.
#[derive(Clone)]
pub enum Purpose {
    /// To sign in.
    SignIn(Box<SignIn>),
    /// To sign out there, too (RP-initiated logout).
    SignOut,
}

/// What a sign-in must remember.
#[derive(Clone)]
pub struct SignIn {
    /// The issuer that the request went to; the response must come from it.
    pub issuer: String,
    /// Where the code is redeemed: fixed now, so that no other provider ever sees it.
    pub token_endpoint: String,
    /// The PKCE secret.
    pub verifier: Verifier,
    /// What the ID token must repeat; absent without `openid`.
    pub nonce: Option<String>,
    /// The scope asked for.
    pub scope: String,
    /// The resources asked for (RFC 8707).
    pub resources: Vec<String>,
    /// The oldest authentication that will do.
    pub max_age_seconds: Option<i64>,
    /// The authentication context classes of which one is essential; of an empty list, any.
    pub essential_acr: Option<Vec<String>>,
    /// The key that the tokens will be bound to, if they are to be.
    pub key: Option<ProofKey>,
    /// Where the user was.
    pub return_to: Option<String>,
    /// The app's own value.
    pub app_state: JsonText,
    /// What it takes to ask once more; absent if this is the repetition, or nobody could repeat it.
    pub again: Option<Again>,
}

/// What a request asked beside what its response is judged by.
#[derive(Clone, Default, PartialEq)]
pub struct Again {
    /// `authorization_details` (RFC 9396).
    pub details: Option<JsonText>,
    /// The further parameters; a later one wins over an earlier one.
    pub params: Vec<(String, String)>,
}

impl Transaction {
    /// The key that was made for it.
    pub fn key(&self) -> Option<&ProofKey> {
        if let Purpose::SignIn(sign_in) = &self.purpose { sign_in.key.as_ref() } else { None }
    }

    /// Whether a response comes too late. A clock set back makes no old transaction young again.
    pub fn is_expired(&self, now: Millis) -> bool {
        (now - self.created_at).abs() > LIFETIME
    }

    /// The stored text.
    pub fn encode(&self) -> String {
        let sign_in = match &self.purpose {
            Purpose::SignIn(sign_in) => Some(sign_in.encode()),
            Purpose::SignOut => None,
        };
        object([
            ("v", VERSION.into()),
            ("created", self.created_at.into()),
            ("redirectUri", self.redirect_uri.as_str().into()),
            ("provider", self.provider.as_str().into()),
            ("client", self.client.clone().into()),
            ("signIn", sign_in.into()),
        ])
        .to_text()
    }

    /// Reads what [`Transaction::encode`] wrote.
    pub fn decode(text: &str, parse: Parser) -> Result<Transaction, Corrupt> {
        let json = parse(text).ok_or(Corrupt)?;
        let fields = Fields(&json);
        if fields.whole("v")? != VERSION {
            return Err(Corrupt);
        }
        let sign_in = fields.present("signIn").map(SignIn::decode).transpose()?;
        Ok(Transaction {
            created_at: fields.whole("created")?,
            redirect_uri: fields.text("redirectUri")?.to_owned(),
            provider: fields.text("provider")?.to_owned(),
            client: fields.optional_text("client")?,
            purpose: sign_in.map_or(Purpose::SignOut, |sign_in| Purpose::SignIn(Box::new(sign_in))),
        })
    }
}

impl SignIn {
    fn encode(&self) -> Json {
        object([
            ("issuer", self.issuer.as_str().into()),
            ("tokenEndpoint", self.token_endpoint.as_str().into()),
            ("verifier", self.verifier.as_str().into()),
            ("nonce", self.nonce.clone().into()),
            ("scope", self.scope.as_str().into()),
            ("resources", list(&self.resources)),
            ("maxAge", self.max_age_seconds.into()),
            ("acr", self.essential_acr.as_deref().map(list).into()),
            ("key", self.key.as_ref().map(ProofKey::encode).into()),
            ("returnTo", self.return_to.clone().into()),
            ("appStateText", Some(self.app_state.as_str()).filter(|text| *text != "null").into()),
            ("again", self.again.as_ref().map(Again::encode).into()),
        ])
    }

    fn decode(json: &Json) -> Result<SignIn, Corrupt> {
        let fields = Fields(json);
        Ok(SignIn {
            issuer: fields.text("issuer")?.to_owned(),
            token_endpoint: fields.text("tokenEndpoint")?.to_owned(),
            verifier: Verifier::from_stored(fields.text("verifier")?).ok_or(Corrupt)?,
            nonce: fields.optional_text("nonce")?,
            scope: fields.text("scope")?.to_owned(),
            resources: texts(fields.present("resources").ok_or(Corrupt)?)?,
            max_age_seconds: fields.optional_whole("maxAge")?,
            essential_acr: fields.present("acr").map(texts).transpose()?,
            key: fields.present("key").map(ProofKey::decode).transpose()?,
            return_to: fields.optional_text("returnTo")?,
            app_state: app_state(fields)?,
            again: fields.present("again").map(Again::decode).transpose()?,
        })
    }
}

/// The first release stored the value itself, under another name.
fn app_state(fields: Fields<'_>) -> Result<JsonText, Corrupt> {
    let text = fields.optional_text("appStateText")?.map(JsonText::written);
    Ok(text.or_else(|| fields.present("appState").cloned().map(JsonText::from)).unwrap_or_default())
}

impl Again {
    fn encode(&self) -> Json {
        let params = self.params.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
        let details = self.details.as_ref().map(JsonText::as_str);
        object([("details", details.into()), ("params", Json::Object(params))])
    }

    fn decode(json: &Json) -> Result<Again, Corrupt> {
        let fields = Fields(json);
        let params = fields.present("params").and_then(Json::members).ok_or(Corrupt)?;
        let text = |(name, value): &(String, Json)| Ok((name.clone(), value.as_str().ok_or(Corrupt)?.to_owned()));
        let params = params.iter().map(text).collect::<Result<_, _>>()?;
        Ok(Again { details: fields.optional_text("details")?.map(JsonText::written), params })
    }
}

fn list(texts: &[String]) -> Json {
    Json::Array(texts.iter().map(|text| text.as_str().into()).collect())
}

fn texts(list: &Json) -> Result<Vec<String>, Corrupt> {
    list.elements().ok_or(Corrupt)?.iter().map(|text| text.as_str().map(str::to_owned).ok_or(Corrupt)).collect()
}

/// The storage key of the transaction with that `state`.
pub fn key(namespace: &str, state: &str) -> String {
    prefix(namespace) + state
}

/// What the keys of all transactions of a namespace begin with.
pub fn prefix(namespace: &str) -> String {
    [namespace, ":transaction:"].concat()
}

/// Which of the pending ones have to go: unreadable, expired, and the oldest beyond [`MOST_PENDING`] less `room`.
pub fn superfluous(stored: Vec<(String, String)>, now: Millis, room: usize, parse: Parser) -> Vec<(String, String)> {
    let mut gone = Vec::new();
    let mut pending = Vec::new();
    for (key, text) in stored {
        match Transaction::decode(&text, parse) {
            Ok(transaction) if !transaction.is_expired(now) => pending.push((transaction.created_at, key, text)),
            _ => gone.push((key, text)),
        }
    }
    while pending.len() > MOST_PENDING.saturating_sub(room) {
        let oldest = pending.iter().enumerate().min_by_key(|(_, (created_at, ..))| *created_at).map(|(place, _)| place);
        let (_, key, text) = pending.swap_remove(oldest.unwrap_or_default());
        gone.push((key, text));
    }
    gone
}

#[cfg(test)]
mod tests;
