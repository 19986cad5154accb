//! NumPy's `.npy` files, as `numpy.lib.format` describes them: a magic number, a version, the length of a header, the header (a
//! dictionary of Python's with `descr`, `fortran_order` and `shape`), and the elements.

/// How a file begins.
pub(super) const MAGIC: &[u8] = b"\x93NUMPY";

/// An array of numbers, row-major.
#[derive(Debug, PartialEq)]
pub(super) struct Array {
    pub(super) shape: Vec<usize>,
    pub(super) values: Vec<f64>,
}

/// Reads a file's bytes, or says in what it is none that can be used.
pub(super) fn parse(bytes: &[u8]) -> Result<Array, String> {
    let cut = || "the array is cut off".to_owned();
    let rest = bytes.strip_prefix(MAGIC).ok_or("no NumPy array")?;
    let (&[major, _], rest) = rest.split_first_chunk().ok_or_else(cut)?;
    let (length, rest) = if major == 1 {
        let (length, rest) = rest.split_first_chunk().ok_or_else(cut)?;
        (usize::from(u16::from_le_bytes(*length)), rest)
    } else {
        let (length, rest) = rest.split_first_chunk().ok_or_else(cut)?;
        (u32::from_le_bytes(*length) as usize, rest)
    };
    let (header, data) = rest.split_at_checked(length).ok_or_else(cut)?;
    let header = str::from_utf8(header).map_err(|_| "the array's header is no text")?;
    let field = |name: &str| {
        let start = header.find(&format!("'{name}':")).map(|at| at + name.len() + 3);
        start.map(|start| header[start..].trim_start()).ok_or_else(|| format!("the array's header has no '{name}'"))
    };
    if field("fortran_order")?.starts_with("True") {
        return Err("the array is in Fortran's order: write np.ascontiguousarray(x)".into());
    }
    let shape = field("shape")?.strip_prefix('(').and_then(|rest| rest.split_once(')')).map(|(shape, _)| shape);
    let extents = shape.unwrap_or_default().split(',').map(str::trim).filter(|extent| !extent.is_empty());
    let shape = extents.map(str::parse).collect::<Result<Vec<usize>, _>>();
    let shape = shape.map_err(|_| "the array's header has no shape that can be read")?;
    let kind = field("descr")?.strip_prefix('\'').and_then(|rest| rest.split_once('\'')).map_or("", |(kind, _)| kind);
    let (size, read) = elements(kind)?;
    let count = shape.iter().try_fold(1usize, |count, &extent| count.checked_mul(extent));
    if count.and_then(|count| count.checked_mul(size)) != Some(data.len()) {
        return Err(format!("an array of the shape {shape:?} and type '{kind}' with {} bytes", data.len()));
    }
    Ok(Array { shape, values: data.chunks_exact(size).map(read).collect() })
}

type Read = fn(&[u8]) -> f64;

/// A little-endian number.
macro_rules! number {
    ($kind:ty) => {
        (size_of::<$kind>(), |bytes| <$kind>::from_le_bytes(bytes.try_into().unwrap_or_default()) as f64)
    };
}

/// Bytes of an element, and how to read it.
fn elements(kind: &str) -> Result<(usize, Read), String> {
    Ok(match kind {
        "<f8" => number!(f64),
        "<f4" => number!(f32),
        "|u1" | "|b1" => number!(u8),
        "|i1" => number!(i8),
        "<u2" => number!(u16),
        "<i2" => number!(i16),
        "<u4" => number!(u32),
        "<i4" => number!(i32),
        "<u8" => number!(u64),
        "<i8" => number!(i64),
        _ => return Err(format!("elements of type '{kind}' are not read: write x.astype(\"float32\")")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str, data: &[u8]) -> Vec<u8> {
        let length = (header.len() as u16).to_le_bytes();
        [MAGIC, &[1, 0], &length, header.as_bytes(), data].concat()
    }

    #[test]
    fn arrays_are_read() {
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }  \n";
        let data: Vec<u8> = [1.5f32, -2.0].iter().flat_map(|v| v.to_le_bytes()).collect();
        assert_eq!(parse(&file(header, &data)), Ok(Array { shape: vec![2, 1], values: vec![1.5, -2.0] }));
        let header = "{'descr': '|i1', 'fortran_order': False, 'shape': (3,), }\n";
        assert_eq!(parse(&file(header, &[1, 0, 255])), Ok(Array { shape: vec![3], values: vec![1.0, 0.0, -1.0] }));
    }

    #[test]
    fn what_is_none_is_an_error() {
        let good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
        let bad = [
            (good.replace("<f4", "<f2"), "astype"),
            (good.replace("<f4", ">f4"), "'>f4'"),
            (good.replace("False", "True"), "ascontiguousarray"),
            (good.replace("(2,)", "(3,)"), "8 bytes"),
            (good.replace("(2,)", "(99999999999, 99999999999)"), "8 bytes"),
            (good.replace("(2,)", "(x,)"), "shape"),
            (good.replace("'descr'", "'d'"), "'descr'"),
        ];
        for (header, reason) in bad {
            let error = parse(&file(&header, &[0; 8])).unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
        let whole = file(good, &[0; 8]);
        (0..whole.len()).for_each(|length| assert!(parse(&whole[..length]).is_err(), "{length} bytes"));
    }
}
