//! Numbers as `JSON.stringify` writes them (ECMAScript section 6.1.6.1.20): with the fewest digits that are read back as
//! the same double, and of those the nearest to it. Our own, because the standard library's formatter for doubles costs
//! 10 kB in the module.

use crate::prelude::*;
use crate::protocol::decimal;
use core::ops::RangeInclusive;

/// Below it, every whole number is a double of its own.
const EXACT: f64 = 9_007_199_254_740_992.0;
/// Where the decimal point may be, counted from the first digit, without an exponent.
const PLAIN: RangeInclusive<i32> = -5..=21;

/// What is not finite is `null`, and a zero has no sign.
pub(super) fn write(number: f64, out: &mut String) {
    if !number.is_finite() {
        return out.push_str("null");
    }
    if number < 0.0 {
        out.push('-');
    }
    let number = number.abs();
    if number < EXACT && number as i64 as f64 == number {
        return out.push_str(&decimal::text(number as i64));
    }
    let (digits, point) = shortest(number);
    let whole = if PLAIN.contains(&point) { point } else { 1 };
    if whole <= 0 {
        out.push('0');
    }
    for place in whole.min(0)..whole.max(digits.len() as i32) {
        if place == whole {
            out.push('.');
        }
        let digit = usize::try_from(place).ok().and_then(|place| digits.get(place)).copied().unwrap_or_default();
        out.push(char::from(b'0' + digit));
    }
    if whole != point {
        out.push_str(if point > 0 { "e+" } else { "e-" });
        out.push_str(&decimal::text((i64::from(point) - 1).abs()));
    }
}

/// The digits of a positive number, and where its decimal point is, counted from the first of them. By whole numbers of
/// any length (Steele and White, 1990): the number and the two halfway points to its neighbours, beyond which everything
/// is read as another double, are written out, and rounded at one place after the other until that stays between them.
fn shortest(number: f64) -> (Vec<u8>, i32) {
    let bits = number.to_bits();
    let (fraction, biased) = (bits & ((1 << 52) - 1), (bits >> 52) as i32);
    let mantissa = if biased == 0 { fraction } else { fraction | 1 << 52 };
    // Both are in quarters of the last place: below a power of two, the neighbour is half as far away.
    let exponent = biased.max(1) - 1077;
    let below = if fraction == 0 && biased > 1 { 1 } else { 2 };
    let upper = product(mantissa * 4 + 2, exponent);
    let written = |quarters| {
        let mut groups = product(quarters, exponent);
        groups.resize(upper.len(), 0);
        digits(&groups)
    };
    let (value, lower, upper) = (written(mantissa * 4), written(mantissa * 4 - below), digits(&upper));
    // A halfway point is read as the even one of the two.
    let is_between = |rounded: &Vec<u8>| {
        if mantissa % 2 == 0 { lower <= *rounded && *rounded <= upper } else { lower < *rounded && *rounded < upper }
    };
    let mut places = 0;
    let mut rounded = loop {
        places += 1;
        let down = truncated(&value, places);
        let up = increased(&down, places);
        let (kept, rest) = value.split_at_checked(places).unwrap_or_default();
        // Of two that are equally near, ECMAScript takes the even one.
        let nearest_is_up = match rest {
            [5, rest @ ..] if rest.iter().all(|digit| *digit == 0) => kept.last().is_some_and(|digit| digit % 2 == 1),
            _ => rest.first().is_some_and(|digit| *digit >= 5),
        };
        match (is_between(&down), is_between(&up)) {
            (true, false) => break down,
            (false, true) => break up,
            (true, true) => break if nearest_is_up { up } else { down },
            (false, false) => {}
        }
    };
    let leading = rounded.iter().take_while(|digit| **digit == 0).count();
    rounded.drain(..leading);
    let point = rounded.len() as i32 + exponent.min(0);
    while rounded.last() == Some(&0) {
        rounded.pop();
    }
    (rounded, point)
}

/// `number * 2^exponent`, in groups of nine decimal digits, the lowest first. With a negative exponent, so many digits
/// are behind the point.
fn product(number: u64, exponent: i32) -> Vec<u64> {
    let mut groups = vec![number];
    multiply(&mut groups, 1);
    let (base, mut times) = if exponent < 0 { (5_u64, exponent.unsigned_abs()) } else { (2, exponent.unsigned_abs()) };
    while times > 0 {
        let some = times.min(12);
        multiply(&mut groups, base.pow(some));
        times -= some;
    }
    groups
}

const GROUP: u64 = 1_000_000_000;

/// By less than a group.
fn multiply(groups: &mut Vec<u64>, factor: u64) {
    let mut carry = 0;
    for group in groups.iter_mut() {
        carry += *group * factor;
        *group = carry % GROUP;
        carry /= GROUP;
    }
    if carry > 0 {
        groups.push(carry);
    }
}

fn digits(groups: &[u64]) -> Vec<u8> {
    let mut digits = Vec::new();
    for group in groups {
        let mut rest = *group;
        for _ in 0..9 {
            digits.push((rest % 10) as u8);
            rest /= 10;
        }
    }
    digits.reverse();
    digits
}

/// Zeros from that place on.
fn truncated(value: &[u8], places: usize) -> Vec<u8> {
    let mut digits = value.to_vec();
    digits.iter_mut().skip(places).for_each(|digit| *digit = 0);
    digits
}

/// One more in the last of those places.
fn increased(value: &[u8], places: usize) -> Vec<u8> {
    let mut digits = value.to_vec();
    for digit in digits.iter_mut().take(places).rev() {
        if *digit < 9 {
            *digit += 1;
            break;
        }
        *digit = 0;
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(number: f64) -> String {
        let mut text = String::new();
        write(number, &mut text);
        text
    }

    /// The digits of the standard library, put together by the rules of ECMAScript.
    fn expected(number: f64) -> String {
        if number == 0.0 {
            return "0".to_owned();
        }
        let scientific = format!("{:e}", number.abs());
        let (digits, exponent) = scientific.split_once('e').unwrap();
        let (digits, point) = (digits.replace('.', ""), exponent.parse::<i32>().unwrap() + 1);
        let zeros = |count: i32| "0".repeat(count.try_into().unwrap());
        let count = i32::try_from(digits.len()).unwrap();
        let text = match point {
            1..=21 if count <= point => digits + &zeros(point - count),
            1..=21 => [&digits[..point as usize], ".", &digits[point as usize..]].concat(),
            -5..=0 => ["0.", &zeros(-point), &digits].concat(),
            _ => {
                let fraction = if count > 1 { [".", &digits[1..]].concat() } else { String::new() };
                format!("{}{fraction}e{:+}", &digits[..1], point - 1)
            }
        };
        if number < 0.0 { ["-", &text].concat() } else { text }
    }

    fn check(number: f64) {
        let (written, expected) = (text(number), expected(number));
        let differing: Vec<(u8, u8)> =
            written.bytes().zip(expected.bytes()).filter(|(ours, theirs)| ours != theirs).collect();
        match differing[..] {
            [] => assert_eq!(written, expected),
            // Of two that are equally near, the standard library takes the upper one.
            [(even, odd)] => assert!(even % 2 == 0 && odd == even + 1, "{written} {expected}"),
            _ => panic!("{written} {expected}"),
        }
        let read: f64 = serde_json::from_str(&written).unwrap();
        assert_eq!(read.to_bits(), (number + 0.0).to_bits(), "{written}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn f1a_every_double_is_written_with_the_digits_that_everybody_writes(bits: u64, whole: i64, places in 0..20) {
            let all = [f64::from_bits(bits), whole as f64, whole as f64 / 10_f64.powi(places)];
            all.into_iter().filter(|number| number.is_finite()).for_each(check);
        }
    }

    #[test]
    fn f1a_the_corners_of_the_doubles_are_exact_too() {
        for step in 0..300 {
            check(f64::from_bits(step));
            check(f64::from_bits(f64::MAX.to_bits() - step));
        }
        // Around every power of two, where the neighbours are at different distances, and of ten.
        for exponent in (0..2047_u64).step_by(3) {
            let power = exponent << 52;
            for bits in [power, power + 1, power.saturating_sub(1)] {
                check(f64::from_bits(bits));
            }
        }
        for exponent in -324..308 {
            for digits in ["1", "2", "5", "9.999999999999999"] {
                check(format!("{digits}e{exponent}").parse().unwrap());
            }
        }
    }

    #[test]
    fn f1a_numbers_look_as_json_stringify_makes_them() {
        for (number, expected) in [
            (0.0, "0"),
            (-0.0, "0"),
            (-0.25, "-0.25"),
            (0.00012, "0.00012"),
            (52.520008, "52.520008"),
            (1.0842337, "1.0842337"),
            (0.1 + 0.2, "0.30000000000000004"),
            (12_345_678_901_234_567.0, "12345678901234568"),
            (9_007_199_254_740_991.0, "9007199254740991"),
            (9_007_199_254_740_992.0, "9007199254740992"),
            (1e16, "10000000000000000"),
            (123e18, "123000000000000000000"),
            (1e21, "1e+21"),
            (-1.5e300, "-1.5e+300"),
            (0.000001, "0.000001"),
            (0.0000015, "0.0000015"),
            (1e-7, "1e-7"),
            (-1.25e-7, "-1.25e-7"),
            (f64::MAX, "1.7976931348623157e+308"),
            (f64::MIN_POSITIVE, "2.2250738585072014e-308"),
            (5e-324, "5e-324"),
            (1e23, "1e+23"),
            (-1_009_838_767_101_997.0 - 0.25, "-1009838767101997.2"),
            (1_009_838_767_101_997.0 + 0.75, "1009838767101997.8"),
            (f64::NAN, "null"),
            (f64::INFINITY, "null"),
            (f64::NEG_INFINITY, "null"),
        ] {
            assert_eq!(text(number), expected);
        }
    }
}
