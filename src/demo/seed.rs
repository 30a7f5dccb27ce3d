//! Values that look random and never change: digests of names and numbers.
//!
//! Invariant: the same labels give the same value, on every machine and in every run.

use sha2::{Digest, Sha256};

/// The digest of `labels`, with a separator that no label contains.
pub(super) fn digest(labels: &[&str]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for label in labels {
        hasher.update(label.as_bytes());
        hasher.update([0]);
    }
    hasher.finalize().into()
}

/// The first `digits` hexadecimal digits of the digest of `labels`; at most 64.
pub(super) fn hex(labels: &[&str], digits: usize) -> String {
    let nibbles = digest(labels).into_iter().flat_map(|byte| [byte >> 4, byte & 15]);
    nibbles.take(digits).filter_map(|nibble| char::from_digit(u32::from(nibble), 16)).collect()
}

/// A number below `below`, drawn for `label` and `index`; 0 if `below` is 0.
pub(super) fn draw(label: &str, index: usize, below: u64) -> u64 {
    let bytes = digest(&[label, &index.to_string()]);
    let number = bytes[..8].iter().fold(0, |number, &byte| number << 8 | u64::from(byte));
    number.checked_rem(below).unwrap_or(0)
}

/// A UUID of version 4, as panels give to their clients.
pub(super) fn uuid(labels: &[&str]) -> String {
    let hex = hex(labels, 32);
    format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_has_the_form_of_version_4() {
        let parts: Vec<String> = uuid(&["de-1", "x"]).split('-').map(str::to_owned).collect();
        assert_eq!(parts.iter().map(String::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert!(parts[2].starts_with('4') && parts[3].starts_with('a'));
    }

    #[test]
    fn labels_do_not_run_into_each_other() {
        assert_ne!(digest(&["ab", "c"]), digest(&["a", "bc"]));
        assert_eq!(draw("a", 7, 100), draw("a", 7, 100));
    }
}
