//! E13: very many clients of one provider, with the schedule of the real machine and no more of each than a few numbers:
//! a fleet that signed in within one minute, and one that met an outage of five minutes. Beside it the same fleet with
//! what is usual: a fixed lead, and another try every five seconds.
//!
//! `KEYWARD_FLEET` says how many clients; `cargo xtask simulate --fleet N` prints the charts.

use super::stage::{MINUTE, SECOND};
use keyward::platform::sim::Chance;
use keyward::protocol::Millis;
use keyward::protocol::error::ErrorCode;
use keyward::protocol::token::{TokenResponse, TokenType};
use keyward::session::account::Account;
use keyward::session::merge;
use keyward::session::record::{Record, Retry};
use keyward::session::schedule::{self, Jitter};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

const CLIENTS: u32 = 20_000;
const LIFETIME: Millis = 5 * MINUTE;
const END: Millis = 30 * MINUTE;
const OUTAGE: Range<Millis> = 10 * MINUTE..15 * MINUTE;
/// A fleet is back when its longest back-off is over.
const BACK: Range<Millis> = 15 * MINUTE..20 * MINUTE;

#[derive(Clone, Copy, PartialEq)]
enum Policy {
    Keyward,
    /// A fixed lead of half a minute, and another try every five seconds.
    Usual,
}

/// One client: what the schedule needs to know of it.
#[derive(Clone, Copy)]
struct Member {
    obtained_at: Millis,
    retry: Option<Retry>,
    jitter: Jitter,
}

/// What the provider saw, second by second, and how long clients were without a valid token.
struct Seen {
    requests: Vec<u64>,
    lapsed_while_up: u64,
    longest_lapse_after: Millis,
}

#[test]
fn e13_a_fleet_that_signed_in_within_a_minute_stays_spread() {
    let signed_in = |chance: &mut Chance| chance.between(0, MINUTE - 1);
    let ours = live(Policy::Keyward, signed_in, 0..0);
    let usual = live(Policy::Usual, signed_in, 0..0);
    chart("signed in within one minute", &ours, &usual);
    assert_eq!(ours.lapsed_while_up, 0, "nobody was without a valid token");
    for wave in waves(&ours) {
        assert!(peak_over_mean(&ours, wave.clone()) <= 3.0, "{wave:?}: {}", peak_over_mean(&ours, wave.clone()));
    }
}

#[test]
fn e13_a_fleet_comes_back_from_an_outage_spread() {
    let signed_in = |chance: &mut Chance| chance.between(0, LIFETIME - 1);
    let ours = live(Policy::Keyward, signed_in, OUTAGE);
    let usual = live(Policy::Usual, signed_in, OUTAGE);
    chart("an outage from minute 10 to minute 15", &ours, &usual);
    assert_eq!(ours.lapsed_while_up, 0, "nobody was without a valid token because of the schedule");
    assert!(ours.longest_lapse_after <= LIFETIME + SECOND, "{} ms", ours.longest_lapse_after);
    let window = seconds(&BACK);
    let ratio = peak_over_mean(&ours, window.clone());
    assert!(ratio <= 3.0, "the worst second after the outage has {ratio:.1} times the mean");
    let during = |seen: &Seen| seen.requests[seconds(&OUTAGE)].iter().sum::<u64>();
    let (few, many) = (during(&ours), during(&usual));
    super::say(&format!("requests during the outage: Keyward {few}, fixed {many}"));
    super::say(&format!(
        "worst second over mean, minute 15 to 20: Keyward {ratio:.2}, fixed {:.2}",
        peak_over_mean(&usual, window)
    ));
    assert!(few * 3 < many, "a provider in need is spared");
}

fn live(policy: Policy, signed_in: impl Fn(&mut Chance) -> Millis, outage: Range<Millis>) -> Seen {
    let clients = std::env::var("KEYWARD_FLEET").map_or(CLIENTS, |text| text.parse().expect("a number"));
    let mut chance = Chance::new(13);
    let mut record = template();
    let mut seen = Seen { requests: vec![0; (END / SECOND) as usize], lapsed_while_up: 0, longest_lapse_after: 0 };
    let mut members = Vec::with_capacity(clients as usize);
    let mut agenda = BinaryHeap::with_capacity(clients as usize);
    for number in 0..clients {
        let jitter = (chance.bits() >> 56) as Jitter;
        let member = Member { obtained_at: signed_in(&mut chance), retry: None, jitter };
        agenda.push(Reverse((due(policy, &mut record, &member, member.obtained_at), number)));
        members.push(member);
    }
    while let Some(Reverse((now, number))) = agenda.pop() {
        if now >= END {
            break;
        }
        let member = &mut members[number as usize];
        seen.requests[(now / SECOND) as usize] += 1;
        if outage.contains(&now) {
            let jitter = (chance.bits() >> 56) as Jitter;
            let code = ErrorCode::TemporarilyUnavailable;
            member.retry = Some(schedule::retry_after_failure(member.retry, None, code, jitter, now));
        } else {
            let lapse = now - (member.obtained_at + LIFETIME);
            match member.retry {
                None if lapse > 0 => seen.lapsed_while_up += 1,
                Some(_) => seen.longest_lapse_after = seen.longest_lapse_after.max(now - outage.end),
                None => {}
            }
            (member.obtained_at, member.retry) = (now, None);
        }
        agenda.push(Reverse((due(policy, &mut record, member, now).max(now + 1), number)));
    }
    seen
}

/// When that client asks next.
fn due(policy: Policy, record: &mut Record, member: &Member, now: Millis) -> Millis {
    if policy == Policy::Usual {
        let retry = member.retry.map(|retry| retry.since + 5 * SECOND);
        return retry.unwrap_or(member.obtained_at + LIFETIME - 30 * SECOND);
    }
    if let Some(access) = &mut record.access {
        access.obtained_at = member.obtained_at;
        access.expires_at = Some(member.obtained_at + LIFETIME);
    }
    record.retry = member.retry;
    schedule::background_due(record, None, member.jitter, true, now).expect("it goes on")
}

fn template() -> Record {
    let account = Account::new("default", "https://provider.example", "app", "alice").expect("complete");
    let response = TokenResponse {
        access_token: "access".to_owned(),
        token_type: TokenType::Bearer,
        lifetime: Some(LIFETIME),
        refresh_token: Some("refresh".to_owned()),
        id_token: None,
        scope: None,
        authorization_details: None,
        date: None,
    };
    merge::signed_in(account, "grant".to_owned(), "openid", None, Box::new(response), None, 0).after(None)
}

/// The stretches of time in which anybody asks, where the fleet comes in waves.
fn waves(seen: &Seen) -> Vec<Range<usize>> {
    let mut waves: Vec<Range<usize>> = Vec::new();
    for (second, _) in seen.requests.iter().enumerate().filter(|(_, count)| **count > 0) {
        match waves.last_mut() {
            Some(wave) if second <= wave.end + 5 => wave.end = second + 1,
            _ => waves.push(second..second + 1),
        }
    }
    waves.retain(|wave| wave.end < seen.requests.len());
    assert!(waves.len() >= 3, "the fleet asked again and again");
    waves
}

fn peak_over_mean(seen: &Seen, window: Range<usize>) -> f64 {
    let counts = &seen.requests[window];
    let mean = counts.iter().sum::<u64>() as f64 / counts.len() as f64;
    counts.iter().max().copied().unwrap_or_default() as f64 / mean
}

fn seconds(time: &Range<Millis>) -> Range<usize> {
    (time.start / SECOND) as usize..(time.end / SECOND) as usize
}

/// The worst second of each half minute, as bars.
fn chart(title: &str, ours: &Seen, usual: &Seen) {
    let worst = |seen: &Seen, from: usize| seen.requests[from..from + 30].iter().max().copied().unwrap_or_default();
    let starts: Vec<usize> = (0..ours.requests.len()).step_by(30).collect();
    let most = starts.iter().map(|from| worst(ours, *from).max(worst(usual, *from))).max().unwrap_or(1).max(1);
    let bar = |count: u64| "█".repeat((count * 30).div_ceil(most) as usize);
    let mut text = format!("{title}: requests in the worst second of each half minute\n");
    text += &format!("{:>7}  {:<42}{}\n", "minute", "Keyward", "fixed lead, every 5 s");
    for from in starts {
        let (ours, usual) = (worst(ours, from), worst(usual, from));
        text += &format!("{:>7.1}  {ours:>9} {:<32}{usual:>9} {}\n", from as f64 / 60.0, bar(ours), bar(usual));
    }
    super::say(&text);
}
