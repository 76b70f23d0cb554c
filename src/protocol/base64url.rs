//! base64url without padding, as JOSE and PKCE use it (RFC 4648 section 5, RFC 7515 section 2).

use crate::prelude::*;
use base64::alphabet::URL_SAFE;

const SIX_BITS: u32 = 0x3f;

/// Encodes without padding. The loops are here, for the crate's engine takes four times the room in the npm package's module.
pub fn encode(octets: &[u8]) -> String {
    let alphabet = URL_SAFE.symbols();
    let mut text = String::with_capacity(octets.len().div_ceil(3) * 4);
    let mut push = |bits: u32| {
        text.push(alphabet.get((bits & SIX_BITS) as usize).map(|symbol| symbol.as_char()).unwrap_or_default());
    };
    let (mut bits, mut count) = (0_u32, 0);
    for octet in octets {
        bits = bits << 8 | u32::from(*octet);
        count += 8;
        while count >= 6 {
            count -= 6;
            push(bits >> count);
        }
    }
    if count > 0 {
        push(bits << (6 - count));
    }
    text
}

/// Decodes strictly: no padding, no white space, no other alphabet, and only the one canonical text of the octets.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let mut octets = Vec::with_capacity(text.len() / 4 * 3 + 2);
    let (mut bits, mut count) = (0_u32, 0);
    for symbol in text.bytes() {
        let value = match symbol {
            b'A'..=b'Z' => symbol - b'A',
            b'a'..=b'z' => symbol - b'a' + 26,
            b'0'..=b'9' => symbol - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            octets.push((bits >> count) as u8);
        }
    }
    // A symbol too many, or bits that belong to no octet.
    let is_canonical = count < 6 && bits & ((1 << count) - 1) == 0;
    is_canonical.then_some(octets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;

    #[test]
    fn rfc_7515_appendix_c_octets_without_padding() {
        assert_eq!(encode(&[3, 236, 255, 224, 193]), "A-z_4ME");
        assert_eq!(decode("A-z_4ME"), Some(vec![3, 236, 255, 224, 193]));
    }

    #[test]
    fn rfc_4648_section_10_vectors_without_padding() {
        for (octets, text) in
            [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(encode(octets.as_bytes()), text);
            assert_eq!(decode(text).as_deref(), Some(octets.as_bytes()));
        }
    }

    #[test]
    fn what_is_not_the_canonical_text_is_refused() {
        let padding = ["Zg==", "Zm8=", "Zm9v=", "="];
        let white_space = [" Zg", "Zg ", "Z g", "Zg\n", "\tZg", "Zm9v\r\nYg"];
        let other_alphabet = ["A+z/4ME", "Zm9v.", "Zm9vé", "Zm9v\0"];
        let impossible_length = ["Z", "Zm9vY"];
        let trailing_bits = ["Zh", "Zm9", "Zm9vYh"];
        for text in
            [&padding[..], &white_space[..], &other_alphabet[..], &impossible_length[..], &trailing_bits[..]].concat()
        {
            assert_eq!(decode(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn the_crate_encodes_and_decodes_the_same(octets: Vec<u8>, text in "[A-Za-z0-9_-]{0,40}[A-Za-z0-9_=+/ -]{0,2}") {
            prop_assert_eq!(encode(&octets), URL_SAFE_NO_PAD.encode(&octets));
            prop_assert_eq!(decode(&text), URL_SAFE_NO_PAD.decode(&text).ok());
        }

        #[test]
        fn what_was_encoded_is_decoded(octets: Vec<u8>) {
            prop_assert_eq!(decode(&encode(&octets)), Some(octets));
        }

        #[test]
        fn octets_have_one_text_only(text in "[A-Za-z0-9_-]{0,9}[A-Za-z0-9_=+/ -]{0,2}") {
            if let Some(octets) = decode(&text) {
                prop_assert_eq!(encode(&octets), text);
            }
        }
    }
}
