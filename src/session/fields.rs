//! Strict reading and short writing of stored objects: a member of the wrong type makes the whole record unreadable.

use crate::prelude::*;
use crate::protocol::json::Json;

/// The stored text is not what this release writes: wrong JSON, type, version or identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corrupt;

/// Reads the members of one stored object.
#[derive(Clone, Copy)]
pub struct Fields<'a>(pub &'a Json);

impl<'a> Fields<'a> {
    /// A string that must be there.
    pub fn text(self, name: &str) -> Result<&'a str, Corrupt> {
        self.0.str(name).ok_or(Corrupt)
    }

    /// A whole number that must be there.
    pub fn whole(self, name: &str) -> Result<i64, Corrupt> {
        self.0.get(name).and_then(Json::as_i64).ok_or(Corrupt)
    }

    /// A string, or nothing (`null` or absent).
    pub fn optional_text(self, name: &str) -> Result<Option<String>, Corrupt> {
        self.present(name).map(|value| value.as_str().map(str::to_owned).ok_or(Corrupt)).transpose()
    }

    /// A whole number, or nothing (`null` or absent).
    pub fn optional_whole(self, name: &str) -> Result<Option<i64>, Corrupt> {
        self.present(name).map(|value| value.as_i64().ok_or(Corrupt)).transpose()
    }

    /// The member, if it is there and not `null`.
    pub fn present(self, name: &str) -> Option<&'a Json> {
        self.0.get(name).filter(|value| **value != Json::Null)
    }
}

/// An object of those members; members without a value are left out.
pub fn object<const N: usize>(members: [(&str, Json); N]) -> Json {
    let present = members.into_iter().filter(|(_, value)| *value != Json::Null);
    Json::Object(present.map(|(name, value)| (name.to_owned(), value)).collect())
}
