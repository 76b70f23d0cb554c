//! OAuth 2.x and OpenID Connect as pure functions over values, in pairs: build a request, process its response.
//! No clock, no randomness, no I/O: whoever calls brings them.

pub mod authorization;
pub mod base64url;
pub mod callback;
pub mod decimal;
pub mod dpop;
pub mod error;
pub mod form;
pub mod http;
pub mod http_date;
pub mod id_token;
pub mod jose;
pub mod json;
pub mod jwks;
pub mod logout;
pub mod metadata;
pub mod par;
pub mod pkce;
pub mod return_to;
pub mod revocation;
#[cfg(test)]
pub(crate) mod testing;
pub mod token;
pub mod url;
pub mod userinfo;
pub mod www_authenticate;

/// An instant in milliseconds since the Unix epoch, or a duration in milliseconds; signed, so differences are safe.
pub type Millis = i64;
