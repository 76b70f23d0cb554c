//! Dates as HTTP writes them (RFC 9110 section 5.6.7): the preferred form and the two obsolete ones.

use super::Millis;

/// Reads an HTTP date. `now` decides the century of a two-digit year: it is not more than 50 years ahead.
pub fn parse(text: &str, now: Millis) -> Option<Millis> {
    let words: Vec<&str> = text.split([' ', ',', '-']).filter(|word| !word.is_empty()).collect();
    let (day, month, year, time) = match *words.as_slice() {
        // Sun, 06 Nov 1994 08:49:37 GMT, or Sunday, 06-Nov-94 08:49:37 GMT
        [_weekday, day, month, year, time, "GMT"] => (day, month, year, time),
        // Sun Nov  6 08:49:37 1994
        [_weekday, month, day, time, year] => (day, month, year, time),
        _ => return None,
    };
    let month = 1 + MONTHS.iter().position(|name| *name == month)? as i64;
    let day = number(day)?;
    let year = match year.len() {
        2 => in_century(number(year)?, now),
        4 => number(year)?,
        _ => return None,
    };
    let [hour, minute, second] = *time.split(':').collect::<Vec<_>>().as_slice() else { return None };
    let (hour, minute, second) = (number(hour)?, number(minute)?, number(second)?);
    // A leap second is written as 60.
    if !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    Some((days_since_epoch(year, month, day) * DAY_SECONDS + hour * 3600 + minute * 60 + second) * 1000)
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY_SECONDS: i64 = 86_400;

/// At most four digits, so that nothing overflows later.
fn number(digits: &str) -> Option<i64> {
    let plain = (1..=4).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit());
    if plain { digits.parse().ok() } else { None }
}

fn in_century(two_digits: i64, now: Millis) -> i64 {
    // The average year is exact enough to choose among years that are a century apart.
    let this_year = 1970 + now / (DAY_SECONDS * 365_2425 / 10_000 * 1000);
    let year = this_year - this_year.rem_euclid(100) + two_digits;
    if year > this_year + 50 { year - 100 } else { year }
}

/// Days of the proleptic Gregorian calendar, counted in years that begin in March so that the leap day comes last.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let (year, months_since_march) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let days_before_month = (153 * months_since_march + 2) / 5;
    const MARCH_OF_YEAR_0_TO_EPOCH: i64 = 719_469;
    year * 365 + leap_days + days_before_month + day - MARCH_OF_YEAR_0_TO_EPOCH
}
