//! Whole numbers as decimal digits. The standard library's formatter and parser would be most of the module's code for
//! the few numbers that the protocol has.

use crate::prelude::*;

/// Digits and nothing else: no sign, no space. Exact up to 2^53; saturates.
pub fn parse(text: &str) -> Option<i64> {
    let mut number = 0.0;
    for digit in text.bytes() {
        if !digit.is_ascii_digit() {
            return None;
        }
        number = number * 10.0 + f64::from(digit - b'0');
    }
    (!text.is_empty()).then_some(number as i64)
}

/// The shortest text of a number.
pub fn text(number: i64) -> String {
    let mut digits = Vec::new();
    let mut rest = number.unsigned_abs();
    while rest > 0 || digits.is_empty() {
        digits.push((rest % 10) as u8 + b'0');
        rest /= 10;
    }
    if number < 0 {
        digits.push(b'-');
    }
    digits.into_iter().rev().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn digits_are_read_and_everything_else_is_not() {
        assert_eq!(["0", "007", "65535"].map(parse), [Some(0), Some(7), Some(65_535)]);
        assert_eq!(["", "-1", "+1", " 1", "1 ", "1.0", "1e3", "x", "\u{661}"].map(parse), [None; 9]);
        assert_eq!(["9223372036854775807", "99999999999999999999999"].map(parse), [Some(i64::MAX); 2]);
    }

    proptest! {
        #[test]
        fn numbers_are_written_as_everybody_writes_them(number: i64, exact in 0..=1_i64 << 53) {
            prop_assert_eq!(text(number), number.to_string());
            prop_assert_eq!((parse(&text(exact)), parse(&text(-1 - exact))), (Some(exact), None));
        }
    }

    #[test]
    fn the_corners_are_written_too() {
        assert_eq!([0, i64::MIN, i64::MAX].map(text), [0, i64::MIN, i64::MAX].map(|number| number.to_string()));
    }
}
