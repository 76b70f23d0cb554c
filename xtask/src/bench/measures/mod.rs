//! What is measured, one file a measure, in the order of the page.

pub(super) mod callback;
pub(super) mod first_token;
pub(super) mod growth;
pub(super) mod hot;
pub(super) mod idle;
pub(super) mod requests;
pub(super) mod transfer;

use anyhow::Result;

use super::sdk::Sdk;
use super::series::Series;
use super::stage::Stage;
use super::targets;

/// What a measure found.
pub(super) struct Section {
    pub(super) title: &'static str,
    /// What was done, for the page.
    pub(super) about: String,
    pub(super) series: Vec<Series>,
    /// For the targets; the text has them in another form.
    pub(super) unlisted: Vec<Series>,
    /// Details that fit no column, as Markdown.
    pub(super) text: String,
}

/// What no target compares is measured in every third round, or the whole would take half an hour.
const SELDOM: usize = 3;

/// Runs each trial of each SDK once a round, in another order every round, and keeps what it returns.
fn in_rounds(
    stage: &mut Stage,
    sdks: &[Sdk],
    series: &mut [Series],
    mut trial: impl FnMut(&mut Stage, usize, Sdk) -> Result<f64>,
) -> Result<()> {
    let mut all = Vec::new();
    for (number, series) in series.iter().enumerate() {
        all.extend(sdks.iter().map(|sdk| (number, *sdk, targets::compares(&series.id, *sdk))));
    }
    for round in 1..=stage.rounds {
        eprint!("\r  round {round} of {} ", stage.rounds);
        let is_due = |compared: bool| compared || round % SELDOM == 1;
        let mut trials: Vec<(usize, Sdk)> =
            all.iter().filter(|(.., compared)| is_due(*compared)).map(|(number, sdk, _)| (*number, *sdk)).collect();
        stage.order.shuffle(&mut trials);
        for (number, sdk) in &trials {
            let Some(series) = series.get_mut(*number) else { continue };
            let what = format!("{} of {}", series.id, sdk.name());
            series.add(*sdk, stage.trying(&what, |stage| trial(stage, *number, *sdk))?);
        }
    }
    eprintln!();
    Ok(())
}
