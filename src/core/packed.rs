//! Texts that resemble each other, kept small: each is written as its difference to another one.
//!
//! The links of two purchases on the same panels differ in secrets and names. The first of them is
//! the sample that the others are compressed against, folded (`folded.rs`): what is left of 1.1 KB
//! is about 180 bytes.
//!
//! Invariants: what was packed is unpacked to the byte, whatever became of its sample's owner.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use lz4_flex::block::{compress_prepend_size_with_dict, decompress_size_prepended_with_dict};

use crate::core::folded::{fold, unfold};

/// A sample is used anew for as long as it saves at least a third; else the text at hand is the
/// next sample.
const WORTH_PERCENT: usize = 66;

/// Larger samples are of no use: LZ4 looks back 64 KB.
const LARGEST_SAMPLE: usize = 60 * 1024;

/// A text that others are written as their difference to, folded.
#[derive(Debug)]
struct Sample(Box<[u8]>);

/// A text, packed.
#[derive(Clone)]
pub(crate) struct Packed {
    sample: Arc<Sample>,
    bytes: Box<[u8]>,
}

/// The samples, by what makes texts alike.
#[derive(Debug)]
pub(crate) struct Samples<K>(HashMap<K, Arc<Sample>>);

impl<K> Default for Samples<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Hash + Eq> Samples<K> {
    /// Packs a text that is alike to others with the same `kind`.
    pub(crate) fn pack(&mut self, kind: K, text: &str) -> Packed {
        let folded = fold(text);
        if let Some(sample) = self.0.get(&kind) {
            let packed = Packed::new(&folded, Arc::clone(sample));
            if packed.bytes.len() * 100 <= text.len() * WORTH_PERCENT {
                return packed;
            }
        }
        let end = folded.len().min(LARGEST_SAMPLE);
        let sample = Arc::new(Sample(folded[..end].into()));
        self.0.insert(kind, Arc::clone(&sample));
        Packed::new(&folded, sample)
    }
}

impl Packed {
    fn new(folded: &[u8], sample: Arc<Sample>) -> Self {
        let bytes = compress_prepend_size_with_dict(folded, &sample.0);
        // A copy: what is cut to its size where it was written leaves a gap behind it.
        Self { sample, bytes: bytes.as_slice().into() }
    }

    /// The text.
    pub(crate) fn unpack(&self) -> String {
        let folded = decompress_size_prepended_with_dict(&self.bytes, &self.sample.0);
        // Nobody else wrote these bytes, so both are never taken.
        unfold(&folded.unwrap_or_default()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn links(customer: u32) -> String {
        let link = |port: u32| {
            let secret = u128::from(customer) << 64 | u128::from(port * 7_919);
            format!(
                "vless://{secret:032x}@de.example.net:{port}?flow=xtls-rprx-vision&fp=chrome&pbk=Xa1Zk7pR2s5LzqJ3bGdHA4MqcQPwz5uSx3HeHe0c0wc&security=reality&sid=d4e5f6&sni=m.example.com&spx=%2FaWjwFvnkmApAL4D&type=tcp#DE%20Reality-{customer}"
            )
        };
        (440..445).map(link).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn texts_that_resemble_each_other_take_a_third_of_their_size() {
        let mut samples = Samples::default();
        for customer in 0..10 {
            let text = links(customer);
            let packed = samples.pack((), &text);
            assert_eq!(packed.unpack(), text);
            assert!(
                packed.bytes.len() * 3 < text.len(),
                "{} of {}",
                packed.bytes.len(),
                text.len()
            );
        }
    }

    #[test]
    fn a_sample_that_is_of_no_use_any_more_is_replaced_and_still_unpacks() {
        let mut samples = Samples::default();
        let old = samples.pack((), &links(1));
        let other: String =
            (0..400_u32).map(|n| char::from_u32(0x4E00 + n * 31).unwrap()).collect();
        let _ = samples.pack((), &other);
        let again = samples.pack((), &other);
        assert!(again.bytes.len() < 100, "{}", again.bytes.len());
        assert_eq!((old.unpack(), again.unpack()), (links(1), other));
    }

    proptest! {
        #[test]
        fn any_text_is_unpacked_to_the_byte(texts in prop::collection::vec(any::<String>(), 1..4)) {
            let mut samples = Samples::default();
            for text in texts {
                prop_assert_eq!(samples.pack((), &text).unpack(), text);
            }
        }
    }
}
