//! A token in the making: what it says, before and after it is signed.

use super::signer::Signer;
use keyward::protocol::base64url;

/// JSON text, member by member: a text can say what a JSON value cannot, such as one member twice.
pub(super) type Members = Vec<(String, String)>;

/// A token that is not signed yet.
pub(super) struct Draft {
    /// The algorithm that it will be signed with, whatever its header says.
    pub(super) algorithm: &'static str,
    /// The header's members.
    pub(super) header: Members,
    /// The claims.
    pub(super) claims: Members,
    /// The payload, if it is something else.
    pub(super) payload: Option<String>,
}

impl Draft {
    /// Sets one member, or replaces it.
    pub(super) fn set(members: &mut Members, name: &str, json: impl Into<String>) {
        let json = json.into();
        match members.iter_mut().find(|(present, _)| present == name) {
            Some((_, value)) => *value = json,
            None => members.push((name.to_owned(), json)),
        }
    }

    /// Takes one member out.
    pub(super) fn remove(members: &mut Members, name: &str) {
        members.retain(|(present, _)| present != name);
    }

    /// Signs it.
    pub(super) fn sign(&self, signer: &Signer) -> String {
        let payload = self.payload.clone().unwrap_or_else(|| object(&self.claims));
        let signed = [object(&self.header), payload].map(|part| base64url::encode(part.as_bytes())).join(".");
        let octets = signer.sign(self.algorithm, signed.as_bytes());
        [signed, base64url::encode(&octets)].join(".")
    }
}

fn object(members: &Members) -> String {
    let members: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", members.join(","))
}
