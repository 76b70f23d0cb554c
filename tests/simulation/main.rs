//! Keyward in a simulated browser: many tabs, one storage, one provider, virtual time, faults at every step.
//!
//! A file here is a scenario, its name a sentence; `histories` are random ones, checked against invariants after every
//! step. `cargo test --features sim --test simulation` runs everything.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
// How long the simulation takes is a matter of the real clock; nothing inside of it is.
#![allow(clippy::disallowed_types)]

mod exhaustive;
mod history;
mod stage;

mod histories;

mod a_bound_token_is_proven_with_every_request;
mod a_dying_page_poisons_nobody;
mod a_fleet_is_gentle;
mod a_frozen_holder_blocks_nobody;
mod a_full_storage_loses_no_session;
mod a_killed_holder_blocks_nobody;
mod a_listener_that_calls_back_harms_nobody;
mod a_lost_answer_ends_or_heals;
mod a_page_starts_from_what_was_left;
mod a_refusal_is_not_for_ever;
mod a_second_user_signs_in_during_a_refresh;
mod a_session_ends_when_its_provider_says;
mod a_thawed_tab_shows_no_session_that_is_gone;
mod a_token_for_each_resource_comes_from_one_grant;
mod a_wrong_clock_changes_nothing;
mod an_api_that_refuses_a_token_costs_one_refresh;
mod closing_settles_every_call;
mod eight_hours_asleep_cost_one_request;
mod eight_tabs_adopt_what_one_of_them_got;
mod every_event_has_a_producer;
mod late_news_revive_nothing;
mod lifetimes_count_from_the_arrival;
mod named_faults;
mod odd_lifetimes_never_loop;
mod sessions_and_their_storage;
mod sign_out_during_a_refresh_revives_nothing;
mod signing_everybody_out_leaves_nothing_behind;
mod transient_failures_keep_the_session;
mod two_tabs_refresh_once;
mod without_locks_the_records_stay_whole;

/// Past the test harness, which shows what is printed only of tests that fail.
fn say(what: &str) {
    use std::io::Write as _;
    writeln!(std::io::stderr(), "{what}").expect("standard error is open");
}
