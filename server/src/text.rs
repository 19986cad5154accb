//! Text from elsewhere.

/// `text` of whatever origin as one line that cannot steer a terminal: control characters, and those that turn the
/// writing direction, become U+FFFD.
pub fn printable(text: &str) -> String {
    let steers = |c: char| c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if steers(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_steer_a_terminal() {
        assert_eq!(printable("\u{1b}[2Jé\n\u{202e}x\u{9b}"), "\u{fffd}[2Jé\u{fffd}\u{fffd}x\u{fffd}");
    }
}
