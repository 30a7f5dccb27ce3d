//! The two ways out: data on stdout, everything else on stderr.

use std::io::{self, ErrorKind, Write};
use std::process;

/// Prints data. A reader that has enough (`| head`) ends the program quietly.
pub(super) fn data(text: &str) {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.write_all(b"\n"));
    if let Err(error) = written.and_then(|()| stdout.flush()) {
        process::exit(i32::from(error.kind() != ErrorKind::BrokenPipe) * 2);
    }
}

/// Tells the operator something beside the data.
pub(super) fn note(text: &str) {
    // With stderr gone there is nobody left to tell.
    let _ = writeln!(io::stderr(), "{text}");
}

/// Tells why the program ends: what went wrong, and each cause.
pub(super) fn error(error: &anyhow::Error) {
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    note(&format!("alamor: {}", causes.join(": ")));
}
