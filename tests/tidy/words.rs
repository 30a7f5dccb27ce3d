//! What stands on every file, and what may stand nowhere.

use super::source::Source;

/// Files that do not begin by saying what they are.
pub(crate) fn without_header(sources: &[Source]) -> Vec<String> {
    let has_header = |source: &Source| {
        source.text.starts_with("//! ") || source.text.starts_with("#![doc = include_str!(")
    };
    let without = sources.iter().filter(|source| !has_header(source));
    without.map(|source| format!("{}: no //! header", source.path)).collect()
}

/// Silenced lints, and work that was put off.
pub(crate) fn forbidden(sources: &[Source]) -> Vec<String> {
    find(
        sources,
        |source| &source.code,
        &["#[allow", "#![allow", "todo!", "unimplemented!", "dbg!"],
    )
}

/// Tests that wait for luck, or do not run.
pub(crate) fn lazy_tests(sources: &[Source]) -> Vec<String> {
    find(sources, tests_of, &["sleep(", "sleep_until(", "#[ignore"])
}

fn find<'a>(
    sources: &'a [Source],
    part: impl Fn(&'a Source) -> &'a str,
    words: &[&str],
) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources {
        let code = part(source);
        // The part is the end of the file, if it is not all of it.
        let skipped = source.code[..source.code.len() - code.len()].matches('\n').count();
        for (number, line) in code.lines().enumerate() {
            for word in words.iter().filter(|word| line.contains(**word)) {
                found.push(format!("{}:{}: {word}", source.path, skipped + number + 1));
            }
        }
    }
    found
}

/// The code of a file that only tests run: all of it, or what follows `#[cfg(test)] mod … {`.
fn tests_of(source: &Source) -> &str {
    let in_folder = source.path.starts_with("tests/");
    let is_test_file = source.path.ends_with("/tests.rs")
        || source.path.contains("/tests/")
        || source.path.ends_with("/fixture.rs");
    if in_folder || is_test_file {
        return &source.code;
    }
    let marks = source.code.match_indices("#[cfg(test)]");
    let mut inline = marks.filter(|(at, mark)| {
        let after = source.code[at + mark.len()..].trim_start();
        after.starts_with("mod")
            && after.find(['{', ';']).is_some_and(|at| after[at..].starts_with('{'))
    });
    inline.next().map_or("", |(at, _)| &source.code[at..])
}

#[test]
fn a_file_without_a_header_is_found() {
    let found = |text: &str| without_header(&[Source::new("src/a.rs", text)]).len();
    assert_eq!(found("use std::io;\n//! Late."), 1);
    assert_eq!(found("//! What it is."), 0);
    assert_eq!(found("#![doc = include_str!(\"ARCHITECTURE.md\")]"), 0);
}

#[test]
fn a_silenced_lint_is_found_with_its_line() {
    let found = |text: &str| forbidden(&[Source::new("src/a.rs", text)]);
    assert_eq!(found("fn a() {}\n#[allow(dead_code)]"), ["src/a.rs:2: #[allow"]);
    assert_eq!(found("#[expect(dead_code)] // #[allow]\nlet a = \"todo!\";"), [""; 0]);
}

#[test]
fn a_sleeping_test_is_found_and_a_sleeping_program_is_not() {
    let found = |path: &str, text: &str| lazy_tests(&[Source::new(path, text)]);
    let inline = "fn a() { sleep(b) }\n#[cfg(test)]\nmod tests {\n sleep(c)\n}";
    assert_eq!(found("src/a.rs", inline), ["src/a.rs:4: sleep("]);
    assert_eq!(found("tests/a.rs", "// sleep\nfn a() { sleep(b) }"), ["tests/a.rs:2: sleep("]);
    assert_eq!(found("src/core/tests.rs", "#[ignore]"), ["src/core/tests.rs:1: #[ignore"]);
    let only_named = "#[cfg(test)]\nmod tests;\nfn a() { sleep(b) }\nmod c {}";
    assert_eq!(found("src/a.rs", only_named), [""; 0]);
}
