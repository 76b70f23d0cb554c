//! `thread_local!` without a standard library: the module has one thread.

/// A value of the one thread.
pub(crate) struct Local<T>(pub(crate) T);

// SAFETY: without atomics (`allocator.rs` refuses to be compiled with them) no other thread can see it.
#[allow(unsafe_code, reason = "a static must be Sync")]
unsafe impl<T> Sync for Local<T> {}

impl<T> Local<T> {
    pub(crate) fn with<R>(&self, work: impl FnOnce(&T) -> R) -> R {
        work(&self.0)
    }
}

macro_rules! per_context {
    ($(#[$attribute:meta])* static $name:ident: $type:ty = const { $value:expr };) => {
        $(#[$attribute])*
        static $name: $crate::js::local::Local<$type> = $crate::js::local::Local($value);
    };
}
pub(crate) use per_context;
