//! The browser tests are stories whose names are sentences; which requirements they are about is in a file beside them.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result, ensure};

use crate::project::Project;

const FILE: &str = "tests/browser/requirements.txt";
const FOLDER: &str = "tests/browser/src/scenarios";

/// The numbers of each story.
#[derive(Default)]
pub(super) struct Stories(BTreeMap<String, Vec<String>>);

impl Stories {
    pub(super) fn read(project: &Project) -> Result<Self> {
        let stories = Self::parse(&fs::read_to_string(project.path(FILE)).context(FILE)?)?;
        for name in stories.0.keys() {
            let story = project.path(FOLDER).join(name).with_extension("rs");
            ensure!(story.is_file(), "{FILE}: there is no story {name}");
        }
        Ok(stories)
    }

    /// The numbers of a test like `chromium::two-tabs-refresh-once`, which may run once more in a worker.
    pub(super) fn numbers(&self, test: &str) -> &[String] {
        let (_, name) = test.split_once("::").unwrap_or_default();
        let numbers = |name: &str| self.0.get(&name.replace('-', "_"));
        let once_more = || numbers(name.strip_suffix("-in-a-worker")?);
        numbers(name).or_else(once_more).map(Vec::as_slice).unwrap_or_default()
    }

    fn parse(text: &str) -> Result<Self> {
        let mut stories = BTreeMap::new();
        for line in text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
            let (name, numbers) = line.split_once(": ").with_context(|| format!("{FILE}: no colon in {line:?}"))?;
            stories.insert(name.to_owned(), numbers.split_whitespace().map(str::to_owned).collect());
        }
        Ok(Stories(stories))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_story_has_the_numbers_of_its_line() {
        let stories = Stories::parse("# words: X9\n\ntwo_tabs: E2 E12\n").unwrap();
        assert_eq!(stories.numbers("firefox::two-tabs"), ["E2", "E12"]);
        assert_eq!(stories.numbers("firefox::two-tabs-in-a-worker"), ["E2", "E12"]);
        assert!(stories.numbers("firefox::three-tabs").is_empty() && stories.numbers("two-tabs").is_empty());
        assert!(Stories::parse("two_tabs").is_err());
    }

    #[test]
    fn every_story_of_the_file_exists() {
        assert!(!Stories::read(&Project::find().unwrap()).unwrap().0.is_empty());
    }
}
