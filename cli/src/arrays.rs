//! Rows from NumPy's files: an array of a `.npy` file, or `x` of a `.npz` file with the truths as `label`.

mod npy;
mod zip;

use std::path::Path;

use sotto_nn::Card;

use crate::rows::Cells;
use crate::{Error, Result};
use npy::Array;

/// Reads an array with a row of raw values for each input: in the order of the card's elements, or with channels last. With `labels`
/// a `.npz` file needs `label`, which has as many numbers for each row.
///
/// # Errors
/// [`Error::Usage`] when the file cannot be read, [`Error::Input`] otherwise.
pub(crate) fn read(file: &Path, card: &Card, labels: &[String]) -> Result<Vec<Cells>> {
    let bytes = std::fs::read(file).map_err(|e| Error::file(file, e))?;
    rows(&bytes, card, labels).map_err(|why| Error::Input(format!("{}: {why}", file.display())))
}

fn rows(bytes: &[u8], card: &Card, labels: &[String]) -> std::result::Result<Vec<Cells>, String> {
    let (x, truths) = if bytes.starts_with(npy::MAGIC) {
        let problem = "a .npy file has no labels: write both with np.savez(\"rows.npz\", x=…, label=…)";
        if labels.is_empty() { (npy::parse(bytes)?, None) } else { return Err(problem.into()) }
    } else {
        let x = array(bytes, "x")?;
        (x, if labels.is_empty() { None } else { Some(array(bytes, "label")?) })
    };
    let count = x.shape.first().copied().unwrap_or(0);
    if count == 0 {
        return Err("there is no row".into());
    }
    let elements = card.input.count();
    let (found, wanted) = (&x.shape[1..], card.input.shape());
    let in_order =
        order(found, &wanted).ok_or_else(|| format!("rows of the shape {found:?}, and the card's are {wanted:?}"))?;
    let truths = match truths {
        None => vec![Vec::new(); count],
        Some(Array { values, .. }) if values.len() == count * labels.len() => {
            values.chunks(labels.len()).map(<[f64]>::to_vec).collect()
        }
        Some(Array { shape, .. }) => {
            return Err(format!("'label' has the shape {shape:?}, and {count} rows need {} each", labels.len()));
        }
    };
    let cells = |(row, labels): (usize, Vec<f64>)| {
        let values = (0..elements).map(|k| x.values[row * elements + in_order.place(k)]).collect();
        Cells { name: format!("row {}", row + 1), values, labels }
    };
    Ok(truths.into_iter().enumerate().map(cells).collect())
}

fn array(archive: &[u8], name: &str) -> std::result::Result<Array, String> {
    let member = zip::member(archive, &format!("{name}.npy"))?;
    npy::parse(&member.ok_or_else(|| format!("there is no array '{name}': write np.savez(\"rows.npz\", {name}=…)"))?)
}

/// Where the card's elements lie in a row.
enum Order {
    Same,
    /// So many channels are last.
    ChannelsLast {
        channels: usize,
        each: usize,
    },
}

impl Order {
    fn place(&self, element: usize) -> usize {
        match *self {
            Self::Same => element,
            Self::ChannelsLast { channels, each } => element % each * channels + element / each,
        }
    }
}

fn order(found: &[usize], wanted: &[usize]) -> Option<Order> {
    let long = |shape: &[usize]| shape.iter().copied().filter(|&extent| extent != 1).collect::<Vec<_>>();
    let flat = [wanted.iter().product()];
    if long(found) == long(wanted) || long(found) == long(&flat) {
        return Some(Order::Same);
    }
    let (&channels, rest) = wanted.split_first()?;
    let last: Vec<usize> = rest.iter().copied().chain([channels]).collect();
    (found == last).then(|| Order::ChannelsLast { channels, each: rest.iter().product() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_lie_as_the_card_or_with_channels_last() {
        let places = |found: &[usize], wanted: &[usize]| {
            order(found, wanted).map(|order| (0..wanted.iter().product()).map(|k| order.place(k)).collect::<Vec<_>>())
        };
        assert_eq!(places(&[2, 1, 2], &[2, 1, 2]), Some(vec![0, 1, 2, 3]));
        assert_eq!(places(&[4], &[2, 1, 2]), Some(vec![0, 1, 2, 3]));
        assert_eq!(places(&[3, 2], &[1, 3, 2]), Some(vec![0, 1, 2, 3, 4, 5]));
        assert_eq!(places(&[3, 1, 2], &[2, 3, 1]), Some(vec![0, 2, 4, 1, 3, 5]));
        assert_eq!(places(&[3, 2], &[2, 3]), Some(vec![0, 2, 4, 1, 3, 5]));
        assert_eq!(places(&[2, 3, 2], &[3, 2, 2]), None);
        assert_eq!(places(&[5], &[2, 3]), None);
    }
}
