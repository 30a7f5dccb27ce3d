//! The binary on a terminal that counts what reaches it.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use procfs::process::Process;
use vt100::Parser;

const END: &[u8] = b"\x1b[?2026l";

/// How long anything may take at all.
const PATIENCE: Duration = Duration::from_mins(3);

/// What one read from the terminal brought.
struct Piece {
    at: Instant,
    bytes: Vec<u8>,
}

/// What came in a while.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counted {
    /// All bytes.
    pub(crate) bytes: usize,
    /// Whole frames.
    pub(crate) frames: usize,
}

/// What the process has used so far.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Used {
    /// How often one of its threads waited for something, and so woke up.
    pub(crate) wake_ups: u64,
    /// Time of a processor.
    pub(crate) processor: Duration,
    /// Calls that write.
    pub(crate) writes: u64,
}

/// The console at work; ended when this is dropped.
pub(crate) struct Screen {
    child: Box<dyn Child + Send + Sync>,
    process: Process,
    _master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    pieces: Receiver<Piece>,
    parser: Parser,
    /// When it was started.
    pub(crate) began: Instant,
    /// When the last bytes came.
    pub(crate) last: Instant,
}

impl Screen {
    /// Opens `alamor ARGS` on a terminal of this size.
    pub(crate) fn open(folder: &Path, args: &[&str], size: (u16, u16)) -> anyhow::Result<Self> {
        let (columns, rows) = size;
        let size = PtySize { rows, cols: columns, ..PtySize::default() };
        let pair = native_pty_system().openpty(size)?;
        let pieces = read_pieces(pair.master.try_clone_reader()?);
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_alamor"));
        command.args(args);
        command.cwd(folder);
        command.env_clear();
        for (name, value) in [("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("USER", "bench")] {
            command.env(name, value);
        }
        let began = Instant::now();
        let child = pair.slave.spawn_command(command)?;
        let id = child.process_id().context("no process")?;
        let cells = |cells| NonZeroU16::new(cells).context("a terminal without cells");
        Ok(Self {
            child,
            process: Process::new(i32::try_from(id)?)?,
            writer: pair.master.take_writer()?,
            _master: pair.master,
            pieces,
            parser: Parser::new(cells(rows)?, cells(columns)?, 0),
            began,
            last: began,
        })
    }

    /// What is shown, row by row.
    pub(crate) fn text(&self) -> String {
        let columns = self.parser.screen().size().1;
        self.parser.screen().rows(0, columns.into()).map(|row| row + "\n").collect()
    }

    /// Waits until all of `texts` are shown; how much came until then, and when the last of it did.
    pub(crate) fn shows(&mut self, texts: &[&str]) -> anyhow::Result<Counted> {
        self.until(&format!("{texts:?}"), |text| texts.iter().all(|part| text.contains(part)))
    }

    /// Waits until `is` holds of what is shown after a whole frame.
    pub(crate) fn until(
        &mut self,
        what: &str,
        is: impl Fn(&str) -> bool,
    ) -> anyhow::Result<Counted> {
        let mut counted = Counted::default();
        let deadline = Instant::now() + PATIENCE;
        while !is(&self.text()) {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(piece) = self.pieces.recv_timeout(left) else {
                bail!("{what} did not come; there is\n{}", self.text());
            };
            self.take(&piece, &mut counted);
        }
        Ok(counted)
    }

    /// What comes in so long a time.
    pub(crate) fn count_for(&mut self, time: Duration) -> Counted {
        let mut counted = Counted::default();
        let deadline = Instant::now() + time;
        while let Ok(piece) =
            self.pieces.recv_timeout(deadline.saturating_duration_since(Instant::now()))
        {
            self.take(&piece, &mut counted);
        }
        counted
    }

    /// Presses a key; how long it took until bytes came.
    pub(crate) fn press(&mut self, keys: &str) -> anyhow::Result<Duration> {
        self.count_for(Duration::ZERO);
        let began = Instant::now();
        self.writer.write_all(keys.as_bytes())?;
        self.writer.flush()?;
        let piece = self.pieces.recv_timeout(PATIENCE).context("no bytes after a key")?;
        let took = piece.at - began;
        self.take(&piece, &mut Counted::default());
        Ok(took)
    }

    /// What the process has used so far.
    pub(crate) fn used(&self) -> anyhow::Result<Used> {
        let mut wake_ups = 0;
        for task in self.process.tasks()? {
            wake_ups += task?.status()?.voluntary_ctxt_switches.unwrap_or_default();
        }
        let stat = self.process.stat()?;
        let ticks = stat.utime + stat.stime;
        let processor = Duration::from_millis(ticks * 1_000 / procfs::ticks_per_second());
        Ok(Used { wake_ups, processor, writes: self.process.io()?.syscw })
    }

    /// Resident memory in bytes.
    pub(crate) fn resident(&self) -> anyhow::Result<u64> {
        Ok(self.process.status()?.vmrss.context("no VmRSS")? * 1024)
    }

    fn take(&mut self, piece: &Piece, counted: &mut Counted) {
        counted.bytes += piece.bytes.len();
        counted.frames += piece.bytes.windows(END.len()).filter(|part| *part == END).count();
        self.last = piece.at;
        self.parser.process(&piece.bytes);
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn read_pieces(mut reader: Box<dyn Read + Send>) -> Receiver<Piece> {
    let (sender, pieces) = mpsc::channel();
    thread::spawn(move || {
        let mut buffer = vec![0; 256 * 1024];
        while let Ok(count @ 1..) = reader.read(&mut buffer) {
            let piece = Piece { at: Instant::now(), bytes: buffer[..count].to_vec() };
            if sender.send(piece).is_err() {
                return;
            }
        }
    });
    pieces
}
