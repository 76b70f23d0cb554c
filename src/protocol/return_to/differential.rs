//! The same references judged by the `url` crate, which reads URLs as browsers do: what is accepted here means the
//! same there, in the same origin.

use super::resolve;
use super::tests::hostile;
use proptest::prelude::*;
use url::Url;

const BASE: &str = "https://app.example/docs/page?tab=1#here";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn a7_a_place_means_the_same_to_a_browser(input in hostile()) {
        // The `url` crate takes `a|` for the drive letter of a file and does not resolve dots after it, browsers do.
        prop_assume!(!input.contains('|'));
        if let Some(place) = resolve(&input, BASE) {
            let read = Url::parse(&place).unwrap();
            prop_assert_eq!(&read, &Url::parse(BASE).unwrap().join(&input).unwrap());
            prop_assert_eq!(read.origin().ascii_serialization(), "https://app.example");
            prop_assert!(!read.path().starts_with("//") && read.username().is_empty() && read.password().is_none());
        }
    }
}
