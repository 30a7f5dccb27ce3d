//! `alamor keymap`: what it prints can be used as it is.

use std::fs;
use std::process::{Command, Output};

fn keymap(home: &std::path::Path, args: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_alamor");
    Command::new(program).arg("keymap").args(args).env("XDG_CONFIG_HOME", home).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn the_printed_keymap_is_a_keymap_file_that_says_the_same() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("alamor")).unwrap();
    let printed = keymap(home.path(), &[]);
    assert_eq!(printed.status.code(), Some(0), "{}", text(&printed.stderr));
    fs::write(home.path().join("alamor/keymap.toml"), &printed.stdout).unwrap();
    let again = keymap(home.path(), &[]);
    assert_eq!((again.status.code(), text(&again.stderr).as_str()), (Some(0), ""));
    assert_eq!(text(&again.stdout), text(&printed.stdout));
}

#[test]
fn every_mistake_of_a_keymap_file_is_told_with_its_line() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("alamor")).unwrap();
    let file = home.path().join("alamor/keymap.toml");
    fs::write(&file, "[keys]\nquit = \"hyper-q\"\nfly = \"f\"\nretry = \"u\"\n").unwrap();
    let printed = keymap(home.path(), &[]);
    assert_eq!(printed.status.code(), Some(2));
    let told = text(&printed.stderr);
    for line in ["keymap.toml:2:", "keymap.toml:3:", "keymap.toml:4:"] {
        assert!(told.contains(line), "{told}");
    }
    let default = keymap(home.path(), &["--default"]);
    assert_eq!((default.status.code(), default.stdout), (Some(0), printed.stdout));
}
