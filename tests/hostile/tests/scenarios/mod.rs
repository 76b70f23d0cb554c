//! What no single misbehaviour shows: one function a story, its name the test's.

mod address;
mod ends;
mod keys;
mod presets;
mod proofs;
mod pushed;
mod refreshed;
mod requests;
mod responses;
mod shells;
mod sign_in;
mod sign_out;
mod tokens;
mod two_clients;
mod user_info;
mod values;

macro_rules! named {
    ($($module:ident: $($scenario:ident,)+;)+) => {
        vec![$($((stringify!($scenario), $module::$scenario as fn()),)+)+]
    };
}

/// Every scenario by its name.
pub(crate) fn all() -> Vec<(&'static str, fn())> {
    named! {
        sign_in:
            a1_only_the_code_flow_with_s256_is_ever_asked_for,
            a2_state_and_nonce_are_random_and_nothing_else,
            a3_two_tabs_sign_in_at_once_and_finish_in_either_order,
            a3_at_most_ten_sign_ins_are_pending,
            a3_a_sign_in_is_pending_for_an_hour,
            a7_return_to_stays_on_the_origin,
            a8_issuers_that_do_not_name_themselves_need_redirect_uris_of_their_own,
            a8_issuers_that_name_themselves_may_share_a_redirect_uri,
            a10_mistakes_in_the_configuration_name_the_member,
            a10_protocol_parameters_cannot_be_replaced,
        ;
        responses:
            a4_every_caller_gets_the_result_of_one_exchange,
            a4_two_pages_with_one_response_send_its_code_once,
            a4_a_code_is_not_sent_again_by_another_page,
            a5_a_code_of_somebody_elses_sign_in_is_worth_nothing,
            a5_a_forged_response_leaves_the_pending_sign_in_alone,
            a5_a_sign_in_that_began_at_another_issuer_is_not_finished_here,
            a5_a_response_of_one_provider_is_none_of_another,
            a6_the_address_bar_is_clean_before_anything_else_happens,
            a6_what_is_not_of_the_redirect_uri_leaves_the_address_bar,
            a9_the_response_to_somebody_else_is_left_alone,
        ;
        address:
            a6_what_the_provider_added_goes_and_the_users_own_is_back,
            a6_a_sign_in_from_any_route_has_one_redirect_uri_and_ends_at_the_route,
            a6_without_restore_url_the_redirect_uri_stays,
            a6_a_failed_sign_in_leads_to_no_page_that_would_sign_in_again,
            a6_a_router_that_navigates_meanwhile_loses_nothing_and_keeps_its_address,
            a6_a_default_return_to_has_no_stale_response_in_it,
            a9a_back_by_the_back_button_the_sign_in_is_over_and_another_works,
            a9a_an_error_without_state_is_told_in_the_providers_words,
            a9a_an_authentication_that_expired_is_asked_for_once_more,
            a9a_another_refusal_is_not_asked_again,
            a9_a_foreign_state_has_one_answer_wherever_it_is_asked,
        ;
        proofs:
            h1_every_token_request_proves_the_key_of_the_sign_in,
            h1_each_sign_in_has_a_key_of_its_own,
            h1_a_token_that_is_not_bound_is_refused_where_it_must_be,
            h1_auto_uses_what_the_metadata_advertises,
            h1_a_lost_key_ends_the_session_and_is_no_loop,
            h1_a_failed_sign_in_leaves_no_key_behind,
            k7_a_nonce_that_cors_hides_is_said_and_not_asked_for_again,
        ;
        pushed:
            h2_the_front_channel_carries_a_reference_and_nothing_else,
            h2_auto_pushes_where_the_metadata_requires_it,
            h2_without_an_endpoint_nothing_is_sent_another_way,
            h2_what_the_endpoint_refuses_is_typed_and_sent_no_other_way,
            k6_a_pushed_request_is_a_simple_form_post_with_the_thumbprint_in_it,
            k6_only_a_demand_for_a_nonce_is_answered_with_a_proof_and_once,
            b1_an_endpoint_on_http_counts_as_not_named_and_is_said_where_it_is_required,
        ;
        requests:
            b1_a_final_slash_of_the_issuer_is_kept,
            b1_an_issuer_may_have_a_path,
            b1_every_place_is_asked_and_what_says_most_is_reported,
            b1_what_counts_as_not_named_is_logged_once_and_never_called,
            a10_configured_metadata_that_cannot_be_used_is_a_mistake,
            b2_requests_carry_nothing_that_is_not_needed,
            b4_a_start_with_a_valid_session_makes_no_request,
            b4_endpoints_that_the_metadata_does_not_name_are_not_called,
        ;
        keys:
            b3_metadata_and_keys_are_asked_for_once_a_day,
            b3_keys_are_asked_for_beside_the_code_exchange,
            b3_a_page_that_lives_for_days_asks_again,
            b3_a_sign_in_seconds_after_a_rotation_succeeds_with_every_algorithm,
            b3_a_refresh_finds_a_new_key_at_once_and_no_other_more_than_once_a_minute,
            b3_a_key_that_was_not_brought_is_not_asked_for_again_within_a_minute_by_any_page,
            b3_made_up_names_cost_the_provider_five_requests_a_minute,
            b3_a_new_key_under_an_old_name_is_noticed,
            b3_names_that_never_fit_cost_one_request_once,
            b3_a_known_key_under_another_name_does_while_the_keys_cannot_be_had,
            b3_a_refresh_does_without_keys_that_cannot_be_had,
            d4_another_user_is_noticed_though_the_keys_cannot_be_had,
        ;
        refreshed:
            d4_what_is_not_taken_leaves_the_claims_and_the_log_says_why,
            d4_what_contradicts_the_session_ends_it_and_says_what,
            d4_with_a_max_age_another_time_of_authentication_ends_the_session,
        ;
        presets:
            k4_presets_are_the_ones_of_the_npm_package,
            k1_the_preset_of_google_signs_in_through_a_server_that_adds_the_secret,
            k1_the_preset_of_discord_needs_no_discovery_and_no_keys,
            k1_the_preset_of_keycloak_signs_in,
            k1_the_preset_of_auth0_signs_in,
            k1_the_presets_of_entra_accept_the_tenants_own_issuer,
            k1_the_preset_of_okta_signs_in,
            k1_the_preset_of_cognito_signs_in_and_out,
            k1_the_preset_of_gitlab_signs_in,
            k1_the_preset_of_zitadel_signs_in,
            k3_the_preset_of_better_auth_survives_a_refresh_without_an_answer,
        ;
        tokens:
            c2_no_lifetime_starts_a_loop,
            d1_without_signatures_the_claims_are_checked_all_the_same,
            d1_what_the_app_asks_for_in_its_own_words_is_checked_too,
            c3_the_granted_scope_is_shown,
            c3_without_openid_no_id_token_is_needed,
            e1_an_expired_token_is_never_handed_out,
            e10_a_clock_that_is_wrong_is_put_right_by_the_date_of_the_answer,
            k4_without_a_refresh_token_the_session_ends_with_its_token,
            j2_the_stored_secrets_are_in_no_other_place,
        ;
        two_clients:
            f7_signing_everybody_of_one_client_out_leaves_the_other_one_as_it_was,
            f7_the_caches_of_the_first_release_stay_as_long_as_anybody_has_something,
            f7_a_transaction_of_the_first_release_is_whose_redirect_uri_it_has,
            f7_the_response_to_one_client_is_not_taken_by_the_other,
            f7_the_pending_sign_ins_of_one_client_push_out_none_of_the_other,
            f7_what_a_later_release_of_the_other_client_stores_is_not_taken_for_damage,
        ;
        shells:
            a10_a_redirect_uri_of_a_shell_is_what_the_provider_receives,
            a7_return_to_is_a_place_of_the_shells_own_origin,
            a_sign_in_that_is_opened_elsewhere_ends_with_what_its_response_comes_to,
            an_app_that_was_ended_meanwhile_finishes_all_the_same,
            a_url_that_cannot_be_opened_is_said_and_leaves_nothing,
            g2_a_logout_that_is_opened_elsewhere_is_a_url_of_any_length,
        ;
        ends:
            c4_a_session_that_is_refused_for_minutes_is_not_shown_as_signed_in_for_ever,
            c4_what_a_gateway_says_for_hours_ends_no_session,
            d4_a_refused_id_token_is_not_said_to_be_the_providers_doing,
            e1_after_session_expiry_nothing_is_asked_for_or_handed_out,
            e10_session_expiry_is_measured_by_the_providers_clock,
            d1_a_session_that_is_over_at_its_sign_in_does_not_begin,
        ;
        sign_out:
            g2_a_long_id_token_reaches_the_logout_whole_as_a_form,
            g2_without_a_session_the_provider_that_is_named_is_asked_all_the_same,
            k9_a_refresh_token_that_outlives_the_logout_is_revoked_before_the_page_goes_there,
            k10_a_logout_that_was_declined_leaves_nobody_signed_in_here,
        ;
        user_info:
            d5_the_claims_are_handed_out_and_the_verified_ones_stay,
            d5_claims_that_others_hold_are_not_fetched,
            d5_a_token_that_the_provider_took_back_is_replaced_once,
            d5_a_refused_token_that_cannot_be_replaced_is_said_so,
            d5_where_there_is_nothing_to_ask_or_to_compare_nothing_is_asked,
            d5_each_account_is_asked_about_with_its_own_token,
        ;
        values:
            f1a_what_the_user_approves_is_what_the_app_wrote,
            f1a_the_apps_own_state_comes_back_as_it_was,
            f1a_what_the_provider_says_is_the_same_after_a_reload_and_a_refresh,
        ;
    }
}
