//! What was measured: numbers of each SDK, and their medians, spreads and ratios.

use std::collections::BTreeMap;

use super::sdk::Sdk;

/// One column of a table: one quantity of every SDK to which it applies. Less is better.
#[derive(Clone, Debug)]
pub(super) struct Series {
    /// For targets and charts: `first-token/slow-4g/cold`.
    pub(super) id: String,
    pub(super) title: String,
    pub(super) unit: &'static str,
    pub(super) samples: BTreeMap<Sdk, Vec<f64>>,
}

impl Series {
    pub(super) fn new(id: impl Into<String>, title: impl Into<String>, unit: &'static str) -> Self {
        Self { id: id.into(), title: title.into(), unit, samples: BTreeMap::new() }
    }

    pub(super) fn add(&mut self, sdk: Sdk, sample: f64) {
        self.samples.entry(sdk).or_default().push(sample);
    }

    pub(super) fn of(&self, sdk: Sdk) -> Option<Spread> {
        self.samples.get(&sdk).and_then(|samples| Spread::of(samples))
    }

    /// The median of the best among the others.
    pub(super) fn best_peer(&self) -> Option<(Sdk, f64)> {
        let peers = self.samples.keys().filter(|sdk| **sdk != Sdk::Keyward);
        let medians = peers.filter_map(|sdk| Some((*sdk, self.of(*sdk)?.median)));
        medians.min_by(|(_, a), (_, b)| a.total_cmp(b))
    }

    /// Keyward's median as a multiple of a peer's.
    pub(super) fn ratio_to(&self, peer: Sdk) -> Option<f64> {
        let peer = self.of(peer)?.median;
        (peer > 0.0).then_some(self.of(Sdk::Keyward)?.median / peer)
    }
}

/// Median and quartiles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    pub(super) lower: f64,
    pub(super) median: f64,
    pub(super) upper: f64,
}

impl Spread {
    pub(super) fn of(samples: &[f64]) -> Option<Self> {
        let mut sorted = samples.to_vec();
        sorted.sort_by(f64::total_cmp);
        Some(Self { lower: at(&sorted, 0.25)?, median: at(&sorted, 0.5)?, upper: at(&sorted, 0.75)? })
    }
}

/// Between the two neighbours of a place in the row.
fn at(sorted: &[f64], place: f64) -> Option<f64> {
    let place = place * sorted.len().checked_sub(1)? as f64;
    let (below, above) = (sorted.get(place.floor() as usize)?, sorted.get(place.ceil() as usize)?);
    Some(below + (above - below) * place.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_lies_in_the_middle_and_half_of_all_between_the_quartiles() {
        let spread = Spread::of(&[5.0, 1.0, 4.0, 2.0, 3.0]).unwrap();
        assert_eq!(spread, Spread { lower: 2.0, median: 3.0, upper: 4.0 });
        assert_eq!(Spread::of(&[1.0, 2.0]).unwrap().median, 1.5);
        assert_eq!(Spread::of(&[]), None);
    }

    #[test]
    fn the_best_peer_is_never_keyward_itself() {
        let mut series = Series::new("a", "A", "ms");
        series.add(Sdk::Keyward, 10.0);
        series.add(Sdk::Okta, 40.0);
        series.add(Sdk::Auth0, 20.0);
        assert_eq!(series.best_peer(), Some((Sdk::Auth0, 20.0)));
        assert_eq!(series.ratio_to(Sdk::Okta), Some(0.25));
        assert_eq!(series.ratio_to(Sdk::Msal), None);
    }
}
