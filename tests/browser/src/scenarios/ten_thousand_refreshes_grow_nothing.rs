//! Soak: thousands of refreshes and a hundred clients made and closed in one page leave the memory as it was.
//!
//! Against the local provider, so each refresh goes the whole way: lock, IndexedDB, request, rotation, an ID token that
//! is verified, events. A thousand refreshes in a test run; `cargo xtask soak` does ten thousand. Chromium alone, for only
//! its driver can collect garbage and measure a page's heap.

use std::fmt::Write;
use std::time::Duration;

use serde_json::{Value, json};

use crate::engines::Engine;
use crate::page::Page;
use crate::steps::{open_app, sign_in};
use crate::trial::{Scenario, Trial};
use crate::{Error, Outcome};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .only_in(&[Engine::Chromium])
    .bounded(Duration::from_secs(3600))
    .not_in_a_worker("it measures the memory of the page");

const SAMPLES: usize = 20;
/// What may grow without a leak: caches and compiled code come and go, and the module's allocator may need one more page
/// (64 kB) at any time. It is a hundred octets a refresh in a short run, and ten in a long one.
const NOISE_KB: f64 = 100.0;

const REFRESH: &str = "for (let i = 0; i < given; i++) await auth.getAccessToken({ forceRefresh: true });
                       const told = events.length;
                       events.length = 0;
                       return told";
const INIT_AND_CLOSE: &str = "for (let i = 0; i < given; i++) {
                                auth.close();
                                window.auth = await keyward.init(config);
                                await auth.getAccessToken();
                              }
                              return auth.state.status";

async fn run(trial: &Trial) -> Outcome {
    let page = trial.browser.first_tab();
    open_app(trial, &page, json!({})).await?;
    sign_in(trial, &page, "Ada", json!({})).await?;
    page.run("window.config = await configuration({})").await?;
    page.devtools("HeapProfiler.enable", json!({})).await?;
    trial.server.reset().await?;

    let refreshes = amount("KEYWARD_SOAK_REFRESHES", 1_000)?;
    let mut samples = vec![];
    for step in 1..=SAMPLES {
        let told = in_portions(&page, REFRESH, refreshes / SAMPLES).await?;
        assert_eq!(told.iter().filter_map(Value::as_u64).sum::<u64>(), (refreshes / SAMPLES) as u64, "events");
        samples.push(measure(&page, step * (refreshes / SAMPLES)).await?);
    }
    let grown = report("refreshes", &samples);
    let log = trial.server.log().await?;
    assert_eq!(log.refreshes().len(), samples.last().map_or(0, |sample| sample.after));
    assert!(log.refreshes().iter().all(|request| request["status"] == 200));

    let pairs = amount("KEYWARD_SOAK_PAIRS", 100)?;
    let mut samples_of_pairs = vec![];
    for step in 1..=SAMPLES {
        let status = in_portions(&page, INIT_AND_CLOSE, pairs / SAMPLES).await?;
        assert!(status.iter().all(|status| status == "signed_in"), "{status:?}");
        samples_of_pairs.push(measure(&page, step * (pairs / SAMPLES)).await?);
    }
    let grown_by_pairs = report("init/close pairs", &samples_of_pairs);
    assert_eq!(page.run("return problems").await?, json!([]));
    assert_eq!(trial.server.log().await?.refreshes().len(), log.refreshes().len(), "a new client made a request");

    for (what, grown) in [("refreshes", grown), ("init/close pairs", grown_by_pairs)] {
        assert!(grown.wasm_kb < NOISE_KB, "the module's memory grew by {} kB with {what}", grown.wasm_kb);
        assert!(grown.heap_kb < NOISE_KB, "the JavaScript heap grew by {} kB with {what}", grown.heap_kb);
    }
    Ok(())
}

struct Sample {
    after: usize,
    heap_kb: f64,
    wasm_kb: f64,
}

struct Growth {
    heap_kb: f64,
    wasm_kb: f64,
}

/// After garbage was collected.
async fn measure(page: &Page, after: usize) -> Result<Sample, Error> {
    // The second time takes what finalisers of the first let go.
    for _ in 0..2 {
        page.devtools("HeapProfiler.collectGarbage", json!({})).await?;
    }
    let heap = page.devtools("Runtime.getHeapUsage", json!({})).await?;
    let wasm = page.run("return wasmMemory.buffer.byteLength").await?;
    let kilobytes = |bytes: &Value| bytes.as_f64().map(|bytes| bytes / 1024.0).ok_or("no figure");
    Ok(Sample { after, heap_kb: kilobytes(&heap["usedSize"])?, wasm_kb: kilobytes(&wasm)? })
}

/// A small plot; what grew from the second quarter (the first warms up) to the last, by the least of each: what is not
/// garbage yet only ever adds.
fn report(what: &str, samples: &[Sample]) -> Growth {
    let least = |samples: &[Sample], of: fn(&Sample) -> f64| samples.iter().map(of).fold(f64::INFINITY, f64::min);
    let most = samples.iter().map(|sample| sample.heap_kb).fold(1.0, f64::max);
    let mut text = format!("{:>16}  {:>9}  {:>9}\n", what, "heap kB", "wasm kB");
    for sample in samples {
        let bar = "█".repeat((sample.heap_kb / most * 50.0) as usize);
        let _ = writeln!(text, "{:>16}  {:>9.0}  {:>9.0}  {bar}", sample.after, sample.heap_kb, sample.wasm_kb);
    }
    let (second, last) = (&samples[SAMPLES / 4..SAMPLES / 2], &samples[SAMPLES - SAMPLES / 4..]);
    let growth = Growth {
        heap_kb: least(last, |sample| sample.heap_kb) - least(second, |sample| sample.heap_kb),
        wasm_kb: least(last, |sample| sample.wasm_kb) - least(second, |sample| sample.wasm_kb),
    };
    let Growth { heap_kb, wasm_kb } = growth;
    println!("{text}grown from the second quarter to the last: heap {heap_kb:+.0} kB, wasm {wasm_kb:+.0} kB");
    growth
}

/// So much at a time that no script runs into the driver's time limit.
async fn in_portions(page: &Page, script: &str, count: usize) -> Result<Vec<Value>, Error> {
    let mut results = vec![];
    let mut left = count;
    while left > 0 {
        let portion = left.min(100);
        results.push(page.run_with(script, json!(portion)).await?);
        left -= portion;
    }
    Ok(results)
}

fn amount(variable: &str, default: usize) -> Result<usize, Error> {
    let amount = std::env::var(variable).ok().map(|text| text.parse()).transpose()?.unwrap_or(default);
    if amount < SAMPLES { Err(format!("{variable} must be {SAMPLES} at least").into()) } else { Ok(amount) }
}
