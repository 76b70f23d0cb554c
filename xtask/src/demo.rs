//! `cargo xtask demo`: the package, a provider and an app that signs in with it, on this machine.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::project::Project;
use crate::{build, npm, process};

/// What www/extension/config.js has as well.
const APP_PORT: u16 = 4401;
const PROVIDER_PORT: u16 = 4400;

/// Build the package, start two local OpenID providers and the demo, and print the addresses to open.
///
/// Any name signs in at the local providers. Access tokens live for less than a minute, so refreshes can be watched.
/// Runs until Ctrl-C.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Port of the demo page (0 takes a free one).
    #[arg(long, default_value_t = APP_PORT, value_name = "PORT")]
    app_port: u16,
    /// Port of the local provider (0 takes a free one).
    #[arg(long, default_value_t = PROVIDER_PORT, value_name = "PORT")]
    provider_port: u16,
    /// Port of the other local provider (0 takes a free one).
    #[arg(long, default_value_t = 4402, value_name = "PORT")]
    second_provider_port: u16,
    /// How long an access token of the local provider lives, by default for watching refreshes; twice as long at the
    /// other one.
    #[arg(long, value_name = "SECONDS")]
    access_token_ttl: Option<u32>,
    /// An app of your own on this machine that the providers admit, such as http://localhost:5173; may be given several times.
    #[arg(long, value_name = "ORIGIN", value_parser = loopback_origin)]
    origin: Vec<String>,
}

pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    let ports = [
        (args.provider_port, "--provider-port"),
        (args.second_provider_port, "--second-provider-port"),
        (args.app_port, "--app-port"),
    ];
    for (port, flag) in ports {
        ensure_free(port, flag)?;
    }
    build::package(project)?;
    build::yew_app(project)?;
    build::extension(project)?;
    let folder = npm::install(project, "www/provider")?;

    eprintln!("Starting the providers and the demo");
    let mut server = Command::new("node");
    server.arg(folder.join("server.mjs")).current_dir(project.root());
    for (port, flag) in ports {
        server.arg(flag).arg(port.to_string());
    }
    if let Some(seconds) = args.access_token_ttl {
        server.arg("--access-token-ttl").arg(seconds.to_string());
    }
    for origin in &args.origin {
        server.arg("--origin").arg(origin);
    }
    // The server ends with its standard input, so it cannot outlive this program, however that ends.
    let mut running = server.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("node cannot be started")?;
    let mut lines = BufReader::new(running.stdout.take().context("the server has no standard output")?).lines();

    let Some(first) = lines.next().transpose()? else {
        let status = running.wait()?;
        bail!("the server ended before it listened ({status}); its own message is above");
    };
    let member = |name| json_member(&first, name).with_context(|| format!("unexpected words of the server: {first}"));
    let (app, fern, tide) = (member("app")?, member("provider")?, member("second")?);
    println!("\n  Demo       {app}/\n  Rust app   {app}/rust/\n  Fern ID    {fern}\n  Tide ID    {tide}\n");
    for origin in &args.origin {
        println!("{}", admitted(origin, fern));
    }
    println!(
        "Open the demo and sign in with any name, at either provider, as often as you like. A second tab follows the first."
    );
    if args.provider_port == PROVIDER_PORT && args.app_port == APP_PORT {
        println!("{}", how_to_load(build::EXTENSION));
    }
    println!("Ctrl-C ends it all.\n");

    for line in lines {
        println!("{}", line?);
    }
    let status = running.wait()?;
    process::succeeded(&server, status)
}

/// The example extension asks the providers at the ports that the demo has by default.
fn how_to_load(folder: &str) -> String {
    format!(
        "\nThe example extension is in {folder}:\n  Chromium  chrome://extensions, Developer mode, Load unpacked, that folder\n  \
         Firefox   about:debugging#/runtime/this-firefox, Load Temporary Add-on, its manifest.json\n"
    )
}

/// What goes into an app of the reader's own.
fn admitted(origin: &str, issuer: &str) -> String {
    format!(
        "  Your app   {origin}/\n\n    import {{ init }} from \"keyward\";\n\n    const auth = await init({{\n      issuer: \"{issuer}\",\n      \
         clientId: \"keyward-demo\",\n    }});\n\n  It comes back to {origin}/. Check it with: npx keyward doctor {issuer} --client-id \
         keyward-demo --origin {origin}\n"
    )
}

/// As a browser says it: without a path, on this machine.
fn loopback_origin(text: &str) -> Result<String, String> {
    let origin = text.strip_suffix('/').unwrap_or(text);
    let (host, port) = match origin.split_once("://") {
        Some(("http" | "https", rest)) => rest.rsplit_once(':').unwrap_or((rest, "80")),
        _ => return Err("must begin with http:// or https://, as in http://localhost:5173".to_owned()),
    };
    if !["localhost", "127.0.0.1"].contains(&host) || port.parse::<u16>().is_err() {
        return Err("must be an origin of this machine without a path, as in http://localhost:5173".to_owned());
    }
    Ok(origin.to_owned())
}

/// Asked before the long build, so that nobody waits for a message that could come at once.
fn ensure_free(port: u16, flag: &str) -> Result<()> {
    if port != 0 && TcpListener::bind(("localhost", port)).is_err() {
        bail!("port {port} is in use (another demo?); choose another one with {flag} PORT, or 0 for a free one");
    }
    Ok(())
}

/// A string member of the one flat JSON object of URLs that the server prints.
fn json_member<'a>(json: &'a str, name: &str) -> Option<&'a str> {
    let (_, after) = json.split_once(&format!("\"{name}\":"))?;
    after.trim_start().strip_prefix('"')?.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_servers_line() {
        let line =
            r#"{"provider":"http://localhost:4400","second":"http://localhost:4402", "app": "http://localhost:4401"}"#;
        assert_eq!(json_member(line, "second"), Some("http://localhost:4402"));
        assert_eq!(json_member(line, "provider"), Some("http://localhost:4400"));
        assert_eq!(json_member(line, "app"), Some("http://localhost:4401"));
        assert_eq!(json_member(line, "other"), None);
        assert_eq!(json_member("{\"app\":4401}", "app"), None);
    }

    #[test]
    fn the_example_extension_asks_at_the_ports_of_the_demo() {
        let config = include_str!("../../www/extension/config.js");
        for port in [APP_PORT, PROVIDER_PORT] {
            assert!(config.contains(&format!("localhost:{port}")), "{port}");
        }
    }

    #[test]
    fn an_app_of_this_machine_is_admitted_and_told_what_to_put_into_init() {
        assert_eq!(loopback_origin("http://localhost:5173/").as_deref(), Ok("http://localhost:5173"));
        assert_eq!(loopback_origin("http://127.0.0.1:80").as_deref(), Ok("http://127.0.0.1:80"));
        assert_eq!(loopback_origin("https://localhost").as_deref(), Ok("https://localhost"));
        for other in [
            "localhost:5173",
            "http://example.com",
            "http://localhost:5173/app",
            "http://localhost:x",
            "ftp://localhost",
            "",
        ] {
            assert!(loopback_origin(other).is_err(), "{other}");
        }
        let text = admitted("http://localhost:5173", "http://localhost:4400");
        for needed in [
            "issuer: \"http://localhost:4400\"",
            "clientId: \"keyward-demo\"",
            "It comes back to http://localhost:5173/.",
        ] {
            assert!(text.contains(needed), "{needed} is not in {text}");
        }
    }

    #[test]
    fn names_the_flag_of_a_taken_port() {
        let taken = TcpListener::bind(("localhost", 0)).unwrap();
        let error = ensure_free(taken.local_addr().unwrap().port(), "--app-port").unwrap_err().to_string();
        assert!(error.contains("--app-port"), "{error}");
        assert!(ensure_free(0, "--app-port").is_ok());
    }
}
