//! Answers made smaller on their way.

use std::io::{self, Write as _};

use brotli::CompressorWriter;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::wish::Packing;

/// Of Brotli: what makes a few kilobytes smaller than gzip does, as fast.
const QUALITY: u32 = 3;

/// The binary logarithm of what Brotli looks back at: no answer is longer, and its memory for each of
/// them begins at this.
const WINDOW: u32 = 16;

/// The body, and the name of the packing; `None` where it does not become smaller.
pub(super) fn packed(packing: Packing, body: &[u8]) -> Option<(&'static str, Vec<u8>)> {
    let (name, packed) = match packing {
        Packing::Brotli => ("br", brotli(body)),
        Packing::Gzip => ("gzip", gzip(body)),
    };
    packed.ok().filter(|packed| packed.len() < body.len()).map(|packed| (name, packed))
}

fn brotli(body: &[u8]) -> io::Result<Vec<u8>> {
    let mut packed = CompressorWriter::new(Vec::new(), body.len().max(1), QUALITY, WINDOW);
    packed.write_all(body)?;
    Ok(packed.into_inner())
}

fn gzip(body: &[u8]) -> io::Result<Vec<u8>> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(body)?;
    packed.finish()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn what_is_packed_is_unpacked_again_and_smaller() {
        let body = "vless://9f9ec9a0@de.example.net:443?security=reality#DE ".repeat(40);
        let mut text = String::new();
        let (name, packed) = packed(Packing::Brotli, body.as_bytes()).unwrap();
        brotli::Decompressor::new(&*packed, 4096).read_to_string(&mut text).unwrap();
        assert_eq!((name, &text), ("br", &body));
        text.clear();
        let (name, packed) = super::packed(Packing::Gzip, body.as_bytes()).unwrap();
        flate2::read::GzDecoder::new(&*packed).read_to_string(&mut text).unwrap();
        assert_eq!((name, &text), ("gzip", &body));
    }

    #[test]
    fn what_would_grow_stays_as_it_is() {
        for packing in [Packing::Brotli, Packing::Gzip] {
            assert_eq!(packed(packing, b"a"), None);
            assert_eq!(packed(packing, b""), None);
        }
    }
}
