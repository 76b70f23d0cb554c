//! The client of a page or worker.

use super::{Client, Config};
use crate::platform::web::{Storage, Web};
use crate::protocol::error::Error;

impl Client<Web> {
    /// A client of this page or worker, which keeps its sessions there.
    pub fn in_browser(storage: Storage, config: Config) -> Result<Self, Error> {
        Client::new(Web::new(storage, &config.namespace), config)
    }
}
