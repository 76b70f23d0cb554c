//! What is worth keeping of what the fuzzer found: few small inputs that reach code which no seed reaches.

use std::fs;
use std::path::Path;

use anyhow::Result;

use super::Fuzzer;
use crate::process;
use crate::temp::TempFolder;

/// Longer inputs say little to a reader, and each stays in the repository for ever.
const LONGEST: &str = "-max_len=512";
/// More would be a burden to every clone.
const MOST_SEEDS: usize = 48;

pub(super) fn keep(fuzzer: &Fuzzer, target: &str) -> Result<()> {
    let (seeds, corpus) = (fuzzer.folder("seeds", target), fuzzer.folder("corpus", target));
    let merged = TempFolder::new(&format!("fuzz-{target}"))?;
    let before = names(&seeds)?;
    for name in &before {
        fs::copy(seeds.join(name), merged.path().join(name))?;
    }
    // Which places are reached, and not how often, by as few inputs as can be: that keeps tens instead of hundreds.
    let mut merge = fuzzer.command(target);
    merge.args(["-set_cover_merge=1", "-use_counters=0", LONGEST]);
    merge.arg(fuzzer.artifacts(target)).arg(merged.path()).arg(&corpus);
    process::run_quietly(&mut merge)?;
    let mut found = names(merged.path())?;
    found.retain(|name| !before.contains(name));
    // Short ones first: they say most to a reader.
    found.sort_by_key(|name| (fs::metadata(merged.path().join(name)).map_or(0, |file| file.len()), name.clone()));
    let room = MOST_SEEDS.saturating_sub(before.len());
    for name in found.iter().take(room) {
        // The fuzzer's own names, the digest of what is in the file, shortened.
        let found = ["found_", name.get(..8).unwrap_or(name)].concat();
        fs::copy(merged.path().join(name), seeds.join(found))?;
    }
    println!("{target:<18}{} inputs added to {} seeds, of {}", found.len().min(room), before.len(), found.len());
    Ok(())
}

fn names(folder: &Path) -> Result<Vec<String>> {
    fs::read_dir(folder)?.map(|file| Ok(file?.file_name().to_string_lossy().into_owned())).collect()
}
