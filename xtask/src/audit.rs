//! `cargo xtask audit`: what everything here depends on, against the rules that are written down below.

use std::fs;
use std::process::Command;

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::npm::npm;
use crate::process::{cargo, run, run_quietly, which};
use crate::project::Project;
use crate::sbom::{checksums, spdx};

/// Licenses that the project can be shipped and tested with. One of an `OR` is enough, all of an `AND` are needed.
const LICENSES: [&str; 13] = [
    "MIT",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "0BSD",
    "Zlib",
    "Unlicense",
    "Unicode-3.0",
    // Exception: of tools that no user of the package ever has (file by file, no reach beyond them).
    "MPL-2.0",
];

/// Check what this repository depends on: licenses, origins, checksums; with --online also known vulnerabilities.
///
/// Offline it reads Cargo.lock, cargo's metadata and every package-lock.json. What may differ from the rules is listed
/// in xtask/src/audit.rs, each with its reason; deny.toml says the same to cargo-deny.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Ask for known vulnerabilities, too: `npm audit` for every lock file, and `cargo deny` if it is installed.
    #[arg(long)]
    online: bool,
}

pub(crate) fn command(project: &Project, args: &Args) -> Result<()> {
    println!("{} crates keep the rules", crates(project)?);
    println!("{} packages of npm keep the rules", packages(project)?);
    if args.online {
        for lock in locks(project)? {
            let folder = project.path(&lock);
            run(npm(folder.parent().unwrap_or(project.root()))
                .env("npm_config_audit", "true")
                .args(["audit", "--audit-level=high"]))?;
        }
        ensure!(which("cargo-deny").is_some(), "cargo-deny is missing: cargo install --locked cargo-deny");
        run(cargo(project.root()).args(["deny", "check", "advisories", "bans", "licenses", "sources"]))?;
    }
    Ok(())
}

/// Every crate, whatever target and feature it is for.
pub(crate) fn crates(project: &Project) -> Result<usize> {
    let text =
        run_quietly(cargo(project.root()).args(["metadata", "--locked", "--format-version", "1", "--all-features"]))?;
    let metadata: Value = serde_json::from_str(&text)?;
    let checksums = checksums(&fs::read_to_string(project.path("Cargo.lock"))?);
    let mut count = 0;
    let mut wrong = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let text = |member: &str| package[member].as_str().unwrap_or_default();
        let (name, version) = (text("name"), text("version"));
        if package["source"].is_null() {
            continue;
        }
        count += 1;
        if !text("source").starts_with("registry+") {
            wrong.push(format!("{name} {version} is not from the registry"));
        }
        if !checksums.contains_key(&(name.to_owned(), version.to_owned())) {
            wrong.push(format!("{name} {version} has no checksum"));
        }
        if !allowed(&spdx(text("license"))) {
            wrong.push(format!("{name} {version} has the license {:?}", text("license")));
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(count)
}

/// Every package that some lock file names.
pub(crate) fn packages(project: &Project) -> Result<usize> {
    let mut count = 0;
    let mut wrong = Vec::new();
    for lock in locks(project)? {
        let document: Value = serde_json::from_slice(&fs::read(project.path(&lock))?)?;
        for (path, package) in document["packages"].as_object().into_iter().flatten() {
            if path.is_empty() || package["link"] == true {
                continue;
            }
            count += 1;
            let name = path.rsplit("node_modules/").next().unwrap_or(path);
            if let Some(fault) = fault_of(package) {
                wrong.push(format!("{lock}: {name} {fault}"));
            }
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(count)
}

fn fault_of(package: &Value) -> Option<&'static str> {
    if package["inBundle"] != true && !package["integrity"].as_str().unwrap_or_default().starts_with("sha512-") {
        return Some("has no SHA-512");
    }
    // Lock files here name no place: what comes from a registry is known by its digest, and nothing comes from elsewhere.
    (!package["resolved"].is_null()).then_some("names the place it comes from")
}

fn locks(project: &Project) -> Result<Vec<String>> {
    let mut git = Command::new("git");
    git.current_dir(project.root()).args(["ls-files", "--cached", "--", "*package-lock.json"]);
    let locks: Vec<String> = run_quietly(&mut git)?.lines().map(str::to_owned).collect();
    ensure!(!locks.is_empty(), "git names no package-lock.json");
    Ok(locks)
}

/// Whether an SPDX expression leaves a choice that is allowed.
fn allowed(expression: &str) -> bool {
    let one = |license: &str| LICENSES.contains(&license.trim_matches(['(', ')', ' ']));
    expression.split(" AND ").all(|part| part.split(" OR ").any(one))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn one_of_an_or_is_enough_and_all_of_an_and_are_needed() {
        for expression in
            ["MIT", "MIT OR GPL-3.0", "(MIT OR GPL-3.0) AND Unicode-3.0", "Apache-2.0 WITH LLVM-exception"]
        {
            assert!(allowed(expression), "{expression}");
        }
        for expression in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR ISC) AND AGPL-3.0"] {
            assert!(!allowed(expression), "{expression}");
        }
    }

    #[test]
    fn a_package_has_a_checksum_and_names_no_place() {
        assert_eq!(fault_of(&json!({ "integrity": "sha512-x" })), None);
        assert_eq!(fault_of(&json!({ "inBundle": true })), None);
        assert!(fault_of(&json!({})).is_some());
        assert!(fault_of(&json!({ "integrity": "sha1-x" })).is_some());
        assert!(fault_of(&json!({ "integrity": "sha512-x", "resolved": "git+https://x" })).is_some());
    }
}
