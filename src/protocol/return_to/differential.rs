//! The same references judged by the `url` crate, which reads URLs as browsers do: what is accepted here means the
//! same there, in the same origin.

use super::resolve;
use proptest::prelude::*;
use url::Url;

const BASE: &str = "https://app.example/docs/page?tab=1#here";

/// Pieces that URL parsers disagree about, in any order. A vertical bar is not among them: the `url` crate takes
/// `a|` for the drive letter of a file and does not resolve dots after it, browsers do.
fn hostile() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "/",
        "//",
        "\\",
        ".",
        "..",
        "%2e",
        "%2E",
        "%2f",
        "%5c",
        "@",
        ":",
        "?",
        "#",
        "&",
        "=",
        "\t",
        "\n",
        "\r",
        " ",
        "\0",
        "\u{b}",
        "https:",
        "http:",
        "https://",
        "javascript:",
        "data:",
        "evil.example",
        "app.example",
        "https://app.example",
        "443",
        ":443",
        "user:pw@",
        "[::1]",
        "a",
        "é",
        "．",
        "。",
        "%",
        "%0a",
        "\"",
        "<",
        "'",
        "\u{200b}",
        "\u{2028}",
        "\u{feff}",
        ";",
    ];
    prop::collection::vec(prop::sample::select(PIECES), 0..9).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn a7_a_place_means_the_same_to_a_browser(input in hostile()) {
        if let Some(place) = resolve(&input, BASE) {
            let read = Url::parse(&place).unwrap();
            prop_assert_eq!(&read, &Url::parse(BASE).unwrap().join(&input).unwrap());
            prop_assert_eq!(read.origin().ascii_serialization(), "https://app.example");
            prop_assert!(!read.path().starts_with("//") && read.username().is_empty() && read.password().is_none());
        }
    }
}
