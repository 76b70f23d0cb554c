//! Dates as HTTP writes them (RFC 9110 section 5.6.7): the preferred form and the two obsolete ones.

use super::Millis;
use super::decimal;
use super::url::pieces;

/// Reads an HTTP date. `now` decides the century of a two-digit year: it is not more than 50 years ahead.
pub fn parse(text: &str, now: Millis) -> Option<Millis> {
    let mut words = pieces(text, b" ,-");
    words.retain(|word| !word.is_empty());
    let (day, month, year, time) = match *words.as_slice() {
        // Sun, 06 Nov 1994 08:49:37 GMT, or Sunday, 06-Nov-94 08:49:37 GMT
        [_weekday, day, month, year, time, "GMT"] => (day, month, year, time),
        // Sun Nov  6 08:49:37 1994
        [_weekday, month, day, time, year] => (day, month, year, time),
        _ => return None,
    };
    let month = 1 + MONTHS.iter().position(|name| *name == month)? as i64;
    let day = number(day, 31).filter(|day| *day > 0)?;
    let year = match year.len() {
        2 => in_century(number(year, 99)?, now),
        4 => number(year, 9999)?,
        _ => return None,
    };
    let [hour, minute, second] = *pieces(time, b":").as_slice() else { return None };
    // A leap second is written as 60.
    let seconds = (number(hour, 23)? * 60 + number(minute, 59)?) * 60 + number(second, 60)?;
    Some((days_since_epoch(year, month, day) * DAY_SECONDS + seconds) * 1000)
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY_SECONDS: i64 = 86_400;

fn number(digits: &str, most: i64) -> Option<i64> {
    decimal::parse(digits).filter(|number| *number <= most)
}

fn in_century(two_digits: i64, now: Millis) -> i64 {
    // The average year is exact enough to choose among years that are a century apart.
    let this_year = 1970 + now / (DAY_SECONDS * 365_2425 / 10_000 * 1000);
    let year = this_year - this_year % 100 + two_digits;
    if year > this_year + 50 { year - 100 } else { year }
}

/// Days of the proleptic Gregorian calendar, counted in years that begin in March so that the leap day comes last.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let (year, months_since_march) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year / 4 - year / 100 + year / 400;
    let days_before_month = (153 * months_since_march + 2) / 5;
    const MARCH_OF_YEAR_0_TO_EPOCH: i64 = 719_469;
    year * 365 + leap_days + days_before_month + day - MARCH_OF_YEAR_0_TO_EPOCH
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOVEMBER_1994: Millis = 784_111_777_000;
    const NOVEMBER_2026: Millis = 1_795_219_200_000;

    #[test]
    fn rfc_9110_section_5_6_7_the_three_forms() {
        for text in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(parse(text, NOVEMBER_2026), Some(NOVEMBER_1994), "{text}");
        }
    }

    #[test]
    fn rfc_9110_section_5_6_7_two_digits_are_at_most_fifty_years_ahead() {
        let year = |two_digits: &str| parse(&["Friday, 01-Jan-", two_digits, " 00:00:00 GMT"].concat(), NOVEMBER_2026);
        let full = |year: &str| parse(&["Fri, 01 Jan ", year, " 00:00:00 GMT"].concat(), 0);
        assert_eq!(year("26"), full("2026"));
        assert_eq!(year("76"), full("2076"));
        assert_eq!(year("77"), full("1977"));
        assert_eq!(year("99"), full("1999"));
    }

    #[test]
    fn the_calendar_is_right_at_its_corners() {
        for (text, seconds) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Wed, 31 Dec 1969 23:59:59 GMT", -1),
            ("Tue, 29 Feb 2000 12:00:00 GMT", 951_825_600),
            ("Wed, 01 Mar 2000 00:00:00 GMT", 951_868_800),
            ("Sat, 28 Feb 2099 23:59:59 GMT", 4_076_006_399_i64),
            ("Mon, 01 Mar 2100 00:00:00 GMT", 4_107_542_400),
            ("Fri, 31 Dec 2027 23:59:60 GMT", 1_830_297_600),
            ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799),
        ] {
            assert_eq!(parse(text, 0), Some(seconds * 1000), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "tomorrow",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 06 Nov 1994 08:49:37 GMT GMT",
            "Sun, 06 nov 1994 08:49:37 GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, 32 Nov 1994 08:49:37 GMT",
            "Sun, +6 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 994 08:49:37 GMT",
            "Sun, 06 Nov 19940 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:49:37 GMT",
            "Sun, 06 Nov 1994 08:60:37 GMT",
            "Sun, 06 Nov 1994 08:49:61 GMT",
            "Sun, 06 Nov 1994 08:49 GMT",
            "Sun, 06 Nov 1994 08:49:37:00 GMT",
            "1994-11-06T08:49:37Z",
        ] {
            assert_eq!(parse(text, NOVEMBER_2026), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_judged_without_a_panic(text in "[A-Za-z0-9,: +-]{0,40}", now: Millis) {
            let _ = parse(&text, now);
        }

        #[test]
        fn days_follow_each_other(day in -700_000..2_900_000_i64) {
            // Independent of the code: walk the calendar of one day by its own leap rule.
            let (mut year, mut rest) = (1970 + day.div_euclid(146_097) * 400, day.rem_euclid(146_097));
            let leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
            while rest >= 365 + i64::from(leap(year)) {
                rest -= 365 + i64::from(leap(year));
                year += 1;
            }
            let lengths = [31, 28 + i64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
            let mut month = 1;
            for length in lengths {
                if rest < length {
                    break;
                }
                rest -= length;
                month += 1;
            }
            prop_assert_eq!(days_since_epoch(year, month, rest + 1), day);
        }
    }
}
