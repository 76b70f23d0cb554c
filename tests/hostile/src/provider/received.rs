//! What a provider received, for those who ask about it.

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Received {
    /// `token`, `authorize`, `jwks`, …, the last part of the path.
    pub endpoint: String,
    /// The HTTP method.
    pub method: String,
    /// The query.
    pub query: Vec<(String, String)>,
    /// The form in the body.
    pub form: Vec<(String, String)>,
    /// Header fields, names in small letters.
    pub headers: Vec<(String, String)>,
}

impl Received {
    /// The first parameter of that name in the query.
    pub fn query_value(&self, name: &str) -> Option<&str> {
        first(&self.query, name)
    }

    /// The first parameter of that name in the body.
    pub fn form_value(&self, name: &str) -> Option<&str> {
        first(&self.form, name)
    }

    /// The token in its `Authorization` header.
    pub fn bearer(&self) -> Option<&str> {
        self.header("authorization")?.strip_prefix("Bearer ")
    }

    /// That header field.
    pub fn header(&self, name: &str) -> Option<&str> {
        first(&self.headers, name)
    }
}

fn first<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}
