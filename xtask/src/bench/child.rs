//! Programs that the bench starts and that never outlive it.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context, Result};

/// A program in a process group of its own, with every process that it starts (browsers start many). The group is killed
/// when this value is dropped, and when the bench itself is killed: a shell in the group waits for the end of a pipe
/// that only the bench holds.
pub(super) struct Group {
    shell: Child,
    alive: Option<ChildStdin>,
}

const SUPERVISE: &str = r#""$@" & cat >/dev/null; kill -KILL 0"#;

impl Group {
    /// Starts the program and returns the first line on its standard output that `wanted` accepts.
    pub(super) fn start(command: &Command, wanted: fn(&str) -> bool) -> Result<(Self, String)> {
        let program = command.get_program().to_string_lossy().into_owned();
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(SUPERVISE).arg("sh").arg(command.get_program()).args(command.get_args());
        shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).process_group(0);
        let mut shell = shell.spawn().with_context(|| format!("{program} cannot be started"))?;
        let alive = shell.stdin.take();
        let stdout = shell.stdout.take().context("no standard output to read")?;
        let group = Self { shell, alive };
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            // Read to the end, so that the pipe never fills up.
            for line in BufReader::new(stdout).lines().map_while(Result::ok).filter(|line| wanted(line)) {
                let _ = sender.send(line);
            }
        });
        let line = receiver
            .recv_timeout(Duration::from_secs(30))
            .with_context(|| format!("{program} did not say within 30 s where it listens"))?;
        Ok((group, line))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        drop(self.alive.take());
        let _ = self.shell.wait();
    }
}
