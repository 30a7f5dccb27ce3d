//! A question that only a yes answers with yes.

use std::io::{self, Write};

/// Asks on the terminal.
pub(super) fn ask(question: &str) -> io::Result<bool> {
    let mut stderr = io::stderr().lock();
    write!(stderr, "{question}")?;
    stderr.flush()?;
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    Ok(is_yes(&line))
}

/// Yes in any of the languages; everything else is no.
fn is_yes(line: &str) -> bool {
    matches!(line.trim().to_lowercase().as_str(), "y" | "yes" | "д" | "да" | "بله")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_is_a_yes() {
        assert!(["y\n", " Yes ", "да", "بله"].into_iter().all(is_yes));
        assert!(!["", "\n", "n", "yes please", "ok"].into_iter().any(is_yes));
    }
}
