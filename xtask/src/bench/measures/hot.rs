//! `getAccessToken`, or what each SDK calls it, while the token is valid.

use anyhow::{Context, Result};

use super::{Section, in_rounds};
use crate::bench::sdk::Sdk;
use crate::bench::series::Series;
use crate::bench::stage::{Cache, Conditions, Network, Stage};

const VISITOR: &str = "busy";

pub(crate) fn measure(stage: &mut Stage, sdks: &[Sdk]) -> Result<Section> {
    let sdks: Vec<Sdk> = sdks.iter().copied().filter(|sdk| sdk.keeps_sessions()).collect();
    for sdk in &sdks {
        stage.trying(&format!("signing in with {}", sdk.name()), |stage| {
            stage.sign_in(Cache::Warm, *sdk, VISITOR, "ada")
        })?;
    }
    let mut series = [
        Series::new("hot/sequence", "one after another", "µs"),
        Series::new("hot/at-once", "1,000 at once, each", "µs"),
    ];
    in_rounds(stage, &sdks, &mut series, |stage, number, sdk| {
        let origin = stage.origin(sdk, VISITOR)?;
        stage.load(&origin, Conditions { cache: Cache::Warm, network: Network::Loopback, slowdown: 1 })?;
        let browser = stage.browser(Cache::Warm);
        // What an SDK does after the first token is done by then.
        let script = if number == 0 { "bench.hot()" } else { "bench.atOnce()" };
        let took =
            browser.run(&format!("await new Promise((done) => setTimeout(done, 300)); return await {script}"))?;
        took.as_f64().context("the page named no time")
    })?;
    Ok(Section {
        title: "A token at hand",
        about: String::from(
            "Microseconds of one call for an access token that is valid: awaited one after another, and a thousand called \
             before the first is awaited.",
        ),
        series: series.into(),
        unlisted: Vec::new(),
        text: String::new(),
    })
}
