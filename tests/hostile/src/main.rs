//! The misbehaving provider as a program: `misbehaving-provider [--port N]` prints its URL as JSON and runs until its
//! standard input ends.
//!
//! `GET /` lists the misbehaviours: name, requirement, and what must come of each (`phase`: when a client notices;
//! `code`: its error, or null if everything works; `tokenRequests`: how many it may send). Each is a provider of its own
//! with the issuer `<url>/<name>`; behind a `~` may stand anything, for one more of the same kind or, before it any other
//! word, for a correct provider. `POST <issuer>/control` with `misbehave=false` lets it behave, and answers with the
//! requests that it has received and the secrets that it has issued or seen.

use hostile_tests::Server;
use std::io::{self, Read as _};

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--port").skip(1);
    let port = arguments.next().and_then(|port| port.parse().ok()).unwrap_or(0);
    let server = Server::start(port)?;
    println!("{{\"provider\":\"{}\"}}", server.url());
    io::stdin().read_to_end(&mut Vec::new()).map(|_| ())
}
