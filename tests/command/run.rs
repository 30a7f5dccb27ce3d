//! A process without a terminal.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// Longer than anything takes on a busy machine; only a defect waits for it.
pub const DEADLINE: Duration = Duration::from_secs(90);

/// Held while a process is started: a terminal that is being opened would else be inherited by a
/// process that another test starts, and never vanish.
pub static SPAWNING: Mutex<()> = Mutex::new(());

/// How a process ended and what it said.
#[derive(Debug)]
pub struct Done {
    /// Its exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Done {
    /// Fails unless it ended with `code`.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// Fails unless every one of `texts` stands on stderr.
    #[track_caller]
    pub fn says(&self, texts: &[&str]) {
        for text in texts {
            assert!(self.err.contains(text), "{text:?} is not in\n{}", self.err);
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Out,
    Err,
}

/// A running process; killed when dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    lines: Receiver<(Way, String)>,
    out: String,
    err: String,
}

/// The binary in `folder`, without the environment of whoever runs the tests.
pub fn alamor(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_alamor"));
    command.args(args).current_dir(folder).env_clear();
    command.env("LANG", "C.UTF-8").env("USER", "tester").env("TMPDIR", folder);
    command
}

impl Process {
    /// Starts `command` and gives it `input` to read.
    pub fn start(mut command: Command, input: &str) -> Self {
        command.stdin(Stdio::piped());
        let mut process = Self::spawn(command);
        // Whoever reads nothing may be gone already.
        let _ = process.child.stdin.take().unwrap().write_all(input.as_bytes());
        process
    }

    /// Starts `command`, with the standard input that it has.
    pub fn spawn(mut command: Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let alone = SPAWNING.lock().unwrap_or_else(PoisonError::into_inner);
        let mut child = command.spawn().unwrap();
        drop(alone);
        let (sender, lines) = mpsc::channel();
        read_lines(Way::Out, child.stdout.take().unwrap(), sender.clone());
        read_lines(Way::Err, child.stderr.take().unwrap(), sender);
        Self { child, lines, out: String::new(), err: String::new() }
    }

    /// Waits for a line on stderr that contains `text`.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) -> String {
        if let Some(line) = self.err.lines().find(|line| line.contains(text)) {
            return line.to_owned();
        }
        if let Some(line) = self.err.lines().find(|line| line.contains(text)) {
            return line.to_owned();
        }
        let deadline = Instant::now() + DEADLINE;
        while let Some((way, line)) = self.next(deadline) {
            if way == Way::Err && line.contains(text) {
                return line;
            }
        }
        panic!("it ended without {text:?}\n{}\n{}", self.out, self.err);
    }

    /// Waits for its first line on stdout.
    #[track_caller]
    pub fn first_line(&mut self) -> String {
        let deadline = Instant::now() + DEADLINE;
        while let Some((way, line)) = self.next(deadline) {
            if way == Way::Out {
                return line.trim_end().to_owned();
            }
        }
        panic!("it ended and said nothing on stdout\n{}", self.err);
    }

    pub fn pid(&self) -> i32 {
        i32::try_from(self.child.id()).unwrap()
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_raw(self.pid()).unwrap(), signal).unwrap();
    }

    /// Waits for its end.
    #[track_caller]
    pub fn done(mut self) -> Done {
        let deadline = Instant::now() + DEADLINE;
        while self.next(deadline).is_some() {}
        let code = self.child.wait().unwrap().code();
        Done { code, out: std::mem::take(&mut self.out), err: std::mem::take(&mut self.err) }
    }

    /// Ends it with `signal`.
    #[track_caller]
    pub fn stop(self, signal: Signal) -> Done {
        self.signal(signal);
        self.done()
    }

    #[track_caller]
    fn next(&mut self, deadline: Instant) -> Option<(Way, String)> {
        match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok((way, line)) => {
                if way == Way::Out { &mut self.out } else { &mut self.err }.push_str(&line);
                Some((way, line))
            }
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => {
                panic!("nothing more came in time\n{}\n{}", self.out, self.err)
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_lines(way: Way, stream: impl Read + Send + 'static, lines: Sender<(Way, String)>) {
    thread::spawn(move || {
        let mut stream = BufReader::new(stream);
        let mut bytes = Vec::new();
        while stream.read_until(b'\n', &mut bytes).is_ok_and(|count| count > 0) {
            let line = String::from_utf8(std::mem::take(&mut bytes)).unwrap();
            if lines.send((way, line)).is_err() {
                return;
            }
        }
    });
}

/// Runs the binary in `folder` to its end, without anything to read.
#[track_caller]
pub fn run(folder: &Path, args: &[&str]) -> Done {
    Process::start(alamor(folder, args), "").done()
}
