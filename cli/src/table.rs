//! Plain-text tables: the first column flush left, the others flush right.

use std::fmt::Write;

use sotto_server::printable;

/// Aligns rows of equal length under their headings.
pub(crate) fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| printable(cell)).collect()).collect();
    let mut widths: Vec<usize> = headings.iter().map(|h| h.chars().count()).collect();
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = line(&widths, headings.iter().copied());
    for row in &rows {
        text += &line(&widths, row.iter().map(String::as_str));
    }
    text
}

/// A line of cells that are printable, under columns of these widths; a longer one moves what follows.
pub(crate) fn line<'a>(widths: &[usize], cells: impl Iterator<Item = &'a str>) -> String {
    let mut line = String::new();
    for (k, (cell, &width)) in cells.zip(widths).enumerate() {
        // Writing to a string cannot fail.
        let _ = if k == 0 { write!(line, "{cell:<width$}") } else { write!(line, "  {cell:>width$}") };
    }
    line.truncate(line.trim_end().len());
    line.push('\n');
    line
}

/// A number of bytes for people: three significant digits and a binary unit.
pub(crate) fn bytes(n: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if n < 1024 {
        return format!("{n} B");
    }
    let mut value = n as f64 / 1024.0;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    let decimals = if value < 9.995 { 2 } else { usize::from(value < 99.95) };
    format!("{value:.decimals$} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align() {
        let rows = [vec!["a".into(), "1".into()], vec!["long".into(), "1000".into()]];
        assert_eq!(table(&["op", "n"], &rows), "op       n\na        1\nlong  1000\n");
    }

    #[test]
    fn cells_cannot_steer_a_terminal() {
        let rows = [vec!["\u{1b}[2Jé\n\u{202e}x\u{9b}".into()]];
        assert_eq!(table(&["name"], &rows), "name\n\u{fffd}[2Jé\u{fffd}\u{fffd}x\u{fffd}\n");
    }

    #[test]
    fn bytes_keep_three_digits() {
        let shown = [0, 1023, 1024, 10_239, 102_400, 1 << 20, 1_500_000_000].map(bytes);
        assert_eq!(shown, ["0 B", "1023 B", "1.00 KiB", "10.0 KiB", "100 KiB", "1.00 MiB", "1.40 GiB"]);
    }
}
