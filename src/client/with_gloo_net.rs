//! Requests of gloo's with the access token.

use super::start::Client;
use super::tokens::TokenOptions;
use crate::platform::Platform;
use crate::protocol::error::Error;
use gloo_net::http::RequestBuilder;

impl<P: Platform> Client<P> {
    /// The request with an access token that is valid now (RFC 6750 section 2.1). Whoever gets this request can use the
    /// token: ask for it only for requests to the API that it is meant for.
    pub async fn authorize(&self, request: RequestBuilder, options: TokenOptions) -> Result<RequestBuilder, Error> {
        let token = self.access_token(options).await?;
        Ok(request.header("Authorization", &["Bearer ", &*token].concat()))
    }
}
