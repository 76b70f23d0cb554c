//! Browser story x engine, of what was run last: one row a story.

use std::collections::BTreeMap;

use crate::test::Results;

const GROUP: &str = "browser";
const ENGINES: [&str; 3] = ["chromium", "firefox", "webkitgtk"];

/// What became of each story in each engine; `None` where it is not run.
pub(super) struct Matrix(BTreeMap<String, [Option<bool>; ENGINES.len()]>);

impl Matrix {
    pub(super) fn of(results: &Results) -> Self {
        let mut rows = BTreeMap::new();
        for outcome in results.0.iter().filter(|outcome| outcome.group == GROUP) {
            let Some((engine, story)) = outcome.name.split_once("::") else { continue };
            let Some(column) = ENGINES.iter().position(|known| *known == engine) else { continue };
            let row: &mut [Option<bool>; ENGINES.len()] = rows.entry(story.to_owned()).or_default();
            row[column] = Some(outcome.passed);
        }
        Matrix(rows)
    }

    pub(super) fn print(&self) {
        println!("{:<76}{:>10}{:>10}{:>10}", "browser story", ENGINES[0], ENGINES[1], ENGINES[2]);
        for (story, outcomes) in &self.0 {
            let cells = outcomes.map(|outcome| match outcome {
                Some(true) => "ok",
                Some(false) => "FAILED",
                None => "",
            });
            println!("{story:<76}{:>10}{:>10}{:>10}", cells[0], cells[1], cells[2]);
        }
        let count = |wanted| self.0.values().flatten().filter(|outcome| **outcome == wanted).count();
        println!("{} stories, {} passed, {} failed", self.0.len(), count(Some(true)), count(Some(false)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test::Outcome;

    #[test]
    fn one_row_a_story_with_a_cell_an_engine() {
        let outcome =
            |group: &str, name: &str, passed| Outcome { group: group.to_owned(), name: name.to_owned(), passed };
        let matrix = Matrix::of(&Results(vec![
            outcome("browser", "chromium::two-tabs", true),
            outcome("browser", "webkitgtk::two-tabs", false),
            outcome("browser", "firefox::one-tab", true),
            outcome("unit", "chromium::not-a-story", true),
            outcome("browser", "no browser test is left out", false),
        ]));
        let rows: Vec<_> = matrix.0.iter().map(|(story, cells)| (story.as_str(), *cells)).collect();
        assert_eq!(rows, [("one-tab", [None, Some(true), None]), ("two-tabs", [Some(true), None, Some(false)])]);
    }
}
