//! A `Retry-After` or a `Date`.

use super::check::{NOW, text};
use keyward::protocol::http_date;
use keyward::protocol::token::retry_after;

const DAY: i64 = 86_400_000;
/// The clocks of a browser end here.
const LAST: i64 = 8_640_000_000_000_000;

pub fn check(input: &[u8]) {
    let Some(text) = text(input) else { return };
    for now in [NOW, 0, -NOW, LAST, -LAST] {
        let wait = retry_after(text, now);
        assert!(wait.is_none_or(|wait| (0..=DAY).contains(&wait)), "E6: at most a day");
        let date = http_date::parse(text, now);
        assert!(date.is_none_or(|date| date % 1000 == 0));
        if let (Some(wait), Some(date)) = (wait, date) {
            assert_eq!(wait, date.saturating_sub(now).clamp(0, DAY));
        }
    }
    if let Ok(seconds) = text.parse::<u32>()
        && !text.starts_with('+')
    {
        assert_eq!(retry_after(text, NOW), Some((i64::from(seconds) * 1000).min(DAY)));
    }
}
