//! Where every decision of a simulated world comes from.

use crate::protocol::Millis;

/// A stream of decisions that follows from its seed (SplitMix64).
#[derive(Clone, Debug)]
pub struct Chance {
    state: u64,
}

impl Chance {
    /// The stream of that seed.
    pub fn new(seed: u64) -> Chance {
        Chance { state: seed }
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// One of `0..bound`; zero if there is no choice.
    pub fn below(&mut self, bound: usize) -> usize {
        // The bias is far below what any history could show.
        if bound < 2 { 0 } else { (self.bits() % bound as u64) as usize }
    }

    /// From `least` to `most`, both included.
    pub fn between(&mut self, least: Millis, most: Millis) -> Millis {
        let span = (most - least).max(0) as usize;
        least + self.below(span + 1) as Millis
    }

    /// True in so many of a hundred cases.
    pub fn percent(&mut self, percent: u8) -> bool {
        percent > 0 && self.below(100) < usize::from(percent)
    }

    /// True or false.
    pub fn coin(&mut self) -> bool {
        self.below(2) == 1
    }

    /// One of these.
    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> Option<T> {
        let index = self.below(choices.len());
        choices.get(index).copied()
    }

    /// 32 random octets.
    pub fn octets(&mut self) -> [u8; 32] {
        let mut octets = [0; 32];
        for part in octets.chunks_mut(8) {
            part.copy_from_slice(&self.bits().to_le_bytes());
        }
        octets
    }

    /// A stream of its own, which takes nothing from this one from now on.
    pub fn fork(&mut self) -> Chance {
        Chance::new(self.bits())
    }
}
