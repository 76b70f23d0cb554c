//! What happens to the text of a token after it was signed. Nothing here explains a disagreement.

use keyward::platform::sim::Chance;
use keyward::protocol::base64url;

type Damage = (&'static str, fn(&str, &mut Chance) -> String);

/// The kinds of damage.
pub(super) const DAMAGES: &[Damage] = &[
    ("a character replaced", |token, chance| edit(token, chance, 1)),
    ("a character inserted", |token, chance| edit(token, chance, 0)),
    ("a character removed", |token, chance| {
        let at = chance.below(token.len());
        [&token[..at], &token[at + 1..]].concat()
    }),
    ("cut off", |token, chance| token[..chance.below(token.len())].to_owned()),
    ("padding", |token, _| [token, "="].concat()),
    ("white space around", |token, _| [" ", token, "\n"].concat()),
    ("a part more", |token, _| [token, ".e30"].concat()),
    ("no signature", |token, _| token.rsplit_once('.').map_or("", |(signed, _)| signed).to_owned() + "."),
    ("parts swapped", |token, chance| {
        let mut parts: Vec<&str> = token.split('.').collect();
        parts.swap(chance.below(3), chance.below(3));
        parts.join(".")
    }),
    ("a bit of the signature turned", |token, chance| {
        with_signature(token, |octets| {
            let at = chance.below(octets.len());
            octets[at] ^= 1 << chance.below(8);
        })
    }),
    ("the signature longer", |token, _| with_signature(token, |octets| octets.push(0))),
    ("the signature with a leading zero", |token, _| with_signature(token, |octets| octets.insert(0, 0))),
    ("the signature zero", |token, _| with_signature(token, |octets| octets.fill(0))),
    ("unused bits of the signature set", |token, _| {
        let (rest, last) = token.split_at(token.len() - 1);
        [rest, if last == "A" { "B" } else { "_" }].concat()
    }),
];

fn edit(token: &str, chance: &mut Chance, removed: usize) -> String {
    const CHARACTERS: &[u8] = b"ABCXYZabcxyz0189-_+/=. \n\t\0~";
    let at = chance.below(token.len());
    let new = char::from(CHARACTERS[chance.below(CHARACTERS.len())]);
    [&token[..at], &new.to_string(), &token[at + removed..]].concat()
}

fn with_signature(token: &str, change: impl FnOnce(&mut Vec<u8>)) -> String {
    let (signed, signature) = token.rsplit_once('.').unwrap_or_default();
    let mut octets = base64url::decode(signature).unwrap_or_default();
    change(&mut octets);
    [signed, ".", &base64url::encode(&octets)].concat()
}
