//! What the reading of a file brings up: what is wrong, and which keys exist.
//!
//! Keys that nobody asked for are explained at the end, when it is known which there are.

use crate::error::Violation;
use crate::nearest::nearest;
use std::cell::RefCell;

/// Collects what is wrong while a file is read.
pub(super) struct Report<'a> {
    source: &'a str,
    violations: RefCell<Vec<Violation>>,
    unknown: RefCell<Vec<Unknown>>,
    /// Every key that was asked for, without indexes: `pool.scaling.max`.
    known: RefCell<Vec<String>>,
}

/// A key that nobody asked for.
pub(super) struct Unknown {
    pub(super) line: usize,
    /// With indexes, for people.
    pub(super) path: String,
    /// The table it stands in, without indexes.
    pub(super) section: String,
    /// The keys that this table can have.
    pub(super) here: Vec<&'static str>,
    pub(super) name: String,
}

impl<'a> Report<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        Self {
            source,
            violations: RefCell::default(),
            unknown: RefCell::default(),
            known: RefCell::default(),
        }
    }

    pub(super) fn add(&self, violation: Violation) {
        self.violations.borrow_mut().push(violation);
    }

    pub(super) fn add_unknown(&self, key: Unknown) {
        self.unknown.borrow_mut().push(key);
    }

    /// Notes that these keys exist.
    pub(super) fn know(&self, paths: impl IntoIterator<Item = String>) {
        let mut known = self.known.borrow_mut();
        for path in paths {
            if !known.contains(&path) {
                known.push(path);
            }
        }
    }

    pub(super) fn line_at(&self, offset: usize) -> usize {
        1 + self
            .source
            .bytes()
            .take(offset)
            .filter(|byte| *byte == b'\n')
            .count()
    }

    pub(super) fn text_at(&self, span: std::ops::Range<usize>) -> &'a str {
        self.source.get(span).unwrap_or_default()
    }

    /// The keys that exist, and what is wrong in the order of the file.
    pub(super) fn finish(self) -> (Vec<String>, Vec<Violation>) {
        let known = self.known.into_inner();
        let mut violations = self.violations.into_inner();
        let unknown = self.unknown.into_inner().into_iter();
        violations.extend(unknown.map(|key| key.explain(&known)));
        violations.sort_by_key(|violation| violation.line.unwrap_or(usize::MAX));
        (known, violations)
    }
}

impl Unknown {
    fn explain(self, known: &[String]) -> Violation {
        let nearest = nearest(self.here.iter().copied(), &self.name);
        let elsewhere = || {
            known.iter().find_map(|path| match path.rsplit_once('.') {
                Some((section, name)) if name == self.name && section != self.section => {
                    Some(section)
                }
                _ => None,
            })
        };
        let problem = if let Some(name) = nearest {
            format!("no such key; did you mean `{name}`?")
        } else if let Some(section) = elsewhere() {
            format!("no such key here; `{}` belongs to [{section}]", self.name)
        } else {
            format!("no such key; there are: {}", self.here.join(", "))
        };
        Violation {
            line: Some(self.line),
            key: self.path,
            value: None,
            problem,
        }
    }
}
