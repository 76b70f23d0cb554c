//! What a start, a call and a refresh cost as there are more sessions, larger ID tokens, more tabs.

use std::fmt::Write as _;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::Section;
use crate::bench::report::number;
use crate::bench::sdk::Sdk;
use crate::bench::series::{Series, Spread};
use crate::bench::stage::{Cache, Conditions, Network, Stage};

const REPEATS: usize = 5;
const MEASURED: [Sdk; 3] = [Sdk::Keyward, Sdk::OidcClientTs, Sdk::Auth0];

/// The sizes of a kind of growth.
type Sizes = [usize; 3];

const WHATS: [(&str, &str); 3] = [("start", "start, ms"), ("hot", "a token at hand, µs"), ("refresh", "refresh, ms")];

pub(crate) fn measure(stage: &mut Stage, sdks: &[Sdk]) -> Result<Section> {
    let sdks: Vec<Sdk> = MEASURED.into_iter().filter(|sdk| sdks.contains(sdk)).collect();
    let mut found = Findings::default();
    // Only Keyward keeps several sessions in one instance.
    eprintln!("  sessions");
    found.kind(stage, "sessions", "sessions", [1, 10, 100], &[Sdk::Keyward], |stage, sdk, count| {
        let visitor = format!("accounts-{count}");
        for number in 1..=count {
            stage.trying("one more session", |stage| {
                stage.sign_in(Cache::Warm, sdk, &visitor, &format!("user-{number}"))
            })?;
        }
        repeated(stage, sdk, &visitor)
    })?;
    eprintln!("  ID tokens");
    found.kind(stage, "pad", "kB of ID token", [1, 10, 100], &sdks, |stage, sdk, kilo| {
        let visitor = format!("padded-{kilo}");
        stage.control("set", &json!({ "pad": (kilo - 1) * 750 }))?;
        let measured = stage
            .trying("a large ID token", |stage| stage.sign_in(Cache::Warm, sdk, &visitor, "ada"))
            .and_then(|()| repeated(stage, sdk, &visitor));
        stage.control("set", &json!({ "pad": 0 }))?;
        measured
    })?;
    eprintln!("  tabs");
    found.kind(stage, "tabs", "tabs", [1, 8, 32], &sdks, |stage, sdk, count| {
        stage.trying("signing in", |stage| stage.sign_in(Cache::Warm, sdk, "crowd", "ada"))?;
        let origin = stage.origin(sdk, "crowd")?;
        let browser = stage.browser(Cache::Warm);
        let first = browser.current_tab();
        for _ in 1..count {
            browser.open_tab("tab")?;
            browser.navigate(&origin)?;
        }
        browser.switch_to(&first)?;
        let measured = repeated(stage, sdk, "crowd");
        stage.browser(Cache::Warm).close_all_but(&first)?;
        measured
    })?;
    Ok(Section {
        title: "As the work grows",
        about: String::from(
            "On loopback with a warm cache: the time from the navigation to a token, of one call for a valid token, and of one \
             refresh; medians of five. The last column is the largest as a multiple of the smallest.",
        ),
        series: Vec::new(),
        unlisted: found.ratios,
        text: found.text,
    })
}

#[derive(Default)]
struct Findings {
    ratios: Vec<Series>,
    text: String,
}

impl Findings {
    /// Measures each size with each SDK, and writes a table.
    fn kind(
        &mut self,
        stage: &mut Stage,
        id: &str,
        unit: &str,
        sizes: Sizes,
        sdks: &[Sdk],
        mut measure: impl FnMut(&mut Stage, Sdk, usize) -> Result<[f64; 3]>,
    ) -> Result<()> {
        let [one, some, many] = sizes;
        let mut table =
            format!("| | | {one} | {some} | {many} {unit} | {many} to {one} |\n|---|---|---:|---:|---:|---:|\n");
        let mut ratios = WHATS.map(|(what, words)| {
            let what = format!("growth/{id}/{what}");
            Series::new(what, format!("{words}: {many} {unit} to {one}"), "")
        });
        for sdk in sdks {
            let mut measured = Vec::new();
            for size in sizes {
                let what = format!("{} with {size} {unit}", sdk.name());
                measured.push(measure(stage, *sdk, size).with_context(|| what)?);
            }
            for ((_, words), (number_of, ratios)) in WHATS.iter().zip((0..).zip(&mut ratios)) {
                let values: Vec<f64> = measured.iter().filter_map(|it| it.get::<usize>(number_of).copied()).collect();
                let [first, .., last] = values[..] else { continue };
                let cells: Vec<String> = values.iter().map(|value| number(*value)).collect();
                let name = sdk.package();
                writeln!(table, "| {name} | {words} | {} | {:.2} |", cells.join(" | "), last / first)?;
                ratios.add(*sdk, last / first);
            }
        }
        self.ratios.extend(ratios);
        self.text.push_str(&table);
        self.text.push('\n');
        Ok(())
    }
}

/// Start, hot call and refresh of a visitor: medians.
fn repeated(stage: &mut Stage, sdk: Sdk, visitor: &str) -> Result<[f64; 3]> {
    let origin = stage.origin(sdk, visitor)?;
    let mut samples: [Vec<f64>; 3] = Default::default();
    for _ in 0..REPEATS {
        let measured = stage.trying(&format!("growth of {}", sdk.name()), |stage| {
            let loaded =
                stage.load(&origin, Conditions { cache: Cache::Warm, network: Network::Loopback, slowdown: 1 })?;
            ensure!(loaded.token.is_some(), "no token at a page load");
            let browser = stage.browser(Cache::Warm);
            let hot = browser.run("await new Promise((done) => setTimeout(done, 200)); return await bench.hot()")?;
            let refresh = browser.run("return await bench.refreshes(5)")?;
            let number = |value: serde_json::Value| value.as_f64().context("the page named no time");
            Ok([loaded.at, number(hot)?, number(refresh)?])
        })?;
        samples.iter_mut().zip(measured).for_each(|(samples, value)| samples.push(value));
    }
    Ok(samples.map(|samples| Spread::of(&samples).map_or(0.0, |spread| spread.median)))
}
