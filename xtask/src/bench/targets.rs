//! What Keyward aims at, as ratios of one run; and, far wider, what no change may make of it.

use super::measures::Section;
use super::report::{number, ratio};
use super::sdk::Sdk;
use super::series::Series;

pub(super) struct Judged {
    pub(super) what: &'static str,
    pub(super) aim: String,
    pub(super) measured: String,
    pub(super) met: bool,
    /// Whether it is beyond what a reduced run lets pass.
    pub(super) gross: bool,
}

enum Against {
    /// Keyward's median as a multiple of this SDK's.
    Peer(Sdk),
    /// As a multiple of the best of the others.
    Best,
    /// The number itself.
    Nothing,
}

/// (series, in words, against what, aim, what a reduced run lets pass).
const TARGETS: &[(&str, &str, Against, f64, f64)] = &[
    ("first-token/slow-4g/cold", "first token on slow 4G, of oidc-client-ts", OIDC, 0.85, 3.5),
    ("first-token/loopback/warm", "first token on loopback, of oidc-client-ts", OIDC, 0.95, 3.0),
    ("callback/slow-4g/warm", "callback with a warm cache, of oidc-client-ts", OIDC, 1.2, 2.5),
    ("callback/slow-4g/cold", "callback with a cold cache, of oidc-client-ts", OIDC, 2.0, 3.5),
    ("hot/sequence", "a token at hand, of the fastest", Against::Best, 0.1, 1.0),
    ("transfer/before/brotli", "kB of brotli before the first token", Against::Nothing, 7.5, 30.0),
    ("transfer/all/brotli", "kB of brotli in all", Against::Nothing, 108.0, 200.0),
    ("requests/load", "requests of a page load with a session, scripts included", Against::Nothing, 4.0, 4.0),
    ("requests/expiries", "refreshes of 8 tabs over 10 expiries", Against::Nothing, 10.0, 10.0),
    ("requests/reused", "refresh tokens presented twice by 8 tabs", Against::Nothing, 0.0, 0.0),
    ("growth/sessions/start", "start with 100 sessions, of that with one", Against::Nothing, 1.5, 4.0),
    ("growth/pad/start", "start with an ID token of 100 kB, of that with 1 kB", Against::Nothing, 1.2, 4.0),
    ("growth/tabs/start", "start beside 31 tabs, of that alone", Against::Nothing, 1.2, 4.0),
    ("idle/growth", "MB more after 10,000 refreshes", Against::Nothing, 0.1, 5.0),
    ("idle/wake-ups/hidden", "wake-ups a minute in a hidden tab", Against::Nothing, 0.0, 4.0),
    ("idle/wake-ups/visible", "wake-ups a minute in a visible tab", Against::Nothing, 0.02, 4.0),
];

const OIDC: Against = Against::Peer(Sdk::OidcClientTs);

/// Whether a target compares that SDK's part of that series.
pub(super) fn compares(series: &str, sdk: Sdk) -> bool {
    TARGETS.iter().any(|(id, _, against, ..)| {
        *id == series
            && match against {
                Against::Peer(peer) => sdk == *peer || sdk == Sdk::Keyward,
                Against::Best => true,
                Against::Nothing => sdk == Sdk::Keyward,
            }
    })
}

/// Of those targets whose series were measured.
pub(super) fn judge<'a>(sections: impl Iterator<Item = &'a Section>) -> Vec<Judged> {
    let series: Vec<&Series> = sections.flat_map(|section| section.series.iter().chain(&section.unlisted)).collect();
    let judged = TARGETS.iter().filter_map(|(id, what, against, aim, gross)| {
        let found = series.iter().find(|it| it.id == *id)?;
        let (value, shown) = match against {
            Against::Peer(peer) => found.ratio_to(*peer).map(|value| (value, ratio(value)))?,
            Against::Best => found.ratio_to(found.best_peer()?.0).map(|value| (value, ratio(value)))?,
            Against::Nothing => found.of(Sdk::Keyward).map(|spread| (spread.median, number(spread.median)))?,
        };
        let aim_shown = format!("at most {aim}");
        Some(Judged { what, aim: aim_shown, measured: shown, met: value <= *aim, gross: value > *gross })
    });
    judged.collect()
}
