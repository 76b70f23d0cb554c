//! The misbehaving provider of tests/hostile before a real browser: its fetch, its JSON, its URLs, its WebCrypto. One page
//! goes from provider to provider by itself. Both sides are looked at: what each provider received, and what the page saw.

use std::sync::Arc;
use std::time::Duration;

use hostile_tests::{Misbehaviour, Phase, Provider, misbehaviours};
use serde_json::{Value, json};

use crate::engines::Engine;
use crate::rotation::Rotation;
use crate::server::hostile;
use crate::trial::{Scenario, Trial};
use crate::{Error, Outcome};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)))
    .not_in_a_worker("the providers are judged by the same module, and hostile.html has it in the page");

/// One in so many of the table, which goes through all places: natively all of it is judged.
const STRIDE: usize = 24;
/// Where a browser's own code judges, all of it.
const ALWAYS: &[&str] = &[
    "d2_rs256_signature_",
    "d2_ps256_signature_",
    "d2_es384_signature_",
    "d2_eddsa_signature_",
    "b2_token_response_is_",
    "_is_no_cors_headers",
    "_begins_with_a_byte_order_mark",
    "_has_an_octet_of_latin_1",
    "_is_invalid_grant_in_latin_1",
    "has_members_that_nobody_knows",
];
const LEAST: usize = 40;
/// Some two hundred pages, one after the other: a minute on a quiet machine, twice that on one with twenty times the load.
const PATIENCE: Duration = Duration::from_secs(540);
/// For answers that never come.
const A_MOMENT: u32 = 1_200;

async fn run(trial: &Trial) -> Outcome {
    let page = trial.browser.first_tab();
    let chosen = chosen();
    let places = [Phase::SignIn, Phase::Return, Phase::Ignored, Phase::Refresh, Phase::UserInfo, Phase::SignOut];
    for phase in places {
        assert!(chosen.iter().any(|one| one.expect.phase == phase), "nothing of {phase:?} is chosen");
    }
    let hostile_ones = chosen.iter().filter(|one| one.expect.phase != Phase::Never).count();
    assert!(hostile_ones >= LEAST, "only {hostile_ones} are chosen");
    let of_all = chosen.len();
    let rotation = Rotation::of_today();
    let today = |(index, one): (usize, Misbehaviour)| rotation.includes(index, trial.engine).then_some(one);
    let chosen: Vec<Misbehaviour> =
        chosen.into_iter().enumerate().filter_map(today).filter(|one| !goes_unnoticed(trial.engine, one)).collect();

    let path = |name: &str| format!("{name}~{}", trial.engine.name());
    let providers: Vec<_> = chosen.iter().map(|one| hostile().provider(&path(&one.id()))).collect();
    let good = hostile().provider(&path("good"));
    let listed = chosen.iter().zip(&providers).map(|(one, provider)| case(one, provider));
    let first = json!({ "name": "good", "issuer": good.issuer(), "phase": "good" });
    let cases: Vec<Value> = std::iter::once(first).chain(listed).collect();
    let plan = json!({ "cases": cases, "goodIssuer": good.issuer(), "at": 0, "step": "begin", "seen": [], "problems": [] });

    page.open(&format!("{}/hostile.html", trial.server.app)).await?;
    page.wait_for("return document.documentElement.dataset.ready").await?;
    page.run_with("sessionStorage.setItem('plan', JSON.stringify(given))", plan).await?;
    page.begin("location.reload()").await?;
    let done = "const plan = JSON.parse(sessionStorage.getItem('plan')); return plan?.done ? plan : null";
    // Beyond the patience for a page that answers, since one that is busy for ever answers nothing.
    let plan = match tokio::time::timeout(PATIENCE + Duration::from_secs(20), page.wait_up_to(PATIENCE, done)).await {
        Ok(Ok(plan)) if plan["done"] == true => plan,
        Ok(Ok(plan)) => return Err(stuck(&plan, "the page gave up".into())),
        Ok(Err(error)) => {
            return Err(stuck(&page.run("return JSON.parse(sessionStorage.getItem('plan'))").await?, error));
        }
        Err(_) => return Err(format!("the page does not answer; {}", last_asked(&chosen, &providers)).into()),
    };

    let mut wrong = Vec::new();
    for (index, (one, provider)) in chosen.iter().zip(&providers).enumerate() {
        let seen = &plan["seen"][index + 1];
        if let Err(reason) = saw(one, seen).and_then(|()| received(one, provider)) {
            wrong.push(format!("{}: {reason}\n{seen}", one.id()));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), chosen.len(), wrong.join("\n"));
    // The session that was there before is as it was.
    assert_eq!(plan["seen"][0]["before"]["redirect"], "alice", "the good session was never begun: {}", plan["seen"][0]);
    assert!(plan["good"]["token"]["value"].is_string(), "{} {}", plan["good"], plan["kept"]);
    assert_eq!(plan["good"]["token"], plan["seen"][0]["before"]["token"]);
    assert!(good.token_requests("refresh_token").is_empty());
    assert_eq!(plan["problems"], json!([]));
    println!("{}: {} of {of_all} providers, {hostile_ones} of all misbehave", trial.engine.name(), chosen.len());
    Ok(())
}

/// WebKitGTK takes an answer for whole whose connection is closed before all that was promised has come. If it is half of
/// a JSON document that is noticed all the same.
fn goes_unnoticed(engine: Engine, one: &Misbehaviour) -> bool {
    engine == Engine::WebKitGtk && one.name.ends_with("is_less_than_promised")
}

fn chosen() -> Vec<Misbehaviour> {
    let is_chosen = |(index, one): &(usize, Misbehaviour)| {
        let name = one.id();
        index % STRIDE == 0 || one.expect.phase == Phase::Ignored || ALWAYS.iter().any(|always| name.contains(always))
    };
    misbehaviours::all().into_iter().enumerate().filter(is_chosen).map(|(_, one)| one).collect()
}

fn case(one: &Misbehaviour, provider: &Provider) -> Value {
    let phase = match one.expect.phase {
        Phase::Refresh => "refresh",
        Phase::UserInfo => "user_info",
        Phase::SignOut => "sign_out",
        Phase::Never => "never",
        Phase::SignIn | Phase::Return | Phase::Ignored => "sign_in",
    };
    let mut case = json!({ "name": one.id(), "issuer": provider.issuer(), "phase": phase });
    if let Some(seconds) = one.expect.max_age {
        case["maxAgeSeconds"] = seconds.into();
    }
    if one.name.ends_with("is_no_answer") {
        case["timeout"] = A_MOMENT.into();
    }
    case
}

/// What the page saw.
fn saw(one: &Misbehaviour, seen: &Value) -> Result<(), String> {
    let expect = &one.expect;
    let (before, honest) = (&seen["before"], &seen["honest"]);
    let error = match expect.phase {
        Phase::SignIn => &seen["left"],
        Phase::Return => &before["redirect"],
        Phase::Refresh => &seen["refresh"]["error"],
        Phase::UserInfo => &seen["userInfo"]["error"],
        Phase::Ignored | Phase::SignOut | Phase::Never => &Value::Null,
    };
    if let (Some(code), true) = (expect.code, expect.phase != Phase::Ignored) {
        ensure(error["isAuthError"] == true && error["code"] == code.as_str(), "another error")?;
        let message = error["message"].as_str().unwrap_or_default();
        // The token endpoint has answered this page before, at the sign-in: then nobody suspects the origin.
        let answered_before = one.name == "refresh_response_is_no_cors_headers";
        let mentions = if answered_before { "CORS" } else { expect.mentions };
        ensure(message.contains(mentions), "the message does not say what is wrong")?;
    }
    match expect.phase {
        Phase::SignIn | Phase::Return | Phase::Ignored => {
            ensure(before["status"] == "signed_out" && before["token"]["error"]["code"] == "login_required", "signed in")?;
            ensure(before["sessions"] == 0, "a session is stored")?;
            ensure(expect.phase != Phase::Ignored || before["redirect"].is_null(), "not ignored")?;
            let url = before["url"].as_str().unwrap_or_default();
            ensure(expect.phase == Phase::Ignored || !url.contains("code="), "the code is in the address bar")?;
        }
        Phase::Refresh | Phase::UserInfo => {
            let after = &seen["after"];
            ensure(before["redirect"] == "alice", "not signed in")?;
            let ended = expect.phase == Phase::Refresh && expect.ends_session;
            ensure(after["sessionError"].is_null() != ended, "the session ends, or not")?;
            ensure(ended || after["token"]["value"].is_string(), "the session goes on, and has no token")?;
            let renewed = expect.phase == Phase::UserInfo && expect.token_requests > 0;
            ensure(ended || renewed || after["token"] == before["token"], "a token of a refused answer")?;
            ensure(renewed || after["claims"] == before["claims"], "other claims")?;
        }
        Phase::SignOut => ensure(seen["after"]["status"] == "signed_out", "not signed out")?,
        Phase::Never => {
            ensure(before["redirect"] == "alice" && seen["refresh"]["value"].is_string(), "it does not work")?;
            let about_user_info = one.is_about(hostile_tests::Place::UserInfo);
            ensure(!about_user_info || seen["userInfo"]["value"]["sub"] == "alice", "no UserInfo")?;
        }
    }
    ensure(honest["redirect"] == "alice" && honest["token"]["value"].is_string(), "an honest sign-in fails")?;
    // What only looks odd may be known still, such as metadata without the endpoint.
    let asked = expect.phase == Phase::Never || honest["userInfo"]["value"]["sub"] == "alice";
    ensure(asked, "no honest UserInfo")
}

/// What the provider received, the honest sign-in at the end among it.
fn received(one: &Misbehaviour, provider: &Provider) -> Result<(), String> {
    let expect = &one.expect;
    let codes = provider.token_requests("authorization_code").len();
    let refreshes = provider.token_requests("refresh_token").len();
    let (expected_codes, expected_refreshes) = match expect.phase {
        Phase::SignIn | Phase::Ignored => (1, 0),
        Phase::Return => (1 + expect.token_requests, 0),
        Phase::Refresh | Phase::UserInfo => (2, expect.token_requests),
        Phase::SignOut => (2, 0),
        Phase::Never => (2, 1),
    };
    let seen = format!("{codes} codes and {refreshes} refresh tokens received");
    ensure((codes, refreshes) == (expected_codes, expected_refreshes), &seen)?;
    let left = usize::from(expect.phase != Phase::SignIn);
    ensure(provider.received_at("authorize").len() == 1 + left, "sent to the provider, or not")?;
    for request in provider.received().iter().filter(|request| !["authorize", "control"].contains(&&*request.endpoint)) {
        let telling = ["cookie", "referer"].iter().any(|name| request.header(name).is_some());
        ensure(!telling && request.query.iter().all(|(name, _)| name != "code"), "more than it may know")?;
    }
    Ok(())
}

fn ensure(holds: bool, otherwise: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise.to_owned()) }
}

/// Which provider was the last to hear anything, and what.
fn last_asked(chosen: &[Misbehaviour], providers: &[Arc<Provider>]) -> String {
    let asked = chosen.iter().zip(providers).rfind(|(_, provider)| !provider.received().is_empty());
    let Some((one, provider)) = asked else { return "no provider was asked".to_owned() };
    let endpoints: Vec<String> = provider.received().into_iter().map(|request| request.endpoint).collect();
    format!("the last provider was {}, asked for {}", one.id(), endpoints.join(", "))
}

fn stuck(plan: &Value, error: Error) -> Error {
    let at = plan["at"].as_u64().unwrap_or_default() as usize;
    format!("{error}\nat {} ({}): {}, {}", plan["cases"][at]["name"], plan["step"], plan["seen"][at], plan["problems"]).into()
}
