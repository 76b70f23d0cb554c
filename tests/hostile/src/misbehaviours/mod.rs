//! Everything that the provider can be made to do wrong, as tables: one file a place. The last file is about what only
//! looks wrong and must work.

mod callback;
mod discovery;
mod harmless;
mod id_token;
mod jwks;
mod refresh;
mod revocation;
mod token;
mod user_info;

use crate::answer::{Answer, Delivery};
use crate::id_token::IdToken;
use keyward::ErrorCode;
use serde_json::Value;
use std::sync::Arc;

/// One way to misbehave, and what a client is to make of it.
#[derive(Clone)]
pub struct Misbehaviour {
    /// The number in the requirements.
    pub requirement: &'static str,
    /// What the provider does, in snake case; with the requirement it is unique.
    pub name: String,
    /// How it differs from a correct provider.
    pub changes: Vec<Change>,
    /// What must come of it.
    pub expect: Expect,
}

/// A change of one thing that the provider says.
#[derive(Clone)]
pub struct Change {
    /// Of what.
    pub place: Place,
    /// How.
    pub edit: Edit,
}

/// What is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The metadata, wherever it is asked for.
    Discovery,
    /// The metadata where OpenID Connect Discovery has it, and not where RFC 8414 has it.
    OpenidConfiguration,
    /// The metadata where RFC 8414 has it, and not elsewhere.
    OauthAuthorizationServer,
    /// The key set.
    Jwks,
    /// The authorization response.
    Callback,
    /// The answer to a pushed authorization request.
    Pushed,
    /// The answer to an authorization code.
    Token,
    /// The ID token in it.
    IdToken,
    /// The answer to a refresh token.
    Refresh,
    /// The ID token in it.
    RefreshedIdToken,
    /// The answer of the UserInfo endpoint; a change of a token makes it a signed one.
    UserInfo,
    /// The answer to a revocation.
    Revocation,
}

type By<T> = Arc<dyn Fn(&mut T) + Send + Sync>;

/// How it is changed.
#[derive(Clone)]
pub enum Edit {
    /// The JSON document, before it is sent.
    Json(By<Value>),
    /// The HTTP response.
    Answer(By<Answer>),
    /// The parameters of the authorization response.
    Params(By<Params>),
    /// The ID token, before it is signed.
    Token(By<IdToken>),
    /// The signed token's text.
    Text(By<String>),
}

/// What must come of it.
#[derive(Clone, Debug)]
pub struct Expect {
    /// When the client notices.
    pub phase: Phase,
    /// The error; `None` if everything works.
    pub code: Option<ErrorCode>,
    /// What the error's message must mention.
    pub mentions: &'static str,
    /// How many token requests the provider gets, of the kind that the phase is about; for UserInfo, refreshes.
    pub token_requests: usize,
    /// On refresh: the session ends. Otherwise it goes on, and so does its access token.
    pub ends_session: bool,
    /// `max_age` of the request, in seconds.
    pub max_age: Option<i64>,
}

/// When a client notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Before it sends the user to the provider.
    SignIn,
    /// When the user comes back.
    Return,
    /// When the user comes back, it is nothing of this client's.
    Ignored,
    /// When it refreshes.
    Refresh,
    /// When it asks for UserInfo: that fails, and nothing else.
    UserInfo,
    /// When the user signs out: that is complete here whatever the provider does.
    SignOut,
    /// Never: signing in and refreshing work.
    Never,
}

/// The parameters of an authorization response.
pub struct Params {
    /// In the order of the query.
    pub list: Vec<(String, String)>,
    /// Sent in the fragment, which no client asked for.
    pub in_fragment: bool,
}

/// Every misbehaviour, and every harmless peculiarity.
pub fn all() -> Vec<Misbehaviour> {
    let tables = [
        discovery::all(),
        jwks::all(),
        callback::all(),
        token::all(),
        id_token::all(),
        refresh::all(),
        user_info::all(),
        revocation::all(),
        harmless::all(),
    ];
    tables.into_iter().flatten().collect()
}

impl Misbehaviour {
    /// Nothing wrong at all.
    pub(crate) fn none() -> Self {
        let mut none = Misbehaviour::new("K1", "a_correct_provider", Place::Token, json(|_| {})).phase(Phase::Never);
        none.expect.code = None;
        none
    }

    /// Whether it changes something there.
    pub fn is_about(&self, place: Place) -> bool {
        self.changes.iter().any(|change| change.place == place)
    }

    /// As tests and paths spell it.
    pub fn id(&self) -> String {
        format!("{}_{}", self.requirement.to_ascii_lowercase(), self.name)
    }

    /// Its name and what must come of it, for clients in other languages.
    pub(crate) fn to_json(&self) -> Value {
        let Expect { phase, code, mentions, token_requests, ends_session, max_age } = &self.expect;
        let phase = match phase {
            Phase::SignIn => "sign_in",
            Phase::Return => "return",
            Phase::Ignored => "ignored",
            Phase::Refresh => "refresh",
            Phase::UserInfo => "user_info",
            Phase::SignOut => "sign_out",
            Phase::Never => "never",
        };
        serde_json::json!({
            "name": self.id(),
            "requirement": self.requirement,
            "phase": phase,
            "code": code.map(ErrorCode::as_str),
            "mentions": mentions,
            "tokenRequests": token_requests,
            "endsSession": ends_session,
            "maxAge": max_age,
        })
    }

    fn new(requirement: &'static str, name: impl Into<String>, place: Place, edit: Edit) -> Self {
        let (phase, code) = match place {
            Place::Discovery | Place::OpenidConfiguration | Place::OauthAuthorizationServer => {
                (Phase::SignIn, ErrorCode::InvalidMetadata)
            }
            Place::Jwks | Place::IdToken => (Phase::Return, ErrorCode::InvalidIdToken),
            Place::Callback | Place::Token => (Phase::Return, ErrorCode::InvalidResponse),
            Place::Refresh | Place::RefreshedIdToken => (Phase::Refresh, ErrorCode::InvalidResponse),
            Place::UserInfo => (Phase::UserInfo, ErrorCode::UserinfoFailed),
            Place::Pushed => (Phase::SignIn, ErrorCode::Network),
            Place::Revocation => (Phase::SignOut, ErrorCode::Network),
        };
        let token_requests = usize::from(!matches!(
            place,
            Place::Discovery
                | Place::OpenidConfiguration
                | Place::OauthAuthorizationServer
                | Place::Callback
                | Place::UserInfo
        ));
        let expect =
            Expect { phase, code: Some(code), mentions: "", token_requests, ends_session: false, max_age: None };
        Misbehaviour { requirement, name: name.into(), changes: vec![Change { place, edit }], expect }
    }

    /// With one more change.
    fn and(mut self, place: Place, edit: Edit) -> Self {
        self.changes.push(Change { place, edit });
        self
    }

    /// It only looks odd.
    fn harmless(self) -> Self {
        let mut harmless = self.phase(Phase::Never);
        harmless.expect.code = None;
        harmless
    }

    fn code(mut self, code: ErrorCode) -> Self {
        self.expect.code = Some(code);
        self
    }

    fn mentions(mut self, text: &'static str) -> Self {
        self.expect.mentions = text;
        self
    }

    fn phase(mut self, phase: Phase) -> Self {
        self.expect.phase = phase;
        self
    }

    fn token_requests(mut self, count: usize) -> Self {
        self.expect.token_requests = count;
        self
    }

    fn ends_session(mut self) -> Self {
        self.expect.ends_session = true;
        self
    }

    fn max_age(mut self, seconds: i64) -> Self {
        self.expect.max_age = Some(seconds);
        self
    }
}

impl Change {
    /// Of a JSON document.
    pub fn json(place: Place, edit: impl Fn(&mut Value) + Send + Sync + 'static) -> Change {
        Change { place, edit: json(edit) }
    }

    /// Of an HTTP response.
    pub fn answer(place: Place, edit: impl Fn(&mut Answer) + Send + Sync + 'static) -> Change {
        Change { place, edit: answer(edit) }
    }

    /// Of an ID token.
    pub fn token(place: Place, edit: impl Fn(&mut IdToken) + Send + Sync + 'static) -> Change {
        Change { place, edit: token(edit) }
    }

    /// Of the authorization response.
    pub fn params(edit: impl Fn(&mut Vec<(String, String)>) + Send + Sync + 'static) -> Change {
        Change { place: Place::Callback, edit: params(edit) }
    }
}

fn json(edit: impl Fn(&mut Value) + Send + Sync + 'static) -> Edit {
    Edit::Json(Arc::new(edit))
}

fn answer(edit: impl Fn(&mut Answer) + Send + Sync + 'static) -> Edit {
    Edit::Answer(Arc::new(edit))
}

fn token(edit: impl Fn(&mut IdToken) + Send + Sync + 'static) -> Edit {
    Edit::Token(Arc::new(edit))
}

fn text(edit: impl Fn(&mut String) + Send + Sync + 'static) -> Edit {
    Edit::Text(Arc::new(edit))
}

fn params(edit: impl Fn(&mut Vec<(String, String)>) + Send + Sync + 'static) -> Edit {
    Edit::Params(Arc::new(move |params: &mut Params| edit(&mut params.list)))
}

/// Another answer altogether.
fn instead(other: Answer) -> Edit {
    answer(move |answer| *answer = other.clone())
}

/// Answers that no client can make anything of, whatever it asked for: name, edit, and the class of error.
fn unusable() -> Vec<(&'static str, Edit, Unusable)> {
    let page = "<!doctype html><title>Sign in</title><p>Please sign in.";
    let delivered = |delivery| answer(move |answer| answer.delivery = delivery);
    vec![
        ("an_html_page_with_status_200", instead(Answer::text(200, "text/html", page)), Unusable::Content),
        ("an_html_page_called_json", instead(Answer::text(200, "application/json", page)), Unusable::Content),
        ("an_empty_body", instead(Answer::text(200, "application/json", "")), Unusable::Content),
        ("half_a_document", answer(|answer| answer.body.truncate(answer.body.len() / 2)), Unusable::Content),
        ("an_array", instead(Answer::text(200, "application/json", "[{}]")), Unusable::Content),
        ("a_string", instead(Answer::text(200, "application/json", "\"metadata\"")), Unusable::Content),
        ("nested_deeply", answer(|answer| answer.body = nested(&answer.body, 100)), Unusable::Content),
        ("two_documents", answer(|answer| answer.body.extend(b"{}")), Unusable::Content),
        ("two_megabytes", answer(|answer| answer.body.extend(vec![b' '; 2 << 20])), Unusable::Size),
        ("not_utf8", answer(|answer| answer.body.splice(1..1, *b"\"\xff\":1,").for_each(drop)), Unusable::Size),
        ("a_redirect", instead(Answer::redirect("https://login.example/")), Unusable::Connection),
        ("less_than_promised", delivered(Delivery::CutOff), Unusable::Connection),
        ("no_answer_but_a_closed_connection", delivered(Delivery::Dropped), Unusable::Connection),
        ("no_cors_headers", delivered(Delivery::WithoutCors), Unusable::Kept),
        ("no_answer", delivered(Delivery::Never), Unusable::Silence),
    ]
}

/// What is the matter with an answer of no use.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unusable {
    /// It is something else.
    Content,
    /// It is too much, or no text.
    Size,
    /// It does not get through.
    Connection,
    /// It is not for pages of other origins (K5).
    Kept,
    /// It does not come.
    Silence,
}

/// The document with a member that is nested so deep.
fn nested(document: &[u8], depth: usize) -> Vec<u8> {
    let member = format!("{{\"deep\":{}{},", "[".repeat(depth), "]".repeat(depth));
    [member.as_bytes(), document.get(1..).unwrap_or_default()].concat()
}

fn snake(text: &str) -> String {
    let words = text.chars().map(|character| if character.is_ascii_alphanumeric() { character } else { '_' });
    words.collect::<String>().to_ascii_lowercase()
}
