//! Who imports whom: every path that begins with `crate`, `super` or `self`, in `use` and elsewhere.
//!
//! A path belongs to the deepest module that it names. A folder is one module with those below it;
//! between a module and its own parent there is no circle: a parent is made of its children. Tests
//! keep the arrows, and may close a circle: what they need of other modules is not what these are
//! made of.

use std::collections::{BTreeMap, BTreeSet};

use super::source::Source;

/// A top-level module and what it may import. Nothing else is allowed.
const LAYERS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("api", &[]),
    ("config", &["domain"]),
    ("database", &["domain"]),
    ("core", &["domain", "config", "api", "database"]),
    ("client", &["api"]),
    ("console", &["api", "client"]),
    ("demo", &["domain", "api"]),
    ("cli", &["domain", "api", "config", "database", "core", "client", "console", "demo"]),
    // The binary, and the build script.
    ("main", &["cli"]),
    ("build", &[]),
];

type Module = Vec<String>;

/// An import: the module that it stands in, the module that it names.
type Import = (Module, Module);

/// Imports between folders that the table does not allow, and folders that it does not know.
pub(crate) fn against_the_arrows(sources: &[Source]) -> Vec<String> {
    let mut violations = BTreeSet::new();
    for source in sources {
        let from = module_of(&source.path);
        let Some(folder) = from.first() else { continue };
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| name == folder) else {
            violations.insert(format!("{}: no such folder in the table of layers", source.path));
            continue;
        };
        for (path, _) in paths(source) {
            let Some(to) = path.first().filter(|to| *to != folder) else { continue };
            let is_folder = LAYERS.iter().any(|(name, _)| name == to);
            if is_folder && !allowed.contains(&to.as_str()) {
                violations.insert(format!("{}: {folder} may not import {to}", source.path));
            }
        }
    }
    violations.into_iter().collect()
}

/// Circles between the children of one module, at every depth.
pub(crate) fn circles(sources: &[Source]) -> Vec<String> {
    let imports = imports(sources);
    let parents: BTreeSet<Module> = imports
        .iter()
        .flat_map(|(from, _)| (0..from.len()).map(|depth| from[..depth].to_vec()))
        .collect();
    let mut violations = Vec::new();
    for parent in parents {
        let graph = siblings(&parent, &imports);
        for circle in find_circles(&graph) {
            let place = if parent.is_empty() { "src".to_owned() } else { parent.join("::") };
            violations.push(format!("in {place}: {}", circle.join(" ⇄ ")));
        }
    }
    violations
}

/// Which child of `parent` imports which of its siblings.
fn siblings(parent: &[String], imports: &[Import]) -> BTreeMap<String, BTreeSet<String>> {
    let child =
        |module: &Module| module.strip_prefix(parent).and_then(|rest| rest.first()).cloned();
    let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (from, to) in imports {
        if let (Some(from), Some(to)) = (child(from), child(to))
            && from != to
        {
            graph.entry(from).or_default().insert(to);
        }
    }
    graph
}

/// Groups whose members all reach each other.
fn find_circles(graph: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<Vec<String>> {
    let reached = |from: &String| {
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut next = vec![from.clone()];
        while let Some(at) = next.pop() {
            for to in graph.get(&at).into_iter().flatten() {
                if seen.insert(to.clone()) {
                    next.push(to.clone());
                }
            }
        }
        seen
    };
    let all: BTreeMap<&String, BTreeSet<String>> =
        graph.keys().map(|module| (module, reached(module))).collect();
    let mut circles = BTreeSet::new();
    for (module, reach) in &all {
        let back = |other: &&String| all.get(other).is_some_and(|reach| reach.contains(*module));
        let circle: Vec<String> = reach.iter().filter(back).cloned().collect();
        if circle.len() > 1 {
            circles.insert(circle);
        }
    }
    circles
}

/// Every import of one module by another, but for those of tests.
fn imports(sources: &[Source]) -> Vec<Import> {
    let modules: BTreeSet<Module> = sources.iter().map(|source| module_of(&source.path)).collect();
    let tests: Vec<Module> = sources.iter().flat_map(test_modules).collect();
    let mut imports = Vec::new();
    for source in sources {
        let from = module_of(&source.path);
        if tests.iter().any(|test| from.starts_with(test)) {
            continue;
        }
        for (path, _) in paths(source).into_iter().filter(|(_, in_test)| !in_test) {
            // The deepest module that the path names; what follows is an item of it.
            let named = (0..=path.len()).rev().map(|length| path[..length].to_vec());
            let to = named.into_iter().find(|prefix| modules.contains(prefix)).unwrap_or_default();
            imports.push((from.clone(), to));
        }
    }
    imports
}

/// The modules with files of their own that a file names under `#[cfg(test)]`.
fn test_modules(source: &Source) -> Vec<Module> {
    let tokens = tokens(&source.code);
    let starts = tokens.windows(CFG_TEST.len() + 3).filter(|window| window.starts_with(CFG_TEST));
    let named =
        starts.filter(|window| window[CFG_TEST.len()] == "mod" && window.last() == Some(&";"));
    named
        .map(|window| {
            let mut module = module_of(&source.path);
            module.push(window[CFG_TEST.len() + 1].to_owned());
            module
        })
        .collect()
}

/// What marks a module that only tests have.
const CFG_TEST: &[&str] = &["#", "[", "cfg", "(", "test", ")", "]"];

/// `src/core/update/mod.rs` is `core::update`, `src/core/memory.rs` is `core::memory`.
fn module_of(path: &str) -> Module {
    let path = path.trim_start_matches("src/").trim_end_matches(".rs");
    let mut parts: Module = path.split('/').map(str::to_owned).collect();
    if matches!(parts.last().map(String::as_str), Some("mod" | "lib")) {
        parts.pop();
    }
    parts
}

/// The absolute paths that a file names, without `crate`, and whether a test module names them.
fn paths(source: &Source) -> Vec<(Module, bool)> {
    let tokens = tokens(&source.code);
    let mut here = module_of(&source.path);
    // Depths at which a module in this file ends again, and whether it is of tests.
    let mut inner: Vec<(usize, bool)> = Vec::new();
    let (mut depth, mut at) = (0, 0);
    let mut paths = Vec::new();
    while at < tokens.len() {
        let is_start = at == 0 || tokens[at - 1] != "::";
        match tokens[at] {
            "mod" if tokens.get(at + 2) == Some(&"{") => {
                here.push(tokens[at + 1].to_owned());
                inner.push((depth, tokens[..at].ends_with(CFG_TEST)));
                depth += 1;
                at += 3;
                continue;
            }
            "{" => depth += 1,
            "}" => {
                depth -= 1;
                if inner.last().is_some_and(|(end, _)| *end == depth) {
                    inner.pop();
                    here.pop();
                }
            }
            "crate" | "alamor" | "super" | "self"
                if is_start && tokens.get(at + 1) == Some(&"::") =>
            {
                let in_test = inner.iter().any(|(_, is_test)| *is_test);
                let mut named = Vec::new();
                at = read_path(&tokens, at, &here, &mut named);
                paths.extend(named.into_iter().map(|path| (path, in_test)));
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    paths
}

/// Reads one path, or a tree of them in braces; returns where it ends.
fn read_path(tokens: &[&str], start: usize, here: &[String], paths: &mut Vec<Module>) -> usize {
    let mut path: Module = here.to_vec();
    let mut at = start;
    loop {
        match tokens.get(at).copied() {
            Some("crate" | "alamor") => path.clear(),
            Some("super") => drop(path.pop()),
            Some("self" | "*") => {}
            Some("{") => {
                at += 1;
                while tokens.get(at).is_some_and(|token| *token != "}") {
                    at = if tokens[at] == "," {
                        at + 1
                    } else {
                        read_path(tokens, at, &path, paths)
                    };
                }
                return at + 1;
            }
            Some(word) => path.push(word.to_owned()),
            None => break,
        }
        at += 1;
        if tokens.get(at) != Some(&"::") {
            break;
        }
        at += 1;
    }
    paths.push(path);
    if tokens.get(at) == Some(&"as") { at + 2 } else { at }
}

/// Words, `::`, and everything else one by one.
fn tokens(code: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = code.trim_start();
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let length = if is_word(first) {
            rest.find(|c| !is_word(c)).unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            first.len_utf8()
        };
        tokens.push(&rest[..length]);
        rest = rest[length..].trim_start();
    }
    tokens
}

#[test]
fn an_import_against_the_arrows_is_found() {
    let found = |path: &str, text: &str| against_the_arrows(&[Source::new(path, text)]);
    let wrong = ["src/console/view/mod.rs: console may not import core"];
    assert_eq!(found("src/console/view/mod.rs", "use crate::core::Role;"), wrong);
    assert_eq!(found("src/console/view/mod.rs", "use crate::{api, core::{Role, self}};"), wrong);
    assert_eq!(found("src/console/view/mod.rs", "fn f() -> crate::core::Role {}"), wrong);
    assert_eq!(found("src/console/view/mod.rs", "mod a { use super::super::super::core; }"), wrong);
    assert_eq!(found("src/console/view/mod.rs", "// crate::core\nuse crate::api::Page;"), [""; 0]);
    assert_eq!(found("src/misc/mod.rs", "").len(), 1);
}

#[test]
fn a_circle_is_found_at_every_depth() {
    let check = |files: &[(&str, &str)], circle: &[&str]| {
        let sources: Vec<Source> =
            files.iter().map(|(path, text)| Source::new(path, text)).collect();
        assert_eq!(circles(&sources), circle);
    };
    let (one, two, inner) = ("src/core/a.rs", "src/core/b/mod.rs", "src/core/b/c.rs");
    check(&[(one, "use super::b::X;"), (two, "use crate::core::a;")], &["in core: a ⇄ b"]);
    check(
        &[(one, "use super::b::X;"), (two, "mod c;"), (inner, "use super::super::a::Y;")],
        &["in core: a ⇄ b"],
    );
    check(
        &[(one, "use super::b::X;"), (two, "mod t { use super::c; }"), (inner, "use super::Y;")],
        &[],
    );
    let (second, third) = ("src/core/b/d.rs", "src/core/b/e.rs");
    check(
        &[(inner, "use super::d;"), (second, "use super::e;"), (third, "use super::c;")],
        &["in core::b: c ⇄ d ⇄ e"],
    );
    check(
        &[("src/api/mod.rs", "use crate::core;"), ("src/core/mod.rs", "use crate::api;")],
        &["in src: api ⇄ core"],
    );
}
