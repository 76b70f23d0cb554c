use super::*;
use proptest::prelude::*;

/// The challenges as `scheme name=value|name=value`, for comparing.
fn parsed(header: &str) -> Vec<String> {
    let pair = |(name, value): &(String, String)| [name.as_str(), "=", value].concat();
    let shown = |challenge: &Challenge| {
        let parameters: Vec<String> = challenge.parameters.iter().map(pair).collect();
        [challenge.scheme.as_str(), " ", &parameters.join("|")].concat()
    };
    parse(header).iter().map(shown).collect()
}

#[test]
fn rfc_9110_section_11_6_1_example() {
    let header = r#"Basic realm="simple", Newauth realm="apps", type=1, title="Login to \"apps\"""#;
    assert_eq!(parsed(header), ["Basic realm=simple", r#"Newauth realm=apps|type=1|title=Login to "apps""#]);
}

#[test]
fn rfc_9110_section_11_2_a_token68_is_one_word() {
    assert_eq!(parsed("Negotiate YII-._~+/0==, Basic"), ["Negotiate =YII-._~+/0==", "Basic "]);
    assert_eq!(parsed("Negotiate  a\t,Bearer realm=x"), ["Negotiate =a", "Bearer realm=x"]);
    // To the letter of the grammar, a name with nothing behind its equals sign is a token68.
    assert_eq!(parsed("Bearer realm="), ["Bearer =realm="]);
    assert_eq!(parsed("Negotiate a=="), ["Negotiate =a=="]);
    assert_eq!(parsed("Negotiate ==").len(), 0, "padding alone is none");
}

#[test]
fn rfc_9110_section_5_6_commas_blanks_and_case_are_free() {
    for header in [
        r#"Bearer error="e",scope="a b""#,
        r#"Bearer error="e" , ,, scope="a b",,"#,
        "\t ,, Bearer \t error = e\t,\tscope\t=\t\"a b\" ",
        r#"Bearer , error=e, scope="\a\ \b""#,
        r#"Bearer, error=e, scope="a b""#,
        // Seen without commas.
        r#"Bearer error="e" scope="a b""#,
    ] {
        assert_eq!(parsed(header), ["Bearer error=e|scope=a b"], "{header}");
    }
    let [challenge] = parse("bEARER eRROR=Invalid, SCOPE=s").try_into().unwrap();
    assert_eq!(
        [challenge.get("error"), challenge.get("Scope"), challenge.get("realm")],
        [Some("Invalid"), Some("s"), None]
    );
}

#[test]
fn rfc_9110_section_5_6_4_quoted_strings() {
    for (quoted, value) in [
        (r#""""#, ""),
        (r#"", Bearer error=x, ""#, ", Bearer error=x, "),
        (r#""a=\"b\\\"c""#, r#"a="b\"c"#),
        ("\"a\tb\"", "a\tb"),
        ("\"é\\é😀\"", "éé😀"),
    ] {
        let header = ["X a=", quoted, ", b=c"].concat();
        assert_eq!(parsed(&header), [["X a=", value, "|b=c"].concat()], "{header}");
    }
}

#[test]
fn a_mistake_ends_the_reading_and_takes_its_challenge_along() {
    for mistake in [
        "\"",
        "=",
        "é",
        "X é",
        "X (comment)",
        "X@",
        "X a b",
        "X a=b c",
        "X a=b Y c=d",
        r#"X a="b"#,
        r#"X a="b\"#,
        r#"X a="b\""#,
        r#"X a="b"c=d"#,
        r#"X a="b"Y"#,
        "X a=b\"c\"",
        "X a=https://example",
        "X a=é",
        "X a=\"b\nc\"",
        "X a=\"b\\\u{7f}c\"",
        "X a=b;c=d",
        "X a=b, @",
        "X/1",
    ] {
        let late = |mistake: &str| [mistake, ", Late realm=l"].concat();
        assert_eq!(parsed(&late(mistake)).len(), 0, "{mistake:?}");
        let header = late(&[r#"Early realm="e", "#, mistake].concat());
        // Without a scheme, the mistake is a part of the challenge before it.
        let early = usize::from(mistake.starts_with('X'));
        assert_eq!(parsed(&header).len(), early, "{header:?}");
    }
    assert_eq!(parsed("error=invalid_token, Bearer error=x").len(), 0, "a parameter of no challenge");
}

#[test]
fn a_challenge_that_says_something_twice_does_not_count() {
    assert_eq!(parsed("A x=1, X=2, B x=1, C x=1, y=2, x=1, D"), ["B x=1", "D "]);
    for token68 in ["abc", "abc==", "a="] {
        let header = ["A ", token68, ", x=1, B y=2"].concat();
        assert_eq!(parsed(&header), ["B y=2"], "a token68 and a parameter: {header}");
    }
    assert_eq!(objection("Bearer error=invalid_token, error=insufficient_user_authentication"), None);
}

#[test]
fn a_header_is_bounded() {
    let header = |length: usize| ["Bearer realm=", &"x".repeat(length - 13)].concat();
    assert_eq!(parse(&header(MAX_HEADER)).len(), 1);
    assert_eq!(parse(&header(MAX_HEADER + 1)).len(), 0);
    let commas = ",".repeat(MAX_HEADER);
    assert_eq!(parse(&commas).len(), 0);
}

fn of(header: &str) -> Option<Objection> {
    objection(header).map(|(objection, _)| objection)
}

#[test]
fn rfc_6750_section_3_examples() {
    assert_eq!(of(r#"Bearer realm="example""#), None);
    let header = r#"Bearer realm="example", error="invalid_token", error_description="The access token expired""#;
    assert_eq!(objection(header), Some((Objection::InvalidToken, StepUp::default())));
    let header = r#"Bearer error="insufficient_scope", scope="openid profile""#;
    let demands = StepUp { scope: Some("openid profile".to_owned()), ..StepUp::default() };
    assert_eq!(objection(header), Some((Objection::InsufficientScope, demands)));
}

#[test]
fn rfc_9449_examples_and_proofs_are_the_business_of_dpop_alone() {
    let header = r#"DPoP error="invalid_token", error_description="Invalid DPoP key binding", algs="ES256""#;
    assert_eq!(of(header), Some(Objection::InvalidToken));
    let header = r#"DPoP error="use_dpop_nonce", error_description="Resource server requires nonce in DPoP proof""#;
    assert_eq!(of(header), Some(Objection::UseDpopNonce));
    assert_eq!(of(r#"dpop error="invalid_dpop_proof""#), Some(Objection::InvalidDpopProof));
    assert_eq!(of(r#"Bearer error="use_dpop_nonce""#), None);
    assert_eq!(of(r#"Bearer error="invalid_dpop_proof""#), None);
    // Section 7.2: both schemes, and the error with the one that was used.
    assert_eq!(of(r#"DPoP algs="ES256 PS256", Bearer error="invalid_token""#), Some(Objection::InvalidToken));
}

#[test]
fn rfc_9470_section_3_examples() {
    let header = r#"Bearer error="insufficient_user_authentication", error_description="A different authentication level is required", acr_values="myACR""#;
    let demands = StepUp { acr_values: Some("myACR".to_owned()), ..StepUp::default() };
    assert_eq!(objection(header), Some((Objection::InsufficientUserAuthentication, demands)));
    let header = r#"DPoP error="insufficient_user_authentication", error_description="More recent authentication is required", max_age="5", scope="read write""#;
    let demands = StepUp { acr_values: None, max_age_seconds: Some(5), scope: Some("read write".to_owned()) };
    assert_eq!(objection(header), Some((Objection::InsufficientUserAuthentication, demands)));
}

#[test]
fn h4_the_first_known_objection_to_a_token_counts() {
    let basic = r#"Basic error="invalid_token", Bearer error="unheard_of", Bearer, Bearer error="insufficient_scope""#;
    assert_eq!(of(basic), Some(Objection::InsufficientScope));
    assert_eq!(of(r#"Bearer error="Invalid_Token""#), None, "names of errors have one case");
    assert_eq!(of(r#"Bearer error="""#), None);
    assert_eq!(of(""), None);
}

#[test]
fn h4_what_is_demanded_is_inert_and_typed() {
    let demands = |parameters: &str| {
        let header = ["Bearer error=insufficient_user_authentication, ", parameters].concat();
        objection(&header).map(|(_, demands)| demands)
    };
    for nothing in [r#"acr_values="", scope="""#, "acr_values=\"\t\", scope=\"\u{200b}\""] {
        assert_eq!(demands(nothing), Some(StepUp::default()), "{nothing:?}");
    }
    for (max_age, seconds) in [("0", Some(0)), ("\"3600\"", Some(3600)), ("-1", None), ("1.5", None), ("soon", None)] {
        let expected = StepUp { max_age_seconds: seconds, ..StepUp::default() };
        assert_eq!(demands(&["max_age=", max_age].concat()), Some(expected));
    }
    let long = demands(&["acr_values=\"\u{202e}\u{85}", &"é".repeat(600), "\""].concat()).unwrap();
    assert_eq!(long.acr_values, Some("é".repeat(500)));
}

fn quoted(value: &str) -> String {
    ["\"", &value.replace('\\', "\\\\").replace('"', "\\\""), "\""].concat()
}

fn token() -> impl Strategy<Value = String> {
    "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}"
}

proptest! {
    #[test]
    fn what_was_written_is_read(
        challenges in prop::collection::vec(
            (token(), prop::collection::btree_map("[a-z0-9!#$%&'*+.^_`|~-]{1,6}", ("[\t -~é😀]{0,12}", any::<bool>()), 0..5)),
            0..5,
        ),
        separators in prop::collection::vec("[ \t]{0,2},[ \t,]{0,3}", 30),
    ) {
        let (mut header, mut expected) = (String::new(), Vec::new());
        let mut separators = separators.iter();
        for (scheme, parameters) in &challenges {
            let before = if header.is_empty() { "" } else { separators.next().unwrap() };
            header.extend([before, scheme]);
            let mut gap = " ";
            for (name, (value, quotes)) in parameters {
                let bare = !quotes && !value.is_empty() && value.bytes().all(is_token);
                let value = if bare { value.clone() } else { quoted(value) };
                header.extend([gap, name, "=", &value]);
                gap = separators.next().unwrap();
            }
            let parameters = parameters.iter().map(|(name, (value, _))| (name.clone(), value.clone())).collect();
            expected.push(Challenge { scheme: scheme.clone(), parameters });
        }
        prop_assert_eq!(parse(&header), expected, "{}", header);
    }

    #[test]
    fn any_header_is_judged_without_a_panic(header in "([A-Za-z]{0,3}|[ ,=\"\\\\\t]|é|\\PC){0,40}") {
        let challenges = parse(&header);
        prop_assert!(challenges.iter().all(|challenge| !challenge.scheme.is_empty() && !challenge.is_ambiguous()));
        let _ = objection(&header);
    }
}
