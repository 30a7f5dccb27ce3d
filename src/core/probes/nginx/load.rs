//! nginx's main file with everything that it includes.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use super::parse::{Directive, parse};
use crate::core::probes::machine::quote::quote;

/// Bounds of what is read: a machine with a thousand sites stays below them.
const MOST_FILES: usize = 4_000;
const MOST_BYTES: u64 = 16 << 20;
const DEEPEST: usize = 16;

/// What nginx reads.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Tree {
    pub(super) directives: Vec<Directive>,
    /// What could not be read: sites may stand there.
    pub(super) unseen: Vec<String>,
}

/// Reads `main` and what it includes.
///
/// # Errors
///
/// `main` itself cannot be read.
pub(super) fn load(main: &Path) -> io::Result<Tree> {
    let mut loader = Loader {
        folder: main.parent().unwrap_or(Path::new("/")),
        files: 0,
        bytes: 0,
        unseen: Vec::new(),
    };
    let text = loader.read(main)?;
    let directives = loader.expand(&text, main, 0);
    Ok(Tree { directives, unseen: loader.unseen })
}

struct Loader<'a> {
    /// Names without a slash before them are looked for here.
    folder: &'a Path,
    files: usize,
    bytes: u64,
    unseen: Vec<String>,
}

impl Loader<'_> {
    fn read(&mut self, file: &Path) -> io::Result<String> {
        // A pipe or a device would hold the look for ever.
        if !fs::metadata(file)?.is_file() {
            return Err(io::Error::other("it is no file"));
        }
        self.files += 1;
        let mut bytes = Vec::new();
        File::open(file)?.take(MOST_BYTES).read_to_end(&mut bytes)?;
        self.bytes += bytes.len() as u64;
        if self.files > MOST_FILES || self.bytes > MOST_BYTES {
            return Err(io::Error::other("nginx includes more than is looked at"));
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The directives of a text, with what it includes in place.
    fn expand(&mut self, text: &str, file: &Path, depth: usize) -> Vec<Directive> {
        match parse(text, &quote(&file.to_string_lossy())) {
            Ok(directives) => self.include_all(directives, depth),
            Err(error) => {
                self.unseen.push(quote(&error));
                Vec::new()
            }
        }
    }

    fn include_all(&mut self, directives: Vec<Directive>, depth: usize) -> Vec<Directive> {
        let mut all = Vec::new();
        for mut directive in directives {
            match directive.arguments() {
                [pattern] if directive.name() == "include" => {
                    let pattern = self.folder.join(pattern);
                    all.extend(self.include(&pattern.to_string_lossy(), depth + 1));
                }
                _ => {
                    directive.block = directive.block.map(|block| self.include_all(block, depth));
                    all.push(directive);
                }
            }
        }
        all
    }

    /// Files that a pattern names, in the order of their names, as nginx reads them.
    fn include(&mut self, pattern: &str, depth: usize) -> Vec<Directive> {
        let files = match glob::glob(pattern) {
            Ok(files) if depth <= DEEPEST => files,
            Ok(_) => return self.miss(pattern, "files include each other"),
            Err(error) => return self.miss(pattern, error),
        };
        let mut all = Vec::new();
        for file in files {
            match file {
                Err(error) => all.extend(self.miss(pattern, error.error())),
                Ok(file) => match self.read(&file) {
                    Ok(text) => all.extend(self.expand(&text, &file, depth)),
                    Err(error) => all.extend(self.miss(&file.to_string_lossy(), error)),
                },
            }
            if self.files > MOST_FILES {
                break;
            }
        }
        all
    }

    fn miss(&mut self, what: &str, why: impl std::fmt::Display) -> Vec<Directive> {
        self.unseen.push(quote(&format!("{what}: {why}")));
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn tree(files: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let main = folder.path().join("nginx.conf");
        (folder, main)
    }

    #[test]
    fn what_is_included_stands_in_its_place_in_the_order_of_names() {
        let (_folder, main) = tree(&[
            ("nginx.conf", "a; http { include sites/*; include none/*.conf; z; }"),
            ("sites/b", "b;"),
            ("sites/a", "server { include more.conf; }"),
            ("more.conf", "deep;"),
        ]);
        let tree = load(&main).unwrap();
        assert_eq!(tree.unseen, [""; 0]);
        let names = |directives: &[Directive]| {
            directives.iter().map(|each| each.name().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names(&tree.directives), ["a", "http"]);
        let inner = tree.directives[1].inner();
        assert_eq!(names(inner), ["server", "b", "z"]);
        assert_eq!(names(inner[0].inner()), ["deep"]);
        assert!(inner[1].file.ends_with("sites/b"));
    }

    #[test]
    fn what_cannot_be_read_is_told_and_the_rest_is_read() {
        let (folder, main) = tree(&[
            ("nginx.conf", "http { include sites/*; include nginx.conf; }"),
            ("sites/a", "broken {"),
            ("sites/c", "c;"),
        ]);
        std::os::unix::fs::symlink("/nowhere", folder.path().join("sites/b")).unwrap();
        let tree = load(&main).unwrap();
        assert!(tree.directives[0].inner().iter().any(|each| each.name() == "c"));
        let unseen = tree.unseen.join("\n");
        assert!(unseen.contains("sites/a:1: a block is not closed"), "{unseen}");
        assert!(unseen.contains("sites/b: No such file"), "{unseen}");
        assert!(unseen.contains("files include each other"), "{unseen}");
    }

    #[test]
    fn a_pipe_is_not_waited_for() {
        let (folder, main) = tree(&[("nginx.conf", "include pipe;")]);
        let pipe = folder.path().join("pipe");
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        assert!(load(&main).unwrap().unseen[0].contains("it is no file"));
    }
}
