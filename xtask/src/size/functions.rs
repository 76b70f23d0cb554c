//! Where the module's code comes from: `cargo xtask size --functions N`.

use std::collections::{BTreeMap, HashMap};

use anyhow::Result;
use wasmparser::{KnownCustom, Name, Parser, Payload, TypeRef};

pub(super) fn show(module: &[u8], count: usize) -> Result<()> {
    let functions = functions(module)?;
    let mut parts: BTreeMap<String, usize> = BTreeMap::new();
    for (name, size) in &functions {
        *parts.entry(part(name)).or_default() += size;
    }
    println!("\nbytes of code by origin");
    list(parts.into_iter().collect(), 40);
    println!("\nbytes of code by function");
    list(functions, count);
    println!();
    Ok(())
}

fn list(mut sizes: Vec<(String, usize)>, count: usize) {
    sizes.sort_by(|(a, a_size), (b, b_size)| b_size.cmp(a_size).then_with(|| a.cmp(b)));
    for (name, size) in sizes.iter().take(count) {
        println!("{size:>8}  {name}");
    }
}

/// Every function of the module with the bytes of its body.
fn functions(module: &[u8]) -> Result<Vec<(String, usize)>> {
    let mut imported = 0_u32;
    let mut sizes = Vec::new();
    let mut names = HashMap::new();
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    imported += u32::from(matches!(import?.ty, TypeRef::Func(_) | TypeRef::FuncExact(_)));
                }
            }
            Payload::CodeSectionEntry(body) => sizes.push(body.range().len()),
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(section) = section.as_known() {
                    for name in section {
                        let Name::Function(functions) = name? else { continue };
                        for naming in functions {
                            let naming = naming?;
                            names.insert(naming.index, naming.name.to_owned());
                        }
                    }
                }
            }
            _ => {}
        }
    }
    let name = |index| names.remove(&index).unwrap_or_else(|| format!("function {index}"));
    Ok((imported..).map(name).zip(sizes).collect())
}

/// keyward::client::refresh for anything of that module; for other crates the crate.
fn part(function: &str) -> String {
    let path = function.trim_start_matches(['<', '&', '*', ' ']);
    let dropped = path.starts_with("core::ptr::drop_in_place");
    let ours = function.find("keyward::").filter(|_| !dropped).and_then(|at| function.get(at..));
    let words = ours.unwrap_or(path).split("::").map(|word| {
        let end = word.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(word.len());
        &word[..end]
    });
    let words: Vec<&str> = words.take(if ours.is_some() { 3 } else { 1 }).collect();
    if dropped { String::from("drop_in_place") } else { words.join("::") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_functions_by_where_they_are_written() {
        assert_eq!(
            part("keyward::client::refresh::<impl Inner<P>>::refresh::{{closure}}::h0"),
            "keyward::client::refresh"
        );
        assert_eq!(part("<keyward::session::record::Record as Clone>::clone"), "keyward::session::record");
        assert_eq!(part("core::slice::sort::stable::drift::sort"), "core");
        assert_eq!(part("core::ptr::drop_in_place<keyward::client::Client>"), "drop_in_place");
        assert_eq!(part("function 12"), "function");
    }

    #[test]
    fn counts_the_bytes_of_each_body() {
        // (module (import "a" "b" (func)) (func nop nop) (func)), with the name "two" for the first of its own.
        let module = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x02\x07\x01\x01a\x01b\0\0\x03\x03\x02\0\0\
                       \x0a\x09\x02\x04\0\x01\x01\x0b\x02\0\x0b\0\x0d\x04name\x01\x06\x01\x01\x03two";
        assert_eq!(functions(module).unwrap(), [("two".to_owned(), 4), ("function 2".to_owned(), 2)]);
    }
}
