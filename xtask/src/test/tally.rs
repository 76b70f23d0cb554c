//! Counting: what runners report about their tests, and checks of our own as one test each.

use std::process::Command;

use anyhow::{Error, Result, anyhow};

use crate::process;

#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(super) passed: usize,
    pub(super) failed: usize,
    pub(super) ignored: usize,
    pub(crate) failures: Vec<String>,
    /// Every test by its name, and whether it passed.
    pub(super) tests: Vec<(String, bool)>,
}

impl Tally {
    /// One check of our own, one test.
    pub(crate) fn check(&mut self, name: &str, check: impl FnOnce() -> Result<()>) {
        match check() {
            Ok(()) => {
                self.passed += 1;
                self.tests.push((name.to_owned(), true));
                println!("test {name} ... ok");
            }
            Err(error) => self.fail(name, &error),
        }
    }

    pub(crate) fn fail(&mut self, name: &str, error: &Error) {
        self.failed += 1;
        self.failures.push(name.to_owned());
        self.tests.push((name.to_owned(), false));
        println!("test {name} ... FAILED\n{error:#}");
    }

    /// Runs a test runner (`cargo test` with libtest or libtest-mimic) and counts by what it prints.
    pub(crate) fn run_tests(&mut self, runner: &mut Command) -> Result<()> {
        let mut seen = Self::default();
        let status = process::run_seeing(runner, |line| seen.read(line))?;
        if !status.success() && seen.failed == 0 {
            seen.fail(&process::in_words(runner), &anyhow!("did not run to its end ({status})"));
        } else if status.success() && seen.is_empty() {
            seen.fail(&process::in_words(runner), &anyhow!("reported no test"));
        }
        self.add(seen);
        Ok(())
    }

    pub(super) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
        self.failures.extend(other.failures);
        self.tests.extend(other.tests);
    }

    pub(super) fn prefixed(mut self, group: &str) -> Self {
        for failure in &mut self.failures {
            failure.insert_str(0, &format!("{group}: "));
        }
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        self.passed + self.failed == 0
    }

    /// One line of a runner: `test NAME ... FAILED` or `test result: ok. 5 passed; 0 failed; …`.
    fn read(&mut self, line: &str) {
        if let Some(result) = line.strip_prefix("test result: ") {
            self.passed += count(result, "passed");
            self.failed += count(result, "failed");
            self.ignored += count(result, "ignored");
        } else if let Some((name, passed)) = named(line) {
            self.tests.push((name.to_owned(), passed));
            if !passed {
                self.failures.push(name.to_owned());
            }
        }
    }
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
    use super::*;

    fn tally_of(lines: &[&str]) -> Tally {
        let mut tally = Tally::default();
        lines.iter().for_each(|line| tally.read(line));
        tally
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
    fn names_what_failed() {
        let tally =
            tally_of(&["test a::b ... ok", "test c::d    ... FAILED", "test result: FAILED. 1 passed; 1 failed"]);
        assert_eq!(tally.failures, ["c::d"]);
        assert_eq!(tally.tests, [("a::b".to_owned(), true), ("c::d".to_owned(), false)]);
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

    #[test]
    fn a_runner_that_breaks_off_or_runs_nothing_has_failed() {
        for words in ["exit 3", "true", "echo 'test result: ok. 0 passed; 0 failed'"] {
            let mut tally = Tally::default();
            tally.run_tests(Command::new("sh").args(["-c", words])).unwrap();
            assert_eq!((tally.passed, tally.failed), (0, 1), "{words}");
        }
    }

    #[test]
    fn a_runner_that_breaks_off_after_a_good_binary_has_failed() {
        let mut tally = Tally::default();
        let words = "echo 'test result: ok. 4 passed; 0 failed'; exit 101";
        tally.run_tests(Command::new("sh").args(["-c", words])).unwrap();
        assert_eq!((tally.passed, tally.failed), (4, 1));
    }

    #[test]
    fn a_check_is_one_test() {
        let mut tally = Tally::default();
        tally.check("good", || Ok(()));
        tally.check("bad", || Err(anyhow!("no")));
        assert_eq!((tally.passed, tally.failed), (1, 1));
        assert_eq!(tally.prefixed("group").failures, ["group: bad"]);
    }
}
