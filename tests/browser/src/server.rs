//! The provider and the apps' servers (`server.mjs`), one instance a trial, and what they saw.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

use crate::process::{ProcessGroup, find_program};
use crate::{Error, Outcome};

/// The misbehaving providers, for all trials: a provider is what its path says.
pub(crate) fn hostile() -> &'static hostile_tests::Server {
    static SERVER: OnceLock<hostile_tests::Server> = OnceLock::new();
    SERVER.get_or_init(|| hostile_tests::Server::start(0).expect("a port of the loopback interface is free"))
}

pub(crate) struct Server {
    /// The issuer.
    pub(crate) provider: String,
    /// The demo's other issuer, whose access tokens live twice as long.
    pub(crate) second: String,
    /// Origin of the tests' own page.
    pub(crate) app: String,
    /// Origin of the demo, its Rust sibling and the protected API.
    pub(crate) demo: String,
    control: String,
    http: Client<HttpConnector, Full<hyper::body::Bytes>>,
    _process: ProcessGroup,
}

impl Server {
    pub(crate) fn start(access_token_ttl: u32, isolated: bool, log: &Path) -> Result<Self, Error> {
        let node = find_program(&["node"]).ok_or("node is missing from PATH (Node.js 20 or newer)")?;
        let mut command = Command::new(node);
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("server.mjs"));
        command.args(["--access-token-ttl", &access_token_ttl.to_string(), "--connect", hostile().url()]);
        if isolated {
            command.args(["--isolation", "worker"]);
        }
        // What it leaves goes with the rest.
        command.env("TMPDIR", log.parent().unwrap_or(log));
        let (process, line) = ProcessGroup::start_and_read_line(&command, log, Duration::from_secs(30))?;
        let origins: Value =
            serde_json::from_str(&line).map_err(|error| format!("server.mjs said {line:?}: {error}"))?;
        let origin = |name: &str| match origins[name].as_str() {
            Some(origin) => Ok(origin.to_owned()),
            None => Err(format!("server.mjs names no {name}: {line}")),
        };
        Ok(Self {
            provider: origin("provider")?,
            second: origin("second")?,
            app: origin("app")?,
            demo: origin("demo")?,
            control: origin("control")?,
            http: Client::builder(TokioExecutor::new()).build(HttpConnector::new()),
            _process: process,
        })
    }

    /// What the provider received since the start or the last `reset`.
    pub(crate) async fn log(&self) -> Result<Log, Error> {
        let Value::Array(requests) = self.call("GET", "/log", &Value::Null).await? else {
            return Err("the control API returned no list".into());
        };
        Ok(Log(requests))
    }

    /// Forgets the log, and the faults that are left.
    pub(crate) async fn reset(&self) -> Outcome {
        self.call("POST", "/reset", &Value::Null).await.map(drop)
    }

    /// Disturbs the next `count` requests to `endpoint`: see `server/faults.mjs` for what a fault says.
    pub(crate) async fn fail(&self, endpoint: &str, mut fault: Value) -> Outcome {
        fault["endpoint"] = json!(endpoint);
        self.call("POST", "/fault", &fault).await.map(drop)
    }

    /// The Cross-Origin-Opener-Policy of `app`, `callback` and `provider`, until the next call or `reset`.
    pub(crate) async fn opener_policies(&self, policies: &Value) -> Outcome {
        self.call("POST", "/opener-policies", policies).await.map(drop)
    }

    /// Signs somebody in for a page whose navigation to the provider was answered with 204; returns the response's URL.
    pub(crate) async fn walk(&self, name: &str) -> Result<String, Error> {
        let url = self.call("POST", "/walk", &json!({ "name": name })).await?;
        Ok(url.as_str().unwrap_or_default().to_owned())
    }

    /// Changes somebody's claims at the provider.
    pub(crate) async fn change_profile(&self, subject: &str, claims: Value) -> Outcome {
        self.call("POST", "/profile", &json!({ "subject": subject, "claims": claims })).await.map(drop)
    }

    /// Whether a page or a worker was given that file of the app's.
    pub(crate) async fn has_served(&self, path: &str) -> Result<bool, Error> {
        Ok(self.call("POST", "/has-served", &json!({ "path": path })).await? == true)
    }

    /// Lets go of every request that a fault holds.
    pub(crate) async fn release(&self) -> Outcome {
        self.call("POST", "/release", &Value::Null).await.map(drop)
    }

    /// For so many seconds, a refresh token that was used already is accepted once more.
    pub(crate) async fn set_grace(&self, seconds: u32) -> Outcome {
        self.call("POST", "/grace", &json!({ "seconds": seconds })).await.map(drop)
    }

    /// The provider's clock, from now on, in milliseconds ahead of this machine's. The log's times stay true.
    pub(crate) async fn set_clock(&self, ahead: i64) -> Outcome {
        self.call("POST", "/clock", &json!({ "ahead": ahead })).await.map(drop)
    }

    /// Starts the app of www/linked-accounts: its origin.
    pub(crate) async fn start_linked_accounts(&self) -> Result<String, Error> {
        let origin = self.call("POST", "/linked-accounts", &Value::Null).await?;
        Ok(origin.as_str().ok_or("the linked accounts did not start")?.to_owned())
    }

    /// Starts the small app of a framework: its origin.
    pub(crate) async fn start_framework(&self, name: &str) -> Result<String, Error> {
        let origin = self.call("POST", "/framework", &json!({ "name": name })).await?;
        Ok(origin.as_str().ok_or("the app did not start")?.to_owned())
    }

    /// Starts the tests' page at an origin that has a backend (www/backend), with a provider of its own: `app`, `issuer`, `api`.
    pub(crate) async fn start_backend(&self) -> Result<Value, Error> {
        self.call("POST", "/backend", &Value::Null).await
    }

    /// What that backend was asked, and what its provider received.
    pub(crate) async fn backend(&self) -> Result<(Vec<Value>, Log), Error> {
        let seen = self.call("GET", "/backend", &Value::Null).await?;
        let list = |name: &str| seen[name].as_array().cloned().unwrap_or_default();
        Ok((list("backend"), Log(list("provider"))))
    }

    /// Starts the small MCP server, its provider and its app: their addresses.
    pub(crate) async fn start_mcp(&self, settings: &Value) -> Result<Value, Error> {
        self.call("POST", "/mcp/start", settings).await
    }

    /// What the MCP server and its provider do from now on; they forget what they received.
    pub(crate) async fn change_mcp(&self, settings: &Value) -> Outcome {
        self.call("POST", "/mcp/change", settings).await?;
        self.call("POST", "/mcp/reset", &Value::Null).await.map(drop)
    }

    /// What the MCP server and its provider received.
    pub(crate) async fn mcp(&self) -> Result<(Vec<Value>, Log), Error> {
        let seen = self.call("GET", "/mcp", &Value::Null).await?;
        let list = |name: &str| seen[name].as_array().cloned().unwrap_or_default();
        Ok((list("mcp"), Log(list("provider"))))
    }

    /// That app's `rows`, and the requests that its API `received`.
    pub(crate) async fn linked_accounts(&self) -> Result<Value, Error> {
        self.call("GET", "/linked-accounts", &Value::Null).await
    }

    async fn call(&self, method: &str, path: &str, content: &Value) -> Result<Value, Error> {
        let body = if method == "GET" { String::new() } else { content.to_string() };
        let request = hyper::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.control))
            .header("content-type", "application/json")
            .body(Full::from(body))?;
        let response = self.http.request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        match status.is_success() {
            true => Ok(serde_json::from_slice(&body)?),
            false => Err(format!("{method} {path}: {status} {}", String::from_utf8_lossy(&body)).into()),
        }
    }
}

/// The provider's side of a story, in order.
pub(crate) struct Log(pub(crate) Vec<Value>);

impl Log {
    /// The requests to one endpoint, without CORS preflights, and without the probes that tell a refusal by CORS from a
    /// network that is down: a token request is no GET.
    pub(crate) fn to(&self, endpoint: &str) -> Vec<&Value> {
        let is_meant = |request: &&Value| {
            let method = &request["method"];
            request["endpoint"] == endpoint && method != "OPTIONS" && (endpoint != "token" || method != "GET")
        };
        self.0.iter().filter(is_meant).collect()
    }

    pub(crate) fn token_requests(&self, grant_type: &str) -> Vec<&Value> {
        self.to("token").into_iter().filter(|request| request["form"]["grant_type"] == grant_type).collect()
    }

    pub(crate) fn refreshes(&self) -> Vec<&Value> {
        self.token_requests("refresh_token")
    }

    pub(crate) fn has_query_member(&self, name: &str) -> bool {
        self.0.iter().any(|request| request["query"].get(name).is_some())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One line a request, for a failure's text.
    pub(crate) fn text(&self) -> String {
        let line = |request: &Value| {
            let member = |name: &str| request[name].as_str().unwrap_or_default().to_owned();
            let (query, form) = (&request["query"], &request["form"]);
            format!("{} {} {} query {query} form {form}", member("method"), member("path"), request["status"])
        };
        self.0.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}
