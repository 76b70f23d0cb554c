//! As much of HTTP/1.1 as a provider on loopback needs: one request a connection.

use crate::answer::{Answer, Delivery};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

/// Larger requests are not read.
const MOST_BODY: usize = 1 << 20;

/// A request as it was sent.
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

pub(crate) fn read(stream: &TcpStream) -> io::Result<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace();
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        return Err(io::Error::from(io::ErrorKind::InvalidData));
    };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let (method, path, query) = (method.to_owned(), path.to_owned(), query.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim_end().split_once(':') {
            Some((name, value)) => headers.push((name.to_ascii_lowercase(), value.trim().to_owned())),
            None => break,
        }
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length: usize = length.and_then(|(_, value)| value.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length.min(MOST_BODY)];
    reader.read_exact(&mut body)?;
    Ok(Request { method, path, query, headers, body: String::from_utf8_lossy(&body).into_owned() })
}

pub(crate) fn write(mut stream: &TcpStream, answer: &Answer) -> io::Result<()> {
    match answer.delivery {
        Delivery::Dropped => return Ok(()),
        // Until the client has had enough.
        Delivery::Never => return stream.read(&mut [0; 1]).map(|_| ()),
        Delivery::Whole | Delivery::CutOff | Delivery::WithoutCors => {}
    }
    let mut head = format!("HTTP/1.1 {} -\r\nConnection: close\r\n", answer.status);
    if answer.delivery != Delivery::WithoutCors {
        head += "Access-Control-Allow-Origin: *\r\nAccess-Control-Expose-Headers: Date, Retry-After\r\n";
    }
    for (name, value) in &answer.headers {
        head += &format!("{name}: {value}\r\n");
    }
    let promised = answer.body.len() + if answer.delivery == Delivery::CutOff { 100 } else { 0 };
    head += &format!("Content-Length: {promised}\r\n\r\n");
    stream.write_all(head.as_bytes())?;
    stream.write_all(&answer.body)?;
    stream.flush()
}

/// The answer to a preflight request of any origin.
pub(crate) fn preflight() -> Answer {
    let mut answer = Answer::text(204, "text/plain", "");
    answer.headers.push(("Access-Control-Allow-Methods", "GET, POST".to_owned()));
    answer.headers.push(("Access-Control-Allow-Headers", "authorization, content-type, dpop".to_owned()));
    answer
}
