//! `${NAME}` and `${NAME:-default}` in a value, by the rules of python-dotenv's `variables.py`.
//!
//! Invariants:
//! - What is no complete reference stays as it is: `$x`, `${`, `${A:?b}`.
//! - Expanded once: what comes in is not looked at again.
//!
//! Deliberately absent: `$NAME` without braces, so that `pa$word` is a password. Quotes do not
//! matter here, not even single ones: the bot expands in those too.

/// `value` with its references replaced. A default counts only where `find` finds nothing; an
/// empty variable stays empty.
pub(super) fn expand<'a>(value: &str, find: impl Fn(&str) -> Option<&'a str>) -> String {
    let mut expanded = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("${") {
        expanded.push_str(before);
        rest = if let Some(reference) = parse_reference(after) {
            expanded.push_str(find(reference.name).unwrap_or(reference.default));
            reference.rest
        } else {
            expanded.push_str("${");
            after
        };
    }
    expanded + rest
}

struct Reference<'a> {
    name: &'a str,
    default: &'a str,
    rest: &'a str,
}

/// Reads what follows a `${`.
fn parse_reference(text: &str) -> Option<Reference<'_>> {
    let (name, after) = text.split_at_checked(text.find(['}', ':'])?)?;
    if let Some(rest) = after.strip_prefix('}') {
        return Some(Reference { name, default: "", rest });
    }
    let (default, rest) = after.strip_prefix(":-")?.split_once('}')?;
    Some(Reference { name, default, rest })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &str, expected: &str) {
        let find = |name: &str| match name {
            "A" => Some("1"),
            "EMPTY" => Some(""),
            "REFERENCE" => Some("${A}"),
            _ => None,
        };
        assert_eq!(expand(value, find), expected, "{value}");
    }

    #[test]
    fn only_a_complete_reference_is_replaced() {
        check("pa$word $ $$ $} ${A", "pa$word $ $$ $} ${A");
        check("${A}${A}", "11");
        check("${A:?x} ${A:x}", "${A:?x} ${A:x}");
        check("${NONE}|${NONE:-d}|${NONE:-}|${EMPTY:-d}", "|d||");
        check("${REFERENCE}", "${A}");
        check("${${A}", "");
    }
}
