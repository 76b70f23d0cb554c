//! Requests of gloo's with the access token.

use super::start::Client;
use super::tokens::TokenOptions;
use crate::platform::Platform;
use crate::protocol::error::{Error, ErrorCode};
use crate::protocol::token::TokenType;
use gloo_net::http::RequestBuilder;

impl<P: Platform> Client<P> {
    /// The request with an access token that is valid now (RFC 6750 section 2.1). Whoever gets this request can use the
    /// token: ask for it only for requests to the API that it is meant for. Fails with [`ErrorCode::InvalidArgument`] for a
    /// token that is bound to a key: [`Client::authorization`] makes the proof that it needs.
    pub async fn authorize(&self, request: RequestBuilder, options: TokenOptions) -> Result<RequestBuilder, Error> {
        let access = self.granted(&options).await?.access;
        if access.token_type == TokenType::Dpop {
            let message =
                "the token is bound to a key, and a proof needs the method and the URL: use Client::authorization";
            return Err(Error::new(ErrorCode::InvalidArgument, message));
        }
        Ok(request.header("Authorization", &["Bearer ", &*access.token].concat()))
    }
}
