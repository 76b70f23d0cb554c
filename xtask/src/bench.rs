//! `cargo xtask bench`: Keyward beside the published SDKs, in one run and browser.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::{Result, ensure};
use clap::ValueEnum;

use crate::project::Project;
use crate::test::{self, Tally};
use crate::{build, npm, process, tools};

mod chart;
mod child;
mod circumstances;
mod measures;
mod order;
mod report;
mod sdk;
mod series;
mod stage;
mod targets;
mod waterfall;
mod webdriver;

use measures::{Section, callback, first_token, growth, hot, idle, requests, transfer};
use report::Picture;
use sdk::{EVERYONE, Sdk};
use series::Series;
use stage::Stage;

/// Measure Keyward beside the published SDKs of its field, and write docs/benchmark.md with its charts.
///
/// The same browser, server and provider for all, in rounds whose order is shuffled. The whole takes under fifteen minutes;
/// leave the machine alone meanwhile.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Measure this only; may be given several times. Prints the tables and leaves docs/ alone.
    #[arg(long, value_name = "MEASURE", value_enum)]
    only: Vec<Measure>,
    /// How many rounds.
    #[arg(long, value_name = "N", default_value_t = 15, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// Measure Keyward beside this SDK only; may be given several times. Leaves docs/ alone, too.
    #[arg(long, value_name = "SDK")]
    beside: Vec<String>,
    /// What CI does: a few measures in three rounds, failing only where Keyward has become grossly worse.
    #[arg(long, conflicts_with_all = ["only", "rounds", "beside"])]
    reduced: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Measure {
    /// Navigation to the first token, and to "signed out".
    FirstToken,
    /// Authorization response to the first token.
    Callback,
    /// Calls for a token that is valid.
    Hot,
    /// Bytes before the first token, and in all.
    Transfer,
    /// Requests at a page load, a sign-in, and of eight tabs over ten expiries.
    Requests,
    /// Start, call and refresh with more sessions, larger ID tokens, more tabs.
    Growth,
    /// Memory, memory after many refreshes, wake-ups.
    Idle,
}

pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    if args.reduced {
        return test::bench(project);
    }
    for name in &args.beside {
        let names = EVERYONE.map(Sdk::name).join(", ");
        ensure!(EVERYONE.iter().any(|sdk| sdk.name() == name), "there is no SDK {name} among {names}");
    }
    let beside = |sdk: &Sdk| args.beside.is_empty() || args.beside.iter().any(|name| name == sdk.name());
    let sdks: Vec<Sdk> = EVERYONE.into_iter().filter(|sdk| *sdk == Sdk::Keyward || beside(sdk)).collect();
    let mut stage = open(project, &sdks, args.rounds.into())?;
    let sdks = stage.able(sdks)?;
    let seed = stage.order.seed();
    let began = Instant::now();
    let mut sections = Vec::new();
    for measure in Measure::value_variants() {
        if args.only.is_empty() || args.only.contains(measure) {
            let started = Instant::now();
            let section = measure.run(&mut stage, &sdks)?;
            eprintln!("  {} s", started.elapsed().as_secs());
            show(&section)?;
            sections.push((*measure, section));
        }
    }
    let targets = targets::judge(sections.iter().map(|(_, section)| section));
    for target in &targets {
        println!("{:<60}{:>14}{:>10}", target.what, target.aim, target.measured);
    }
    if !args.only.is_empty() || !args.beside.is_empty() {
        return Ok(());
    }
    let traces = first_token::traces(&mut stage)?;
    let about = circumstances::note(project, &mut stage, &sdks, seed, began.elapsed().as_secs().div_ceil(60))?;
    let mut illustrated = Vec::new();
    for (measure, section) in sections {
        let mut pictures = measure.chart(&section)?;
        if measure == Measure::FirstToken {
            pictures.extend(waterfall::pictures(&traces)?);
        }
        illustrated.push((section, pictures));
    }
    for picture in illustrated.iter().flat_map(|(_, pictures)| pictures) {
        fs::create_dir_all(project.path("docs/images"))?;
        fs::write(project.path("docs/images").join(&picture.file), &picture.svg)?;
    }
    let page = project.path("docs/benchmark.md");
    fs::write(&page, report::page(&about, &illustrated, &targets)?)?;
    println!("{} is written", project.shown(&page));
    Ok(())
}

/// The group `bench` of `cargo xtask test`.
pub(crate) fn reduced(project: &Project, tally: &mut Tally) -> Result<()> {
    let sdks = [Sdk::Keyward, Sdk::OidcClientTs];
    let mut stage = open(project, &sdks, 3)?;
    let sections = [
        first_token::measure(&mut stage, &sdks, first_token::REDUCED)?,
        callback::measure(&mut stage, &sdks)?,
        hot::measure(&mut stage, &sdks)?,
        transfer::measure(&mut stage, &sdks)?,
        requests::measure(&mut stage, &[Sdk::Keyward])?,
    ];
    for section in &sections {
        show(section)?;
    }
    for target in targets::judge(sections.iter()) {
        tally.check(&format!("{} is within bounds", target.what), || {
            ensure!(!target.gross, "{}, grossly more than the aim of {}", target.measured, target.aim);
            Ok(())
        });
    }
    Ok(())
}

fn show(section: &Section) -> Result<()> {
    let mut text = format!("\n{}\n\n", section.title);
    for group in section.series.chunks(4) {
        report::table(&mut text, group)?;
    }
    text.push_str(&section.text);
    println!("{text}");
    Ok(())
}

impl Measure {
    fn name(self) -> String {
        self.to_possible_value().map(|it| it.get_name().to_owned()).unwrap_or_default()
    }

    fn run(self, stage: &mut Stage, sdks: &[Sdk]) -> Result<Section> {
        eprintln!("Measuring: {}", self.name());
        match self {
            Measure::FirstToken => first_token::measure(stage, sdks, first_token::all()),
            Measure::Callback => callback::measure(stage, sdks),
            Measure::Hot => hot::measure(stage, sdks),
            Measure::Transfer => transfer::measure(stage, sdks),
            Measure::Requests => requests::measure(stage, sdks),
            Measure::Growth => growth::measure(stage, sdks),
            Measure::Idle => idle::measure(stage, sdks),
        }
    }

    /// The series that a chart shows best.
    fn chart(self, section: &Section) -> Result<Vec<Picture>> {
        let shown: &[&str] = match self {
            Measure::FirstToken => {
                &["first-token/slow-4g/cold", "first-token/loopback/warm", "signed-out/slow-4g/cold"]
            }
            Measure::Callback => &["callback/slow-4g/warm", "callback/slow-4g/cold"],
            Measure::Hot => &["hot/sequence"],
            Measure::Transfer => &["transfer/before/brotli", "transfer/all/brotli"],
            Measure::Requests => &["requests/expiries"],
            Measure::Growth => return Ok(Vec::new()),
            Measure::Idle => &["idle/memory", "idle/wake-ups/visible"],
        };
        let series: Vec<&Series> =
            shown.iter().filter_map(|id| section.series.iter().find(|it| it.id == *id)).collect();
        let svg = chart::bars(&series)?;
        Ok(vec![Picture { file: format!("bench-{}.svg", self.name()), shows: section.title.to_owned(), svg }])
    }
}

/// The package, an app of each SDK as a bundler makes it, and the browsers.
fn open(project: &Project, sdks: &[Sdk], rounds: usize) -> Result<Stage> {
    tools::chromium()?;
    build::package(project)?;
    let folder = npm::install(project, "tests/bench")?;
    let built: PathBuf = project.path("target/bench/apps");
    eprintln!("Building the measured apps");
    let mut bundle = Command::new("node");
    bundle.arg(folder.join("build.mjs")).arg(&built).args(sdks.iter().map(|sdk| sdk.name()));
    process::run(&mut bundle)?;
    Stage::open(&folder, &built, rounds)
}
