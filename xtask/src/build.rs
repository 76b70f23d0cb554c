//! `cargo xtask build`: the npm package's module and glue, and the Rust demo app.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;
use std::{env, fs};

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use wasm_bindgen_cli_support::Bindgen;

use crate::process::{self, cargo};
use crate::project::Project;
use crate::{npm, sbom, size, tools};

mod glue;
mod panics;

const TARGET: [&str; 4] = ["--locked", "--release", "--target", "wasm32-unknown-unknown"];
const CARGO_OUTPUT: &str = "target/wasm32-unknown-unknown/release";

/// Between the compiler and pkg/wasm: `BOUND` is the module after wasm-bindgen, with names, before wasm-opt.
const INTERMEDIATE: &str = "target/xtask/keyward";
const BOUND: &str = "bound.wasm";

/// The second -Oz finds what the first has made small enough. Not --traps-never-happen: a panic ends in a trap.
const PASSES: [&str; 5] = ["--flatten", "--rereloop", "-Oz", "-Oz", "--low-memory-unused"];

/// The scripts of the crate that the package's own import, too.
const PAGES_OWN: [&str; 2] = ["page.js", "popup.js"];

/// The data begins where the stack ends: below this its addresses take three octets each, and above it four. That is 64 kB less
/// of stack than the linker's default of one megabyte.
const LINKED: [&str; 1] = ["-Clink-arg=-zstack-size=983040"];

/// What every browser of the support table knows; wasm-opt may use nothing else.
const WASM_FEATURES: [&str; 7] = [
    "--mvp-features",
    "--enable-bulk-memory",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--enable-nontrapping-float-to-int",
    "--enable-mutable-globals",
    "--enable-multivalue",
];

/// Complete the package in pkg/: compile, bind and optimise the WebAssembly module.
///
/// Leaves pkg/wasm/keyward.js, pkg/wasm/keyward_bg.wasm and the same as a script. After that `npm install ./pkg` works, and so does serving
/// pkg/ as plain files. Leaves the example extension in target/extension as well. What is up to date is not built again.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Build the Rust demo app into www/yew/dist/ as well.
    #[arg(long)]
    yew: bool,
    /// Build what the browser tests need beside the package: the storages by themselves, and the module that judges the
    /// published vectors, and the small apps of the frameworks.
    #[arg(long)]
    tests: bool,
}

pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    package(project)?;
    extension(project)?;
    if args.yew {
        yew_app(project)?;
    }
    if args.tests {
        storage_probe(project)?;
        vector_judge(project)?;
        framework_apps(project)?;
    }
    Ok(())
}

/// The npm package's module: with the `js` feature, which no Rust app turns on.
pub(crate) fn package(project: &Project) -> Result<()> {
    prepare(project)?;
    sbom::write(project)?;
    let mut compile = cargo(project.root());
    compile.args(["rustc", "-p", "keyward", "--lib", "--features", "js", "--crate-type", "cdylib"]);
    process::run(for_release(&mut compile).arg("--").args(LINKED))?;

    let compiled = project.path(CARGO_OUTPUT).join("keyward.wasm");
    let wasm = project.path("pkg/wasm/keyward_bg.wasm");
    let js = project.path("pkg/wasm/keyward.js");
    let inline = project.path("pkg/wasm/inline.js");
    if up_to_date(project, &[&js, &wasm, &inline], &[&compiled])? {
        eprintln!("pkg/wasm is up to date");
        return Ok(());
    }

    eprintln!("Binding and optimising the module");
    let made = emptied(project.path(INTERMEDIATE))?;
    let mut bound = bindgen(&compiled, "keyward").generate_output()?;
    panics::shorten(bound.wasm_mut())?;
    let shortened = glue::shorten_names(&mut bound, "keyward");
    let raw_wasm = made.join(BOUND);
    let raw_js = made.join("bound.js");
    // What only a page can do is in JavaScript, and in files of its own: pages need it before the module, and without it.
    let mut scripts = Vec::new();
    let mut glue = shortened;
    for (path, script) in bound.local_modules().clone() {
        let name = Path::new(&path).file_name().and_then(OsStr::to_str).context("a file has a name")?;
        let raw = made.join(format!("raw-{name}"));
        fs::write(&raw, script)?;
        // The rest is the module's alone, and becomes a part of the glue.
        let is_pages = PAGES_OWN.contains(&name);
        let (before, now) = (format!("./snippets/{path}"), format!("./{}{name}", if is_pages { "" } else { "raw-" }));
        glue = glue.replace(&before, &now);
        for import in bound.wasm_mut().imports.iter_mut().filter(|import| import.module == before) {
            import.module.clone_from(&now);
        }
        if is_pages {
            scripts.push((raw, name.to_owned()));
        }
    }
    fs::write(&raw_wasm, bound.wasm_mut().emit_wasm())?;
    fs::write(&raw_js, glue)?;

    let node_modules = npm::install(project, "xtask/npm")?;
    let small_wasm = made.join("keyward_bg.wasm");
    let small_js = made.join("keyward.js");
    optimise(project, &raw_wasm, &small_wasm, &["--strip-debug", "--strip-producers", "--strip-target-features"])?;
    let mut minify = npm::program(&node_modules, "esbuild")?;
    minify.current_dir(project.root()).arg(&raw_js).arg(format!("--outfile={}", small_js.display()));
    minify.args(scripts.iter().map(|(_, name)| format!("--external:./{name}")));
    minify.args([
        "--bundle",
        "--minify",
        "--tree-shaking=true",
        "--format=esm",
        "--target=es2022",
        "--log-level=warning",
    ]);
    process::run(&mut minify)?;

    for (raw, name) in &scripts {
        let mut minify = npm::program(&node_modules, "esbuild")?;
        minify.arg(raw).arg(format!("--outfile={}", made.join(name).display()));
        minify.args(["--minify", "--format=esm", "--target=es2022", "--log-level=warning"]);
        process::run(&mut minify)?;
    }

    // For `keyward/inline`.
    let encoded = BASE64_STANDARD.encode(fs::read(&small_wasm)?);
    let small_inline = made.join("inline.js");
    fs::write(&small_inline, format!("export const base64 = \"{encoded}\";\n"))?;

    // Moved at the end, the module last: what is in pkg/wasm is one build's output, or is built again.
    let folder = emptied(project.path("pkg/wasm"))?;
    for (_, name) in &scripts {
        fs::rename(made.join(name), folder.join(name))?;
    }
    fs::rename(&small_inline, &inline)?;
    fs::rename(&small_js, &js)?;
    fs::rename(&small_wasm, &wasm)?;
    eprintln!("{} is complete", project.shown(&folder));
    Ok(())
}

/// Where the example extension is whole, for a browser to load.
pub(crate) const EXTENSION: &str = "target/extension";

/// The example extension: its own files, and of the package what they import.
pub(crate) fn extension(project: &Project) -> Result<()> {
    let folder = emptied(project.path(EXTENSION))?;
    let package = project.path("pkg");
    let mut files = vec![package.join("wasm/keyward_bg.wasm")];
    for entry in ["extension.js", "extension-page.js", "extension-callback.js"] {
        files.extend(size::imported_from(package.join(entry))?);
    }
    fs::create_dir_all(folder.join("keyward/wasm"))?;
    for file in &files {
        let name = file.strip_prefix(&package).context("the package imports its own files")?;
        copied(file, &folder.join("keyward").join(name))?;
    }
    for entry in fs::read_dir(project.path("www/extension"))? {
        let file = entry?.path();
        copied(&file, &folder.join(file.file_name().context("a file has a name")?))?;
    }
    eprintln!("{} is complete", project.shown(&folder));
    Ok(())
}

fn copied(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).with_context(|| format!("{} cannot be copied", from.display())).map(drop)
}

/// The module that `package` left, optimised in the same way but with the names of its functions.
pub(crate) fn named_module(project: &Project) -> Result<PathBuf> {
    let folder = project.path(INTERMEDIATE);
    let named = folder.join("named.wasm");
    optimise(project, &folder.join(BOUND), &named, &["-g"])?;
    Ok(named)
}

fn optimise(project: &Project, from: &Path, to: &Path, more: &[&str]) -> Result<()> {
    let mut optimise = npm::program(&npm::install(project, "xtask/npm")?, "wasm-opt")?;
    optimise.current_dir(project.root());
    process::run(optimise.arg(from).arg("-o").arg(to).args(PASSES).args(WASM_FEATURES).args(more))
}

/// The Rust demo app: the same core as a plain dependency, with an output of its own.
pub(crate) fn yew_app(project: &Project) -> Result<()> {
    prepare(project)?;
    process::run(for_release(cargo(project.root()).args(["build", "-p", "keyward-yew-example"])))?;

    let compiled = project.path(CARGO_OUTPUT).join("keyward-yew-example.wasm");
    let page = project.path("www/yew/index.html");
    let copy = project.path("www/yew/dist/index.html");
    if up_to_date(project, &[&copy], &[&compiled, &page])? {
        eprintln!("www/yew/dist is up to date");
        return Ok(());
    }
    let folder = emptied(project.path("www/yew/dist"))?;
    bindgen(&compiled, "app").remove_name_section(true).omit_default_module_path(false).generate(&folder)?;
    fs::copy(&page, &copy).with_context(|| format!("{} cannot be copied", project.shown(&page)))?;
    eprintln!("{} is complete", project.shown(&folder));
    Ok(())
}

/// The module that judges the published vectors with a browser's WebCrypto. No part of the package.
pub(crate) fn vector_judge(project: &Project) -> Result<()> {
    prepare(project)?;
    process::run(for_release(cargo(project.root()).args(["build", "-p", "vector-judge"])))?;

    let compiled = project.path(CARGO_OUTPUT).join("vector_judge.wasm");
    let made = project.path("target/xtask/vectors");
    if up_to_date(project, &[&made.join("judge.js")], &[&compiled])? {
        eprintln!("{} is up to date", project.shown(&made));
        return Ok(());
    }
    let folder = emptied(made)?;
    bindgen(&compiled, "judge").omit_default_module_path(false).generate(&folder)
}

/// The small apps that the browser tests sign in with, bundled with the frameworks from npm.
pub(crate) fn framework_apps(project: &Project) -> Result<()> {
    let folder = npm::install(project, "tests/browser/frameworks")?;
    let made = emptied(project.path("target/xtask/frameworks"))?;
    process::run(Command::new("node").arg(folder.join("build.mjs")).arg(&made))
}

/// The storages as the browser tests look at them; compiled beside the demo app, which then finds the library made.
pub(crate) fn storage_probe(project: &Project) -> Result<()> {
    prepare(project)?;
    let packages = ["build", "-p", "keyward-storage-probe", "-p", "keyward-yew-example"];
    process::run(for_release(cargo(project.root()).args(packages)))?;

    let compiled = project.path(CARGO_OUTPUT).join("keyward_storage_probe.wasm");
    let module = project.path("tests/browser/app/probe/probe_bg.wasm");
    if up_to_date(project, &[&module], &[&compiled])? {
        eprintln!("tests/browser/app/probe is up to date");
        return Ok(());
    }
    let folder = emptied(project.path("tests/browser/app/probe"))?;
    bindgen(&compiled, "probe").omit_default_module_path(false).generate(&folder)?;
    eprintln!("{} is complete", project.shown(&folder));
    Ok(())
}

/// With one spelling of where dependencies lie: panics name their source files, and nobody's home folder belongs into a
/// module that is published.
fn for_release(command: &mut Command) -> &mut Command {
    command.args(TARGET);
    let home = env::home_dir().map(|home| home.join(".cargo"));
    let cargo_home = env::var_os("CARGO_HOME").map(PathBuf::from).or(home);
    let crates = cargo_home.map(|home| (home.join("registry/src"), "crates"));
    // Only there when the component rust-src is installed.
    let library = tools::sysroot().map(|sysroot| (sysroot.join("lib/rustlib/src/rust"), "rust"));
    let remapped = [crates, library].into_iter().flatten();
    let flags: Vec<String> =
        remapped.map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display())).collect();
    command.arg("--config").arg(format!("target.wasm32-unknown-unknown.rustflags={flags:?}"));
    command
}

fn bindgen(compiled: &Path, name: &str) -> Bindgen {
    let mut bindgen = Bindgen::new();
    bindgen.input_path(compiled).out_name(name).typescript(false);
    bindgen.omit_default_module_path(true);
    // Fails only where another kind of output was asked for before.
    if let Err(error) = bindgen.web(true) {
        eprintln!("{error}");
    }
    bindgen
}

fn prepare(project: &Project) -> Result<()> {
    let lock = fs::read_to_string(project.path("Cargo.lock")).context("Cargo.lock is missing")?;
    same_bindgen(&lock)?;
    tools::wasm_target()
}

/// Module and glue understand each other only if both come from one version of wasm-bindgen.
fn same_bindgen(lock: &str) -> Result<()> {
    let library = locked_version(lock, "wasm-bindgen").context("Cargo.lock has no wasm-bindgen")?;
    let tool =
        locked_version(lock, "wasm-bindgen-cli-support").context("Cargo.lock has no wasm-bindgen-cli-support")?;
    ensure!(
        library == tool,
        "Cargo.lock has wasm-bindgen {library} but wasm-bindgen-cli-support {tool}: set the latter to \"={library}\" in \
         xtask/Cargo.toml"
    );
    Ok(())
}

fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let (_, after) = lock.split_once(&format!("name = \"{package}\"\n"))?;
    after.strip_prefix("version = \"")?.split('"').next()
}

/// What decides about the output beside the compiled module: how it is made here, and with which versions.
const RECIPE: [&str; 5] = [
    "xtask/src/build.rs",
    "xtask/src/build/glue.rs",
    "xtask/src/build/panics.rs",
    "xtask/npm/package-lock.json",
    "Cargo.lock",
];

/// Whether every output exists and is younger than every input and the recipe.
fn up_to_date(project: &Project, outputs: &[&Path], inputs: &[&Path]) -> Result<bool> {
    let mut newest = SystemTime::UNIX_EPOCH;
    for input in RECIPE.map(|file| project.path(file)).iter().map(PathBuf::as_path).chain(inputs.iter().copied()) {
        newest = newest.max(modified(input)?);
    }
    Ok(outputs.iter().all(|output| modified(output).is_ok_and(|at| at >= newest)))
}

fn modified(file: &Path) -> Result<SystemTime> {
    let meta = fs::metadata(file).with_context(|| format!("{} is missing", file.display()))?;
    Ok(meta.modified()?)
}

fn emptied(folder: PathBuf) -> Result<PathBuf> {
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n\n[[package]]\n\
                        name = \"wasm-bindgen-cli-support\"\nversion = \"0.2.130\"\n";

    #[test]
    fn one_version_of_wasm_bindgen_makes_module_and_glue() {
        assert!(same_bindgen(LOCK).is_ok());
        let error = same_bindgen(&LOCK.replacen("0.2.130", "0.2.131", 1)).unwrap_err().to_string();
        assert!(error.contains("\"=0.2.131\""), "{error}");
        assert!(same_bindgen("").is_err());
    }

    #[test]
    fn a_missing_or_older_output_is_not_up_to_date() {
        let project = Project::find().unwrap();
        let this = project.path(RECIPE[0]);
        let just_made = project.path(&format!("target/up-to-date-{}", std::process::id()));
        fs::write(&just_made, "").unwrap();
        assert!(up_to_date(&project, &[&just_made], &[&this]).unwrap());
        assert!(!up_to_date(&project, &[&just_made, Path::new("no such file")], &[&this]).unwrap());
        assert!(!up_to_date(&project, &[&this], &[&just_made]).unwrap());
        assert!(up_to_date(&project, &[&just_made], &[Path::new("no such file")]).is_err());
        fs::remove_file(&just_made).unwrap();
    }
}
