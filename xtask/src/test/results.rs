//! What became of each test, kept for whoever asks later.

use std::fs;

use anyhow::{Context, Result};

use super::Tally;
use crate::project::Project;

/// One file a group, so that running one forgets nothing of the others.
const FOLDER: &str = "target/xtask/results";

/// Every test that ran.
#[derive(Default)]
pub(crate) struct Results(pub(crate) Vec<Outcome>);

/// What became of a test.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) group: String,
    pub(crate) name: String,
    pub(crate) passed: bool,
}

impl Results {
    /// What the last run of each group left.
    pub(crate) fn of_last_run(project: &Project) -> Result<Self> {
        let folder = project.path(FOLDER);
        let files = fs::read_dir(&folder).context("there are no results: run `cargo xtask test` first")?;
        let mut results = Self::default();
        for file in files {
            let path = file?.path();
            let group = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            results.read(&group, &fs::read_to_string(&path)?);
        }
        Ok(results)
    }

    pub(super) fn add(&mut self, group: &str, tally: &Tally) {
        let outcome =
            |(name, passed): &(String, bool)| Outcome { group: group.to_owned(), name: name.clone(), passed: *passed };
        self.0.extend(tally.tests.iter().map(outcome));
    }

    pub(super) fn keep(&self, project: &Project) -> Result<()> {
        let folder = project.path(FOLDER);
        fs::create_dir_all(&folder)?;
        for group in self.0.chunk_by(|one, next| one.group == next.group) {
            let Some(first) = group.first() else { continue };
            fs::write(folder.join(&first.group).with_extension("txt"), written(group))?;
        }
        Ok(())
    }

    fn read(&mut self, group: &str, text: &str) {
        let outcome = |line: &str| {
            let (word, name) = line.split_once(' ')?;
            Some(Outcome { group: group.to_owned(), name: name.to_owned(), passed: word == PASSED })
        };
        self.0.extend(text.lines().filter_map(outcome));
    }
}

const PASSED: &str = "ok";

fn written(group: &[Outcome]) -> String {
    let line = |test: &Outcome| [if test.passed { PASSED } else { "FAILED" }, " ", &test.name, "\n"].concat();
    group.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        let tally = Tally { tests: vec![("a1_x y".to_owned(), true), ("b".to_owned(), false)], ..Tally::default() };
        let (mut results, mut again) = (Results::default(), Results::default());
        results.add("unit", &tally);
        again.read("unit", &written(&results.0));
        assert_eq!(again.0, results.0);
    }
}
