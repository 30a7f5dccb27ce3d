//! A process on a terminal, read back through a terminal emulator.
//!
//! ```text
//! alamor ─▶ pty ─▶ a thread that reads ─▶ whole frames ─▶ vt100 ─▶ text
//! ```
//!
//! The emulator shows a line before the program is started, which must be there after it has ended.
//!
//! Invariant: nothing is compared between the begin and the end of a synchronized update.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{
    Child, CommandBuilder, ExitStatus, MasterPty, PtySize, SlavePty, native_pty_system,
};
use procfs::process::Process;
use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, WaitOptions, kill_process, waitid, waitpid,
};
use vt100::{Callbacks, MouseProtocolMode, Parser, Screen};

use crate::run::{DEADLINE, SPAWNING};

/// The fault of who scrolled, or did not give the screen back.
const GONE: &str = "what stood there is gone";

const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

/// What stood on the terminal before the program.
const EARLIER: &str = "what stood here before";

/// Notes what the program asks its terminal, and what the emulator does not know.
#[derive(Default)]
struct Questions {
    cursor: usize,
    /// Whether the focus is reported.
    focus: bool,
    /// Everything that wants an answer.
    any: usize,
}

impl Callbacks for Questions {
    fn unhandled_csi(
        &mut self,
        _: &mut Screen,
        first: Option<u8>,
        _: Option<u8>,
        params: &[&[u16]],
        kind: char,
    ) {
        if kind == 'n' && params == [&[6][..]] {
            self.cursor += 1;
        }
        self.any += usize::from(matches!(kind, 'n' | 'c' | 'p'));
        if first == Some(b'?') && params == [&[1004][..]] {
            self.focus = kind == 'h';
        }
    }
}

/// A program on a terminal; killed when dropped.
pub struct Terminal {
    child: Option<Box<dyn Child + Send + Sync>>,
    pid: Pid,
    master: Box<dyn MasterPty + Send>,
    slave: Option<Box<dyn SlavePty + Send>>,
    writer: Box<dyn Write + Send>,
    bytes: Receiver<Vec<u8>>,
    /// Tells the reader to let go of the terminal after what it reads next.
    let_go: Arc<AtomicBool>,
    /// What came and was not yet given to the emulator.
    pending: Vec<u8>,
    parser: Parser<Questions>,
    modes: String,
    /// Whole frames that came.
    frames: usize,
}

impl Terminal {
    /// The binary in `folder`, at 80x24.
    pub fn open(folder: &Path, args: &[&str]) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_alamor"));
        command.args(args);
        Self::run(folder, command, &[])
    }

    /// The same, with `HUP` ignored as by `nohup`.
    pub fn open_deaf(folder: &Path, args: &[&str]) -> Self {
        let mut command = CommandBuilder::new("/bin/sh");
        command.args(["-c", r#"trap "" HUP; exec "$0" "$@""#, env!("CARGO_BIN_EXE_alamor")]);
        command.args(args);
        Self::run(folder, command, &[])
    }

    /// Any program, with these variables and the usual ones.
    pub fn run(folder: &Path, mut command: CommandBuilder, variables: &[(&str, &str)]) -> Self {
        command.cwd(folder);
        command.env_clear();
        let usual = [("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("USER", "tester")];
        for (name, value) in usual.iter().chain(variables) {
            command.env(name, value);
        }
        command.env("TMPDIR", folder);
        let _alone = SPAWNING.lock().unwrap_or_else(PoisonError::into_inner);
        let pair = native_pty_system().openpty(size(80, 24)).unwrap();
        let modes = modes(pair.master.as_ref());
        let reader = pair.master.try_clone_reader().unwrap();
        let let_go = Arc::new(AtomicBool::new(false));
        let bytes = read_chunks(reader, Arc::clone(&let_go));
        let child = pair.slave.spawn_command(command).unwrap();
        let pid = child.process_id().and_then(|pid| Pid::from_raw(pid.try_into().unwrap()));
        Self {
            pid: pid.unwrap(),
            child: Some(child),
            writer: pair.master.take_writer().unwrap(),
            master: pair.master,
            slave: Some(pair.slave),
            bytes,
            let_go,
            pending: Vec::new(),
            parser: parser(80, 24),
            modes,
            frames: 0,
        }
    }

    /// What is on the screen now.
    pub fn text(&self) -> String {
        let columns = self.parser.screen().size().1.get();
        let rows = self.parser.screen().rows(0, columns);
        rows.map(|row| row.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
    }

    /// Waits for a frame on which `is` holds; returns it as text.
    #[track_caller]
    pub fn until(&mut self, what: &str, is: impl Fn(&str) -> bool) -> String {
        self.wait(what, |terminal| is(&terminal.text()));
        self.text()
    }

    /// Waits for a frame with all of `texts`; returns it.
    #[track_caller]
    pub fn shows(&mut self, texts: &[&str]) -> String {
        self.until(&format!("{texts:?}"), |screen| texts.iter().all(|text| screen.contains(text)))
    }

    #[track_caller]
    fn wait(&mut self, what: &str, is: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + DEADLINE;
        while !is(self) {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.bytes.recv_timeout(left) {
                Ok(bytes) => self.take_in(&bytes),
                Err(why) => {
                    let why = match why {
                        RecvTimeoutError::Timeout => "did not come in time",
                        RecvTimeoutError::Disconnected => "never came: the program is gone",
                    };
                    panic!("{what} {why}; on the screen is\n{}", self.text());
                }
            }
        }
    }

    /// Whole frames that came so far.
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// Questions that the terminal was asked so far.
    pub fn questions(&self) -> usize {
        self.parser.callbacks().any
    }

    pub fn press(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).unwrap();
        self.writer.flush().unwrap();
    }

    pub fn resize(&mut self, columns: u16, rows: u16) {
        let number = |n| NonZeroU16::new(n).unwrap();
        self.parser.set_size(number(rows), number(columns));
        self.master.resize(size(columns, rows)).unwrap();
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid, signal).unwrap();
    }

    /// Waits until the program has stopped itself and given the terminal back.
    #[track_caller]
    pub fn until_stopped(&mut self) {
        let (_, status) = waitpid(Some(self.pid), WaitOptions::UNTRACED).unwrap().unwrap();
        assert!(status.stopped(), "{status:?}");
        self.wait("the terminal as it was", |terminal| terminal.faults().is_empty());
    }

    /// Waits for the program's end; the terminal must be as it was before it.
    #[track_caller]
    pub fn ends_with(self, code: u32) -> String {
        self.ends(code, |_| true)
    }

    /// The same for a program that writes line after line: what stood there has moved up.
    #[track_caller]
    pub fn ends_in_lines_with(self, code: u32) -> String {
        self.ends(code, |fault| *fault != GONE)
    }

    #[track_caller]
    fn ends(mut self, code: u32, counts: impl Fn(&&str) -> bool) -> String {
        let status = wait_for_end(self.child.take().unwrap(), self.pid);
        let modes = modes(self.master.as_ref());
        assert_eq!(modes, self.modes, "the modes of the terminal");
        self.drain();
        let text = self.text();
        let faults: Vec<_> = self.faults().into_iter().filter(counts).collect();
        assert_eq!(faults, [""; 0], "{text}");
        assert!(status.signal().is_none(), "{status:?}\n{text}");
        assert_eq!(status.exit_code(), code, "{text}");
        text
    }

    /// Takes the terminal away, as a cut connection does; how the program ended then, and which
    /// time of a processor it took from then on.
    #[track_caller]
    pub fn vanish(mut self) -> (ExitStatus, Duration) {
        self.let_go.store(true, Ordering::SeqCst);
        // Something new on the screen ends the reader's last read.
        self.press("?");
        while self.bytes.recv_timeout(DEADLINE).is_ok() {}
        let child = self.child.take().unwrap();
        let pid = self.pid;
        let before = processor_time(pid);
        drop(self);
        let (sender, ended) = mpsc::channel();
        thread::spawn(move || {
            // Dead, and not yet buried: its time can still be read.
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            waitid(WaitId::Pid(pid), options).unwrap();
            sender.send(processor_time(pid))
        });
        let after = ended.recv_timeout(DEADLINE);
        let status = wait_for_end(child, pid);
        (status, after.unwrap().saturating_sub(before))
    }

    /// Everything that is still on its way once nobody writes any more.
    fn drain(&mut self) {
        self.slave = None;
        while let Ok(bytes) = self.bytes.recv_timeout(DEADLINE) {
            self.take_in(&bytes);
        }
        let rest = std::mem::take(&mut self.pending);
        self.parser.process(&rest);
    }

    /// In what the terminal is not as a shell expects it.
    fn faults(&self) -> Vec<&'static str> {
        let screen = self.parser.screen();
        let faults = [
            (screen.alternate_screen(), "still on the alternate screen"),
            (screen.hide_cursor(), "the cursor is hidden"),
            (screen.bracketed_paste(), "pastes are bracketed"),
            (screen.mouse_protocol_mode() != MouseProtocolMode::None, "the mouse is reported"),
            (screen.application_cursor(), "arrow keys are the program's"),
            (screen.application_keypad(), "the keypad is the program's"),
            (self.parser.callbacks().focus, "the focus is reported"),
            (!self.text().starts_with(EARLIER), GONE),
        ];
        faults.into_iter().filter_map(|(is, what)| is.then_some(what)).collect()
    }

    /// Gives the emulator what came, up to a frame that has not ended.
    fn take_in(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
        let whole = whole(&self.pending);
        let bytes: Vec<u8> = self.pending.drain(..whole).collect();
        self.frames += bytes.windows(END.len()).filter(|window| *window == END).count();
        self.parser.process(&bytes);
        while self.parser.callbacks().cursor > 0 {
            self.parser.callbacks_mut().cursor -= 1;
            self.press("\x1b[1;1R");
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// How many bytes stand before a frame that has begun and not ended, or a sequence cut in two.
fn whole(bytes: &[u8]) -> usize {
    let find = |what: &[u8]| bytes.windows(what.len()).rposition(|window| window == what);
    match (find(BEGIN), find(END)) {
        (Some(begin), end) if end.is_none_or(|end| end < begin) => begin,
        _ => {
            let cut = (1..BEGIN.len()).rev().find(|&count| bytes.ends_with(&BEGIN[..count]));
            bytes.len() - cut.unwrap_or(0)
        }
    }
}

fn wait_for_end(mut child: Box<dyn Child + Send + Sync>, pid: Pid) -> ExitStatus {
    let (sender, ended) = mpsc::channel();
    thread::spawn(move || sender.send(child.wait()));
    if let Ok(status) = ended.recv_timeout(DEADLINE) {
        status.unwrap()
    } else {
        let _ = kill_process(pid, Signal::KILL);
        panic!("the program did not end");
    }
}

/// The time of a processor that a process has taken.
fn processor_time(pid: Pid) -> Duration {
    let stat = Process::new(pid.as_raw_nonzero().get()).and_then(|process| process.stat()).unwrap();
    Duration::from_millis((stat.utime + stat.stime) * 1_000 / procfs::ticks_per_second())
}

fn read_chunks(mut reader: Box<dyn Read + Send>, let_go: Arc<AtomicBool>) -> Receiver<Vec<u8>> {
    let (sender, bytes) = mpsc::channel();
    thread::spawn(move || {
        let mut buffer = vec![0; 64 * 1024];
        // An error is a terminal whose last user has gone.
        while let Ok(count @ 1..) = reader.read(&mut buffer) {
            if sender.send(buffer[..count].to_vec()).is_err() || let_go.load(Ordering::SeqCst) {
                return;
            }
        }
    });
    bytes
}

fn parser(columns: u16, rows: u16) -> Parser<Questions> {
    let number = |n| NonZeroU16::new(n).unwrap();
    let mut parser =
        Parser::new_with_callbacks(number(rows), number(columns), 0, Questions::default());
    parser.process(EARLIER.as_bytes());
    parser.process(b"\r\n");
    parser
}

fn size(cols: u16, rows: u16) -> PtySize {
    PtySize { rows, cols, ..PtySize::default() }
}

fn modes(master: &(dyn MasterPty + Send)) -> String {
    format!("{:?}", master.get_termios().unwrap())
}
