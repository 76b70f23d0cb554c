//! base64url without padding, as JOSE and PKCE use it (RFC 4648 section 5, RFC 7515 section 2).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Encodes without padding.
pub fn encode(octets: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}

/// Decodes strictly: no padding, no white space, no other alphabet, and only the one canonical text of the octets.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
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
