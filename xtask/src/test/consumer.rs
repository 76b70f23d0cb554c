//! A Rust app that depends on keyward: its module has the app's exports and nothing of ours.

use std::fs;

use anyhow::{Result, ensure};
use wasm_bindgen_cli_support::Bindgen;

use super::Tally;
use crate::process::{self, cargo};
use crate::project::Project;
use crate::temp::TempFolder;
use crate::tools;

/// What the app in tests/consumer exports.
const EXPORT: &str = "consumer_signs_in";

pub(super) fn run(project: &Project, tally: &mut Tally) -> Result<()> {
    tools::wasm_target()?;
    let app = TempFolder::new("consumer")?;
    tally.check("a crate that depends on keyward by path compiles for wasm32", || compile(project, &app));
    tally.check("its module exports nothing of ours", || exports_nothing_of_ours(project));
    Ok(())
}

fn compile(project: &Project, app: &TempFolder) -> Result<()> {
    let manifest = format!(
        "[package]\nname = \"consumer\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[lib]\ncrate-type = [\"cdylib\"]\n\n\
         [dependencies]\nkeyward = {{ path = {:?} }}\nwasm-bindgen = \"0.2\"\n\n[profile.dev]\ndebug = false\n\n[workspace]\n",
        project.root()
    );
    fs::create_dir_all(app.path().join("src"))?;
    fs::write(app.path().join("Cargo.toml"), manifest)?;
    fs::copy(project.path("tests/consumer/lib.rs"), app.path().join("src/lib.rs"))?;
    // Cargo drops what the app does not need from the lock file, and keeps the versions of the rest.
    fs::copy(project.path("Cargo.lock"), app.path().join("Cargo.lock"))?;
    let mut build = cargo(app.path());
    build.args(["build", "--target", "wasm32-unknown-unknown", "--target-dir"]).arg(project.path("target/consumer"));
    process::run(&mut build)
}

/// After wasm-bindgen, for only it knows which of the module's symbols become exports.
fn exports_nothing_of_ours(project: &Project) -> Result<()> {
    let module = project.path("target/consumer/wasm32-unknown-unknown/debug/consumer.wasm");
    let output = Bindgen::new().input_path(module).web(true)?.typescript(true).generate_output()?;
    ensure!(output.js().contains("fetch"), "the app does not reach the library, so its exports prove nothing");
    let wasm: Vec<&str> = output.wasm().exports.iter().map(|export| export.name.as_str()).collect();
    let foreign = foreign(&wasm);
    ensure!(foreign.is_empty(), "the module exports {}", foreign.join(", "));
    let declared = declared(output.ts().unwrap_or_default());
    ensure!(declared == [EXPORT], "the generated types declare {}", declared.join(", "));
    Ok(())
}

/// What wasm-bindgen exports of its own accord to notice an abort.
const ABORT_HANDLING: [&str; 2] = ["__abort_handler", "__instance_terminated"];

/// Exports that are neither the app's own nor wasm-bindgen's machinery.
fn foreign<'a>(exports: &[&'a str]) -> Vec<&'a str> {
    let expected = |name: &str| {
        name == EXPORT
            || name == "memory"
            || ABORT_HANDLING.contains(&name)
            || name.starts_with("__wbindgen_")
            || name.starts_with("__externref_")
            || name.starts_with("wasm_bindgen_") && name.contains("closure")
    };
    exports.iter().copied().filter(|name| !expected(name)).collect()
}

/// Names of the functions and classes in generated types, without wasm-bindgen's own two loaders.
fn declared(types: &str) -> Vec<&str> {
    let names = types.lines().filter_map(|line| {
        let rest = line.strip_prefix("export function ").or_else(|| line.strip_prefix("export class "))?;
        rest.split(['(', ' ', '<']).next()
    });
    names.filter(|name| *name != "initSync").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_apps_own_exports_and_the_machinery_are_no_strangers() {
        let closures = "wasm_bindgen__convert__closures_____invoke__h1234";
        assert!(foreign(&[EXPORT, "memory", "__wbindgen_malloc", "__externref_table_alloc", closures]).is_empty());
    }

    #[test]
    fn our_functions_classes_and_allocator_are_strangers() {
        let strangers = ["init", "__wbg_auth_free", "auth_signIn", "__wbg_set_error_class"];
        assert_eq!(foreign(&strangers), strangers);
    }

    #[test]
    fn reads_what_generated_types_declare() {
        let types = "export class Auth {\n  free(): void;\n}\nexport function init(config: any): Promise<any>;\n\
                     export type InitInput = string;\nexport function initSync(module: any): InitOutput;\n\
                     export default function __wbg_init(): void;\n";
        assert_eq!(declared(types), ["Auth", "init"]);
    }
}
