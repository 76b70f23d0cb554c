//! Bars with their quartiles, as SVG: a panel for each series, a bar for each SDK, the shortest first.

use std::fmt::Write as _;

use super::report::number;
use super::sdk::Sdk;
use super::series::{Series, Spread};

const WIDTH: f64 = 760.0;
const NAMES: f64 = 170.0;
const BARS: f64 = 430.0;
const ROW: f64 = 20.0;
const HEAD: f64 = 34.0;

pub(super) const FONT: &str = "font-family=\"system-ui, sans-serif\"";

/// Colours that stand out on the panel's own light ground, whatever ground the page has.
pub(super) const OURS: &str = "#0f766e";
const THEIRS: &str = "#a8b3c4";

pub(super) fn bars(series: &[&Series]) -> Result<String, std::fmt::Error> {
    let mut body = String::new();
    let mut y = 12.0;
    for it in series {
        y = panel(&mut body, it, y)?;
    }
    let mut svg = String::new();
    begin(&mut svg, WIDTH, y)?;
    svg.push_str(&body);
    svg.push_str("</svg>\n");
    Ok(svg)
}

/// The picture's ground.
pub(super) fn begin(svg: &mut String, width: f64, height: f64) -> std::fmt::Result {
    writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height:.0}\" viewBox=\"0 0 {width} {height:.0}\" \
         {FONT} font-size=\"12\" fill=\"#1f2937\">"
    )?;
    writeln!(svg, "<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#f8fafc\"/>")
}

/// Draws one panel and returns where the next begins.
fn panel(svg: &mut String, series: &Series, top: f64) -> Result<f64, std::fmt::Error> {
    let mut rows: Vec<(Sdk, Spread)> = series.samples.keys().filter_map(|sdk| Some((*sdk, series.of(*sdk)?))).collect();
    rows.sort_by(|(_, a), (_, b)| a.median.total_cmp(&b.median));
    let longest = rows.iter().map(|(_, spread)| spread.upper).fold(f64::MIN_POSITIVE, f64::max);
    let x = |value: f64| NAMES + value / longest * BARS;
    let unit = if series.unit.is_empty() { String::new() } else { format!(" ({})", series.unit) };
    let title = escaped(&series.title);
    writeln!(svg, "<text x=\"16\" y=\"{:.0}\" font-weight=\"600\">{title}{unit}</text>", top + 14.0)?;
    let mut y = top + HEAD - 8.0;
    for (sdk, spread) in rows {
        let ours = sdk == Sdk::Keyward;
        let (colour, weight) = if ours { (OURS, 600) } else { (THEIRS, 400) };
        let middle = y + ROW / 2.0;
        writeln!(
            svg,
            "<text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\" font-weight=\"{weight}\">{}</text>",
            NAMES - 10.0,
            middle + 4.0,
            sdk.name()
        )?;
        writeln!(
            svg,
            "<rect x=\"{NAMES}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.0}\" rx=\"2\" fill=\"{colour}\"/>",
            y + 3.0,
            (x(spread.median) - NAMES).max(1.0),
            ROW - 6.0
        )?;
        if spread.upper > spread.lower {
            writeln!(
                svg,
                "<path d=\"M{:.1} {middle:.1}H{:.1}\" stroke=\"#1f2937\" stroke-width=\"1.5\"/>",
                x(spread.lower),
                x(spread.upper)
            )?;
        }
        writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" font-weight=\"{weight}\">{}</text>",
            x(spread.upper.max(spread.median)) + 8.0,
            middle + 4.0,
            number(spread.median)
        )?;
        y += ROW;
    }
    Ok(y + 14.0)
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_bar_comes_first_and_keyward_stands_out() {
        let mut series = Series::new("a", "a < b", "ms");
        series.add(Sdk::Msal, 30.0);
        series.add(Sdk::Keyward, 10.0);
        let svg = bars(&[&series]).unwrap();
        let place = |name: &str| svg.find(&format!(">{name}<")).unwrap();
        assert!(place("keyward") < place("msal-browser"));
        assert_eq!(svg.matches(OURS).count(), 1);
        assert!(svg.contains("a &lt; b"), "{svg}");
    }
}
