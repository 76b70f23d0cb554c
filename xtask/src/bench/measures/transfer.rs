//! What a page transfers of an SDK: before the first token, and in all.

use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};

use super::Section;
use crate::bench::sdk::Sdk;
use crate::bench::series::Series;
use crate::bench::stage::{Cache, Conditions, Network, Stage};

const VISITOR: &str = "metered";

/// Longer than any SDK waits until it loads something behind the page.
const QUIET: Duration = Duration::from_millis(2500);

pub(crate) fn measure(stage: &mut Stage, sdks: &[Sdk]) -> Result<Section> {
    let mut series = [
        Series::new("transfer/before/brotli", "before the first token, brotli", "kB"),
        Series::new("transfer/before/gzip", "before the first token, gzip", "kB"),
        Series::new("transfer/all/brotli", "in all, brotli", "kB"),
        Series::new("transfer/all/gzip", "in all, gzip", "kB"),
    ];
    for sdk in sdks {
        let (before, all) = stage.trying(&format!("transfer of {}", sdk.name()), |stage| transferred(stage, *sdk))?;
        let sizes = stage.control("sizes", &json!({ "sdk": sdk.name() }))?;
        let sum = |files: &[String], way: &str| {
            files.iter().filter_map(|file| sizes[file.as_str()][way].as_f64()).sum::<f64>() / 1000.0
        };
        let [before_brotli, before_gzip, all_brotli, all_gzip] = &mut series;
        if sdk.keeps_sessions() {
            before_brotli.add(*sdk, sum(&before, "brotli"));
            before_gzip.add(*sdk, sum(&before, "gzip"));
        }
        all_brotli.add(*sdk, sum(&all, "brotli"));
        all_gzip.add(*sdk, sum(&all, "gzip"));
    }
    Ok(Section {
        title: "Transfer",
        about: String::from(
            "The scripts and modules of a small app of each SDK, as Vite's production build minifies it, compressed at the \
             best level; on slow 4G with an empty cache. Before the first token: whatever began to arrive by then. 1 kB = \
             1000 bytes. The app's own part is some 0.4 kB. The page itself and the provider's answers are not counted.",
        ),
        series: series.into(),
        unlisted: Vec::new(),
        text: String::new(),
    })
}

/// The app's files that began to arrive before the token, and all of them.
fn transferred(stage: &mut Stage, sdk: Sdk) -> Result<(Vec<String>, Vec<String>)> {
    if sdk.keeps_sessions() {
        stage.sign_in(Cache::Cold, sdk, VISITOR, "ada")?;
    }
    let origin = stage.origin(sdk, VISITOR)?;
    let how = Conditions { cache: Cache::Cold, network: Network::Slow4g, slowdown: 1 };
    let loaded = stage.load_and_stay(&origin, how, QUIET)?;
    let later = &loaded.resources;
    let before = |resource: &&Value| resource["responseStart"].as_f64().is_some_and(|start| start < loaded.at);
    Ok((files(&origin, later.iter().filter(before)), files(&origin, later.iter())))
}

/// The paths of those that the app's own origin sent, once each.
fn files<'a>(origin: &str, resources: impl Iterator<Item = &'a Value>) -> Vec<String> {
    let paths = resources.filter_map(|resource| resource["name"].as_str()?.strip_prefix(origin));
    let mut paths: Vec<String> = paths.filter(|path| path.starts_with("/assets/")).map(str::to_owned).collect();
    paths.sort();
    paths.dedup();
    paths
}
