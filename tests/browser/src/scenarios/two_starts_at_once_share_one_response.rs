//! React's StrictMode calls `init` twice at once, with functions written inline: one instance, whose functions are the last
//! ones given. Two configurations at once are two instances, and never race for one response: one exchange, the same
//! result for all whose sign-in it was, and no error for anybody (A4).

use serde_json::{Value, json};

use crate::Outcome;
use crate::shortcut::begin_sign_in;
use crate::steps::{open_app, quiet};
use crate::trial::{Scenario, Trial};

pub(crate) const SCENARIO: Scenario = Scenario::everywhere(300, |trial| Box::pin(run(trial)));

const PREPARE: &str = "
    const config = await configuration({ autoRefresh: false });
    window.logged = [];
    window.failed = [];
    const inline = (name, more) => ({ ...config, logger: (entry) => logged.push(name), ...more });
    const subjects = (all) => all.map(({ redirectResult }) => redirectResult?.result?.session.subject ?? plain(redirectResult));
    const watch = (all) => all.forEach((auth) => auth.on('signInFailed', ({ error }) => failed.push(describe(error))));
    ";

const SAME: &str = "
    const all = await Promise.all([keyward.init(inline('one')), keyward.init(inline('two'))]);
    all.push(await keyward.init(inline('three')));
    window.auth = all[0];
    logged.length = 0;
    await auth.getAccessToken({ forceRefresh: true });
    await auth.signOut({ mode: 'local' });
    await auth.signIn({ mode: 'silent', timeout: 1 }).catch(() => {});
    return { same: new Set(all).size, subjects: subjects(all), logged: [...new Set(logged)], url: location.href }";

const DIFFERENT: &str = "
    const all = await Promise.all([
      keyward.init(inline('one')),
      keyward.createAuth(inline('two', { requestTimeout: 9000 })),
      keyward.init(inline('three', { clockToleranceSeconds: 61 })),
      keyward.createAuth(inline('four', { namespace: 'another' })),
    ]);
    window.auth = all[0];
    watch(all);
    await new Promise((resolve) => setTimeout(resolve, 50));
    return { same: new Set(all).size, subjects: subjects(all), failed, url: location.href,
      states: all.map(({ state }) => state.session?.subject ?? null) }";

const ADAPTERS: &str = "
    class Store {
      #kept = (window.kept ??= new Map());
      constructor(name) { this.name = name; }
      get(key) { return this.#kept.get(key) ?? null; }
      set(key, value) { this.#kept.set(key, value); }
      remove(key) { this.#kept.delete(key); }
      keys(prefix) { logged.push(this.name); return [...this.#kept.keys()].filter((key) => key.startsWith(prefix)); }
    }
    const kept = new Map();
    const literal = () => ({ get: (key) => kept.get(key) ?? null, set: (key, value) => void kept.set(key, value),
      remove: (key) => void kept.delete(key), keys: () => [...kept.keys()] });
    const made = (storage) => keyward.init({ ...config, storage });
    const classes = [await made(new Store('one')), await made(new Store('two'))];
    logged.length = 0;
    await classes[1].getAccessToken().catch(() => {});
    await classes[1].signOut({ all: true });
    const literals = await Promise.all([made(literal()), made(literal())]);
    return { classes: new Set(classes).size, literals: new Set(literals).size, logged: [...new Set(logged)],
      other: (await made('memory')) === literals[0] }";

async fn run(trial: &Trial) -> Outcome {
    let (server, page) = (&trial.server, trial.browser.first_tab());
    open_app(trial, &page, quiet()).await?;
    let script = |body: &str| [PREPARE, body].concat();

    let response = begin_sign_in(trial, &page, "Ada").await?;
    page.open(&response).await?;
    page.wait_for("return document.documentElement.dataset.ready").await?;
    let seen = page.run(&script(SAME)).await?;
    assert_eq!((&seen["same"], &seen["subjects"]), (&json!(1), &json!(["ada", "ada", "ada"])), "{seen}");
    assert_eq!((&seen["logged"], &seen["url"]), (&json!(["three"]), &json!(format!("{}/", server.app))), "{seen}");
    let log = server.log().await?;
    assert_eq!(log.to("token").len(), 2, "one exchange, one refresh:\n{}", log.text());

    server.reset().await?;
    let response = begin_sign_in(trial, &page, "Grace").await?;
    page.open(&response).await?;
    page.wait_for("return document.documentElement.dataset.ready").await?;
    let seen = page.run(&script(DIFFERENT)).await?;
    assert_eq!((&seen["same"], &seen["failed"]), (&json!(4), &json!([])), "{seen}");
    assert_eq!(seen["subjects"], json!(["grace", "grace", "grace", Value::Null]), "{seen}");
    assert_eq!(seen["states"], json!(["grace", "grace", "grace", Value::Null]), "{seen}");
    let log = server.log().await?;
    assert_eq!(log.to("token").len(), 1, "one exchange:\n{}", log.text());

    if !trial.isolated {
        let seen = page.run(&script(ADAPTERS)).await?;
        assert_eq!((&seen["classes"], &seen["literals"]), (&json!(1), &json!(1)), "{seen}");
        assert_eq!((&seen["logged"], &seen["other"]), (&json!(["two"]), &json!(false)), "{seen}");
    }
    assert_eq!(page.run("return problems").await?, json!([]));
    Ok(())
}
