//! Whatever a method is called with, what it throws or rejects with is an AuthError with a code of the contract, and
//! nothing stays unhandled.

use keyward::ErrorCode;
use serde_json::{Value, json};

use crate::Outcome;
use crate::steps::{open_app, quiet};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)));

/// Calls every method with every odd value; returns what came of each that failed, and what did not come to an end.
const MISUSE: &str = "
    const looksBack = { get provider() { throw new Error('a getter that throws'); } };
    const cycle = {}; cycle.provider = cycle;
    const odd = [null, 0, -1, NaN, 1n, '', 'x', true, Symbol('s'), [], [1], {}, () => {}, new Date(), new Map(), cycle,
      looksBack, new Proxy({}, { ownKeys() { throw new TypeError('no keys'); } }), { provider: 7 }, { provider: 'none' },
      { subject: null }, { signal: {} }, { signal: AbortSignal.abort() }, { unknown: 1 }, { minValiditySeconds: -1 },
      { mode: 'sideways' }, { params: { state: 'mine' } }, { returnTo: 'https://evil.example/' }, { appState: cycle },
      { url: 'nonsense' }, { url: 'https://elsewhere.example/' }, Object.create(null)];
    const methods = ['signIn', 'signOut', 'getAccessToken', 'getUserInfo', 'getAuthHeaders', 'handleRedirect', 'subscribe',
      'on', 'fetch'];
    const seen = [];
    const soon = (promise) => Promise.race([promise, new Promise((resolve) => setTimeout(resolve, 3000, 'pending'))]);
    const name = (value) => { try { return String(JSON.stringify(value)).slice(0, 60); } catch { return typeof value; } };
    const note = async (method, value, call) => {
      try {
        const outcome = await soon(call());
        if (outcome === 'pending') seen.push({ method, value: name(value), code: 'pending' });
      } catch (error) {
        seen.push({ method, value: name(value), ...describe(error) });
      }
    };
    for (const method of methods) {
      for (const value of odd) {
        // These would leave the page, or are requests of the page's own.
        if (method === 'signIn' && (value instanceof Date || name(value) === '{}')) continue;
        if (method === 'fetch') continue;
        await note(method, value, () => auth[method](value));
      }
    }
    for (const value of odd) {
      await note('init', value, () => keyward.init(value));
      await note('createAuth', value, () => keyward.createAuth(value));
      await note('createAuth', value, () => keyward.createAuth({ issuer: value, clientId: value, storage: value }));
    }
    return seen";

async fn run(trial: &Trial) -> Outcome {
    let page = trial.browser.first_tab();
    open_app(trial, &page, quiet()).await?;
    let Value::Array(seen) = page.run(MISUSE).await? else { return Err("nothing was seen".into()) };
    assert!(seen.len() > 150, "{} calls failed", seen.len());
    let codes: Vec<&str> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    for error in &seen {
        let code = error["code"].as_str().unwrap_or_default();
        assert!(error["isAuthError"] == true && codes.contains(&code), "{error}");
        assert_eq!(error["name"], "AuthError", "{error}");
        assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{error}");
    }
    assert_eq!(page.run("return problems").await?, json!([]));
    Ok(())
}
