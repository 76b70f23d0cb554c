//! A folder outside the repository, where nothing of the repository is found by climbing up.

use std::path::{Path, PathBuf};
use std::{env, fs, process};

use anyhow::Result;

/// Removed with all that is in it when dropped.
pub(crate) struct TempFolder(PathBuf);

impl TempFolder {
    pub(crate) fn new(purpose: &str) -> Result<Self> {
        let folder = env::temp_dir().join(format!("keyward-{purpose}-{}", process::id()));
        fs::create_dir_all(&folder)?;
        // Node and Cargo tell real paths; a link among the parents would make them differ from ours.
        Ok(Self(folder.canonicalize()?))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempFolder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            eprintln!("{} is left over: {error}", self.0.display());
        }
    }
}
