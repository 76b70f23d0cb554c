//! Whether the simulation bites: the library with deliberate faults, one at a time, must be caught.
//!
//! All faults are built in at once, each behind a switch that an environment variable turns on, into a copy of `src/`
//! below `target/`; the library itself stays clean of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

use super::fault_list::{FAULTS, Fault};
use crate::process::{self, cargo};
use crate::project::Project;
use crate::test::Tally;

/// So many histories show most faults within a second.
const FEW: u32 = 300;
/// What neither those show nor a scenario, so many histories may, or the search through every order.
const MANY: u32 = 3_000;
/// Skipped among the scenarios: twenty thousand clients take ten seconds each time, and have shown no fault alone.
const FLEET: &str = "a_fleet_is_gentle::";

/// What `deliberate_fault` is in the copy.
const SWITCH: &str = "
#[doc(hidden)]
pub(crate) fn deliberate_fault(name: &str) -> bool {
    static FAULT: std::sync::OnceLock<Option<String>> = std::sync::OnceLock::new();
    FAULT.get_or_init(|| std::env::var(\"KEYWARD_FAULT\").ok()).as_deref() == Some(name)
}
";

/// How a fault was caught.
struct Catch {
    by: String,
    histories: String,
    seconds: f64,
}

pub(crate) fn run(project: &Project, tally: &mut Tally) -> Result<()> {
    let binary = build(project)?;
    // What fails without a fault would catch every one.
    let sound = catch(&binary, project, "none")?;
    ensure!(
        sound.is_none(),
        "without a fault, the copy with faults fails: {}",
        sound.map(|it| it.by).unwrap_or_default()
    );
    let mut table = Vec::new();
    for fault in FAULTS {
        let caught = catch(&binary, project, fault.name)?;
        tally.check(&format!("the simulation catches: {}", fault.name), || match &caught {
            Some(_) => Ok(()),
            None => bail!("neither {MANY} histories nor a scenario nor every order of two tabs show it"),
        });
        table.push((fault.name, caught));
    }
    println!("\n{:<44}{:>10}{:>9}  caught by", "deliberate fault", "histories", "seconds");
    for (name, caught) in table {
        match caught {
            Some(Catch { by, histories, seconds }) => println!("{name:<44}{histories:>10}{seconds:>9.1}  {by}"),
            None => println!("{name:<44}{:>10}{:>9}  NOT CAUGHT", "", ""),
        }
    }
    Ok(())
}

/// The quickest way to see a fault comes first.
fn catch(binary: &Path, project: &Project, fault: &str) -> Result<Option<Catch>> {
    if let Some(caught) = live(binary, project, fault, FEW)? {
        return Ok(Some(caught));
    }
    if let Some(caught) = by_scenarios(binary, project, fault)? {
        return Ok(Some(caught));
    }
    if let Some(caught) = live(binary, project, fault, MANY)? {
        return Ok(Some(caught));
    }
    by_every_order(binary, project, fault)
}

/// Builds the simulation over the library with every fault in it; returns the test binary.
fn build(project: &Project) -> Result<PathBuf> {
    let copy = project.path("target/deliberate-faults");
    let mut sources = read_sources(project)?;
    plant(&mut sources)?;
    for (file, text) in &sources {
        let path = copy.join(file);
        fs::create_dir_all(path.parent().context("a file has a folder")?)?;
        // Unchanged files keep their time: Cargo builds nothing twice.
        if fs::read_to_string(&path).is_ok_and(|old| old == *text) {
            continue;
        }
        fs::write(path, text)?;
    }
    let manifest = fs::read_to_string(project.path("Cargo.toml"))?;
    fs::write(copy.join("Cargo.toml"), manifest_of_copy(&manifest, &project.path("tests/simulation/main.rs"))?)?;
    fs::copy(project.path("Cargo.lock"), copy.join("Cargo.lock"))?;
    let mut build = cargo(&copy);
    // The lock file names more packages than the copy needs, so it cannot be `--locked`; nothing new is fetched.
    build.args(["test", "--offline", "--profile", "simulation", "--features", "sim", "--test", "simulation"]);
    build.args(["--no-run", "--message-format", "json-render-diagnostics", "--target-dir"]).arg(project.path("target"));
    let messages = process::run_quietly(&mut build)?;
    let executable = messages.lines().rev().find_map(|line| {
        let (_, rest) = line.split_once("\"executable\":\"")?;
        rest.split_once('"').map(|(path, _)| PathBuf::from(path))
    });
    executable.context("Cargo named no test binary")
}

fn manifest_of_copy(manifest: &str, simulation: &Path) -> Result<String> {
    let lines =
        manifest.lines().filter(|line| !line.starts_with("members =") && !line.starts_with("default-members ="));
    let text: String = lines.flat_map(|line| [line, "\n"]).collect();
    let path = "path = \"tests/simulation/main.rs\"";
    ensure!(text.contains(path), "Cargo.toml does not say where the simulation is");
    // Another version is another package: what is built of the copy does not take the place of what is built of ours.
    let text = text.replacen("\nversion = \"0.", "\nversion = \"1000.", 1);
    Ok(text.replace(path, &format!("path = {:?}", simulation.display().to_string())))
}

/// Every source file, by its path in the repository.
fn read_sources(project: &Project) -> Result<BTreeMap<String, String>> {
    let mut sources = BTreeMap::new();
    let mut folders = vec![PathBuf::from("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(project.path(&folder.display().to_string()))? {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                sources.insert(path.display().to_string(), fs::read_to_string(entry.path())?);
            }
        }
    }
    Ok(sources)
}

/// Puts every fault behind its switch.
fn plant(sources: &mut BTreeMap<String, String>) -> Result<()> {
    let mut places: BTreeMap<(&str, &str), Vec<&Fault>> = BTreeMap::new();
    for fault in FAULTS {
        places.entry((fault.file, fault.right)).or_default().push(fault);
    }
    for ((file, right), faults) in places {
        let source = sources.get_mut(file).with_context(|| format!("{file} is gone"))?;
        // Tests below a file's code may say the same.
        let count = source.split("#[cfg(test)]\nmod ").next().unwrap_or_default().matches(right).count();
        ensure!(count == 1, "`{right}` is {count} times in {file}: see to the fault \"{}\"", faults[0].name);
        let switches = faults
            .iter()
            .map(|fault| format!("if crate::deliberate_fault({:?}) {{ {} }} else ", fault.name, fault.wrong));
        let switched = format!("({}{{ {right} }})", switches.collect::<String>());
        *source = source.replacen(right, &switched, 1);
    }
    let root = sources.get_mut("src/lib.rs").context("src/lib.rs is gone")?;
    *root = format!("#![allow(warnings)]\n{root}{SWITCH}");
    Ok(())
}

/// Lives through so many histories, until one goes wrong.
fn live(binary: &Path, project: &Project, fault: &str, count: u32) -> Result<Option<Catch>> {
    let begun = Instant::now();
    let mut histories = Command::new(binary);
    histories.current_dir(project.root()).env("KEYWARD_FAULT", fault).env("KEYWARD_MOST_FAILURES", "1");
    histories.env("KEYWARD_HISTORIES", count.to_string()).arg("whatever_happens_the_invariants_hold");
    let output = histories.output()?;
    if output.status.success() {
        let ran = String::from_utf8_lossy(&output.stdout).contains(" 1 passed");
        ensure!(ran, "the histories did not run");
        return Ok(None);
    }
    let text = [String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)].concat();
    let first = text.lines().find_map(|line| line.strip_prefix("  seed ")).and_then(|line| line.split_once(": "));
    let Some((seed, what)) = first else { bail!("the histories failed in a way of their own:\n{text}") };
    let by = what.split(": ").next().unwrap_or_default().to_owned();
    let seed: u64 = seed.parse()?;
    Ok(Some(Catch { by, histories: (seed + 1).to_string(), seconds: begun.elapsed().as_secs_f64() }))
}

/// What histories cannot show, a scenario may.
fn by_scenarios(binary: &Path, project: &Project, fault: &str) -> Result<Option<Catch>> {
    let begun = Instant::now();
    let mut scenarios = Command::new(binary);
    scenarios.current_dir(project.root()).env("KEYWARD_FAULT", fault).args([
        "--skip",
        "histories::",
        "--skip",
        "exhaustive::",
        "--skip",
        FLEET,
    ]);
    let output = scenarios.output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let failed = text.lines().filter_map(|line| line.strip_prefix("test ")?.strip_suffix(" ... FAILED")).next();
    Ok(failed.map(|scenario| Catch {
        by: format!("scenario {scenario}"),
        histories: "-".to_owned(),
        seconds: begun.elapsed().as_secs_f64(),
    }))
}

/// What takes two tabs to do just so, the search finds that goes through every order.
fn by_every_order(binary: &Path, project: &Project, fault: &str) -> Result<Option<Catch>> {
    let begun = Instant::now();
    let mut search = Command::new(binary);
    search.current_dir(project.root()).env("KEYWARD_FAULT", fault).env("KEYWARD_DISTURBANCES", "1");
    let output = search.arg("every_order_keeps_the_invariants").output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        ensure!(text.contains(" 1 passed"), "the search did not run");
        return Ok(None);
    }
    let states = text.lines().find_map(|line| line.split_once(": after ")?.1.split_once(" states: "));
    let Some((states, what)) = states else { bail!("the search failed in a way of its own:\n{text}") };
    let by = format!("every order, after {states} states: {}", what.split(": ").next().unwrap_or_default());
    Ok(Some(Catch { by, histories: "-".to_owned(), seconds: begun.elapsed().as_secs_f64() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e_every_deliberate_fault_has_its_place_in_the_source() {
        let mut sources = read_sources(&Project::find().unwrap()).unwrap();
        plant(&mut sources).unwrap();
        assert!(FAULTS.len() >= 20);
    }
}
