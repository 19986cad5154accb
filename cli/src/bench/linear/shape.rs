//! Shapes of layers on the command line: `2048:1000`, or `64x56x56:64:3x3:s2:p1:g4`.

use sotto_he::linear::ConvShape;

/// Largest extent or number of channels, so that no product overflows.
const MOST: usize = 1 << 16;

/// Reads a shape.
pub(super) fn parse(text: &str) -> Result<ConvShape, String> {
    let mut parts = text.split(':');
    let input = numbers(parts.next().unwrap_or_default(), "x")?;
    let outputs = numbers(parts.next().ok_or("a shape is INPUTS:OUTPUTS or CxHxW:M:KHxKW")?, "x")?;
    let &[outputs] = &outputs[..] else { return Err("the number of outputs is one number".into()) };
    let (channels, plane) = match input[..] {
        [channels] => (channels, [1, 1]),
        [channels, length] => (channels, [1, length]),
        [channels, height, width] => (channels, [height, width]),
        _ => return Err(format!("an input has one to three extents, not {}", input.len())),
    };
    let mut shape = ConvShape {
        channels,
        input: plane,
        output: [1, 1],
        kernel: [1, 1],
        stride: [1, 1],
        pads: [0, 0],
        outputs,
        groups: 1,
    };
    for part in parts {
        match part.split_at_checked(1) {
            Some(("s", rest)) => shape.stride = pair(rest, "a stride")?,
            Some(("p", rest)) => shape.pads = padding(rest)?,
            Some(("g", rest)) => shape.groups = pair(rest, "groups")?[1],
            _ => shape.kernel = pair(part, "a kernel")?,
        }
    }
    // One number means both axes; a signal has no rows to step over or to pad.
    for axis in 0..2 {
        if shape.input[axis] == 1 && shape.kernel[axis] == 1 {
            (shape.stride[axis], shape.pads[axis]) = (1, 0);
        }
        if shape.pads[axis] >= shape.kernel[axis] {
            return Err(format!("padding of {} is not below the kernel's {}", shape.pads[axis], shape.kernel[axis]));
        }
        let room = (shape.input[axis] + 2 * shape.pads[axis]).checked_sub(shape.kernel[axis]);
        let room = room.ok_or_else(|| format!("a kernel of {} over {}", shape.kernel[axis], shape.input[axis]))?;
        shape.output[axis] = room / shape.stride[axis] + 1;
    }
    if !channels.is_multiple_of(shape.groups) || !outputs.is_multiple_of(shape.groups) {
        return Err(format!("{} groups do not divide {channels} and {outputs} channels", shape.groups));
    }
    Ok(shape)
}

/// The shape as it is written.
pub(super) fn format(shape: &ConvShape) -> String {
    let ConvShape { channels, input: [height, width], kernel, stride, pads, outputs, groups, .. } = shape;
    if [*height, *width, kernel[0], kernel[1]] == [1; 4] && *groups == 1 {
        return format!("{channels}:{outputs}");
    }
    let mut text = format!("{channels}x{height}x{width}:{outputs}:{}x{}", kernel[0], kernel[1]);
    let pairs = [('s', stride, 1), ('p', pads, 0)];
    for (letter, &[a, b], default) in pairs {
        if [a, b] != [default; 2] {
            text += &if a == b { format!(":{letter}{a}") } else { format!(":{letter}{a}x{b}") };
        }
    }
    if *groups > 1 {
        text += &format!(":g{groups}");
    }
    text
}

fn pair(text: &str, what: &str) -> Result<[usize; 2], String> {
    match numbers(text, "x")?[..] {
        [both] => Ok([both, both]),
        [a, b] => Ok([a, b]),
        _ => Err(format!("{what} is one number or two")),
    }
}

/// As [`pair`], zero allowed.
fn padding(text: &str) -> Result<[usize; 2], String> {
    let parsed: Result<Vec<usize>, _> = text.split('x').map(str::parse).collect();
    match parsed.map_err(|_| format!("'{text}' is no padding"))?[..] {
        [both] => Ok([both, both]),
        [a, b] => Ok([a, b]),
        _ => Err("padding is one number or two".into()),
    }
}

fn numbers(text: &str, separator: &str) -> Result<Vec<usize>, String> {
    let number = |part: &str| match part.parse() {
        Ok(n) if (1..=MOST).contains(&n) => Ok(n),
        _ => Err(format!("'{part}' is not a number from 1 to {MOST}")),
    };
    text.split(separator).map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_read_as_they_are_written() {
        for text in ["2048:1000", "64x56x56:64:3x3:p1", "3x224x224:64:7x7:s2:p3", "8x9x7:4:3x1:s2x1:p1x0:g4"] {
            assert_eq!(format(&parse(text).unwrap()), text);
        }
        let signal = parse("4x128:8:1x5:s2:p0x2").unwrap();
        assert_eq!((signal.input, signal.output, signal.stride), ([1, 128], [1, 64], [1, 2]));
    }

    #[test]
    fn what_is_wrong_with_a_shape_is_named() {
        for (text, problem) in [
            ("", "'' is not a number from 1 to 65536"),
            ("3", "a shape is INPUTS:OUTPUTS or CxHxW:M:KHxKW"),
            ("3x0x4:2:1x1", "'0' is not a number from 1 to 65536"),
            ("1x2x3x4:2", "an input has one to three extents, not 4"),
            ("3x4x4:2:5x5", "a kernel of 5 over 4"),
            ("3x4x4:2:3x3:p3", "padding of 3 is not below the kernel's 3"),
            ("3x4x4:2:3x3:px", "'x' is no padding"),
            ("3x4x4:2:3x3:g2", "2 groups do not divide 3 and 2 channels"),
            ("99999999999999999999:2", "'99999999999999999999' is not a number from 1 to 65536"),
        ] {
            assert_eq!(parse(text).unwrap_err(), problem, "{text}");
        }
    }
}
