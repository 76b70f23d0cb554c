//! `cargo xtask size`: what a page downloads, against a budget.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use brotli::enc::BrotliEncoderParams;
use flate2::{Compression, write::GzEncoder};

use crate::process::run_quietly;
use crate::project::Project;
use crate::{build, npm};

mod functions;

/// All that a page loads of the npm package, in bytes of brotli: what it is now and a quarter of a kilobyte of air, so that
/// nothing grows unnoticed. The aim is 108 kB and is far away: Rust like this crate's costs about 13 bytes of brotli a line,
/// and half of it is asynchronous. What was tried last, module and glue together: panics without messages and places,
/// SHA-512 by the browser and addresses of three octets -6.6 kB; IndexedDB in JavaScript -2.9; requests -1.3; the reading
/// of configurations and options -1.0. LLVM's IR outliner takes apart what wasm-bindgen has to read.
const BUDGET: usize = 157_150;

const MODULE: &str = "pkg/wasm/keyward_bg.wasm";
const ENTRY: &str = "pkg/index.js";

/// What a page loads beside the glue, and instead of the module, when its client runs in a worker.
const ISOLATED: &str = "pkg/vault.js";

/// What an app loads when it asks for it, beside what its pages have.
const ON_DEMAND: [&str; 8] = ["idle", "offline", "mcp", "backend", "exchange", "logout", "testing", "doctor"];

/// What the background of a browser extension loads beside the glue.
const BACKGROUND: &str = "pkg/extension.js";

/// All that an extension's page loads, minified as its bundler does it, in bytes of brotli.
const EXTENSION_PAGE: (&str, usize) = ("pkg/extension-page.js", 4_000);

/// All that a popup or a hidden frame loads on its way back, in bytes of minified JavaScript.
const CALLBACK: (&str, usize) = ("pkg/callback.js", 1_500);

/// Build the package and show its size, raw and compressed; fails over the budget.
///
/// The glue is the package's entry and each file that it imports. Every file is compressed on its own, as a server
/// sends it. 1 kB = 1000 bytes.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The most that module and glue may take together, in bytes of brotli.
    #[arg(long, default_value_t = BUDGET, value_name = "BYTES")]
    budget: usize,
    /// List the largest parts of the module's code as well: modules of the source, then this many functions.
    #[arg(long, value_name = "N")]
    functions: Option<usize>,
}

impl Default for Args {
    fn default() -> Self {
        Self { budget: BUDGET, functions: None }
    }
}

pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    build::package(project)?;
    let scripts = imported_from(project.path(ENTRY))?;
    let module = measure(&[project.path(MODULE)])?;
    let glue = measure(&scripts)?;
    let total = module.plus(&glue);

    println!("{:<28}{:>12}{:>12}{:>12}", "1 kB = 1000 bytes", "raw", "gzip", "brotli");
    println!("{:<28}{module}", "module");
    println!("{:<28}{glue}", format!("glue ({} JavaScript files)", scripts.len()));
    println!("{:<28}{total}", "total");
    let isolated: Vec<PathBuf> =
        imported_from(project.path(ISOLATED))?.into_iter().filter(|script| !scripts.contains(script)).collect();
    println!("{:<28}{}", "more where it is isolated", measure(&isolated)?);
    for name in ON_DEMAND {
        let mut more = imported_from(project.path("pkg").join(name).with_extension("js"))?;
        more.retain(|script| !scripts.contains(script));
        println!("{:<28}{}", format!("{name}.js, on demand"), measure(&more)?);
    }
    let background: Vec<PathBuf> =
        imported_from(project.path(BACKGROUND))?.into_iter().filter(|script| !scripts.contains(script)).collect();
    println!("{:<28}{}", "more in an extension", measure(&background)?);
    let page = Size::of(&bundled(project, EXTENSION_PAGE.0)?)?;
    println!("{:<28}{page}", "extension's page, minified");
    ensure!(
        page.brotli <= EXTENSION_PAGE.1,
        "{} takes {} bytes of brotli, more than {}",
        EXTENSION_PAGE.0,
        page.brotli,
        EXTENSION_PAGE.1
    );
    let callback = minified(project, CALLBACK.0)?;
    println!("{:<28}{}", "callback script, minified", Size::of(&callback)?);
    ensure!(
        callback.len() <= CALLBACK.1,
        "{} has {} bytes minified, more than {}",
        CALLBACK.0,
        callback.len(),
        CALLBACK.1
    );
    if let Some(count) = args.functions {
        functions::show(&fs::read(build::named_module(project)?)?, count)?;
    }
    within_budget(total.brotli, args.budget)
}

/// The script with all that it imports, in one.
fn bundled(project: &Project, script: &str) -> Result<Vec<u8>> {
    let mut bundle = npm::program(&npm::install(project, "xtask/npm")?, "esbuild")?;
    bundle.args(["--bundle", "--minify", "--format=esm", "--target=es2022"]).arg(project.path(script));
    Ok(run_quietly(&mut bundle)?.into())
}

fn minified(project: &Project, script: &str) -> Result<Vec<u8>> {
    let mut minify = npm::program(&npm::install(project, "xtask/npm")?, "esbuild")?;
    minify.args(["--minify", "--format=esm", "--target=es2022"]).arg(project.path(script));
    Ok(run_quietly(&mut minify)?.into())
}

fn within_budget(brotli: usize, budget: usize) -> Result<()> {
    if brotli > budget {
        bail!("{} of brotli in all, over the budget of {} by {} bytes", kilo(brotli), kilo(budget), brotli - budget);
    }
    println!("{} under the budget of {} brotli", kilo(budget - brotli), kilo(budget));
    Ok(())
}

#[derive(Debug, Default, PartialEq)]
struct Size {
    raw: usize,
    gzip: usize,
    brotli: usize,
}

/// The script itself and all scripts of the package that it imports, directly or not.
pub(crate) fn imported_from(entry: PathBuf) -> Result<Vec<PathBuf>> {
    let mut found = vec![entry];
    let mut next = 0;
    while let Some(script) = found.get(next).cloned() {
        let text = read(&script)?;
        let folder = script.parent().unwrap_or(Path::new(""));
        for import in imports(&String::from_utf8_lossy(&text)) {
            let import = folder.join(import);
            if !found.contains(&import) {
                found.push(import);
            }
        }
        next += 1;
    }
    Ok(found)
}

/// What `from "./…"` and `import "./…"` name, with either kind of quotes. What `import("./…")` names comes when it is
/// asked for.
fn imports(script: &str) -> Vec<&str> {
    let quotes = ['"', '\''];
    let starts = script.match_indices(quotes).filter(|(at, _)| {
        let before = script[..*at].trim_end();
        before.ends_with("from") || before.ends_with("import")
    });
    let literals = starts.filter_map(|(at, _)| script[at + 1..].split(quotes).next());
    literals.filter_map(|path| path.strip_prefix("./")).collect()
}

fn measure(files: &[PathBuf]) -> Result<Size> {
    files.iter().try_fold(Size::default(), |sum, file| Ok(sum.plus(&Size::of(&read(file)?)?)))
}

fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("{} cannot be read", file.display()))
}

impl Size {
    fn of(bytes: &[u8]) -> Result<Self> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(bytes)?;
        let mut brotli = Vec::new();
        let best = BrotliEncoderParams { quality: 11, lgwin: 22, ..BrotliEncoderParams::default() };
        brotli::BrotliCompress(&mut &*bytes, &mut brotli, &best)?;
        Ok(Self { raw: bytes.len(), gzip: gzip.finish()?.len(), brotli: brotli.len() })
    }

    fn plus(&self, other: &Self) -> Self {
        Self { raw: self.raw + other.raw, gzip: self.gzip + other.gzip, brotli: self.brotli + other.brotli }
    }
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:>12}{:>12}{:>12}", kilo(self.raw), kilo(self.gzip), kilo(self.brotli))
    }
}

fn kilo(bytes: usize) -> String {
    format!("{}.{:02} kB", bytes / 1000, bytes % 1000 / 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_itself_is_allowed_and_one_byte_more_is_not() {
        assert!(within_budget(30_000, 30_000).is_ok());
        let error = within_budget(30_001, 30_000).unwrap_err().to_string();
        assert!(error.contains("by 1 bytes"), "{error}");
    }

    #[test]
    fn a_kilobyte_has_a_thousand_bytes() {
        assert_eq!(kilo(1_000), "1.00 kB");
        assert_eq!(kilo(30_059), "30.05 kB");
    }

    #[test]
    fn finds_what_a_script_imports() {
        let script = r#"import { a } from "./a.js"; export*from'./b/c.js'; import("./d.js"); import "./e.js";
            new URL("./wasm/x.wasm", import.meta.url); const module = {"./x_bg.js": 1}; import z from "z";"#;
        assert_eq!(imports(script), ["a.js", "b/c.js", "e.js"]);
    }

    #[test]
    fn compresses_each_file_and_adds_up() {
        let size = Size::of(&[b'k'; 5_000]).unwrap();
        assert_eq!(size.raw, 5_000);
        assert!(size.gzip < 100 && size.brotli < size.gzip, "{size:?}");
        assert_eq!(size.plus(&size), Size { raw: 10_000, gzip: 2 * size.gzip, brotli: 2 * size.brotli });
    }
}
