//! A shuffled order of trials, so that nobody is always measured after the same one. The seed is named, to repeat it.

use std::time::{SystemTime, UNIX_EPOCH};

pub(super) struct Order(u64);

impl Order {
    pub(super) fn of_now() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |time| time.as_nanos() as u64);
        Self(now | 1)
    }

    pub(super) fn seed(&self) -> u64 {
        self.0
    }

    /// Fisher and Yates, over xorshift64.
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = (self.next() % (last as u64 + 1)) as usize;
            items.swap(last, other);
        }
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shuffling_loses_nothing_and_changes_the_order() {
        let mut items: Vec<u32> = (0..100).collect();
        Order(7).shuffle(&mut items);
        assert_ne!(items, (0..100).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }
}
