//! `storage: "encrypted"`: what lies in the browser is ciphertext under a key that no script can export, bound to its
//! place; what was tampered with, moved or lost its key means signed out, is removed and reported (F5, F6).

use serde_json::{Value, json};

use crate::page::Page;
use crate::shortcut::{assert_signed_out, sign_in_here, start_over};
use crate::steps::{open_app, quiet};
use crate::trial::{Scenario, Trial};
use crate::{Error, Outcome};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)));

/// What happens to the stored records while no client looks.
const DAMAGES: [(&str, &str); 6] = [
    ("a flipped bit", "(key, value) => typeof value === 'string' ? value.slice(0, 40) + (value[40] === 'A' ? 'B' : 'A') + value.slice(41) : value"),
    ("cut off", "(key, value) => typeof value === 'string' ? value.slice(0, -4) : value"),
    ("another record's", "(key, value, all) => key.includes(':session:') ? all.find(([other]) => other.includes(':session:') && other !== key)[1] : value"),
    ("another version", "(key, value) => typeof value === 'string' ? '2' + value.slice(1) : value"),
    ("the key is lost", "(key, value) => typeof value === 'string' ? value : undefined"),
    ("another key", "async (key, value) => typeof value === 'string' ? value : await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])"),
];

async fn run(trial: &Trial) -> Outcome {
    let mut config = quiet();
    config["storage"] = json!("encrypted");
    let page = trial.browser.first_tab();
    open_app(trial, &page, quiet()).await?;
    if !trial.isolated {
        // What another storage kept readable under the same namespace does not stay.
        sign_in_here(trial, &page, "Ada Lovelace").await?;
        start_over(&page, config.clone()).await?;
        assert_signed_out(&page, "a readable record is no encrypted one").await?;
    }
    assert_eq!(page.run("return { ...localStorage }").await?, json!({}));

    sign_in_here(trial, &page, "Ada Lovelace").await?;
    sign_in_here(trial, &page, "Grace Hopper").await?;
    let token = page.run("return await auth.getAccessToken()").await?;
    let (stored, keys) = look(&page).await?;
    let text = stored.to_string();
    assert_eq!(keys, json!([{ "type": "secret", "extractable": false, "algorithm": "AES-GCM",
        "usages": ["decrypt", "encrypt"] }]));
    for secret in [token.as_str().unwrap_or_default(), "ada-lovelace", "Ada Lovelace", "Grace Hopper", "refresh", "verifier"] {
        assert!(!text.contains(secret), "{secret} is readable: {text}");
    }

    // The same content twice is another ciphertext, under another initialisation vector.
    let written = |stored: &Value| stored.as_array().into_iter().flatten().map(|row| row[1].to_string()).collect::<Vec<_>>();
    let before = written(&stored);
    page.run("return await auth.getAccessToken({ forceRefresh: true })").await?;
    let after = written(&look(&page).await?.0);
    let vector = |text: &String| text.chars().take(18).collect::<String>();
    assert!(after.iter().filter(|text| !before.contains(text)).count() > 0);
    let mut vectors: Vec<_> = before.iter().chain(after.iter().filter(|text| !before.contains(text))).map(vector).collect();
    let count = vectors.len();
    vectors.sort();
    vectors.dedup();
    assert_eq!(vectors.len(), count, "an initialisation vector was used twice");

    for (what, damage) in DAMAGES {
        page.run("await auth.close()").await?;
        page.run(&format!("await changeRecords({damage})")).await?;
        let entries = "window.entries = []; const config = await configuration(given);
            window.auth = await keyward.init({ ...config, logger: (entry) => entries.push(entry.event) });";
        page.run_with(entries, config.clone()).await?;
        assert_signed_out(&page, what).await?;
        let reported = page.run("return entries.filter((event) => event === 'record_unreadable').length").await?;
        assert_eq!(reported, 2, "{what}: both records are reported");
        let left = look(&page).await?.0;
        assert!(!left.to_string().contains(":session:"), "{what}: the records stay: {left}");
        sign_in_here(trial, &page, "Ada Lovelace").await?;
        sign_in_here(trial, &page, "Grace Hopper").await?;
        start_over(&page, config.clone()).await?;
        assert_eq!(page.run("return auth.state.sessions.length").await?, 2, "{what}: a new sign-in repairs it");
    }

    Ok(())
}

/// The encrypted values, and what is known of the keys.
async fn look(page: &Page) -> Result<(Value, Value), Error> {
    let script = "const { databases } = await traces(); const rows = databases.flatMap(([, rows]) => rows);
        return [rows.filter(([, value]) => typeof value === 'string'),
                rows.map(([, value]) => value).filter((value) => typeof value !== 'string')]";
    let mut seen = page.run(script).await?;
    Ok((seen[0].take(), seen[1].take()))
}
