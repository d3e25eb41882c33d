//! What the reading of a file brings up: what is wrong, and which keys exist.
//!
//! Keys that nobody asked for are explained at the end, when it is known which there are.

use crate::error::Violation;
use crate::nearest::nearest;
use std::cell::RefCell;

/// Collects what is wrong while a file is read.
pub(crate) struct Report<'a> {
    source: &'a str,
    violations: RefCell<Vec<Violation>>,
    unknown: RefCell<Vec<Unknown>>,
    /// Every key that was asked for, without indexes: `pool.scaling.max`.
    known: RefCell<Vec<String>>,
}

/// A key that nobody asked for.
pub(crate) struct Unknown {
    pub(crate) line: usize,
    /// With indexes, for people.
    pub(crate) path: String,
    /// The table it stands in, without indexes.
    pub(crate) section: String,
    pub(crate) name: String,
}

impl<'a> Report<'a> {
    pub(crate) fn new(source: &'a str) -> Self {
        Self {
            source,
            violations: RefCell::default(),
            unknown: RefCell::default(),
            known: RefCell::default(),
        }
    }

    pub(crate) fn add(&self, violation: Violation) {
        self.violations.borrow_mut().push(violation);
    }

    pub(crate) fn add_unknown(&self, key: Unknown) {
        self.unknown.borrow_mut().push(key);
    }

    /// Notes that these keys exist.
    pub(crate) fn know(&self, paths: impl IntoIterator<Item = String>) {
        let mut known = self.known.borrow_mut();
        for path in paths {
            if !known.contains(&path) {
                known.push(path);
            }
        }
    }

    pub(crate) fn line_at(&self, offset: usize) -> usize {
        1 + self
            .source
            .bytes()
            .take(offset)
            .filter(|byte| *byte == b'\n')
            .count()
    }

    pub(crate) fn text_at(&self, span: std::ops::Range<usize>) -> &'a str {
        self.source.get(span).unwrap_or_default()
    }

    pub(crate) fn finish(self) -> Findings {
        let known = self.known.into_inner();
        let mut violations = self.violations.into_inner();
        violations.extend(
            self.unknown
                .into_inner()
                .into_iter()
                .map(|key| key.explain(&known)),
        );
        violations.sort_by_key(|violation| violation.line.unwrap_or(usize::MAX));
        Findings { known, violations }
    }
}

/// What the reading of a file brought up.
pub(crate) struct Findings {
    /// The keys that exist, without indexes, in the order of reading.
    pub(crate) known: Vec<String>,
    /// What is wrong, in the order of the file.
    pub(crate) violations: Vec<Violation>,
}

impl Unknown {
    fn explain(self, known: &[String]) -> Violation {
        let prefix = if self.section.is_empty() {
            String::new()
        } else {
            format!("{}.", self.section)
        };
        let here = || {
            known
                .iter()
                .filter_map(|path| path.strip_prefix(&prefix))
                .filter(|name| !name.contains('.'))
        };
        let nearest = nearest(here(), &self.name);
        let elsewhere = || {
            known.iter().find_map(|path| match path.rsplit_once('.') {
                Some((section, name)) if name == self.name => Some(section),
                _ => None,
            })
        };
        let problem = if let Some(name) = nearest {
            format!("no such key; did you mean `{name}`?")
        } else if let Some(section) = elsewhere() {
            format!("no such key here; `{}` belongs to [{section}]", self.name)
        } else {
            let names: Vec<_> = here().collect();
            format!("no such key; there are: {}", names.join(", "))
        };
        Violation {
            line: Some(self.line),
            key: self.path,
            value: None,
            problem,
        }
    }
}
