//! What happened, line by line, to be read when a history went wrong.

use keyward::platform::sim::World;
use keyward::protocol::Millis;
use std::cell::RefCell;
use std::rc::Rc;

#[derive(Clone)]
pub(crate) struct Trace {
    lines: Rc<RefCell<Vec<String>>>,
    clock: Rc<dyn Fn() -> Millis>,
    beginning: Millis,
}

impl Trace {
    pub(crate) fn new(world: &World) -> Trace {
        Trace { lines: Rc::default(), clock: Rc::new(world.clock()), beginning: world.time() }
    }

    pub(crate) fn add(&self, what: String) {
        let seconds = ((self.clock)() - self.beginning) as f64 / 1000.0;
        self.lines.borrow_mut().push(format!("{seconds:12.3}  {what}"));
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.borrow().clone()
    }
}
