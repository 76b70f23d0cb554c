//! Who wants to know what: listeners that end when their subscription is dropped, and may call back into the client.

use crate::prelude::*;
use alloc::rc::{Rc, Weak};
use core::cell::RefCell;

type Listener<T> = Rc<dyn Fn(&T)>;

/// The listeners for one kind of news.
pub(super) struct Listeners<T: 'static> {
    list: Rc<RefCell<Vec<Listener<T>>>>,
}

/// Listens while it lives.
#[must_use = "dropping the subscription ends it"]
pub struct Subscription {
    end: Option<Box<dyn FnOnce()>>,
}

impl<T> Listeners<T> {
    pub(super) fn new() -> Self {
        Listeners { list: Rc::default() }
    }

    pub(super) fn add(&self, listener: impl Fn(&T) + 'static) -> Subscription {
        let listener: Listener<T> = Rc::new(listener);
        self.list.borrow_mut().push(listener.clone());
        let list: Weak<RefCell<Vec<Listener<T>>>> = Rc::downgrade(&self.list);
        let end = move || {
            if let Some(list) = list.upgrade() {
                list.borrow_mut().retain(|other| !Rc::ptr_eq(other, &listener));
            }
        };
        Subscription { end: Some(Box::new(end)) }
    }

    /// No borrow is held while listeners run: they may subscribe, unsubscribe and call back.
    pub(super) fn tell(&self, news: &T) {
        let listeners = self.list.borrow().clone();
        for listener in listeners {
            listener(news);
        }
    }

    pub(super) fn clear(&self) {
        self.list.borrow_mut().clear();
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(end) = self.end.take() {
            end();
        }
    }
}
