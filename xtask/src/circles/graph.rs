//! A graph of files, and its circles.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Files, and what each uses of others.
#[derive(Default)]
pub(super) struct Graph {
    files: BTreeSet<String>,
    /// By file and file: names of what the first uses of the second.
    arrows: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
}

impl Graph {
    /// Adds a file.
    pub(super) fn file(&mut self, file: &str) {
        self.files.insert(file.to_owned());
    }

    /// Adds an arrow, unless it goes from a file to itself.
    pub(super) fn arrow(&mut self, from: &str, to: &str, name: &str) {
        if from != to {
            let arrows = self.arrows.entry(from.to_owned()).or_default();
            arrows.entry(to.to_owned()).or_default().insert(name.to_owned());
        }
    }

    /// How many files there are.
    pub(super) fn files(&self) -> usize {
        self.files.len()
    }

    /// A shortest circle through each arrow that is on one, each once, in a line such as `a.rs -(f)-> b.rs -(X)-> a.rs`.
    pub(super) fn circles(&self) -> BTreeSet<String> {
        let arrows = self.arrows.iter().flat_map(|(from, to)| to.keys().map(move |to| (from, to)));
        let back = arrows.filter_map(|(from, to)| self.way(to, from));
        back.map(|way| self.shown(&way)).collect()
    }

    /// The files of a shortest way between two, both included.
    fn way<'a>(&'a self, from: &'a str, to: &str) -> Option<Vec<&'a str>> {
        let mut came = BTreeMap::from([(from, from)]);
        let mut queue = VecDeque::from([from]);
        while let Some(at) = queue.pop_front() {
            if at == to {
                let steps = std::iter::successors(Some(at), |file| came.get(file).copied().filter(|f| f != file));
                let mut way: Vec<_> = steps.collect();
                way.reverse();
                return Some(way);
            }
            for next in self.arrows.get(at).into_iter().flat_map(BTreeMap::keys) {
                came.entry(next).or_insert_with(|| {
                    queue.push_back(next);
                    at
                });
            }
        }
        None
    }

    /// The circle that closes a way, from its least file on.
    fn shown(&self, way: &[&str]) -> String {
        let least = way.iter().enumerate().min_by_key(|(_, file)| **file).map_or(0, |(i, _)| i);
        let turned: Vec<_> = way.iter().cycle().skip(least).take(way.len() + 1).copied().collect();
        let mut text = turned[0].to_owned();
        for pair in turned.windows(2) {
            let names: Vec<_> = self.arrows[pair[0]][pair[1]].iter().map(String::as_str).collect();
            text += &format!(" -({})-> {}", names.join(", "), pair[1]);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::Graph;

    #[test]
    fn each_circle_is_found_once_and_none_else() {
        let mut graph = Graph::default();
        for (from, to) in [("b", "c"), ("c", "a"), ("a", "b"), ("a", "d"), ("d", "a"), ("d", "e"), ("a", "a")] {
            graph.arrow(from, to, "X");
        }
        let circles: Vec<_> = graph.circles().into_iter().collect();
        assert_eq!(circles, ["a -(X)-> b -(X)-> c -(X)-> a", "a -(X)-> d -(X)-> a"]);
        let mut tree = Graph::default();
        for (from, to) in [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")] {
            tree.arrow(from, to, "X");
        }
        assert!(tree.circles().is_empty());
    }
}
