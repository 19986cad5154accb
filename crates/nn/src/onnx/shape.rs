//! Shapes that a file states.

use std::collections::BTreeMap;

use super::printable::printable;
use super::proto;
use crate::tensor::element_count;

/// Elements of one value, and of all.
pub(super) const MAX_ELEMENTS: usize = 1 << 26;

/// Dimensions of the model's input without the batch, which must be 1 or left open. `sizes` are those of open dimensions, by
/// their names in the file.
pub(super) fn input_shape(input: &proto::ValueInfo, sizes: &BTreeMap<String, usize>) -> Result<Vec<usize>, String> {
    let name = printable(&input.name);
    let tensor = input.r#type.as_ref().and_then(|t| t.tensor_type.as_ref());
    let shape = tensor.and_then(|t| t.shape.as_ref()).ok_or_else(|| format!("'{name}' has no shape"))?;
    let [batch, dims @ ..] = &shape.dim[..] else { return Err(format!("'{name}' is a single number")) };
    if dims.is_empty() {
        return Err(format!("'{name}' has one dimension; the first is the batch, the features come after it"));
    }
    if let Some(rows @ 2..) = batch.dim_value {
        return Err(format!(
            "'{name}' has a batch of {rows}; export the model with a batch of 1 (PyTorch: an example of one row) \
             or an open one"
        ));
    }
    let size = |(axis, dim): (usize, &proto::Dimension)| {
        let fixed = dim.dim_value.and_then(|v| usize::try_from(v).ok()).filter(|&v| v > 0);
        let open = dim.dim_param.as_deref().unwrap_or_default();
        let given = || sizes.get(open).filter(|_| !open.is_empty()).copied().filter(|&v| v > 0);
        fixed.or_else(given).ok_or_else(|| match open {
            "" => format!("'{name}' has an open dimension besides the batch, axis {}", axis + 1),
            open => format!(
                "'{name}' has an open dimension besides the batch, axis {}: give the size of '{}'",
                axis + 1,
                printable(open)
            ),
        })
    };
    let dims = dims.iter().enumerate().map(size).collect::<Result<Vec<usize>, _>>()?;
    match element_count(&dims) {
        Some(1..=MAX_ELEMENTS) => Ok(dims),
        _ => Err(format!("'{name}' has the shape {dims:?}, more than {MAX_ELEMENTS} elements")),
    }
}
