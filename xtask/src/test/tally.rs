//! Counting: what runners report about their tests, and checks of our own as one test each.

use std::process::Command;

use anyhow::{Error, Result, anyhow};

use super::runner::Report;
use crate::process;

#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(super) passed: usize,
    pub(super) failed: usize,
    pub(super) ignored: usize,
    pub(crate) failures: Vec<Told>,
    /// Those that passed at the second run only.
    pub(super) unstable: Vec<Told>,
    /// What ran in part only, and how to run the whole.
    pub(super) notes: Vec<String>,
    /// Every test by its name, and whether it passed.
    pub(super) tests: Vec<(String, bool)>,
}

/// So much of a reason goes into the summary; the whole of it stands further up.
pub(super) const LINES: usize = 12;
pub(super) const CHARACTERS: usize = 240;

/// A test, and the beginning of what it says about its failure.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Told {
    pub(crate) name: String,
    pub(super) reason: String,
}

impl Told {
    pub(super) fn about(name: &str) -> Self {
        Self { name: name.to_owned(), reason: String::new() }
    }

    pub(super) fn add(&mut self, line: &str) {
        if line.is_empty() || self.reason.lines().count() >= LINES {
            return;
        }
        self.reason.extend(line.chars().take(CHARACTERS));
        self.reason.push('\n');
    }
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
        let mut told = Told::about(name);
        format!("{error:#}").lines().for_each(|line| told.add(line));
        self.failures.push(told);
        self.tests.push((name.to_owned(), false));
        println!("test {name} ... FAILED\n{error:#}");
    }

    /// Says in the summary what ran in part only, and how to run the whole.
    pub(crate) fn note(&mut self, part: &str) {
        self.notes.push(part.to_owned());
    }

    /// Runs a test runner (`cargo test` with libtest or libtest-mimic) and counts by what it prints.
    pub(crate) fn run_tests(&mut self, runner: &mut Command) -> Result<()> {
        let mut report = Report::default();
        let status = process::run_seeing(runner, |line| report.read(line))?;
        let mut seen = report.into_tally();
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
        self.unstable.extend(other.unstable);
        self.tests.extend(other.tests);
        self.notes.extend(other.notes);
    }

    pub(super) fn prefixed(mut self, group: &str) -> Self {
        for note in &mut self.notes {
            note.insert_str(0, &format!("{group}: "));
        }
        for told in self.failures.iter_mut().chain(&mut self.unstable) {
            told.name.insert_str(0, &format!("{group}: "));
        }
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        self.passed + self.failed == 0
    }

    /// What ran in part, what was unstable, and what failed and why, for the end of everything.
    pub(super) fn tell_failures(&self) {
        self.notes.iter().for_each(|note| println!("IN PART {note}"));
        for (word, told) in [("UNSTABLE", &self.unstable), ("FAILED", &self.failures)] {
            for Told { name, reason } in told {
                println!("{word} {name}");
                reason.lines().for_each(|line| println!("    {line}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let bad = Told { name: "group: bad".to_owned(), reason: "no\n".to_owned() };
        assert_eq!(tally.prefixed("group").failures, [bad]);
    }
}
