//! npm packages, by lock file only.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::project::Project;
use crate::{process, tools};

/// `npm ci` in a folder whose lock file is newer than what is installed. Install scripts of packages are not run.
pub(crate) fn install(project: &Project, folder: &str) -> Result<PathBuf> {
    tools::node()?;
    let folder = project.path(folder);
    let lock = folder.join("package-lock.json");
    let installed = folder.join("node_modules/.package-lock.json");
    let locked_at = fs::metadata(&lock).and_then(|meta| meta.modified());
    let locked_at = locked_at.with_context(|| format!("{} is missing", project.shown(&lock)))?;
    let installed_at = fs::metadata(&installed).and_then(|meta| meta.modified()).ok();
    if installed_at.is_none_or(|at| at < locked_at) {
        eprintln!("Installing the npm packages of {}", project.shown(&folder));
        process::run(npm(&folder).args(["ci", "--ignore-scripts"]))?;
    }
    Ok(folder)
}

/// npm without what it says about funding, audits and itself.
pub(crate) fn npm(folder: &Path) -> Command {
    let mut command = Command::new("npm");
    command.current_dir(folder);
    command.env("npm_config_audit", "false").env("npm_config_fund", "false");
    command.env("npm_config_update_notifier", "false").env("npm_config_loglevel", "error");
    command
}

/// A program that an installed package brought.
pub(crate) fn program(folder: &Path, name: &str) -> Result<Command> {
    let program = folder.join("node_modules/.bin").join(name);
    if !program.is_file() {
        bail!("`{name}` is not in {}; delete that node_modules folder and try again", folder.display());
    }
    Ok(Command::new(program))
}
