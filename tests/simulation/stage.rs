//! What scenarios share: a world with an app in it, and short words for what a user does.

use keyward::client::{Client, Config, ProviderConfig, SignOutOptions, Status, TokenOptions, Usage};
use keyward::platform::sim::{Call, Endpoint, Exchange, Settled, Tab, World};
use keyward::protocol::Millis;
use keyward::protocol::error::{Error, ErrorCode};
use keyward::session::event::Event;
use keyward::session::view;
use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

pub(crate) const APP: &str = "https://app.example/";
pub(crate) const SECOND: Millis = 1_000;
pub(crate) const MINUTE: Millis = 60 * SECOND;
pub(crate) const HOUR: Millis = 60 * MINUTE;

/// The app in one tab.
pub(crate) struct Page {
    pub(crate) tab: Tab,
    pub(crate) client: Client<Tab>,
    pub(crate) starting: Call<()>,
    pub(crate) events: Rc<RefCell<Vec<String>>>,
    _listening: Box<dyn Any>,
}

/// The configuration of the app.
pub(crate) fn config() -> Config {
    let mut provider = ProviderConfig::new("https://provider.example", "app").scope("openid offline_access");
    // The provider advertises it if its settings say so.
    provider.dpop = Usage::Auto;
    Config { allowed_origins: vec!["https://api.example".to_owned()], ..Config::new(provider) }
}

/// Where the app's view lies.
pub(crate) fn view_key() -> String {
    let app = config();
    let providers = app.providers.iter().map(|it| (it.id.as_str(), it.issuer.as_deref(), it.client_id.as_str()));
    view::key(&app.namespace, &view::configuration(providers))
}

/// Loads the app at that URL; it begins to start.
pub(crate) fn begin_load(world: &World, url: &str) -> Page {
    begin(world.open(url))
}

/// Starts the app in a worker.
pub(crate) fn begin_worker(world: &World) -> Page {
    begin(world.open_worker())
}

fn begin(tab: Tab) -> Page {
    begin_with(tab, config())
}

/// The same, as that configuration says.
pub(crate) fn begin_with(tab: Tab, config: Config) -> Page {
    let client = Client::new(tab.clone(), config).unwrap();
    let events: Rc<RefCell<Vec<String>>> = Rc::default();
    let heard = events.clone();
    let listening = Box::new(client.on_event(move |event| heard.borrow_mut().push(name(event))));
    let begun = client.clone();
    let starting = tab.call(async move { begun.start().await });
    Page { tab, client, starting, events, _listening: listening }
}

/// Loads the app at that URL and lets it settle.
pub(crate) fn load(world: &World, url: &str) -> Page {
    let page = begin_load(world, url);
    world.run_for(SECOND);
    page
}

/// A page whose user has signed in through the provider.
pub(crate) fn signed_in(world: &World, user: &str) -> Page {
    let page = load(world, APP);
    sign_in(world, &page, user)
}

/// Leaves for the provider, signs in there and returns: a new page.
pub(crate) fn sign_in(world: &World, page: &Page, user: &str) -> Page {
    let back = go_to_provider(world, page, user);
    let page = load(world, &back);
    let result = page.client.redirect_result().expect("the URL is a response");
    assert_eq!(result.outcome.expect("the sign-in succeeds").session.subject, user);
    page
}

/// Leaves for the provider and signs in there: the URL to return to.
pub(crate) fn go_to_provider(world: &World, page: &Page, user: &str) -> String {
    let client = page.client.clone();
    page.tab.call(async move { client.sign_in(Default::default()).await });
    world.run_for(SECOND);
    let url = page.tab.navigated().expect("the page is left");
    page.tab.unload();
    world.authorize(&url, user).expect("the provider accepts the request")
}

/// Two tabs of a user who has signed in.
pub(crate) fn two_tabs(world: &World, user: &str) -> (Page, Page) {
    let first = signed_in(world, user);
    (first, load(world, APP))
}

impl Page {
    pub(crate) fn ask(&self) -> Call<Result<Rc<str>, Error>> {
        self.ask_with(TokenOptions::default())
    }

    pub(crate) fn ask_with(&self, options: TokenOptions) -> Call<Result<Rc<str>, Error>> {
        let client = self.client.clone();
        self.tab.call(async move { client.access_token(options).await })
    }

    /// What a call for a token comes to.
    pub(crate) fn token(&self, world: &World) -> Result<Rc<str>, ErrorCode> {
        let call = self.ask();
        world.finish(&call, MINUTE).expect("every call settles").map_err(|error| error.code)
    }

    pub(crate) fn sign_out(&self, world: &World) {
        let client = self.client.clone();
        let call = self.tab.call(async move { client.sign_out(SignOutOptions::default()).await });
        world.finish(&call, MINUTE).expect("every call settles").unwrap();
    }

    /// Leaves the page and loads the app again.
    pub(crate) fn reload(self, world: &World) -> Page {
        self.tab.unload();
        load(world, APP)
    }

    pub(crate) fn status(&self) -> Status {
        self.client.state().status()
    }

    pub(crate) fn events(&self) -> Vec<String> {
        self.events.borrow().clone()
    }
}

/// The token requests that present a refresh token, from that instant on.
pub(crate) fn refreshes(world: &World, since: Millis) -> Vec<Exchange> {
    let exchanges = world.exchanges();
    let refreshes = exchanges.iter().filter(|exchange| exchange.refresh_token.is_some());
    let refreshes = refreshes.filter(|exchange| exchange.endpoint == Endpoint::Token && exchange.sent_at >= since);
    refreshes.cloned().collect()
}

/// Those of them that the sender still waits for.
pub(crate) fn under_way(world: &World) -> usize {
    refreshes(world, 0).iter().filter(|exchange| exchange.settled.is_none()).count()
}

/// Those of them that brought tokens.
pub(crate) fn successes(world: &World, since: Millis) -> usize {
    refreshes(world, since)
        .iter()
        .filter(|exchange| exchange.settled.is_some_and(|(_, how)| how == Settled::Answered(200)))
        .count()
}

/// Lets things happen until the condition holds.
pub(crate) fn wait_until(world: &World, within: Millis, condition: impl Fn() -> bool) {
    let end = world.time() + within;
    while !condition() {
        assert!(world.step_until(end), "what was waited for did not happen within {within} ms");
    }
}

/// The event's name as the contract spells it, with its origin or reason.
pub(crate) fn name(event: &Event) -> String {
    let more = match event {
        Event::SignedIn(_, origin) | Event::TokenRefreshed(_, origin) => origin.as_str().to_owned(),
        Event::SignedOut(_, reason, origin) => format!("{} {}", reason.as_str(), origin.as_str()),
        Event::RefreshFailed(_, error, _)
        | Event::ReauthRequired(_, error)
        | Event::SignInFailed(_, error)
        | Event::StorageDegraded(error) => error.code.as_str().to_owned(),
    };
    format!("{} {more}", event.name())
}

/// A new token, whatever the one in hand is good for.
pub(crate) fn force() -> TokenOptions {
    TokenOptions { force_refresh: true, ..TokenOptions::default() }
}

pub(crate) fn sign_out_of(world: &World, page: &Page, options: SignOutOptions) {
    let client = page.client.clone();
    let call = page.tab.call(async move { client.sign_out(options).await });
    world.finish(&call, MINUTE).expect("every call settles").unwrap();
}

/// The stored text of every session.
pub(crate) fn sessions(world: &World) -> Vec<(String, String)> {
    world.stored().into_iter().filter(|(key, _)| key.contains(":session:")).collect()
}
