//! Requirement, tests, result: one row a number.

use anyhow::{Result, ensure};

use super::stories::Stories;
use crate::test::{Outcome, Results};

/// The columns for the places that tests are in. A group of `cargo xtask test` that is not here counts as the last.
const PLACES: [&str; 6] = ["unit", "simulation", "hostile", "vectors", "browser", "other"];

pub(super) struct Table(Vec<Row>);

struct Row {
    number: String,
    title: String,
    tests: Vec<Outcome>,
}

impl Table {
    pub(super) fn of(requirements: &str, results: &Results, stories: &Stories) -> Self {
        let row = |(number, title): (&str, &str)| {
            let carries = |test: &&Outcome| {
                let of_story = stories.numbers(&test.name).iter().map(String::as_str);
                numbers(&test.name).chain(of_story).any(|carried| carried.eq_ignore_ascii_case(number))
            };
            let tests = results.0.iter().filter(carries).cloned().collect();
            Row { number: number.to_owned(), title: title.to_owned(), tests }
        };
        Table(requirements.lines().filter_map(requirement).map(row).collect())
    }

    pub(super) fn choose(&mut self, only: &[String]) {
        let only: Vec<String> = only.iter().map(|name| name.to_ascii_uppercase()).collect();
        self.0.retain(|row| only.is_empty() || only.iter().any(|name| row.is_of(name)));
    }

    pub(super) fn print(&self, every_test: bool) {
        print!("{:<5}", "");
        PLACES.iter().for_each(|place| print!("{place:>11}"));
        println!("{:>9}{:>8}", "passed", "failed");
        for row in &self.0 {
            print!("{:<5}", row.number);
            for place in PLACES {
                let count = row.tests.iter().filter(|test| place_of(test) == place).count();
                print!("{:>11}", if count == 0 { String::new() } else { count.to_string() });
            }
            let failed = row.failed().count();
            println!("{:>9}{failed:>8}  {}", row.tests.len() - failed, beginning(&row.title));
            if every_test {
                for test in &row.tests {
                    println!("       {} {}", if test.passed { "ok    " } else { "FAILED" }, test.name);
                }
            }
        }
    }

    /// `proven`: letters and numbers that must have tests.
    pub(super) fn judge(&self, proven: &[&str]) -> Result<()> {
        ensure!(!self.0.is_empty(), "no numbered requirement was found");
        let names = |rows: Vec<&Row>| rows.iter().map(|row| row.number.as_str()).collect::<Vec<_>>().join(", ");
        let failing = self.0.iter().filter(|row| row.failed().next().is_some()).collect::<Vec<_>>();
        ensure!(failing.is_empty(), "tests fail of {}", names(failing));
        let must = |row: &&Row| proven.iter().any(|name| row.is_of(name));
        let unproven = self.0.iter().filter(must).filter(|row| row.tests.is_empty()).collect::<Vec<_>>();
        ensure!(unproven.is_empty(), "no test carries the number of {}", names(unproven));
        println!(
            "{} requirements must have tests, have some, and all of those pass",
            self.0.iter().filter(must).count()
        );
        Ok(())
    }
}

impl Row {
    fn failed(&self) -> impl Iterator<Item = &Outcome> {
        self.tests.iter().filter(|test| !test.passed)
    }

    /// Whether this is the number, or one of the letter.
    fn is_of(&self, name: &str) -> bool {
        self.number == name || name.len() == 1 && self.number.starts_with(name)
    }
}

/// The number and the text of a line like `- A1 Code flow ...`.
fn requirement(line: &str) -> Option<(&str, &str)> {
    let (number, text) = line.strip_prefix("- ")?.split_once(' ')?;
    is_number(&number.to_ascii_lowercase()).then_some((number, text))
}

/// The numbers that the name of a test begins with: A1 and A2 in `module::tests::a1_a2_state_is_sent`.
fn numbers(test: &str) -> impl Iterator<Item = &str> {
    let name = test.rsplit("::").next().unwrap_or(test);
    name.split(['_', '-', ' ']).take_while(|word| is_number(word))
}

/// A letter, digits, and perhaps another letter: `a1`, `e8a`.
fn is_number(word: &str) -> bool {
    let digits = word.strip_prefix(|letter: char| letter.is_ascii_lowercase()).unwrap_or_default();
    let digits = digits.strip_suffix(|letter: char| letter.is_ascii_lowercase()).unwrap_or(digits);
    !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit())
}

fn place_of(test: &Outcome) -> &'static str {
    let place = match test.group.as_str() {
        // The misbehaving provider's are a list without modules.
        "hostile" if test.name.contains("::") => "vectors",
        group => group,
    };
    PLACES.iter().find(|known| **known == place).copied().unwrap_or("other")
}

fn beginning(title: &str) -> String {
    const ENOUGH: usize = 48;
    let short: String = title.chars().take(ENOUGH).collect();
    if short.len() < title.len() { short + "..." } else { short }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "# Title\n- A1 Code flow.\n- A2 `state`.\n- E8a A page.\n- not a number\n  - B1 nested\n- J1 Errors\n";

    fn outcome(group: &str, name: &str, passed: bool) -> Outcome {
        Outcome { group: group.to_owned(), name: name.to_owned(), passed }
    }

    fn table(tests: Vec<Outcome>) -> Table {
        Table::of(TEXT, &Results(tests), &Stories::default())
    }

    #[test]
    fn one_row_a_number_with_the_tests_that_carry_it() {
        let table = table(vec![
            outcome("unit", "protocol::pkce::tests::a1_a2_both", true),
            outcome("hostile", "a2_state_missing", true),
            outcome("hostile", "a23_nothing", true),
            outcome("package", "e8a no writes", true),
            outcome("unit", "protocol::x::tests::the_a1_is_elsewhere", true),
        ]);
        let counts: Vec<_> = table.0.iter().map(|row| (row.number.as_str(), row.tests.len())).collect();
        assert_eq!(counts, [("A1", 1), ("A2", 2), ("E8a", 1), ("J1", 0)]);
    }

    #[test]
    fn a_failing_test_fails_and_so_does_a_number_without_tests() {
        let tests = |a2: bool| vec![outcome("unit", "protocol::a1_x", true), outcome("hostile", "a2_y", a2)];
        assert!(table(tests(true)).judge(&["A"]).is_ok());
        assert!(table(tests(true)).judge(&["A1", "J"]).unwrap_err().to_string().ends_with("of J1"));
        assert!(table(tests(false)).judge(&[]).unwrap_err().to_string().ends_with("of A2"));
        assert!(Table::of("", &Results(tests(true)), &Stories::default()).judge(&[]).is_err(), "nothing was read");
    }

    #[test]
    fn tests_are_where_their_names_say() {
        let place = |group, name| place_of(&outcome(group, name, true));
        assert_eq!(place("unit", "protocol::pkce::tests::a1_x"), "unit");
        assert_eq!(place("simulation", "two_tabs_refresh_once::e2_x"), "simulation");
        assert_eq!(place("hostile", "a5_x"), "hostile");
        assert_eq!(place("hostile", "published::d3_x"), "vectors");
        assert_eq!(place("browser", "chromium::i1-x"), "browser");
        assert_eq!(place("package", "i5 npm x"), "other");
    }

    #[test]
    fn a_letter_or_a_number_chooses() {
        let mut table = table(Vec::new());
        table.choose(&["a".to_owned(), "e8A".to_owned()]);
        assert_eq!(table.0.iter().map(|row| row.number.as_str()).collect::<Vec<_>>(), ["A1", "A2"]);
    }
}
