//! Reading what a runner (libtest or libtest-mimic) prints: how many tests there were, which failed, and why.

use super::Tally;
use super::tally::Told;

/// What a runner has printed so far.
#[derive(Default)]
pub(super) struct Report {
    tally: Tally,
    /// Whose reasons the lines are.
    about: Option<Told>,
    reasons: Vec<Told>,
}

impl Report {
    pub(super) fn read(&mut self, line: &str) {
        if let Some(result) = line.strip_prefix("test result: ") {
            self.tally.passed += count(result, "passed");
            self.tally.failed += count(result, "failed");
            self.tally.ignored += count(result, "ignored");
            self.reasons.extend(self.about.take());
        } else if let Some(name) = section(line) {
            self.reasons.extend(self.about.take());
            self.about = Some(Told::about(name));
        } else if line == "failures:" {
            self.reasons.extend(self.about.take());
        } else if let Some(part) = line.strip_prefix("in part: ") {
            self.tally.note(part);
        } else if let Some(about) = &mut self.about {
            about.add(line);
        } else if let Some(name) = line.strip_prefix("unstable ") {
            self.tally.unstable.push(Told::about(name));
        } else if let Some((name, passed)) = named(line) {
            self.tally.tests.push((name.to_owned(), passed));
            if !passed {
                self.tally.failures.push(Told::about(name));
            }
        }
    }

    pub(super) fn into_tally(mut self) -> Tally {
        self.reasons.extend(self.about.take());
        for told in self.tally.failures.iter_mut().chain(&mut self.tally.unstable) {
            if let Some(it) = self.reasons.iter().find(|it| it.name == told.name) {
                told.reason.clone_from(&it.reason);
            }
        }
        self.tally
    }
}

/// A test's name in `---- NAME ----` or `---- NAME stdout ----`.
fn section(line: &str) -> Option<&str> {
    let name = line.strip_prefix("---- ")?.strip_suffix(" ----")?;
    Some(name.strip_suffix(" stdout").unwrap_or(name))
}

/// A test's name and whether it passed, in `test NAME ... ok`.
fn named(line: &str) -> Option<(&str, bool)> {
    let (name, result) = line.strip_prefix("test ")?.rsplit_once(" ... ")?;
    let passed = result == "ok";
    (passed || result == "FAILED").then_some((name.trim_end(), passed))
}

/// The number before a word: 5 in `ok. 5 passed; 0 failed`.
fn count(result: &str, what: &str) -> usize {
    let words: Vec<&str> = result.split([' ', ';']).filter(|word| !word.is_empty()).collect();
    let number = words.iter().position(|word| *word == what).and_then(|at| words.get(at.checked_sub(1)?));
    number.and_then(|number| number.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::tally::{CHARACTERS, LINES};
    use super::*;

    fn tally_of(lines: &[&str]) -> Tally {
        let mut report = Report::default();
        lines.iter().for_each(|line| report.read(line));
        report.into_tally()
    }

    fn told(name: &str, reason: &str) -> Told {
        Told { name: name.to_owned(), reason: reason.to_owned() }
    }

    #[test]
    fn adds_the_results_of_every_binary() {
        let tally = tally_of(&[
            "running 5 tests",
            "test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s",
            "test result: FAILED. 12 passed; 2 failed; 0 ignored; 0 measured; 3 filtered out; finished in 1.50s",
        ]);
        assert_eq!((tally.passed, tally.failed, tally.ignored), (17, 2, 1));
    }

    #[test]
    fn what_ran_in_part_is_noted() {
        let tally = tally_of(&["---- a story ----", "a reason", "in part: one third of the stories"]);
        assert_eq!(tally.notes, ["one third of the stories"]);
    }

    #[test]
    fn names_what_failed_and_says_why() {
        let tally = tally_of(&[
            "test a::b ... ok",
            "test c::d    ... FAILED",
            "test e ... FAILED",
            "failures:",
            "",
            "---- c::d stdout ----",
            "at src/c.rs:12: left is not right",
            "---- e ----",
            "the provider received",
            "",
            "nothing",
            "",
            "failures:",
            "    c::d",
            "    e",
            "test result: FAILED. 1 passed; 2 failed",
        ]);
        assert_eq!(
            tally.failures,
            [told("c::d", "at src/c.rs:12: left is not right\n"), told("e", "the provider received\nnothing\n")]
        );
        let names: Vec<(&str, bool)> = tally.tests.iter().map(|(name, passed)| (&**name, *passed)).collect();
        assert_eq!(names, [("a::b", true), ("c::d", false), ("e", false)]);
    }

    #[test]
    fn names_what_passed_at_the_second_run_only() {
        let tally = tally_of(&[
            "test a ... ok",
            "test result: ok. 1 passed; 0 failed",
            "unstable a",
            "---- a ----",
            "it took longer than 300 s",
        ]);
        assert_eq!((tally.passed, tally.failed), (1, 0));
        assert_eq!(tally.unstable, [told("a", "it took longer than 300 s\n")]);
    }

    #[test]
    fn a_long_story_is_cut() {
        let line = "x".repeat(10 * CHARACTERS);
        let lines = [["---- a ----"].as_slice(), &[line.as_str(); 2 * LINES], &["test a ... FAILED"]].concat();
        let mut report = Report::default();
        lines.iter().for_each(|line| report.read(line));
        assert_eq!(report.about.unwrap().reason.len(), LINES * (CHARACTERS + 1));
    }

    #[test]
    fn what_was_left_out_is_no_result() {
        let tally = tally_of(&["test a ... ignored", "test b has been running for over 60 seconds", "test c ... ok"]);
        assert_eq!(tally.tests, [("c".to_owned(), true)]);
    }

    #[test]
    fn words_of_a_test_are_no_result() {
        let tally = tally_of(&["3 passed; 4 failed", "he said: test result: ok. 9 passed", "test result: nonsense"]);
        assert!(tally.is_empty());
    }
}
