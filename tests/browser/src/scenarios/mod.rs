//! The stories. A file is a story and its name a sentence.

use crate::trial::Scenario;

macro_rules! scenarios {
    ($($name:ident),* $(,)?) => {
        $(mod $name;)*

        /// Every scenario with its name as the command line shows it.
        pub(crate) fn all() -> Vec<(&'static str, Scenario)> {
            let mut all: Vec<(&'static str, Scenario)> =
                vec![$((stringify!($name).replace('_', "-").leak(), $name::SCENARIO)),*];
            let again = |(name, scenario): &(&str, Scenario)| {
                let name: &'static str = format!("{name}-in-a-worker").leak();
                Some((name, scenario.told_again()?))
            };
            let again: Vec<_> = all.iter().filter_map(again).collect();
            all.extend(again);
            all
        }
    };
}

scenarios! {
    the_browser_opens_tabs_and_keeps_them_apart,
    sign_in_through_the_providers_pages,
    sign_in_in_a_popup,
    values_come_through_as_json_would_have_them,
    a_popup_that_brings_nothing,
    a_popups_response_has_three_ways,
    sign_in_in_silence,
    a_panic_ends_every_call_and_keeps_the_session,
    a_panic_in_a_worker_is_followed_by_another_worker,
    the_client_lives_in_a_worker,
    a_page_without_tokens_lets_the_worker_ask,
    a_refresh_outlives_the_tab_that_asked_for_it,
    a_worker_that_stops_is_replaced,
    an_older_release_in_a_worker_lives_beside_a_newer_one,
    a_worker_that_cannot_start_is_said,
    the_access_token_opens_the_protected_api,
    requests_to_apis_carry_the_token_where_they_may,
    a_token_for_each_api_comes_from_one_grant,
    tokens_are_bound_to_a_key_that_never_leaves_the_browser,
    user_info_is_about_the_sessions_own_user,
    published_signatures_are_judged_by_web_crypto,
    misbehaving_providers_get_nowhere,
    an_origin_that_the_provider_does_not_allow_is_told_so,
    the_token_is_refreshed_before_it_expires,
    a_reload_keeps_the_session_without_any_request,
    the_first_token_waits_for_no_module,
    eight_restored_tabs_cross_every_expiry_with_one_request,
    a_thousand_callers_cost_one_request,
    a_tab_frozen_while_it_refreshes_blocks_nobody,
    a_tabs_own_session_waits_for_no_module,
    a_tab_that_dies_while_it_refreshes_leaves_the_others_signed_in,
    an_outage_of_eight_seconds_costs_few_requests_and_no_session,
    five_answers_of_503_are_backed_off_from,
    retry_after_is_waited_for,
    a_second_tab_waits_for_a_slow_answer,
    a_sign_out_during_a_refresh_revives_nothing,
    eight_hours_of_sleep_cost_one_request,
    a_wrong_clock_signs_in_and_never_loops,
    a_lifetime_of_sixty_days_is_waited_for,
    odd_lifetimes_never_start_a_loop,
    back_online_the_refresh_comes_at_once,
    whoever_goes_away_is_signed_out_in_every_tab,
    the_back_button_shows_what_happened_meanwhile,
    the_back_button_ends_a_pending_sign_in,
    a_slow_module_loses_no_response,
    two_starts_at_once_share_one_response,
    a_frozen_tab_learns_what_it_missed,
    hidden_tabs_leave_the_refresh_to_a_visible_one,
    ten_thousand_refreshes_grow_nothing,
    two_tabs_refresh_once_between_them,
    without_locks_two_tabs_refresh_once,
    mcp_servers_get_sessions_that_last,
    a_backend_holds_the_tokens,
    sign_out_in_one_tab_shows_in_the_other,
    five_rounds_of_signing_in_and_out,
    the_demo_shows_a_session_from_start_to_end,
    the_demo_keeps_several_accounts_side_by_side,
    a_provider_that_is_down_leaves_nothing_behind,
    a_corrupt_record_means_signed_out,
    a_cleared_storage_signs_every_tab_out,
    a_full_storage_keeps_the_session_in_memory,
    a_broken_storage_keeps_nobody_from_signing_in,
    a_page_may_refuse_every_storage,
    a_restored_view_counts_once,
    a_browser_without_wasm_is_told_what_to_do,
    an_angular_app_becomes_stable,
    a_sandboxed_frame_has_a_client_without_a_storage,
    a_prerendered_page_waits_for_its_activation,
    a_change_of_storage_spares_what_the_new_release_stores,
    two_instances_on_a_page_mind_their_own_business,
    two_clients_share_a_namespace,
    a_long_logout_goes_as_a_form,
    a_native_shell_opens_the_provider_elsewhere,
    an_app_that_starts_twice_is_one_client,
    a_page_without_wasm_learns_the_missing_source,
    config_mistakes_name_the_member,
    every_rejection_is_an_auth_error,
    a_module_worker_continues_a_stored_session,
    an_extension_lives_through_the_end_of_its_worker,
    an_extension_service_worker_continues_a_stored_session,
    an_extension_signs_in_and_out,
    an_extension_without_an_identity_api_signs_in_in_a_tab,
    the_rust_app_signs_in,
    a_module_that_was_left_behind_is_said,
    a_react_app_signs_in,
    a_routers_loader_completes_the_sign_in,
    an_angular_app_signs_in,
    a_solid_app_signs_in,
    a_svelte_app_signs_in,
    a_vue_app_signs_in,
    every_storage_passes_one_contract,
    the_apps_database_follows_the_session,
    account_not_found_after_sign_out_and_in,
    tokens_cleared_on_sign_out,
    whatever_the_provider_does_the_user_is_signed_out,
    stale_token_after_second_sign_in,
    refresh_token_kept_when_none_returned,
    two_refreshes_race,
    refresh_error_is_visible,
    google_needs_offline_and_consent,
    provider_without_refresh_token,
    a_copied_tab_does_not_own_the_session,
    an_encrypted_session_is_readable_to_its_key_only,
}
