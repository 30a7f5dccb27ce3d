//! Documents that must say what the code does.

use std::collections::BTreeSet;

use super::source::Source;

/// Settings that only the example has, that only the code has, or that nobody reads.
pub(crate) fn settings(example: &str, keys: &[&str], sources: &[Source]) -> Vec<String> {
    let is_setting = |line: &&str| !line.starts_with('#') && line.contains('=');
    let written: BTreeSet<&str> =
        example.lines().filter(is_setting).filter_map(|line| line.split('=').next()).collect();
    let known: BTreeSet<&str> = keys.iter().copied().collect();
    let mut violations = Vec::new();
    for key in written.difference(&known) {
        violations.push(format!(".env.example: the code does not know {key}"));
    }
    for key in known.difference(&written) {
        violations.push(format!(".env.example: {key} is missing"));
    }
    let elsewhere = |source: &&Source| !source.path.ends_with("config/keys.rs");
    let reads = |source: &Source, key: &str| words(&source.code).any(|word| word == key);
    for key in keys {
        if !sources.iter().filter(elsewhere).any(|source| reads(source, key)) {
            violations.push(format!("{key}: nobody reads it"));
        }
    }
    violations
}

/// Facts that comments cite and that the page does not state.
pub(crate) fn facts(page: &str, sources: &[Source]) -> Vec<String> {
    let stated: BTreeSet<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("### "))
        .filter_map(|title| words(title).next().filter(|word| is_fact(word)))
        .collect();
    let mut violations = Vec::new();
    let mut cited = 0;
    for source in sources.iter().filter(|source| !source.path.starts_with("tests/tidy")) {
        let mut before = "";
        for line in source.text.lines() {
            let is_citing =
                |line: &str| words(line).any(|word| word.to_lowercase().starts_with("fact"));
            if line.trim_start().starts_with("//") && (is_citing(line) || is_citing(before)) {
                for fact in words(line).filter(|word| is_fact(word)) {
                    cited += 1;
                    if !stated.contains(fact) {
                        violations.push(format!("{}: fact {fact} is not stated", source.path));
                    }
                }
            }
            before = line;
        }
    }
    if cited == 0 {
        violations.push("no fact is cited anywhere: this rule no longer sees them".to_owned());
    }
    violations
}

fn is_fact(word: &str) -> bool {
    word.strip_prefix('C').is_some_and(|number| number.parse::<u8>().is_ok())
}

/// Codes without a row in the page's table, and rows without a code.
pub(crate) fn codes(page: &str, codes: &[&str]) -> Vec<String> {
    let section = page.split("\n## ").find(|section| section.starts_with("Reason codes"));
    let Some(section) = section else { return vec!["no section \"Reason codes\"".to_owned()] };
    let section = section.split("\n# ").next().unwrap_or_default();
    let rows: BTreeSet<&str> =
        section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let known: BTreeSet<&str> = codes.iter().copied().collect();
    let missing = known.difference(&rows).map(|code| format!("{code}: no row in the table"));
    let odd = rows.difference(&known).map(|code| format!("{code}: a row for no code"));
    missing.chain(odd).collect()
}

/// Files in backticks or links that are not there.
pub(crate) fn missing_files(page: &str, exists: impl Fn(&str) -> bool) -> Vec<String> {
    const KINDS: [&str; 5] = [".rs", ".sql", ".md", ".toml", ".sh"];
    let quoted = page.split('`').skip(1).step_by(2);
    let linked = page.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let is_file = |name: &&str| {
        let is_plain = !name.contains([' ', '*', '<']) && !name.contains("://");
        is_plain && KINDS.iter().any(|kind| name.ends_with(kind))
    };
    let missing = quoted.chain(linked).filter(is_file).filter(|name| !exists(name));
    missing.map(|name| format!("{name} is not there")).collect()
}

/// Whether the block after `<!-- alamor --help -->` is `help`.
pub(crate) fn help(page: &str, help: &str) -> Vec<String> {
    let block = page
        .split_once("<!-- alamor --help -->\n```text\n")
        .and_then(|(_, rest)| rest.split_once("\n```"))
        .map(|(block, _)| block);
    match block {
        None => vec!["README.md: no block of help after <!-- alamor --help -->".to_owned()],
        Some(block) if trimmed(block) == trimmed(help) => Vec::new(),
        Some(_) => vec![format!("README.md: the help is out of date. It is:\n{help}")],
    }
}

/// Editors cut blanks at the ends of lines.
fn trimmed(text: &str) -> Vec<&str> {
    text.trim_end().lines().map(str::trim_end).collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

#[test]
fn a_setting_that_one_side_does_not_know_is_found() {
    let sources = [
        Source::new("src/config/keys.rs", "A; B; C;"),
        Source::new("src/config/load.rs", "read(keys::A); read(&B); // C"),
    ];
    let found = settings("# X=1\nA=1\nD=\n", &["A", "B", "C"], &sources);
    assert_eq!(
        found,
        [
            ".env.example: the code does not know D",
            ".env.example: B is missing",
            ".env.example: C is missing",
            "C: nobody reads it",
        ]
    );
}

#[test]
fn a_fact_that_is_not_stated_is_found() {
    let page = "### C1 The order\n\ntext C3\n### C2\n";
    let found = |text: &str| facts(page, &[Source::new("src/a.rs", text)]);
    assert_eq!(found("/// Facts C1 and\n/// C9."), ["src/a.rs: fact C9 is not stated"]);
    assert_eq!(found("// Fact C3."), ["src/a.rs: fact C3 is not stated"]);
    assert_eq!(found("//! (fact C2 of src/ARCHITECTURE.md)"), [""; 0]);
    assert_eq!(found("let C9 = fact;").len(), 1);
}

#[test]
fn a_code_without_a_row_and_a_row_without_a_code_are_found() {
    let page = "# A\n## Reason codes\n| `a` | x |\n| `b` | y |\n# Next\n| `c` | z |\n";
    assert_eq!(codes(page, &["a", "c"]), ["c: no row in the table", "b: a row for no code"]);
    assert_eq!(codes(page, &["a", "b"]), [""; 0]);
    assert_eq!(codes("", &["a"]).len(), 1);
}

#[test]
fn a_file_that_is_not_there_is_found() {
    let page = "`core/a.rs` and [b](b.md), `crate::c`, [d](https://e.net/x.md), `*.rs`";
    assert_eq!(missing_files(page, |name| name == "b.md"), ["core/a.rs is not there"]);
}

#[test]
fn help_that_differs_is_found() {
    let page = "x\n<!-- alamor --help -->\n```text\nUsage: a \n\n  b\n```\n";
    assert_eq!(help(page, "Usage: a\n\n  b\n\n"), [""; 0]);
    assert_eq!(help(page, "Usage: a\n\n  c\n").len(), 1);
    assert_eq!(help("", "Usage").len(), 1);
}
