//! Child processes that never outlive the test run.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::Error;

/// A program in a process group of its own, with every process it starts (browsers start many).
/// The group is killed when this value is dropped, and also when the test run itself is killed:
/// a shell in the group waits for the end of a pipe that only we hold.
pub(crate) struct ProcessGroup {
    shell: Child,
    alive: Option<ChildStdin>,
    log: PathBuf,
}

const SUPERVISE: &str = r#""$@" & cat >/dev/null; kill -KILL 0"#;

impl ProcessGroup {
    /// Starts `command`; what it prints goes to the file `log`.
    pub(crate) fn start(command: &Command, log: &Path) -> Result<Self, Error> {
        Self::spawn(command, log, Stdio::from(File::create(log)?))
    }

    /// Starts `command` and waits for its first line on stdout, which says where it listens.
    pub(crate) fn start_and_read_line(
        command: &Command,
        log: &Path,
        within: Duration,
    ) -> Result<(Self, String), Error> {
        File::create(log)?;
        let mut group = Self::spawn(command, log, Stdio::piped())?;
        let stdout = group.shell.stdout.take().ok_or("no stdout")?;
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                // Later lines have no reader; the loop only keeps the pipe from filling up.
                let _ = sender.send(line);
            }
        });
        match receiver.recv_timeout(within) {
            Ok(line) => Ok((group, line)),
            Err(_) => Err(format!("{} said nothing within {within:?}:\n{}", name(command), group.output()).into()),
        }
    }

    fn spawn(command: &Command, log: &Path, stdout: Stdio) -> Result<Self, Error> {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(SUPERVISE).arg("sh").arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        let stderr = File::options().append(true).create(true).open(log)?;
        shell.stdin(Stdio::piped()).stdout(stdout).stderr(stderr).process_group(0);
        let mut shell = shell.spawn().map_err(|error| format!("cannot start {}: {error}", name(command)))?;
        let alive = shell.stdin.take();
        Ok(Self { shell, alive, log: log.to_owned() })
    }

    /// The end of what the program printed so far, for a failure's text.
    pub(crate) fn output(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        drop(self.alive.take());
        let _ = self.shell.wait();
    }
}

fn name(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}

/// The first of `names` that PATH has.
pub(crate) fn find_program(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    names
        .iter()
        .flat_map(|name| std::env::split_paths(&path).map(move |folder| folder.join(name)))
        .find(|file| file.is_file())
}
