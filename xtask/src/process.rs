//! Running other programs: shown before they run, and named when they fail.

use std::env;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result, anyhow, bail};

/// Runs to the end; anything but success is an error.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    show(command);
    let status = command.status().with_context(|| cannot_start(command))?;
    succeeded(command, status)
}

/// As `run`, but silent while all goes well: what the program printed becomes part of the error.
pub(crate) fn run_quietly(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| cannot_start(command))?;
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(stdout);
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    Err(anyhow!("{}{}`{}` failed ({})", stdout, stderr, in_words(command), output.status))
}

/// Runs to the end, passing each line of standard output on as it comes and handing it to `see` as well.
pub(crate) fn run_seeing(command: &mut Command, mut see: impl FnMut(&str)) -> Result<ExitStatus> {
    show(command);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().with_context(|| cannot_start(command))?;
    let stdout = child.stdout.take().context("no standard output to read")?;
    let mut reader = BufReader::new(stdout);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        let text = String::from_utf8_lossy(&line);
        print!("{text}");
        std::io::stdout().flush()?;
        see(text.trim_end());
        line.clear();
    }
    Ok(child.wait()?)
}

/// Cargo for this repository, free of what `cargo run` told xtask about xtask's own package: build scripts that watch
/// such variables would be run again each time.
pub(crate) fn cargo(folder: &Path) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(folder);
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") || text == "CARGO_BIN_NAME" {
            command.env_remove(name);
        }
    }
    command
}

/// The program's file on PATH.
pub(crate) fn which(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

pub(crate) fn succeeded(command: &Command, status: ExitStatus) -> Result<()> {
    if !status.success() {
        bail!("`{}` failed ({status})", in_words(command));
    }
    Ok(())
}

/// The command line without folders before the program's name and before the repository's own files.
pub(crate) fn in_words(command: &Command) -> String {
    let folder = command.get_current_dir();
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words =
        command.get_args().map(|arg| match folder.and_then(|folder| Path::new(arg).strip_prefix(folder).ok()) {
            Some(inside) if !inside.as_os_str().is_empty() => inside.as_os_str(),
            _ => arg,
        });
    std::iter::once(program).chain(words).map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

fn show(command: &Command) {
    eprintln!("$ {}", in_words(command));
}

fn cannot_start(command: &Command) -> String {
    format!("`{}` cannot be started", command.get_program().to_string_lossy())
}
