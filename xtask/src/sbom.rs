//! What is in the npm package, as CycloneDX 1.6: `pkg/sbom.cdx.json`, made with the package. The same for the same sources:
//! no time, no serial number.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::process::{cargo, run_quietly};
use crate::project::Project;

pub(crate) const FILE: &str = "pkg/sbom.cdx.json";

pub(crate) fn write(project: &Project) -> Result<()> {
    let mut text = serde_json::to_string_pretty(&document(project)?)?;
    text.push('\n');
    let file = project.path(FILE);
    if fs::read_to_string(&file).ok().as_deref() != Some(&text) {
        fs::write(file, text)?;
    }
    Ok(())
}

fn document(project: &Project) -> Result<Value> {
    let compiled = compiled_from(project, "normal")?;
    let required = compiled_from(project, "normal,no-proc-macro")?;
    let checksums = checksums(&fs::read_to_string(project.path("Cargo.lock"))?);
    let package: Value = serde_json::from_slice(&fs::read(project.path("pkg/package.json"))?)?;
    let (name, version) = (text(&package, "name")?, text(&package, "version")?);
    let this = format!("pkg:npm/{name}@{version}");

    let mut components = Vec::new();
    for each in &compiled {
        let Crate { name, version, license } = each;
        let mut component = json!({
            "type": "library",
            "bom-ref": purl(name, version),
            "name": name,
            "version": version,
            "purl": purl(name, version),
            // The others ran in the compiler.
            "scope": if required.contains(each) { "required" } else { "excluded" },
            "licenses": [{ "expression": spdx(license) }],
        });
        let checksum = checksums.get(&(name.clone(), version.clone()));
        component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum.context("a crate without a checksum")? }]);
        components.push(component);
    }
    ensure!(!components.is_empty(), "cargo named no dependency of the module");
    let depends: Vec<&Value> = components.iter().map(|component| &component["bom-ref"]).collect();
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "library", "bom-ref": this, "name": name, "version": version, "purl": this,
                "licenses": [{ "expression": spdx(text(&package, "license")?) }],
            },
        },
        "components": components,
        "dependencies": [{ "ref": this, "dependsOn": depends }],
    }))
}

/// A crate as `cargo tree` shows it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Crate {
    name: String,
    version: String,
    license: String,
}

/// The crates that the module is compiled from, without our own: cargo's metadata would mix in what Rust apps turn on.
fn compiled_from(project: &Project, edges: &str) -> Result<BTreeSet<Crate>> {
    let mut tree = cargo(project.root());
    tree.args(["tree", "--locked", "-p", "keyward", "--features", "js", "--target", "wasm32-unknown-unknown"]);
    let text = run_quietly(tree.args(["--edges", edges, "--prefix", "none", "--format", "{p}|{l}"]))?;
    Ok(text.lines().filter_map(parsed).collect())
}

/// `name v1.2.3 (proc-macro)|MIT`; ours has its folder behind it, and what was shown already a star.
fn parsed(line: &str) -> Option<Crate> {
    let (about, license) = line.split_once('|')?;
    let mut words = about.split(' ');
    let (name, version) = (words.next()?, words.next()?.strip_prefix('v')?);
    if name == "keyward" {
        return None;
    }
    Some(Crate {
        name: name.to_owned(),
        version: version.to_owned(),
        license: license.trim_end_matches(" (*)").to_owned(),
    })
}

fn purl(name: &str, version: &str) -> String {
    format!("pkg:cargo/{name}@{version}")
}

/// Older manifests have a slash where SPDX has OR.
pub(crate) fn spdx(license: &str) -> String {
    license.split('/').map(str::trim).collect::<Vec<_>>().join(" OR ")
}

fn text<'a>(value: &'a Value, name: &str) -> Result<&'a str> {
    value[name].as_str().with_context(|| format!("{name} is missing"))
}

/// From Cargo.lock, by name and version.
pub(crate) fn checksums(lock: &str) -> BTreeMap<(String, String), String> {
    let mut found = BTreeMap::new();
    for entry in lock.split("[[package]]") {
        let member = |name: &str| {
            let line = entry.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = \""));
            line.map(|rest| rest.trim_end_matches('"').to_owned())
        };
        if let (Some(name), Some(version), Some(checksum)) = (member("name"), member("version"), member("checksum")) {
            found.insert((name, version), checksum);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_license_is_an_spdx_expression() {
        assert_eq!(spdx("MIT/Apache-2.0"), "MIT OR Apache-2.0");
        assert_eq!(spdx("Apache-2.0 / MIT"), "Apache-2.0 OR MIT");
        assert_eq!(spdx("MIT OR Apache-2.0"), "MIT OR Apache-2.0");
    }

    #[test]
    fn a_line_of_the_tree_is_a_crate() {
        let of = |line| parsed(line).map(|found| [found.name, found.version, found.license].join(" "));
        assert_eq!(of("quote v1.0.1|MIT OR Apache-2.0 (*)"), Some("quote 1.0.1 MIT OR Apache-2.0".into()));
        assert_eq!(of("derive v2.0.0 (proc-macro)|MIT"), Some("derive 2.0.0 MIT".into()));
        assert_eq!(of("keyward v0.1.0 (/somewhere)|MIT OR Apache-2.0"), None);
        assert_eq!(of(""), None);
    }

    #[test]
    fn checksums_are_those_of_the_lock_file() {
        let lock = "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"x\"\nchecksum = \"abc\"\n\n[[package]]\nname = \"own\"\nversion = \"0.1.0\"\n";
        assert_eq!(checksums(lock), BTreeMap::from([(("a".to_owned(), "1.0.0".to_owned()), "abc".to_owned())]));
    }

    #[test]
    fn the_package_names_the_crates_it_is_compiled_from_and_no_others() {
        let project = Project::find().unwrap();
        let document = document(&project).unwrap();
        let components = document["components"].as_array().unwrap();
        let scope_of =
            |name: &str| components.iter().find(|each| each["name"] == name).map(|each| each["scope"].clone());
        assert_eq!(scope_of("sha2"), Some(json!("required")));
        assert_eq!(scope_of("wasm-bindgen-macro"), Some(json!("excluded")));
        assert_eq!(scope_of("talc"), Some(json!("required")));
        // Of tests, of Rust apps, and our own.
        for name in ["proptest", "gloo-net", "serde_json", "keyward"] {
            assert_eq!(scope_of(name), None, "{name}");
        }
        assert!(
            components.iter().all(|each| each["hashes"][0]["content"].as_str().is_some_and(|hash| hash.len() == 64))
        );
    }
}
