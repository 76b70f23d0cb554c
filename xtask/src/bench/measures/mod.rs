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

/// Runs each trial of each SDK once a round, in another order every round, and keeps what it returns.
fn in_rounds(
    stage: &mut Stage,
    sdks: &[Sdk],
    series: &mut [Series],
    mut trial: impl FnMut(&mut Stage, usize, Sdk) -> Result<f64>,
) -> Result<()> {
    let mut trials: Vec<(usize, Sdk)> =
        (0..series.len()).flat_map(|number| sdks.iter().map(move |sdk| (number, *sdk))).collect();
    for round in 1..=stage.rounds {
        eprint!("\r  round {round} of {} ", stage.rounds);
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
