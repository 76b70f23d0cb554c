//! Shorter names between module and glue.
//!
//! wasm-bindgen names imports and closures with hashes (`__wbg_fetch_6a8f145be66d7211`), in the module and again in the
//! glue; they do not compress. Nothing but these two files knows the names, so both are renamed together. A name that
//! does not occur just where it is expected stays as it is.

use wasm_bindgen_cli_support::Output;

/// Renames imports and exports in the module, drops exports that the glue never uses, and returns the glue that fits.
pub(super) fn shorten_names(output: &mut Output, own_name: &str) -> String {
    // pkg/ loads the module without blocking; what only the other loader needs is left out with it.
    let mut js =
        output.js().replace("export { initSync, __wbg_init as default };", "export { __wbg_init as default };");
    let mut numbers = 0..;
    let mut next = || numbers.by_ref().map(short_name).next().unwrap_or_default();
    let glue = format!("./{own_name}_bg.js");
    let glue_member = format!("\"{glue}\": ");
    let rename_glue = js.matches(&glue_member).count() == 1;
    if rename_glue {
        js = js.replacen(&glue_member, "a: ", 1);
    }
    for import in output.wasm_mut().imports.iter_mut() {
        if rename_glue && import.module == glue {
            import.module = String::from("a");
        }
        let name = next();
        if rename_import(&mut js, &import.name, &name) {
            import.name = name;
        }
    }
    let exports = &mut output.wasm_mut().exports;
    let unused = exports.iter().filter(|export| words(&js, &export.name).next().is_none());
    for export in unused.map(|export| export.id()).collect::<Vec<_>>() {
        exports.delete(export);
    }
    for export in exports.iter_mut() {
        let name = next();
        if rename_export(&mut js, &export.name, &name) {
            export.name = name;
        }
    }
    js
}

/// An import is one member of the object that the glue hands to the module, on a line of its own.
fn rename_import(js: &mut String, name: &str, short: &str) -> bool {
    let places: Vec<usize> = words(js, name).collect();
    let [at] = places[..] else { return false };
    let end = at + name.len();
    let found = js[..at].trim_end_matches(' ').ends_with('\n') && js[end..].starts_with(": ");
    if found {
        js.replace_range(at..end, short);
    }
    found
}

/// An export is read as a member of `wasm`. The glue's own functions may bear the same name.
fn rename_export(js: &mut String, name: &str, short: &str) -> bool {
    let is_member = |at: &usize| js[..*at].ends_with(['.', '"', '\'', '`']);
    let mut places: Vec<usize> = words(js, name).filter(is_member).collect();
    let found = name != "memory" && !places.is_empty() && places.iter().all(|at| js[..*at].ends_with("wasm."));
    if found {
        while let Some(at) = places.pop() {
            js.replace_range(at..at + name.len(), short);
        }
    }
    found
}

/// Where a name stands as a whole word.
fn words<'a>(js: &'a str, name: &'a str) -> impl Iterator<Item = usize> + 'a {
    let part_of_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    js.match_indices(name)
        .map(|(at, _)| at)
        .filter(move |at| !js[..*at].ends_with(part_of_word) && !js[*at + name.len()..].starts_with(part_of_word))
}

/// a, b, … z, aa, ba, …
fn short_name(mut number: usize) -> String {
    let mut name = String::new();
    loop {
        name.push(char::from(b'a' + u8::try_from(number % 26).unwrap_or_default()));
        number /= 26;
        if number == 0 {
            return name;
        }
        number -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_differ() {
        let names: std::collections::BTreeSet<String> = (0..1_000).map(short_name).collect();
        assert_eq!(names.len(), 1_000);
        assert!(names.iter().all(|name| name.len() <= 3));
    }

    #[test]
    fn an_import_is_renamed_where_it_is_a_member_and_nowhere_else() {
        let mut js = String::from("const imports = {\n        __wbg_now_12: () => Date.now(),\n    };");
        assert!(rename_import(&mut js, "__wbg_now_12", "a"));
        assert!(js.contains("\n        a: () => Date.now()"), "{js}");

        let mut twice = String::from("\n        __wbg_now_12: f,\n\n__wbg_now_12();");
        let before = twice.clone();
        assert!(!rename_import(&mut twice, "__wbg_now_12", "a"));
        assert_eq!(twice, before);
    }

    #[test]
    fn an_export_is_renamed_wherever_it_is_read_from_the_module() {
        let mut js = String::from("wasm.make(wasm.make_more, wasm.make);");
        assert!(rename_export(&mut js, "make", "a"));
        assert_eq!(js, "wasm.a(wasm.make_more, wasm.a);");

        let mut function = String::from("function make() { wasm.make(); }");
        assert!(rename_export(&mut function, "make", "a"));
        assert_eq!(function, "function make() { wasm.a(); }");

        let mut elsewhere = String::from("wasm.make(); instance.exports.make(); wasm['make']");
        let before = elsewhere.clone();
        assert!(!rename_export(&mut elsewhere, "make", "a"));
        assert_eq!(elsewhere, before);
    }
}
