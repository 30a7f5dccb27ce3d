//! The house rules, as tests: what may import what, what stands on every file, and that the
//! documents say what the code does.
//!
//! ```text
//! files ─▶ source.rs (comments apart from code) ─┬─▶ imports.rs    arrows and circles
//!                                                ├─▶ words.rs      headers, forbidden words
//!                                                └─▶ documents.rs  facts, codes, settings, help
//! ```
//!
//! Every rule is a function from texts to violations, and each is first shown something wrong: a
//! rule that finds nothing there would find nothing anywhere.
#![expect(clippy::unwrap_used, reason = "the functions here are parts of tests")]

#[path = "tidy/source.rs"]
mod source;
#[path = "tidy/imports.rs"]
mod imports;
#[path = "tidy/words.rs"]
mod words;
#[path = "tidy/documents.rs"]
mod documents;

use std::path::Path;
use std::process::Command;

use alamor::config::KEYS;
use alamor::domain::reason::Code;

use self::source::{Source, read, sources};

const ARCHITECTURE: &str = "src/ARCHITECTURE.md";

/// The files of the library.
fn library() -> Vec<Source> {
    let library = sources("src");
    assert!(library.len() > 100, "only {} files were found", library.len());
    library
}

/// Every Rust file of ours.
fn everything() -> Vec<Source> {
    let mut all = library();
    all.extend(sources("tests"));
    all.extend(sources("benches"));
    all
}

fn assert_none(violations: &[String]) {
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}

#[test]
fn folders_import_along_the_arrows_only() {
    assert_none(&imports::against_the_arrows(&library()));
}

#[test]
fn modules_do_not_import_each_other_in_circles() {
    assert_none(&imports::circles(&library()));
}

#[test]
fn every_file_starts_with_a_header() {
    assert_none(&words::without_header(&everything()));
}

#[test]
fn nothing_is_silenced_and_nothing_is_left_to_do() {
    assert_none(&words::forbidden(&everything()));
}

#[test]
fn no_test_sleeps_or_is_ignored() {
    assert_none(&words::lazy_tests(&everything()));
}

#[test]
fn the_example_settings_are_those_that_the_code_reads() {
    let keys: Vec<&str> = KEYS.iter().map(|key| key.name).collect();
    assert_none(&documents::settings(&read(".env.example"), &keys, &library()));
}

#[test]
fn every_fact_that_is_cited_is_stated() {
    assert_none(&documents::facts(&read(ARCHITECTURE), &everything()));
}

#[test]
fn every_reason_code_is_explained() {
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_none(&documents::codes(&read(ARCHITECTURE), &codes));
}

#[test]
fn every_file_that_the_documents_name_is_there() {
    let exists =
        |name: &str| ["src", "."].iter().any(|folder| source::root(folder).join(name).exists());
    assert_none(&documents::missing_files(&read(ARCHITECTURE), exists));
    assert_none(&documents::missing_files(&read("README.md"), exists));
}

#[test]
fn the_readme_shows_the_help_that_the_binary_prints() {
    let output = Command::new(env!("CARGO_BIN_EXE_alamor")).arg("--help").output().unwrap();
    assert!(output.status.success());
    let help = String::from_utf8(output.stdout).unwrap();
    assert_none(&documents::help(&read("README.md"), &help));
}

#[test]
fn the_top_level_stays_small() {
    let allowed = [
        "Cargo.toml",
        "Cargo.lock",
        "src",
        "assets",
        ".env.example",
        "README.md",
        "tests",
        "benches",
        "target",
    ];
    let shown = std::fs::read_dir(source::root(".")).unwrap();
    let names = shown.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let odd: Vec<String> =
        names.filter(|name| !allowed.contains(&name.as_str()) && !name.starts_with('.')).collect();
    assert_none(&odd);
    assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs").exists());
}
