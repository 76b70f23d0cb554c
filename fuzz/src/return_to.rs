//! Where the user is to come back to.

use super::check::text;
use keyward::protocol::return_to::resolve;
use url::Url;

const PAGES: [&str; 2] = ["https://app.example/a/b?c#d", "http://localhost:4401/"];

pub fn check(input: &[u8]) {
    let Some(text) = text(input) else { return };
    for page in PAGES {
        let Some(resolved) = resolve(text, page) else { continue };
        let (here, there) = (Url::parse(page).unwrap(), Url::parse(&resolved).expect("a browser can go there"));
        assert_eq!(there.origin(), here.origin(), "A7: {resolved}");
        assert!(there.username().is_empty() && there.password().is_none(), "A7: {resolved}");
        // Judged again after a browser wrote it down.
        let (_, path) = there.as_str().split_at(there.origin().ascii_serialization().len());
        assert!(!path.starts_with("//") && !path.starts_with("/\\"), "A7: {resolved}");
        assert_eq!(resolve(&resolved, page).as_ref(), Some(&resolved), "resolved once, it stays");
    }
}
