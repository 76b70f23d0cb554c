#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| keyward_fuzz::userinfo::check(input));
