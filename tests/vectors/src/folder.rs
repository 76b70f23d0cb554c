//! Where the vectors are: beside the repository, not in it.

use serde_json::Value;
use std::path::PathBuf;

/// The folder with the vectors, which is there.
pub struct Folder(PathBuf);

impl Folder {
    /// The folder; `None`, with a word about it, where it is missing. In CI it must not be missing.
    pub fn find() -> Option<Folder> {
        let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/vectors"));
        if path.is_dir() {
            return Some(Folder(path));
        }
        let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
        assert!(!in_ci, "the test vectors are missing: ../shared/vectors beside the repository");
        println!("skipped: no test vectors in ../shared/vectors beside the repository");
        None
    }

    /// One of its files.
    pub fn json(&self, file: &str) -> Value {
        let text = std::fs::read_to_string(self.0.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"))
    }
}
