//! The one error of the SDK, with the codes of the contract, sorted by who is at fault.

use super::json::Json;
use crate::prelude::*;
use alloc::borrow::Cow;
use core::fmt;
use core::ops::{Deref, DerefMut};

/// Why a call failed. Its text is for developers and never holds a token, code, verifier or key.
///
/// One word wide: it is moved through every `Result`, and a wide one made up a large part of the module.
#[derive(Clone, Debug, PartialEq)]
pub struct Error(Box<Details>);

/// What an [`Error`] says.
#[derive(Clone, Debug, PartialEq)]
pub struct Details {
    /// The stable code of the contract.
    pub code: ErrorCode,
    /// What happened, in words for a developer.
    pub message: Cow<'static, str>,
    /// The provider's id in the configuration, where one is concerned.
    pub provider: Option<String>,
    /// The provider's own words.
    pub oauth: Option<Box<OAuthError>>,
    /// For [`ErrorCode::StepUpRequired`]: what the resource server asks for (RFC 9470).
    pub step_up: Option<Box<StepUp>>,
}

/// An OAuth error response (RFC 6749 section 5.2), as inert text of bounded length.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct OAuthError {
    /// `error`
    pub error: String,
    /// `error_description`
    pub description: Option<String>,
    /// `error_uri`
    pub uri: Option<String>,
    /// The HTTP status, where the error came in an HTTP response.
    pub status: Option<u16>,
}

/// An authentication challenge of a resource server (RFC 9470).
#[derive(Clone, Debug, PartialEq, Default)]
pub struct StepUp {
    /// `acr_values`
    pub acr_values: Option<String>,
    /// `max_age`
    pub max_age_seconds: Option<i64>,
    /// `scope`
    pub scope: Option<String>,
}

macro_rules! error_codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $text:literal,)+) => {
        /// The codes of the contract (`AuthErrorCode` in `api.d.ts`).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl ErrorCode {
            /// Every code, in the order of the contract.
            pub const ALL: &[ErrorCode] = &[$(ErrorCode::$variant,)+];

            /// The code as the contract spells it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(ErrorCode::$variant => $text,)+
                }
            }
        }
    };
}

error_codes! {
    // use: the app's own mistake
    /// No instance yet.
    NotInitialized = "not_initialized",
    /// A configuration that cannot work.
    InvalidConfig = "invalid_config",
    /// A call with arguments that cannot work.
    InvalidArgument = "invalid_argument",
    /// No provider of that id is configured.
    UnknownProvider = "unknown_provider",
    /// The instance was closed.
    Closed = "closed",
    /// The caller's signal was aborted.
    Aborted = "aborted",
    // no usable session
    /// No session for that account.
    LoginRequired = "login_required",
    /// The session is over: it goes on only after a new sign-in.
    ReauthRequired = "reauth_required",
    /// Expired, and the provider gave nothing to refresh with.
    NoRefreshToken = "no_refresh_token",
    /// The resource server asks for a stronger or fresher sign-in (RFC 9470).
    StepUpRequired = "step_up_required",
    // sign-in
    /// The browser refused to open the window.
    PopupBlocked = "popup_blocked",
    /// The user closed the window.
    PopupClosed = "popup_closed",
    /// A silent sign-in needs the user.
    InteractionRequired = "interaction_required",
    /// The user or the provider declined.
    AccessDenied = "access_denied",
    /// Any other error response of the authorization endpoint.
    AuthorizationFailed = "authorization_failed",
    /// No such transaction, or it expired.
    InvalidState = "invalid_state",
    /// The response comes from another issuer (RFC 9207).
    IssuerMismatch = "issuer_mismatch",
    /// The provider's response breaks the specification.
    InvalidResponse = "invalid_response",
    /// The ID token is refused.
    InvalidIdToken = "invalid_id_token",
    /// The response is about another user.
    SubjectMismatch = "subject_mismatch",
    /// A DPoP-bound token was demanded and not given.
    DpopRequired = "dpop_required",
    // provider and network
    /// The metadata could not be had.
    DiscoveryFailed = "discovery_failed",
    /// The metadata breaks the specification.
    InvalidMetadata = "invalid_metadata",
    /// The request did not get through.
    Network = "network",
    /// The provider did not answer in time.
    Timeout = "timeout",
    /// The provider says: later.
    TemporarilyUnavailable = "temporarily_unavailable",
    /// An error response of the token endpoint that no retry mends.
    TokenEndpoint = "token_endpoint",
    /// The UserInfo request failed.
    UserinfoFailed = "userinfo_failed",
    // environment
    /// The storage failed.
    Storage = "storage",
    /// The key that the tokens are bound to is gone.
    KeyLost = "key_lost",
    /// No WebCrypto here (not a secure context).
    CryptoUnavailable = "crypto_unavailable",
    /// The Content Security Policy forbids WebAssembly.
    WasmBlocked = "wasm_blocked",
    /// Not available in this environment or release.
    Unsupported = "unsupported",
}

impl OAuthError {
    /// An error in the provider's own words, made inert.
    pub fn inert(error: &str, description: Option<&str>, uri: Option<&str>, status: Option<u16>) -> Self {
        OAuthError { error: inert(error), description: description.map(inert), uri: uri.map(inert), status }
    }

    /// The error in a JSON body; `None` if it names none.
    pub fn from_body(body: &Json, status: u16) -> Option<Self> {
        let error = body.str("error")?;
        Some(OAuthError::inert(error, body.str("error_description"), body.str("error_uri"), Some(status)))
    }

    /// The same without secrets that the provider repeats in its text, whole or cut off at the end.
    pub fn without(mut self, secrets: &[&str]) -> Self {
        let texts = [Some(&mut self.error), self.description.as_mut(), self.uri.as_mut()];
        for text in texts.into_iter().flatten() {
            for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
                *text = hide(text, secret);
            }
        }
        self
    }
}

/// The text with dots in the place of a secret, and of its beginning where the text ends with one that is long enough
/// to matter.
fn hide(text: &str, secret: &str) -> String {
    const TELLING: usize = 8;
    let mut shown = String::new();
    let mut rest = text.chars();
    loop {
        let text = rest.as_str();
        if let Some(after) = text.strip_prefix(secret) {
            shown.push_str("...");
            rest = after.chars();
        } else if text.len() >= TELLING && secret.starts_with(text) {
            shown.push_str("...");
            return shown;
        } else if let Some(plain) = rest.next() {
            shown.push(plain);
        } else {
            return shown;
        }
    }
}

/// Text that somebody else wrote, fit to be shown and logged: at most 500 characters, without control characters and
/// without those that turn or hide the text around them.
pub fn inert(text: &str) -> String {
    let shown = |character: &char| {
        !character.is_control()
            && !matches!(*character, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
    };
    text.chars().filter(shown).take(500).collect()
}

impl Error {
    /// An error of that code.
    pub fn new(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        Error(Box::new(Details { code, message: message.into(), provider: None, oauth: None, step_up: None }))
    }

    /// The same error, naming the provider concerned.
    pub fn of_provider(mut self, provider: &str) -> Self {
        self.provider.get_or_insert_with(|| provider.to_owned());
        self
    }

    /// The same error without these secrets, should the provider have repeated one of them.
    pub fn without(mut self, secrets: &[&str]) -> Self {
        self.oauth = self.oauth.take().map(|oauth| Box::new(oauth.without(secrets)));
        self
    }

    /// Whether the same call may succeed later without the user.
    pub fn retryable(&self) -> bool {
        matches!(
            self.code,
            ErrorCode::Network
                | ErrorCode::Timeout
                | ErrorCode::TemporarilyUnavailable
                | ErrorCode::DiscoveryFailed
                | ErrorCode::Storage
        )
    }
}

impl Deref for Error {
    type Target = Details;

    fn deref(&self) -> &Details {
        &self.0
    }
}

impl DerefMut for Error {
    fn deref_mut(&mut self) -> &mut Details {
        &mut self.0
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.as_str())?;
        f.write_str(": ")?;
        f.write_str(&self.message)
    }
}

impl core::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c4_the_text_of_others_is_inert_and_bounded() {
        assert_eq!(inert("invalid_grant: 'é😀' <b>"), "invalid_grant: 'é😀' <b>");
        assert_eq!(inert("a\0b\r\nc\td\u{7f}e\u{85}f"), "abcdef");
        assert_eq!(inert("a\u{200b}b\u{200f}c\u{2028}d\u{202e}e\u{2066}f\u{feff}g"), "abcdefg");
        assert_eq!(inert(&"é".repeat(501)), "é".repeat(500));
        assert_eq!(inert(&["\n".repeat(600), "a".repeat(500)].concat()), "a".repeat(500));
    }

    #[test]
    fn j2_a_secret_that_the_provider_repeats_is_taken_out() {
        let secret = "SplxlOBeZQQYbYS6WxSbIA";
        let words = |text: &str| {
            let oauth = OAuthError::inert(text, Some(text), Some(text), Some(400)).without(&["", secret, "unrelated"]);
            assert_eq!(oauth.description.as_deref(), Some(oauth.error.as_str()));
            assert_eq!(oauth.uri.as_deref(), Some(oauth.error.as_str()));
            assert_eq!(oauth.status, Some(400));
            oauth.error
        };
        assert_eq!(words("code SplxlOBeZQQYbYS6WxSbIA, SplxlOBeZQQYbYS6WxSbIA is over"), "code ..., ... is over");
        assert_eq!(words("code é SplxlOBe"), "code é ...");
        assert_eq!(words("code SplxlOB"), "code SplxlOB", "too little to be worth anything");
        assert_eq!(words("nothing to hide"), "nothing to hide");
        let cut_off = ["x".repeat(490).as_str(), secret].concat();
        assert_eq!(words(&cut_off), ["x".repeat(490).as_str(), "..."].concat());
        let mut error = Error::new(ErrorCode::TokenEndpoint, "refused");
        assert_eq!(error.clone().without(&[secret]), error);
        error.oauth = Some(Box::new(OAuthError::inert(secret, None, None, None)));
        assert_eq!(error.without(&[secret]).oauth.as_deref().unwrap().error, "...");
    }

    #[test]
    fn j1_an_error_reads_as_its_code_and_what_happened() {
        let error = Error::new(ErrorCode::InvalidState, "no such sign-in");
        assert_eq!(error.to_string(), "invalid_state: no such sign-in");
        assert_eq!(error.clone().of_provider("a").of_provider("b").provider.as_deref(), Some("a"));
        let codes: std::collections::BTreeSet<&str> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(codes.len(), ErrorCode::ALL.len(), "each code is another word");
    }

    #[test]
    fn the_body_of_an_error_response_names_an_error() {
        let body = |text: &str| crate::protocol::testing::json(text);
        let full = body(r#"{"error":"e","error_description":"d","error_uri":"u"}"#);
        assert_eq!(OAuthError::from_body(&full, 400), Some(OAuthError::inert("e", Some("d"), Some("u"), Some(400))));
        let typed_wrong = body(r#"{"error":"e","error_description":1,"error_uri":null}"#);
        assert_eq!(OAuthError::from_body(&typed_wrong, 400), Some(OAuthError::inert("e", None, None, Some(400))));
        assert_eq!(OAuthError::from_body(&body(r#"{"error":1}"#), 400), None);
    }

    /// The members of the union type in a declaration file.
    fn declared(types: &str) -> Vec<&str> {
        let (_, list) = types.split_once("export type AuthErrorCode =").unwrap();
        let words = list.lines().filter_map(|line| line.trim().strip_prefix('|'));
        words.flat_map(|line| line.split('"').skip(1).step_by(2)).collect()
    }

    #[test]
    fn j1_every_code_is_in_the_types_and_in_the_contract_and_no_other_is() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let ours: Vec<&str> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(declared(&std::fs::read_to_string(root.join("pkg/index.d.ts")).unwrap()), ours);
        match std::fs::read_to_string(root.join("../shared/api.d.ts")) {
            Ok(contract) => assert_eq!(declared(&contract), ours),
            Err(_) if std::env::var("CI").as_deref() == Ok("true") => {
                panic!("the contract is missing beside the repository")
            }
            Err(_) => println!("skipped: the contract is not beside the repository"),
        }
    }

    #[test]
    fn j1_every_code_has_its_place_in_the_docs() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/errors");
        let page = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        let pages = ["use", "no-session", "sign-in", "provider-and-network", "environment"]
            .map(|name| page(&format!("{name}.md")));
        let overview = page("README.md");
        for code in ErrorCode::ALL {
            let titled = |line: &&str| line.starts_with('#') && line.ends_with(&["`", code.as_str(), "`"].concat());
            let titles = pages.iter().flat_map(|page| page.lines()).filter(titled).count();
            assert_eq!(titles, 1, "{} has one section of its own", code.as_str());
            assert!(overview.contains(&["`", code.as_str(), "`"].concat()), "{} is in the overview", code.as_str());
        }
    }
}
