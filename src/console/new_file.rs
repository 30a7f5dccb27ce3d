//! A file that was not there before: for what the operator lets be written beside the console.
//!
//! Invariants: nothing is overwritten, and a file that was not written to its end does not stay.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// How many names are tried before an operator has to tidy up.
const NAMES: u32 = 1_000;

/// Writes into a new file `stem.ending`, else `stem-2.ending`, …; says which it was.
///
/// # Errors
///
/// A sentence that names the file.
pub(super) fn write(
    stem: &Path,
    ending: &str,
    content: impl FnOnce(&File) -> io::Result<()>,
) -> Result<PathBuf, String> {
    let (path, file) = create(stem, ending)?;
    if let Err(error) = content(&file) {
        // What is half written would be taken for the whole.
        let _ = fs::remove_file(&path);
        return Err(format!("{}: {error}", path.display()));
    }
    Ok(path)
}

fn create(stem: &Path, ending: &str) -> Result<(PathBuf, File), String> {
    for number in 1..=NAMES {
        let more = if number == 1 { String::new() } else { format!("-{number}") };
        let path = PathBuf::from(format!("{}{more}.{ending}", stem.display()));
        match File::create_new(&path) {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(format!("{}: {error}", path.display())),
        }
    }
    Err(format!("{}.{ending} and {NAMES} more are there already", stem.display()))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_file_that_is_there_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let stem = folder.path().join("alamor-overview");
        let saved = |content: &'static str| {
            write(&stem, "txt", |mut file| file.write_all(content.as_bytes())).unwrap()
        };
        for (content, name) in [
            ("one", "alamor-overview.txt"),
            ("two", "alamor-overview-2.txt"),
            ("three", "alamor-overview-3.txt"),
        ] {
            assert_eq!(saved(content), folder.path().join(name));
        }
        assert_eq!(fs::read_to_string(stem.with_extension("txt")).unwrap(), "one");
        let nowhere = folder.path().join("no/where");
        assert!(write(&nowhere, "svg", |_| Ok(())).unwrap_err().contains("where.svg"));
    }

    #[test]
    fn what_is_half_written_does_not_stay() {
        let folder = tempfile::tempdir().unwrap();
        let stem = folder.path().join("list");
        let full = |mut file: &File| {
            file.write_all(b"half")?;
            Err(io::ErrorKind::StorageFull.into())
        };
        assert!(write(&stem, "csv", full).unwrap_err().contains("list.csv"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
