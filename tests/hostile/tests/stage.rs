//! What tests share: an app in a browser of our own, and everything that it ever shows.

use crate::native::{Origin, Page, follow};
use hostile_tests::{Provider, Server};
use keyward::client::config::LogEntry;
use keyward::session::event::Event;
use keyward::{
    AccountSelector, Client, Config, Error, ErrorCode, Json, ProviderConfig, RedirectResult, SignInOptions,
    SignInResult, SignOutOptions, Subscription, TokenOptions,
};
use std::cell::RefCell;
use std::fmt::Debug;
use std::rc::Rc;
use std::sync::{Arc, OnceLock};

pub(crate) const APP: &str = "https://app.example/";
/// The server of this process.
pub(crate) fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start(0).expect("a port of the loopback interface is free"))
}

/// The app: its origin, its configuration, its sign of life.
pub(crate) struct App {
    pub(crate) origin: Rc<Origin>,
    pub(crate) config: Config,
    /// Everything that was shown: logs, events, states, errors, URLs.
    pub(crate) shown: Rc<RefCell<Vec<String>>>,
    pub(crate) providers: Vec<Arc<Provider>>,
}

/// The app in a page.
pub(crate) struct Tab {
    pub(crate) page: Page,
    pub(crate) client: Client<Page>,
    pub(crate) events: Rc<RefCell<Vec<Event>>>,
    shown: Rc<RefCell<Vec<String>>>,
    _subscriptions: [Subscription; 2],
}

impl App {
    /// An app that knows these providers, by these ids. The redirect URI of each is its own.
    pub(crate) fn new(providers: &[(&str, Arc<Provider>)]) -> App {
        let mut config: Option<Config> = None;
        for (id, provider) in providers {
            let mut entry = ProviderConfig::new(provider.issuer(), "app").scope("openid offline_access");
            entry.id = (*id).to_owned();
            entry.redirect_uri = Some(format!("{APP}{id}"));
            match &mut config {
                None => config = Some(Config::new(entry)),
                Some(config) => config.providers.push(entry),
            }
        }
        let mut config = config.expect("there is a provider");
        let shown: Rc<RefCell<Vec<String>>> = Rc::default();
        let log = shown.clone();
        config.logger = Some(Rc::new(move |entry: &LogEntry| log.borrow_mut().push(format!("{entry:?}"))));
        let providers = providers.iter().map(|(_, provider)| provider.clone()).collect();
        App { origin: Origin::new(), config, shown, providers }
    }

    /// An app with one provider, which does what its path says.
    pub(crate) fn with(path: &str) -> (App, Arc<Provider>) {
        let provider = server().provider(path);
        (App::new(&[("main", provider.clone())]), provider)
    }

    /// Loads a URL of the app without starting the client.
    pub(crate) fn open(&self, url: &str) -> Tab {
        let page = self.origin.open(url);
        let client = Client::new(page.clone(), self.config.clone()).expect("the configuration is sound");
        let events: Rc<RefCell<Vec<Event>>> = Rc::default();
        let (heard, shown, states) = (events.clone(), self.shown.clone(), self.shown.clone());
        let subscriptions = [
            client.on_event(move |event| {
                shown.borrow_mut().push(format!("{event:?}"));
                heard.borrow_mut().push(event.clone());
            }),
            client.subscribe(move |state| states.borrow_mut().push(format!("{state:?}"))),
        ];
        Tab { page, client, events, shown: self.shown.clone(), _subscriptions: subscriptions }
    }

    /// Loads a URL of the app.
    pub(crate) fn load(&self, url: &str) -> Tab {
        let tab = self.open(url);
        tab.page.run(tab.client.start());
        tab
    }

    /// Goes to the provider and back: the URL that it answers with. An error if the client does not even leave.
    pub(crate) fn go(&self, tab: &Tab, options: SignInOptions) -> Result<String, Error> {
        match tab.page.attempt(tab.client.sign_in(options)) {
            Some(Err(error)) => Err(tab.seen(error)),
            Some(Ok(_)) => panic!("a sign-in by redirect has no result on the page that it leaves"),
            None => {
                let url = tab.page.navigated().expect("the page is left");
                self.shown.borrow_mut().push(url.clone());
                Ok(follow(&self.origin.locate(&url)).expect("the provider accepts the authorization request"))
            }
        }
    }

    /// Comes back from the provider, with a response that this client awaits.
    pub(crate) fn come_back(&self, url: &str) -> Tab {
        let tab = self.load(url);
        self.shown.borrow_mut().push(tab.page.address());
        tab
    }

    /// Signs in at the provider of that id.
    pub(crate) fn sign_in(&self, provider: &str, user: &str) -> (Tab, Result<SignInResult, Error>) {
        let options = SignInOptions { login_hint: Some(user.to_owned()), ..at(provider) };
        let left = self.load(APP);
        let url = match self.go(&left, options) {
            Ok(url) => url,
            Err(error) => return (left, Err(error)),
        };
        let tab = self.come_back(&url);
        let result = tab.result().expect("the URL is a response to this client");
        (tab, result)
    }

    /// The same, where nothing may go wrong.
    pub(crate) fn signed_in(&self, provider: &str, user: &str) -> Tab {
        let (tab, result) = self.sign_in(provider, user);
        let result = result.unwrap_or_else(|error| panic!("an honest sign-in fails: {error} {error:?}"));
        assert_eq!(result.session.subject, user);
        assert_eq!(result.session.provider, provider);
        tab
    }

    /// Signs out, here only.
    pub(crate) fn signed_out(&self, provider: &str) {
        let tab = self.load(APP);
        let options = SignOutOptions { account: of(provider), local: true, ..SignOutOptions::default() };
        assert_eq!(tab.page.run(tab.client.sign_out(options)), Ok(()));
    }

    /// J2: none of the providers' secrets was ever shown.
    pub(crate) fn shows_no_secret(&self) {
        let mut shown = self.shown.borrow().clone();
        shown.extend(self.origin.announced.borrow().clone());
        shown.extend(self.origin.replaced.borrow().clone());
        shown.push(format!("{:?}", self.config.providers));
        for secret in self.providers.iter().flat_map(|provider| provider.secrets()) {
            // Tokens are found in parts, too.
            let telling = secret.get(..24).unwrap_or(&secret);
            for text in &shown {
                assert!(!text.contains(telling), "the secret {secret} is shown: {text}");
            }
        }
    }
}

impl Tab {
    /// What the page's URL was the response to.
    pub(crate) fn result(&self) -> Option<Result<SignInResult, Error>> {
        let RedirectResult { outcome } = self.client.redirect_result()?;
        Some(outcome.map_err(|error| self.seen(error)))
    }

    /// What a call for the access token of that provider comes to.
    pub(crate) fn token(&self, provider: &str) -> Result<Rc<str>, Error> {
        self.ask(TokenOptions { account: of(provider), ..TokenOptions::default() })
    }

    /// The same, refreshed first.
    pub(crate) fn new_token(&self, provider: &str) -> Result<Rc<str>, Error> {
        self.ask(TokenOptions { account: of(provider), force_refresh: true, ..TokenOptions::default() })
    }

    /// What UserInfo says of the user at that provider.
    pub(crate) fn user_info(&self, provider: &str) -> Result<Json, Error> {
        self.page.run(self.client.user_info(of(provider))).map_err(|error| self.seen(error))
    }

    fn ask(&self, options: TokenOptions) -> Result<Rc<str>, Error> {
        self.page.run(self.client.access_token(options)).map_err(|error| self.seen(error))
    }

    /// What happened, by name.
    pub(crate) fn event_names(&self) -> Vec<&'static str> {
        self.events.borrow().iter().map(event_name).collect()
    }

    /// Keeps an error's whole text for the search for secrets.
    pub(crate) fn seen(&self, error: Error) -> Error {
        self.show(&error);
        self.shown.borrow_mut().push(error.to_string());
        error
    }

    pub(crate) fn show(&self, something: &impl Debug) {
        self.shown.borrow_mut().push(format!("{something:?} {something:#?}"));
    }
}

pub(crate) fn of(provider: &str) -> AccountSelector {
    AccountSelector { provider: Some(provider.to_owned()), subject: None }
}

pub(crate) fn at(provider: &str) -> SignInOptions {
    SignInOptions { provider: Some(provider.to_owned()), ..SignInOptions::default() }
}

pub(crate) fn code<T>(result: Result<T, Error>) -> Option<ErrorCode> {
    result.err().map(|error| error.code)
}

fn event_name(event: &Event) -> &'static str {
    match event {
        Event::SignedIn(..) => "signedIn",
        Event::SignedOut(..) => "signedOut",
        Event::TokenRefreshed(..) => "tokenRefreshed",
        Event::RefreshFailed(..) => "refreshFailed",
        Event::ReauthRequired(..) => "reauthRequired",
        Event::SignInFailed(..) => "signInFailed",
        Event::StorageDegraded(..) => "storageDegraded",
    }
}
