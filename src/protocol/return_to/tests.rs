use super::*;
use proptest::prelude::*;

const BASE: &str = "https://app.example/docs/page?tab=1#here";

#[test]
fn a7_a_place_in_the_app_is_found_from_every_plain_spelling() {
    for (input, place) in [
        ("/inbox", "https://app.example/inbox"),
        ("/", "https://app.example/"),
        ("", "https://app.example/docs/page?tab=1"),
        ("#there", "https://app.example/docs/page?tab=1#there"),
        ("?tab=2", "https://app.example/docs/page?tab=2"),
        ("?tab=2#there", "https://app.example/docs/page?tab=2#there"),
        ("other", "https://app.example/docs/other"),
        ("x/a:b", "https://app.example/docs/x/a:b"),
        ("./a:b", "https://app.example/docs/a:b"),
        ("../up", "https://app.example/up"),
        ("../../../up", "https://app.example/up"),
        ("/a/./b/../c/", "https://app.example/a/c/"),
        ("/a/..", "https://app.example/"),
        ("/a/.", "https://app.example/a/"),
        ("/a/%2e%2E/b/.%2e/%2e/c", "https://app.example/c"),
        ("/a//b", "https://app.example/a//b"),
        ("https://app.example", "https://app.example/"),
        ("https://app.example/x?y=https://evil.example/#//z", "https://app.example/x?y=https://evil.example/#//z"),
        ("https://app.example?y", "https://app.example/?y"),
        ("HTTPS://App.Example:443/x", "https://app.example/x"),
        ("/x?next=//evil.example&back=\\evil", "https://app.example/x?next=//evil.example&back=\\evil"),
        (
            "/über/Café?q=a b&r=\"<ü>\"#ä \"",
            "https://app.example/%C3%BCber/Caf%C3%A9?q=a%20b&r=%22%3C%C3%BC%3E%22#%C3%A4%20%22",
        ),
        ("/%2F%2fevil/%5C%00", "https://app.example/%2F%2fevil/%5C%00"),
        ("/a@b:c", "https://app.example/a@b:c"),
    ] {
        assert_eq!(resolve(input, BASE).as_deref(), Some(place), "{input:?}");
    }
}

#[test]
fn a7_every_other_place_is_refused() {
    for input in [
        "//evil.example",
        "//app.example/x",
        "///evil.example",
        "//evil.example/../../x",
        "/\\evil.example",
        "\\/evil.example",
        "\\\\evil.example",
        "x\\y",
        "/x/\\evil",
        "https://app.example//evil.example",
        "https://app.example/\\evil.example",
        "https://app.example\\evil.example",
        "https://app.example\\@evil.example/",
        "/.//evil.example",
        "/..//evil.example",
        "/x/..//evil.example",
        "/%2e//evil.example",
        "/x/%2E%2e//evil.example",
        "..//..//evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/\r\n/evil.example",
        "/x\u{0}",
        "/x\u{7f}",
        "/x\u{85}",
        "\t/x",
        " /x",
        "/x ",
        " https://app.example/x",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        "javascript://app.example/%0aalert(1)",
        "data:text/html,x",
        "blob:https://app.example/x",
        "mailto:ada@example.org",
        "https:",
        "https:/x",
        "https:x",
        "https:///x",
        "https:\\\\evil.example",
        "http://app.example/x",
        "https://evil.example/",
        "https://app.example.evil.example/",
        "https://app.example@evil.example/",
        "https://app.example:x@evil.example/",
        "https://user@app.example/",
        "https://user:pw@app.example/",
        "https://@app.example/",
        "https://app.example:8443/",
        "https://app.example:/",
        "https://app.example.:443/",
        "https://xapp.example/",
        "https://app%2eexample/",
        "https://app．example/",
        "a:b",
        ":x",
    ] {
        assert_eq!(resolve(input, BASE), None, "{input:?}");
    }
}

#[test]
fn a7_the_page_itself_must_be_a_plain_place() {
    assert_eq!(resolve("/x", "http://localhost:4401"), Some("http://localhost:4401/x".to_owned()));
    assert_eq!(resolve("x", "http://localhost:4401"), Some("http://localhost:4401/x".to_owned()));
    assert_eq!(
        resolve("http://localhost:4401/x", "http://localhost:4401/"),
        Some("http://localhost:4401/x".to_owned())
    );
    assert_eq!(resolve("http://localhost/x", "http://localhost:80/"), Some("http://localhost:80/x".to_owned()));
    assert_eq!(resolve("http://localhost:443/x", "https://localhost/"), None);
    for base in ["", "about:blank", "file:///x", "com.example.app://x/y", "https://user@app.example/"] {
        assert_eq!(resolve("/x", base), None);
    }
    for shell in ["capacitor://localhost/", "tauri://localhost/a/b?c", "chrome-extension://abc/x.html"] {
        let origin = url::split_page(shell).unwrap().origin;
        assert_eq!(resolve("/x", shell), Some([origin, "/x"].concat()));
        for refused in ["//evil.example", "https://app.example/x", "moz-extension://abc/x", "javascript:x", "/\\evil"] {
            assert_eq!(resolve(refused, shell), None, "{refused}");
        }
    }
    assert_eq!(resolve("", "https://app.example//evil.example"), None);
    assert_eq!(resolve("#x", "https://app.example//evil.example"), None);
    assert_eq!(resolve("/x", "https://app.example//evil.example").as_deref(), Some("https://app.example/x"));
}

/// Pieces that URL parsers disagree about, in any order.
pub(super) fn hostile() -> impl Strategy<Value = String> {
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
        "|",
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
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a7_what_is_returned_is_in_the_origin_and_passes_again(input in hostile()) {
        if let Some(place) = resolve(&input, BASE) {
            prop_assert!(place.starts_with("https://app.example/") && !place.starts_with("https://app.example//"));
            prop_assert!(place.bytes().all(|octet| octet.is_ascii_graphic()));
            prop_assert_eq!(resolve(&place, BASE), Some(place.clone()));
            prop_assert_eq!(resolve(&place, "https://other.example/"), None);
        }
    }

    #[test]
    fn a7_any_text_at_all_stays_in_the_origin(input: String, base in "https://app\\.example(/[a-z/]{0,6})?") {
        if let Some(place) = resolve(&input, &base) {
            prop_assert!(place.starts_with("https://app.example/") && !place.starts_with("https://app.example//"));
        }
    }
}

#[test]
fn a9_the_same_page_is_the_same_whatever_its_query() {
    for (one, other, same) in [
        ("https://a.example/", "https://a.example/?x#y", true),
        ("https://a.example", "https://a.example/?x", true),
        ("https://A.example:443/b/../c", "https://a.example/c?x", true),
        ("https://a.example/c", "https://a.example/C", false),
        ("https://a.example/", "https://b.example/", false),
        ("http://a.example/", "https://a.example/", false),
        ("com.example.app://callback", "com.example.app://callback?code=c", true),
        ("com.example.app://callback", "com.example.app://other?code=c", false),
    ] {
        assert_eq!(is_same_page(one, other), same, "{one} {other}");
        assert_eq!(is_same_page(other, one), same, "{other} {one}");
    }
}
