//! The page that the bench writes: docs/benchmark.md.

use std::fmt::Write as _;

use super::measures::Section;
use super::sdk::{EVERYONE, Sdk};
use super::series::Series;
use super::targets::Judged;

/// What the numbers were taken with.
pub(super) struct Circumstances {
    pub(super) date: String,
    pub(super) machine: String,
    pub(super) browser: String,
    pub(super) rounds: usize,
    pub(super) seed: u64,
    /// Each SDK's version.
    pub(super) versions: Vec<(Sdk, String)>,
    /// Who is not measured, and why.
    pub(super) unable: Vec<(Sdk, String)>,
    /// Trials that were repeated.
    pub(super) repeated: Vec<String>,
    pub(super) minutes: u64,
}

/// A picture of the page: its file in docs/images and what it shows.
pub(super) struct Picture {
    pub(super) file: String,
    pub(super) shows: String,
    pub(super) svg: String,
}

pub(super) fn page(
    about: &Circumstances,
    sections: &[(Section, Vec<Picture>)],
    targets: &[Judged],
) -> Result<String, std::fmt::Error> {
    let mut page = String::new();
    writeln!(page, "# Benchmark\n")?;
    writeln!(
        page,
        "Keyward beside the published SDKs of its field: one run, one browser, one server, one local provider that answers at \
         once, {} rounds whose order is shuffled (what no target compares: every third round). This page and its pictures are written by `cargo xtask bench`; run it to \
         see what your machine says. Less is better everywhere.\n",
        about.rounds
    )?;
    writeln!(page, "| | |\n|---|---|")?;
    writeln!(page, "| date | {} |\n| machine | {} |\n| browser | {} |", about.date, about.machine, about.browser)?;
    writeln!(page, "| rounds | {}, seed {}, {} minutes in all |", about.rounds, about.seed, about.minutes)?;
    for (sdk, version) in &about.versions {
        writeln!(page, "| {} {version} | {} |", sdk.package(), sdk.set_up())?;
    }
    writeln!(
        page,
        "\nEach SDK has an app of its own, the same page around it, and an origin of its own at the same server, which sends \
         everything in brotli and lets the browser keep all but the page. There are no preload hints for anybody but those that \
         the bundler makes. Sessions are made by each SDK's own sign-in. The adapters are in [tests/bench/sdk](../tests/bench/sdk). \
         A number is the median; in parentheses are the quartiles. A table's last rows are Keyward's median as a multiple of \
         the best of the others, and of oidc-client-ts.\n"
    )?;
    for (sdk, reason) in &about.unable {
        writeln!(page, "{} is not measured: {reason}.\n", sdk.package())?;
    }
    targets_table(&mut page, targets)?;
    for (section, pictures) in sections {
        writeln!(page, "## {}\n\n{}\n", section.title, section.about)?;
        for picture in pictures {
            writeln!(page, "![{}](images/{})\n", picture.shows, picture.file)?;
        }
        for group in section.series.chunks(COLUMNS) {
            table(&mut page, group)?;
        }
        if !section.text.is_empty() {
            writeln!(page, "{}", section.text)?;
        }
    }
    if !about.repeated.is_empty() {
        writeln!(page, "## Repeated\n\nTrials that failed once and were measured again:\n")?;
        for trial in &about.repeated {
            writeln!(page, "- {trial}")?;
        }
    }
    Ok(page)
}

/// More columns than this are hard to read.
const COLUMNS: usize = 4;

fn targets_table(page: &mut String, targets: &[Judged]) -> std::fmt::Result {
    if targets.is_empty() {
        return Ok(());
    }
    writeln!(page, "## Targets\n\n| what | aim | measured | |\n|---|---:|---:|---|")?;
    for target in targets {
        let met = if target.met { "met" } else { "**missed**" };
        writeln!(page, "| {} | {} | {} | {met} |", target.what, target.aim, target.measured)?;
    }
    writeln!(page)
}

pub(super) fn table(page: &mut String, series: &[Series]) -> std::fmt::Result {
    write!(page, "| |")?;
    for it in series {
        write!(page, " {}{} |", it.title, if it.unit.is_empty() { String::new() } else { format!(", {}", it.unit) })?;
    }
    writeln!(page, "\n|---|{}", "---:|".repeat(series.len()))?;
    for sdk in EVERYONE {
        if series.iter().all(|it| it.of(sdk).is_none()) {
            continue;
        }
        write!(page, "| {} |", if sdk == Sdk::Keyward { "**Keyward**" } else { sdk.package() })?;
        for it in series {
            write!(page, " {} |", cell(it, sdk))?;
        }
        writeln!(page)?;
    }
    if series.iter().any(|it| it.best_peer().is_some()) {
        row(page, "to the best", series, |it| {
            let (peer, _) = it.best_peer()?;
            Some(format!("{} of {}", ratio(it.ratio_to(peer)?), peer.package()))
        })?;
        row(page, "to oidc-client-ts", series, |it| it.ratio_to(Sdk::OidcClientTs).map(ratio))?;
    }
    writeln!(page)
}

fn row(page: &mut String, head: &str, series: &[Series], what: impl Fn(&Series) -> Option<String>) -> std::fmt::Result {
    write!(page, "| *{head}* |")?;
    for it in series {
        write!(page, " {} |", what(it).unwrap_or_default())?;
    }
    writeln!(page)
}

fn cell(series: &Series, sdk: Sdk) -> String {
    let Some(spread) = series.of(sdk) else { return String::from("–") };
    let median = number(spread.median);
    if spread.lower == spread.upper {
        return median;
    }
    format!("{median} ({}–{})", number(spread.lower), number(spread.upper))
}

/// Three digits say all that such a measure can.
pub(super) fn number(value: f64) -> String {
    match value.abs() {
        large if large >= 99.5 => format!("{value:.0}"),
        middle if middle >= 9.95 => format!("{value:.1}"),
        whole if whole.fract() == 0.0 => format!("{value:.0}"),
        _ => format!("{value:.2}"),
    }
}

pub(super) fn ratio(value: f64) -> String {
    format!("{value:.2}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_a_row_of_each_sdk_that_was_measured_and_the_ratios() {
        let mut series = Series::new("a", "cold", "ms");
        [100.0, 110.0, 120.0].iter().for_each(|it| series.add(Sdk::Keyward, *it));
        series.add(Sdk::OidcClientTs, 220.0);
        let mut page = String::new();
        table(&mut page, &[series]).unwrap();
        let rows: Vec<&str> = page.lines().collect();
        assert_eq!(rows[0], "| | cold, ms |");
        assert_eq!(rows[2], "| **Keyward** | 110 (105–115) |");
        assert_eq!(rows[3], "| oidc-client-ts | 220 |");
        assert_eq!(rows[4], "| *to the best* | 0.50 of oidc-client-ts |");
        assert_eq!(rows[5], "| *to oidc-client-ts* | 0.50 |");
    }

    #[test]
    fn numbers_have_three_digits() {
        let shown: Vec<String> = [1234.5, 99.9, 12.34, 1.234, 5.0, 0.0].map(number).into();
        assert_eq!(shown, ["1234", "100", "12.3", "1.23", "5", "0"]);
    }
}
