//! Headings, links and code of a document.

use std::collections::BTreeSet;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// What is checked of a document.
#[derive(Default)]
pub(super) struct Document {
    /// Anchors of its headings.
    pub(super) headings: BTreeSet<String>,
    pub(super) links: Vec<Link>,
    pub(super) names: Vec<Name>,
}

/// A link's target.
pub(super) struct Link(pub(super) String);

/// Words in backticks.
pub(super) struct Name {
    pub(super) text: String,
    /// The first such words of the heading above.
    pub(super) section: Option<String>,
}

/// Reads a document.
pub(super) fn parse(text: &str) -> Document {
    let mut document = Document::default();
    // Of the heading at hand, or the last one: its words, and those in backticks.
    let (mut heading, mut words, mut section) = (false, String::new(), None);
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Heading { .. }) => {
                (heading, words, section) = (true, String::new(), None);
            }
            Event::End(TagEnd::Heading(_)) => {
                heading = false;
                document.headings.insert(anchor(&words));
            }
            Event::Start(Tag::Link { dest_url, .. }) => document.links.push(Link(dest_url.into_string())),
            Event::Text(text) if heading => words += &text,
            Event::Code(code) if heading => {
                words += &code;
                section.get_or_insert_with(|| code.into_string());
            }
            Event::Code(code) => document.names.push(Name { text: code.into_string(), section: section.clone() }),
            _ => {}
        }
    }
    document
}

/// A heading's anchor, as forges make it.
fn anchor(words: &str) -> String {
    let kept = words.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn names_have_the_section_that_they_are_in() {
        let document =
            parse("`a`\n\n## Inside `mpc`, a crate\n\n| `b` | [`c`](d.md) |\n\n```sh\n`e`\n```\n\n## More\n\n`f`");
        let names: Vec<_> = document.names.iter().map(|name| (name.text.as_str(), name.section.as_deref())).collect();
        assert_eq!(names, [("a", None), ("b", Some("mpc")), ("c", Some("mpc")), ("f", None)]);
        assert!(document.headings.contains("inside-mpc-a-crate"));
        assert_eq!(document.links[0].0, "d.md");
    }
}
