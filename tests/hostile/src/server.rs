//! One HTTP server for any number of providers, each under a path of its own.

use crate::answer::Answer;
use crate::http::{self, Request};
use crate::misbehaviours::{self, Misbehaviour};
use crate::provider::Provider;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// Before the path of a provider, where a well-known document of the host is asked for (RFC 8414 sections 3.1 and 5).
const INSERTED: [&str; 2] = ["oauth-authorization-server", "openid-configuration"];
/// A connection that nobody uses any more is given up.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running server; it runs as long as the process.
#[derive(Clone)]
pub struct Server {
    url: String,
    providers: Arc<Mutex<HashMap<String, Arc<Provider>>>>,
}

impl Server {
    /// Listens on that port of the loopback interface (0: any that is free).
    pub fn start(port: u16) -> io::Result<Server> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let url = format!("http://{}", listener.local_addr()?);
        let server = Server { url, providers: Arc::default() };
        let accepting = server.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = accepting.clone();
                thread::spawn(move || server.serve(&stream));
            }
        });
        Ok(server)
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The provider at that path, such as `a5_callback_has_no_state`; made when it is first asked for. It misbehaves in
    /// the way that its path is the name of, up to a `~`, and is a correct provider if that is not the name of any.
    pub fn provider(&self, path: &str) -> Arc<Provider> {
        let mut providers = self.providers.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || {
            let name = path.split(['~', '/']).next().unwrap_or_default();
            let misbehaviour = misbehaviours::all().into_iter().find(|misbehaviour| misbehaviour.id() == name);
            Arc::new(Provider::new(&format!("{}/{path}", self.url), misbehaviour.unwrap_or_else(Misbehaviour::none)))
        };
        providers.entry(path.trim_end_matches('/').to_owned()).or_insert_with(make).clone()
    }

    fn serve(&self, stream: &TcpStream) {
        // A client that goes away in the middle has had what it wanted.
        let _ = stream.set_read_timeout(Some(PATIENCE));
        if let Ok(request) = http::read(stream) {
            let _ = http::write(stream, &self.answer(&request));
        }
    }

    fn answer(&self, request: &Request) -> Answer {
        if request.method == "OPTIONS" {
            return http::preflight();
        }
        if request.path == "/" {
            let list: Vec<Value> = misbehaviours::all().iter().map(Misbehaviour::to_json).collect();
            return Answer::json(200, &json!({ "misbehaviours": list }));
        }
        let well_known = request.path.strip_prefix("/.well-known/");
        let inserted = well_known.and_then(|rest| rest.split_once('/'));
        let (path, endpoint) = match inserted.filter(|(name, _)| INSERTED.contains(name)) {
            Some(("openid-configuration", path)) => (path, "inserted-openid-configuration"),
            Some((name, path)) => (path, name),
            None => split(&request.path),
        };
        self.provider(path.trim_matches('/')).answer(endpoint, request)
    }
}

/// The path of the provider, and what is asked of it.
fn split(path: &str) -> (&str, &str) {
    match path.split_once("/.well-known/") {
        Some(parts) => parts,
        None => path.rsplit_once('/').unwrap_or(("", path)),
    }
}
