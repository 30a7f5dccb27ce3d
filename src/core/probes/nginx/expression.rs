//! Locations by regular expression: which of them cannot matter, without trying any.

use super::parse::Directive;

/// Whether a location is a regular expression that may fit `path`.
pub(super) fn may_fit(location: &Directive, path: &str) -> bool {
    match location.arguments() {
        [sign, pattern] if sign.starts_with('~') => path.contains('.') || !needs_a_dot(pattern),
        [joined] => joined
            .strip_prefix('~')
            .is_some_and(|pattern| path.contains('.') || !needs_a_dot(pattern)),
        _ => false,
    }
}

/// Whether a regular expression fits nothing without a dot, as the usual `\.php$` and `/\.ht` do:
/// a `\.` that stands in no group, no class, no alternative, and may not be left out.
fn needs_a_dot(pattern: &str) -> bool {
    let (mut depth, mut in_class, mut needs) = (0_usize, false, false);
    let mut chars = pattern.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\\' => {
                let is_dot = chars.next() == Some('.');
                let may_miss = matches!(chars.peek(), Some('?' | '*' | '{'));
                needs |= is_dot && !may_miss && depth == 0 && !in_class;
            }
            '[' => in_class = true,
            ']' => in_class = false,
            '(' if !in_class => depth += 1,
            ')' if !in_class => depth = depth.saturating_sub(1),
            '|' if !in_class && depth == 0 => return false,
            _ => {}
        }
    }
    needs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_that_needs_a_dot_fits_no_path_without() {
        let check = |pattern: &str, expected| {
            assert_eq!(needs_a_dot(pattern), expected, "{pattern}");
        };
        check(r"\.php$", true);
        check(r"\.(js|css)$", true);
        check(r"^/a\.?b", false);
        check(r"(\.php)?$", false);
        check(r"[\.a]", false);
        check(r"\\.", false);
        check(r"a|\.php", false);
        check(".", false);
    }
}
