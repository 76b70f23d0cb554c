//! A value that is waited for: it comes once, or never, if who was to send it is gone. What the crate of that name also does
//! (threads, cancelling) took room in the npm package's module.

use alloc::rc::Rc;
use core::cell::Cell;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

pub(super) struct Sender<T>(Rc<Shared<T>>);

/// Ready with what was sent.
pub(super) struct Receiver<T>(Rc<Shared<T>>);

/// The sender was dropped.
#[derive(Debug, PartialEq)]
pub(super) struct Gone;

struct Shared<T> {
    sent: Cell<Option<T>>,
    is_over: Cell<bool>,
    waiting: Cell<Option<Waker>>,
}

pub(super) fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let shared = Rc::new(Shared { sent: Cell::new(None), is_over: Cell::new(false), waiting: Cell::new(None) });
    (Sender(shared.clone()), Receiver(shared))
}

impl<T> Sender<T> {
    /// To somebody who may not wait any more.
    pub(super) fn send(self, value: T) {
        self.0.sent.set(Some(value));
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.0.is_over.set(true);
        if let Some(waiting) = self.0.waiting.take() {
            waiting.wake();
        }
    }
}

impl<T> Future for Receiver<T> {
    type Output = Result<T, Gone>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.0.sent.take() {
            Some(value) => Poll::Ready(Ok(value)),
            None if self.0.is_over.get() => Poll::Ready(Err(Gone)),
            None => {
                self.0.waiting.set(Some(context.waker().clone()));
                Poll::Pending
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;
    use futures_util::future::join;

    #[test]
    fn what_is_sent_before_or_while_somebody_waits_arrives() {
        let (sender, receiver) = channel();
        sender.send(1);
        assert_eq!(receiver.now_or_never(), Some(Ok(1)));

        let (sender, receiver) = channel();
        let sending = async move { sender.send(2) };
        assert_eq!(join(receiver, sending).now_or_never(), None, "the one that waits is woken, and not polled yet");

        let (sender, mut receiver) = channel();
        let mut context = Context::from_waker(Waker::noop());
        assert_eq!(receiver.poll_unpin(&mut context), Poll::Pending);
        sender.send(3);
        assert_eq!(receiver.poll_unpin(&mut context), Poll::Ready(Ok(3)));
    }

    #[test]
    fn a_sender_that_goes_is_noticed_and_so_is_nobody_who_waits() {
        let (sender, receiver) = channel::<()>();
        drop(sender);
        assert_eq!(receiver.now_or_never(), Some(Err(Gone)));
        let (sender, receiver) = channel();
        drop(receiver);
        sender.send(());
    }
}
