//! The requests of one page load over time, as SVG, from the page's own resource timings.

use std::fmt::Write as _;

use serde_json::Value;

use super::chart::{OURS, begin, escaped};
use super::report::Picture;
use super::sdk::Sdk;

const WIDTH: f64 = 760.0;
const NAMES: f64 = 220.0;
const BARS: f64 = 460.0;
const ROW: f64 = 24.0;

/// One page load.
pub(super) struct Trace {
    pub(super) title: String,
    pub(super) token_at: f64,
    /// Resource timings, in the order of their start.
    pub(super) resources: Vec<Value>,
}

/// Every trace over one and the same time axis.
pub(super) fn pictures(traces: &[(Sdk, Trace)]) -> Result<Vec<Picture>, std::fmt::Error> {
    let ends = traces.iter().flat_map(|(_, trace)| &trace.resources).filter_map(|it| it["responseEnd"].as_f64());
    let until = ends.fold(0.0, f64::max) * 1.05;
    let picture = |(sdk, trace): &(Sdk, Trace)| {
        let file = format!("waterfall-{}.svg", sdk.name());
        Ok(Picture { file, shows: format!("Requests of a page load: {}", trace.title), svg: picture(trace, until)? })
    };
    traces.iter().map(picture).collect()
}

/// `until`: what the time axis ends at, so that several pictures can be held beside each other.
fn picture(trace: &Trace, until: f64) -> Result<String, std::fmt::Error> {
    let x = |time: f64| NAMES + time / until * BARS;
    let height = 74.0 + ROW * trace.resources.len() as f64;
    let mut svg = String::new();
    begin(&mut svg, WIDTH, height)?;
    writeln!(svg, "<text x=\"16\" y=\"26\" font-weight=\"600\">{}</text>", escaped(&trace.title))?;
    let bottom = height - 30.0;
    let mut second = 0.0;
    while second <= until {
        let at = x(second);
        writeln!(svg, "<path d=\"M{at:.1} 40V{bottom:.0}\" stroke=\"#e2e8f0\"/>")?;
        let label = format!("{second:.0} ms");
        writeln!(
            svg,
            "<text x=\"{at:.1}\" y=\"{:.0}\" text-anchor=\"middle\" fill=\"#64748b\">{label}</text>",
            bottom + 18.0
        )?;
        second += if until > 1500.0 { 500.0 } else { 250.0 };
    }
    for (resource, row) in trace.resources.iter().zip(0_u32..) {
        let time = |member: &str| resource[member].as_f64().unwrap_or_default();
        let y = 44.0 + ROW * f64::from(row);
        let kilo = time("encodedBodySize") / 1000.0;
        let name = short_name(resource["name"].as_str().unwrap_or_default());
        writeln!(
            svg,
            "<text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{} <tspan fill=\"#64748b\">{kilo:.1} kB</tspan></text>",
            NAMES - 10.0,
            y + 15.0,
            escaped(&name)
        )?;
        let waits = (x(time("responseStart").max(time("startTime"))) - x(time("startTime"))).max(0.0);
        let comes = (x(time("responseEnd")) - x(time("responseStart"))).max(2.0);
        writeln!(
            svg,
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{waits:.1}\" height=\"12\" fill=\"#cbd5e1\"/>",
            x(time("startTime")),
            y + 5.0
        )?;
        writeln!(
            svg,
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{comes:.1}\" height=\"12\" fill=\"#3b82f6\"/>",
            x(time("responseStart")),
            y + 5.0
        )?;
    }
    let token = x(trace.token_at);
    writeln!(svg, "<path d=\"M{token:.1} 36V{bottom:.0}\" stroke=\"{OURS}\" stroke-width=\"2\"/>")?;
    writeln!(
        svg,
        "<text x=\"{:.1}\" y=\"26\" text-anchor=\"middle\" fill=\"{OURS}\" font-weight=\"600\">token {:.0} ms</text>",
        token.clamp(NAMES + 60.0, WIDTH - 60.0),
        trace.token_at
    )?;
    svg.push_str("</svg>\n");
    Ok(svg)
}

/// The file's name without what a bundler puts into it, and "page" for the page.
fn short_name(url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    if name.is_empty() || name == "callback" {
        return String::from("page");
    }
    match (name.rsplit_once('-'), name.rsplit_once('.')) {
        (Some((stem, _)), Some((_, ending))) if path.contains("/assets/") => format!("{stem}.{ending}"),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_those_that_people_know() {
        assert_eq!(short_name("http://localhost:1/"), "page");
        assert_eq!(short_name("http://localhost:1/assets/keyward_bg-CpLote7X.wasm"), "keyward_bg.wasm");
        assert_eq!(short_name("http://localhost:1/x/.well-known/openid-configuration"), "openid-configuration");
    }

    #[test]
    fn every_request_has_a_row() {
        let row = |name: &str| json!({ "name": name, "startTime": 0.0, "responseStart": 150.0, "responseEnd": 200.0 });
        let trace =
            Trace { title: "T".into(), token_at: 300.0, resources: vec![row("http://a/"), row("http://a/x.js")] };
        let svg = picture(&trace, 1000.0).unwrap();
        assert_eq!(svg.matches("#3b82f6").count(), 2);
        assert!(svg.contains("token 300 ms") && svg.contains(">x.js "), "{svg}");
    }
}
