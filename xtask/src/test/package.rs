//! `package`: the packed npm package in projects outside the repository, as its users meet it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use super::Tally;
use crate::build;
use crate::consumers;
use crate::npm::{self, npm};
use crate::process::run_quietly;
use crate::project::Project;
use crate::reproduce;
use crate::temp::TempFolder;

/// The project's contract, beside the repository.
const CONTRACT: &str = "../shared/api.d.ts";

/// Entries that are files, not modules to import.
const WITHOUT_TYPES: [&str; 3] = ["./keyward_bg.wasm", "./wasm/keyward_bg.wasm", "./worker.js"];

/// How importers may look for a package, as `module` and `moduleResolution`.
const RESOLUTIONS: [(&str, &str); 3] = [("esnext", "bundler"), ("node16", "node16"), ("nodenext", "nodenext")];

/// What the contract may export; the comparison below handles just these.
const KINDS: [(&str, bool); 6] =
    [("function", true), ("class", true), ("const", true), ("interface", false), ("type", false), ("enum", true)];

pub(super) fn run(project: &Project, tally: &mut Tally) -> Result<()> {
    build::package(project)?;
    let tools = npm::install(project, "tests/package")?;
    let folder = TempFolder::new("package")?;

    let tarball = pack(project, folder.path())?;
    tally.check("the tarball holds the module, the entry and the types, and nothing of the tests", || {
        has_what_it_needs(&tarball)
    });
    tally.check(
        "the tarball is the same wherever it is packed, names no place of this machine, and says what is in it",
        || packs_the_same_elsewhere(project, &tarball, folder.path()),
    );
    for (how, package) in [("the tarball", tarball.clone()), ("the folder", project.path("pkg"))] {
        let app = folder.path().join(how.replace(' ', "-"));
        tally.check(&format!("i5 npm installs {how}, and Node imports it without harm"), || {
            install(&app, &package)?;
            run_in_node(project, "node-import.mjs", &app)
        });
    }

    let app = folder.path().join("the-tarball");
    tally.check("the presets of the tarball give what the crate's give", || {
        copy(project, "presets.json", &app)?;
        run_in_node(project, "providers.mjs", &app)
    });
    tally.check("the callback page closes though its receipt is lost", || run_in_node(project, "callback.mjs", &app));
    tally.check("the console gets a line for each diagnostic event", || run_in_node(project, "console.mjs", &app));
    tally.check("a module that a bundler or its server has lost is said with the line that mends it", || {
        run_in_node(project, "module.mjs", &app)
    });
    tally.check("the bindings follow an instance, sign in once, and lead nobody in circles", || {
        run_in_node(project, "bindings.mjs", &app)
    });
    tally.check("the contract of the storages judges adapters in Node", || run_in_node(project, "testing.mjs", &app));
    tally.check("an idle user is signed out in all tabs, by the clock, and not by a sleep, a reload or a clock set back kept in", || {
        run_in_node(project, "idle.mjs", &app)
    });
    tally.check("an identity lasts without network as long as the app allows, and says that it is stale", || {
        run_in_node(project, "offline.mjs", &app)
    });
    tally.check("an MCP server's provider is found where it may be named, and the app registered there", || {
        run_in_node(project, "mcp.mjs", &app)
    });
    tally.check("a token is exchanged for another one, and a front-channel logout signs out whom it names", || {
        run_in_node(project, "exchange.mjs", &app)
    });
    tally.check("an extension's background judges senders, loses nothing, and names what is missing", || {
        run_in_node(project, "extension.mjs", &app)
    });
    tally.check(
        "the provider of keyward/testing signs in, lets time pass and fails as asked, with the real client in Node",
        || run_in_node(project, "fake-provider.mjs", &app),
    );
    tally.check("npm create keyward writes an app of each template from its tarball, and overwrites nothing", || {
        let app = folder.path().join("create");
        install(&app, &reproduce::pack(&project.path("create-keyward"), folder.path())?)?;
        run_in_node(project, "create.mjs", &app)
    });
    tally.check("the plugins for bundlers take the module along, and leave others' files alone", || {
        run_in_node(project, "plugins.mjs", &app)
    });
    let provider = npm::install(project, "www/provider")?.join("provider.mjs");
    tally.check(
        "the doctor finds nothing with a healthy provider, and what is wrong with others, with the place to mend it",
        || {
            copy(project, "doctor.mjs", &app)?;
            run_quietly(Command::new("node").arg(app.join("doctor.mjs")).arg(&provider).current_dir(&app)).map(drop)
        },
    );
    tally.check("the types compile in a strict project that uses them", || {
        copy(project, "usage.ts", &app)?;
        copy(project, "providers.ts", &app)?;
        copy(project, "testing.ts", &app)?;
        copy(project, "beyond.ts", &app)?;
        copy(project, "extension.ts", &app)?;
        copy(project, "tools.ts", &app)?;
        copy(project, "tsconfig.json", &app)?;
        check_types(&tools, &app)
    });
    agreement(project, &tools, &app, tally)?;
    bindings(project, &tools, &folder.path().join("bindings"), &tarball, tally)?;

    tally.check("publint has nothing to say", || {
        run_quietly(npm::program(&tools, "publint")?.arg("--strict").arg(&tarball).current_dir(folder.path())).map(drop)
    });
    tally.check("the types resolve for every kind of importer of ES modules", || {
        let mut attw = npm::program(&tools, "attw")?;
        run_quietly(
            attw.args(["--profile", "esm-only", "--no-emoji", "--exclude-entrypoints"])
                .args(WITHOUT_TYPES)
                .arg("--")
                .arg(&tarball)
                .current_dir(folder.path()),
        )
        .map(drop)
    });
    consumers::of_today(project, tally)
}

/// The bindings beside the frameworks from npm, which the browser tests need as well.
fn bindings(project: &Project, tools: &Path, app: &Path, tarball: &Path, tally: &mut Tally) -> Result<()> {
    let frameworks = npm::install(project, "tests/browser/frameworks")?.join("node_modules");
    tally.check("i5 every entry of the package is there, and a server may import it and render with it", || {
        install(app, tarball)?;
        for entry in fs::read_dir(&frameworks)? {
            let entry = entry?;
            let link = app.join("node_modules").join(entry.file_name());
            if !link.exists() {
                std::os::unix::fs::symlink(entry.path(), link)?;
            }
        }
        run_in_node(project, "entries.mjs", app)
    });
    copy(project, "bindings.ts", app)?;
    copy(project, "usage.ts", app)?;
    for (module, resolution) in RESOLUTIONS {
        tally.check(&format!("the types of all entries compile with moduleResolution {resolution}"), || {
            let options = format!(
                "{{ \"compilerOptions\": {{ \"strict\": true, \"skipLibCheck\": false, \"target\": \"es2022\", \"lib\": [\"es2022\", \
                 \"dom\"], \"module\": \"{module}\", \"moduleResolution\": \"{resolution}\", \"types\": [], \"noEmit\": true }}, \
                 \"include\": [\"*.ts\"] }}"
            );
            fs::write(app.join("tsconfig.json"), options)?;
            check_types(tools, app)
        });
    }
    Ok(())
}

fn pack(project: &Project, into: &Path) -> Result<PathBuf> {
    reproduce::pack(&project.path("pkg"), into)
}

/// The cheap part of `cargo xtask reproduce`, which compiles the module in both places, too.
fn packs_the_same_elsewhere(project: &Project, tarball: &Path, folder: &Path) -> Result<()> {
    let elsewhere = folder.join("packed/else where");
    fs::create_dir_all(&elsewhere)?;
    run_quietly(Command::new("cp").arg("-r").arg(project.path("pkg")).arg(&elsewhere))?;
    reproduce::same(tarball, &reproduce::pack(&elsewhere.join("pkg"), &elsewhere)?)?;

    let unpacked = folder.join("unpacked");
    fs::create_dir_all(&unpacked)?;
    run_quietly(Command::new("tar").arg("-xzf").arg(tarball).arg("-C").arg(&unpacked))?;
    let mut places = vec![project.root().to_path_buf(), ".cargo/registry".into(), ".rustup/toolchains".into()];
    places.extend(["CARGO_HOME", "RUSTUP_HOME", "HOME"].iter().filter_map(std::env::var_os).map(PathBuf::from));
    // A folder right below the root is a word like any other.
    places.retain(|place| place.iter().filter(|part| *part != "/").count() > 1);
    for entry in fs::read_dir(unpacked.join("package"))?.chain(fs::read_dir(unpacked.join("package/wasm"))?) {
        let file = entry?.path();
        if !file.is_file() {
            continue;
        }
        let content = fs::read(&file)?;
        for place in places.iter().filter_map(|place| place.to_str()) {
            let is_there = content.windows(place.len()).any(|part| part == place.as_bytes());
            ensure!(!is_there, "{} names {place}", file.display());
        }
    }
    let bill: serde_json::Value = serde_json::from_slice(&fs::read(unpacked.join("package/sbom.cdx.json"))?)?;
    ensure!(
        bill["bomFormat"] == "CycloneDX" && bill["components"].as_array().is_some_and(|list| list.len() > 5),
        "{bill}"
    );
    Ok(())
}

fn has_what_it_needs(tarball: &Path) -> Result<()> {
    let list = run_quietly(Command::new("tar").arg("-tzf").arg(tarball))?;
    let mut files: Vec<&str> = list.lines().filter_map(|line| line.strip_prefix("package/")).collect();
    files.sort_unstable();
    for needed in [
        "package.json",
        "README.md",
        "AGENTS.md",
        "llms.txt",
        "sbom.cdx.json",
        "index.js",
        "index.d.ts",
        "wasm/keyward.js",
        "wasm/keyward_bg.wasm",
    ] {
        ensure!(files.contains(&needed), "{needed} is not in the tarball: {}", files.join(", "));
    }
    let of_tests = |file: &str| file.contains("test") && !file.starts_with("testing.") && !file.starts_with("testing/");
    let strange = files.iter().find(|file| of_tests(file) || file.starts_with('.') || file.contains("/."));
    ensure!(strange.is_none(), "{} is in the tarball", strange.copied().unwrap_or_default());
    Ok(())
}

fn install(app: &Path, package: &Path) -> Result<()> {
    fs::create_dir_all(app)?;
    fs::write(app.join("package.json"), "{ \"private\": true, \"type\": \"module\" }\n")?;
    run_quietly(npm(app).arg("install").arg(package)).map(drop)
}

fn copy(project: &Project, file: &str, app: &Path) -> Result<()> {
    fs::copy(project.path("tests/package").join(file), app.join(file)).map(drop).with_context(|| file.to_owned())
}

/// Runs that file of tests/package as one of the app.
fn run_in_node(project: &Project, file: &str, app: &Path) -> Result<()> {
    copy(project, file, app)?;
    run_quietly(Command::new("node").arg(app.join(file)).current_dir(app)).map(drop)
}

fn check_types(tools: &Path, app: &Path) -> Result<()> {
    let mut tsc = npm::program(tools, "tsc")?;
    run_quietly(tsc.arg("--project").arg(app.join("tsconfig.json")).current_dir(app)).map(drop)
}

/// The package's types against the contract: every name, both ways.
fn agreement(project: &Project, tools: &Path, app: &Path, tally: &mut Tally) -> Result<()> {
    let Ok(contract) = fs::read_to_string(project.path(CONTRACT)) else {
        if std::env::var_os("CI").is_some() {
            tally.fail("the types agree with the contract", &anyhow::anyhow!("{CONTRACT} is missing"));
        } else {
            println!("not compared with the contract: {CONTRACT} is missing");
        }
        return Ok(());
    };
    let app = app.join("agreement");
    fs::create_dir_all(&app)?;
    tally.check("the types agree with the contract", || {
        fs::write(app.join("contract.d.ts"), &contract)?;
        fs::write(app.join("agreement.ts"), comparison(&exported(&contract)?))?;
        for file in ["same.ts", "tsconfig.json"] {
            copy(project, file, &app)?;
        }
        check_types(tools, &app)
    });
    Ok(())
}

/// The names that a declaration file exports; `true` for those that are values too.
fn exported(declarations: &str) -> Result<Vec<(String, bool)>> {
    let mut names: Vec<(String, bool)> = Vec::new();
    for line in declarations.lines().filter_map(|line| line.strip_prefix("export ")) {
        let line = line.strip_prefix("declare ").unwrap_or(line);
        let (kind, rest) = line.split_once(' ').with_context(|| format!("unexpected export: {line}"))?;
        let Some((_, value)) = KINDS.iter().find(|(name, _)| *name == kind) else {
            bail!("unexpected export: {line}");
        };
        let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_' || *c == '$').collect();
        names.push((name, *value));
    }
    ensure!(!names.is_empty(), "the contract exports nothing");
    names.dedup();
    Ok(names)
}

fn comparison(names: &[(String, bool)]) -> String {
    let mut text = String::from(
        "import type * as Ours from \"keyward\";\nimport type * as Contract from \"./contract.js\";\n\
         import type { Agrees, True } from \"./same.js\";\n\nexport type Comparison = [\n",
    );
    for (name, is_value) in names {
        let of = if *is_value { "typeof " } else { "" };
        text.push_str(&format!("  True<Agrees<{of}Ours.{name}, {of}Contract.{name}, \"{name}\">>,\n"));
    }
    text.push_str("];\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_every_export_of_a_declaration_file() {
        let names = exported(
            "/** docs */\nexport function init(c: Config): Promise<Auth>;\nexport interface Auth {\n  a: 1;\n}\n\
             export type Config = A &\n  B;\nexport declare class AuthError extends Error {\n}\nimport x from \"y\";\n",
        );
        let names = names.unwrap();
        let expected = [("init", true), ("Auth", false), ("Config", false), ("AuthError", true)];
        assert_eq!(names, expected.map(|(name, value)| (name.to_owned(), value)));
    }

    #[test]
    fn an_export_of_another_kind_is_not_passed_over() {
        assert!(exported("export default 3;").is_err());
        assert!(exported("export * from \"./more.js\";").is_err());
        assert!(exported("").is_err());
    }
}
