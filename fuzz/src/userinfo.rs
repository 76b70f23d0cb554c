//! The UserInfo endpoint's answer: a line with the status and perhaps a `Content-Type`, then the body.

use super::check::{inert, text};
use keyward::ErrorCode;
use keyward::platform::sim::parse_json;
use keyward::protocol::http::Response;
use keyward::protocol::userinfo::{UserInfo, about, process};

pub fn check(input: &[u8]) {
    let Some(text) = text(input) else { return };
    let Some((head, body)) = text.split_once('\n') else { return };
    let (status, content_type) = head.split_once(' ').map_or((head, None), |(status, kind)| (status, Some(kind)));
    let Ok(status) = status.parse() else { return };
    let content_type = content_type.map(str::to_owned);
    let called_signed = content_type.as_deref() == Some("application/jwt");
    match process(&Response { status, body: body.to_owned(), content_type, ..Response::default() }, parse_json) {
        Ok(said) => {
            assert_eq!(status, 200);
            let (claims, signed) = match said {
                UserInfo::Plain(claims) => (claims, false),
                UserInfo::Signed(token) => (token.payload, true),
            };
            assert!(claims.members().is_some());
            assert!(signed || !called_signed, "D5: what is called signed is not believed without a signature");
            if let Ok(claims) = about(claims, "alice") {
                assert_eq!(claims.str("sub"), Some("alice"), "D5");
            }
        }
        Err(error) => {
            inert(&error);
            assert!(matches!(error.code, ErrorCode::UserinfoFailed | ErrorCode::TemporarilyUnavailable));
        }
    }
}
