//! Members of a ZIP archive, as NumPy writes it (APPNOTE.TXT of PKWARE, without its 64-bit sizes): stored or deflated.

use std::io::Read;

use flate2::read::DeflateDecoder;

const END: &[u8] = b"PK\x05\x06";
const ENTRY: &[u8] = b"PK\x01\x02";
const LOCAL: &[u8] = b"PK\x03\x04";
/// Bytes of the end without its comment, of an entry and of a local header without their names.
const END_LENGTH: usize = 22;
const ENTRY_LENGTH: usize = 46;
const LOCAL_LENGTH: usize = 30;

/// The bytes of a member; none where there is no such.
pub(super) fn member(archive: &[u8], name: &str) -> Result<Option<Vec<u8>>, String> {
    let damaged = || "neither a NumPy array nor an archive of them, or a damaged one".to_owned();
    let first = archive.len().saturating_sub(END_LENGTH + usize::from(u16::MAX));
    let end = archive[first..].windows(END.len()).rposition(|bytes| bytes == END).ok_or_else(damaged)?;
    let end = archive.get(first + end..).filter(|end| end.len() >= END_LENGTH).ok_or_else(damaged)?;
    let mut at = number(end, 16, 4).ok_or_else(damaged)?;
    for _ in 0..number(end, 10, 2).ok_or_else(damaged)? {
        let entry = archive.get(at..).filter(|rest| rest.starts_with(ENTRY)).ok_or_else(damaged)?;
        let field = |offset, bytes| number(entry, offset, bytes).ok_or_else(damaged);
        let (length, extra, comment) = (field(28, 2)?, field(30, 2)?, field(32, 2)?);
        if entry.get(ENTRY_LENGTH..ENTRY_LENGTH + length) == Some(name.as_bytes()) {
            let (method, packed, size, local) = (field(10, 2)?, field(20, 4)?, field(24, 4)?, field(42, 4)?);
            let header = archive.get(local..).filter(|rest| rest.starts_with(LOCAL)).ok_or_else(damaged)?;
            let skipped = |offset| number(header, offset, 2).ok_or_else(damaged);
            let start = LOCAL_LENGTH + skipped(26)? + skipped(28)?;
            let data = header.get(start..start.saturating_add(packed)).ok_or_else(damaged)?;
            let bytes = match method {
                0 => data.to_vec(),
                8 => inflated(data, size).ok_or_else(damaged)?,
                _ => return Err(format!("'{name}' is packed in a way that is not read: write it with np.savez")),
            };
            return if bytes.len() == size { Ok(Some(bytes)) } else { Err(damaged()) };
        }
        at += ENTRY_LENGTH + length + extra + comment;
    }
    Ok(None)
}

/// At most `size` bytes, and one more of what is longer.
fn inflated(data: &[u8], size: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    DeflateDecoder::new(data).take(size as u64 + 1).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

fn number(bytes: &[u8], at: usize, length: usize) -> Option<usize> {
    let bytes = bytes.get(at..at.checked_add(length)?)?;
    Some(bytes.iter().rev().fold(0, |number, &byte| number << 8 | usize::from(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `zipfile` of Python with the members a (stored) and b (deflated), each "hello hello hello".
    const ARCHIVE: &str = concat!(
        "504b0304140000000000000021008088f9e51100000011000000010000006168656c6c6f2068656c6c6f2068656c6c6f",
        "504b0304140000000800000021008088f9e50a000000110000000100000062cb48cdc9c957c8409000504b0102140314",
        "0000000000000021008088f9e5110000001100000001000000000000000000000080010000000061504b010214031400",
        "00000800000021008088f9e50a0000001100000001000000000000000000000080013000000062504b05060000000002",
        "0002005e000000590000000000",
    );

    fn archive() -> Vec<u8> {
        (0..ARCHIVE.len()).step_by(2).map(|k| u8::from_str_radix(&ARCHIVE[k..k + 2], 16).unwrap()).collect()
    }

    #[test]
    fn members_are_read() {
        for name in ["a", "b"] {
            assert_eq!(member(&archive(), name).unwrap().as_deref(), Some(&b"hello hello hello"[..]));
        }
        assert_eq!(member(&archive(), "c"), Ok(None));
    }

    #[test]
    fn damage_is_an_error_or_another_member() {
        let whole = archive();
        for length in 0..whole.len() {
            assert!(member(&whole[..length], "b").is_err(), "{length} bytes");
        }
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 0xff;
            // Nothing panics, and nothing gives more than its entry says.
            if let Ok(Some(bytes)) = member(&changed, "b") {
                assert!(bytes.len() <= 17, "byte {at}");
            }
        }
    }
}
