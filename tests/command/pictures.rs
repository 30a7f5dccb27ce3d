//! The pictures of the documents: a command makes them, and those that are shown are there.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::run::run;

#[test]
fn a_command_draws_every_screen_of_the_demo() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["demo", "--purchases", "60", "--pictures", "pictures"];
    run(folder.path(), &args).expect(0);
    let pictures = folder.path().join("pictures");
    let read = |name: &str| fs::read_to_string(pictures.join(name)).unwrap();
    for (name, text) in [
        ("overview-80x24", "● live"),
        ("question-80x24", "Update all?"),
        ("running-120x30", "Update all #1"),
        ("update-120x30", "Σ Total 60"),
        ("purchases-80x24", "EXPIRES"),
        ("panels-120x30", "refused the connection"),
        ("logs-80x24", "A job ended"),
        ("purchase-80x24", "https://demo.example.net/sub/"),
        ("panel-120x30", "Panel"),
        ("keys-80x24", "these keys"),
    ] {
        let shown = read(&format!("{name}.txt"));
        assert!(shown.contains(text), "{text:?} is not on {name}:\n{shown}");
        check_xml(&read(&format!("{name}.svg")));
    }
    let left: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|one| one.unwrap().file_name()).collect();
    assert_eq!(left, ["pictures"], "the demo's own folder is gone");
}

#[test]
fn every_picture_that_the_readme_shows_is_there_and_can_be_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let named: BTreeSet<&str> = readme
        .split(['(', ')', '"', ' '])
        .filter(|word| {
            word.starts_with("assets/pictures/") && Path::new(word).extension().is_some()
        })
        .collect();
    assert!(named.len() >= 3, "{named:?}");
    for name in named {
        let path = root.join(name);
        check_xml(&fs::read_to_string(&path).unwrap_or_else(|why| panic!("{name}: {why}")));
        assert!(path.with_extension("txt").exists(), "{name} has no text beside it");
    }
}

/// Whether every element ends that begins, and no character stands where XML has none.
fn check_xml(text: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        check_text(&rest[..at]);
        let end = rest[at..].find('>').unwrap() + at;
        let tag = &rest[at + 1..end];
        match tag.strip_prefix('/') {
            Some(closed) => assert_eq!(open.pop(), Some(closed)),
            None => {
                assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
                if !tag.ends_with('/') {
                    open.push(tag.split(' ').next().unwrap());
                }
            }
        }
        rest = &rest[end + 1..];
    }
    assert_eq!((open.len(), rest.trim()), (0, ""), "{open:?}");
}

fn check_text(text: &str) {
    assert!(!text.contains('>') && !text.chars().any(|char| char.is_control() && char != '\n'));
    for after in text.split('&').skip(1) {
        assert!(["amp;", "lt;", "gt;"].iter().any(|name| after.starts_with(name)), "{after}");
    }
}
