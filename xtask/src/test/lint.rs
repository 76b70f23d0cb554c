//! What the tools say of the code, natively and for WebAssembly: nothing.

use anyhow::Result;

use super::Tally;
use crate::project::Project;
use crate::{audit, process, tools};

pub(super) fn run(project: &Project, tally: &mut Tally) -> Result<()> {
    tools::wasm_target()?;
    const WASM: [&str; 2] = ["--target", "wasm32-unknown-unknown"];
    let cargo = |before: &[&str], after: &[&str], rustdoc: &str| {
        let mut cargo = process::cargo(project.root());
        process::run(cargo.args(before).args(after).env("RUSTDOCFLAGS", rustdoc))
    };

    tally.check("the code is formatted", || cargo(&["fmt", "--all", "--check"], &[], ""));

    let clippy = ["clippy", "--locked", "--all-features"];
    let deny = ["--", "-D", "warnings"];
    tally.check("clippy has nothing to say", || {
        cargo(&clippy, &[["--workspace", "--all-targets"].as_slice(), &deny].concat(), "")
    });
    tally.check("clippy has nothing to say for wasm32", || {
        cargo(&clippy, &[WASM.as_slice(), &["-p", "keyward", "-p", "keyward-yew-example"], &deny].concat(), "")
    });

    tally.check("what is depended on keeps the rules of `cargo xtask audit`", || {
        audit::crates(project)?;
        audit::packages(project).map(drop)
    });

    let doc = ["doc", "--locked", "--no-deps", "--all-features", "-p", "keyward"];
    tally.check("the documentation has no warning", || cargo(&doc, &[], "-D warnings"));
    tally.check("the documentation has no warning for wasm32", || cargo(&doc, &WASM, "-D warnings"));
    Ok(())
}
