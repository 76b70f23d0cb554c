//! The misbehaving provider as a program: `misbehaving-provider [--port N]` prints its URL as JSON and runs until its
//! standard input ends.
//!
//! `GET /` lists the misbehaviours. Each is a provider of its own with the issuer `<url>/<misbehaviour>`; behind a `~`
//! may stand anything, for one more of the same kind. `POST <issuer>/control` with `misbehave=false` lets it behave, and
//! answers with the requests that it has received.

use hostile_tests::Server;
use std::io::{self, Read as _};

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--port").skip(1);
    let port = arguments.next().and_then(|port| port.parse().ok()).unwrap_or(0);
    let server = Server::start(port)?;
    println!("{{\"provider\":\"{}\"}}", server.url());
    io::stdin().read_to_end(&mut Vec::new()).map(|_| ())
}
