//! `cargo xtask reproduce`: the npm tarball of the latest commit, built in two places, byte for byte.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::build;
use crate::npm::npm;
use crate::process::run_quietly;
use crate::project::Project;
use crate::temp::TempFolder;

/// Build the npm tarball of the latest commit from two clean clones on different paths, and compare them byte by byte.
///
/// Says the SHA-256 that a published tarball must have, and leaves that tarball in target/. Takes some minutes, since both are built from nothing.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Leave the tarball in this folder.
    #[arg(long, default_value = "target/pack")]
    out: PathBuf,
}

pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    let folder = TempFolder::new("reproduce")?;
    // Paths of unequal length, so that one in the output would move all that follows it.
    let places = ["one", "another/that is/longer"].map(|place| folder.path().join(place));
    let mut tarballs = Vec::new();
    for place in &places {
        let clone = Command::new("git")
            .arg("clone")
            .args(["--quiet", "--no-hardlinks"])
            .arg(project.root())
            .arg(place)
            .status()?;
        ensure!(clone.success(), "git could not clone the repository");
        let clone = Project::at(place.clone());
        build::package(&clone)?;
        tarballs.push(pack(&clone.path("pkg"), place)?);
    }
    let [one, other] = tarballs.as_slice() else { bail!("not two tarballs") };
    same(one, other)?;
    let out = project.path("").join(&args.out);
    fs::create_dir_all(&out)?;
    let kept = out.join(one.file_name().context("a tarball has a name")?);
    fs::copy(one, &kept)?;
    println!("{}  {}", sha256(&kept)?, project.shown(&kept));
    Ok(())
}

/// What `npm publish` would send.
pub(crate) fn pack(package: &Path, into: &Path) -> Result<PathBuf> {
    let name = run_quietly(npm(package).args(["pack", "--silent", "--pack-destination"]).arg(into))?;
    Ok(into.join(name.lines().last().context("npm pack named no file")?.trim()))
}

/// Fails with the files that differ.
pub(crate) fn same(one: &Path, other: &Path) -> Result<()> {
    if fs::read(one)? == fs::read(other)? {
        return Ok(());
    }
    let [one, other] = [listed(one)?, listed(other)?];
    let differ: Vec<_> = one.iter().filter(|line| !other.contains(line)).map(String::as_str).collect();
    bail!(
        "the two tarballs differ: {}",
        if differ.is_empty() { "in their order or packing".into() } else { differ.join("\n") }
    );
}

/// Each file with its mode and the digest of its content.
fn listed(tarball: &Path) -> Result<Vec<String>> {
    let modes = run_quietly(Command::new("tar").arg("-tvzf").arg(tarball))?;
    let digests = run_quietly(Command::new("tar").args(["--to-command", "sha256sum", "-xzf"]).arg(tarball))?;
    Ok(modes.lines().zip(digests.lines()).map(|(mode, digest)| format!("{mode} {digest}")).collect())
}

fn sha256(file: &Path) -> Result<String> {
    let line = run_quietly(Command::new("sha256sum").arg(file))?;
    Ok(line.split(' ').next().unwrap_or_default().to_owned())
}
