//! A table of the file, read key by key.
//!
//! serde would stop at the first mistake. Here every key that is asked for is noted, what is wrong
//! is noted in the [`Report`], and reading goes on; whatever was never asked for is an unknown key.
//! So the keys that exist are listed nowhere but where they are read.
//! A key that the file leaves out is looked up in the shipped `config.toml`, whose values are the
//! defaults.

use crate::error::Violation;
use crate::field::{Field, Origin};
use crate::report::{Report, Unknown};
use std::cell::RefCell;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One table of the file, over the same table of the shipped file.
pub(crate) struct Section<'a> {
    report: &'a Report<'a>,
    /// With indexes, for people: `pool[0].scaling`.
    path: String,
    /// Without: `pool.scaling`.
    general: String,
    given: Option<&'a DeTable<'a>>,
    /// Where it begins, for a table of a list.
    line: Option<usize>,
    shipped: Option<&'a DeTable<'a>>,
    asked: RefCell<Vec<&'static str>>,
}

impl<'a> Section<'a> {
    pub(crate) fn root(
        report: &'a Report<'a>,
        given: &'a DeTable<'a>,
        shipped: &'a DeTable<'a>,
    ) -> Self {
        Self::new(report, "", "", Some(given), Some(shipped))
    }

    fn new(
        report: &'a Report<'a>,
        path: &str,
        general: &str,
        given: Option<&'a DeTable<'a>>,
        shipped: Option<&'a DeTable<'a>>,
    ) -> Self {
        Self {
            report,
            path: path.to_owned(),
            general: general.to_owned(),
            given,
            line: None,
            shipped,
            asked: RefCell::default(),
        }
    }

    /// The key's value from the file, else from the shipped file.
    pub(crate) fn field(&self, name: &'static str) -> Option<Field<'a>> {
        self.given(name).or_else(|| {
            let value = self.shipped?.get(name)?;
            Some(self.field_of(name, value, Origin::Default))
        })
    }

    /// The key's value from the file alone: for keys that the shipped file does not set.
    pub(crate) fn given(&self, name: &'static str) -> Option<Field<'a>> {
        self.ask(name);
        let value = self.given?.get(name)?;
        Some(self.field_of(name, value, Origin::File))
    }

    /// The table under this key.
    pub(crate) fn section(&self, name: &'static str) -> Section<'a> {
        self.ask(name);
        let given = self
            .given
            .and_then(|table| table.get(name))
            .and_then(|value| {
                let table = value.get_ref().as_table();
                if table.is_none() {
                    let field = self.field_of(name, value, Origin::File);
                    field.refuse(format!("must be a table: [{}]", child(&self.general, name)));
                }
                table
            });
        let shipped = self.shipped.and_then(|table| table.get(name));
        Self::new(
            self.report,
            &child(&self.path, name),
            &child(&self.general, name),
            given,
            shipped.and_then(|value| value.get_ref().as_table()),
        )
    }

    /// The tables under this key, at most so many; the shipped ones where the file has none.
    pub(crate) fn sections(&self, name: &'static str, most: usize) -> Vec<Section<'a>> {
        let general = child(&self.general, name);
        let shipped = self
            .shipped
            .and_then(|table| table.get(name))
            .and_then(first_table);
        let section = |index: usize, given| {
            let path = format!("{}[{index}]", child(&self.path, name));
            Self::new(self.report, &path, &general, given, shipped)
        };
        let Some(field) = self.given(name) else {
            return vec![section(0, None)];
        };
        let tables: Option<Vec<_>> = field
            .array()
            .map(|items| items.iter().map(|item| item.get_ref().as_table()).collect())
            .unwrap_or_default();
        match tables {
            Some(tables) if (1..=most).contains(&tables.len()) => {
                let tables = tables.into_iter().enumerate();
                tables
                    .map(|(index, table)| section(index, Some(table)))
                    .collect()
            }
            _ => {
                field.refuse(format!(
                    "must be 1 to {most} tables, each under [[{general}]] in double brackets"
                ));
                Vec::new()
            }
        }
    }

    /// The tables under this key, at most so many; none where the file has none. `None` where the
    /// key holds something else, which is noted.
    pub(crate) fn optional_sections(
        &self,
        name: &'static str,
        most: usize,
    ) -> Option<Vec<Section<'a>>> {
        let general = child(&self.general, name);
        let Some(field) = self.given(name) else {
            return Some(Vec::new());
        };
        let tables = field.array().filter(|items| items.len() <= most);
        let sections: Option<Vec<_>> = tables.and_then(|items| {
            let sections = items.iter().enumerate().map(|(index, item)| {
                let path = format!("{}[{index}]", child(&self.path, name));
                let table = item.get_ref().as_table()?;
                let mut section = Self::new(self.report, &path, &general, Some(table), None);
                section.line = Some(self.report.line_at(item.span().start));
                Some(section)
            });
            sections.collect()
        });
        if sections.is_none() {
            field.refuse(format!(
                "must be up to {most} tables, each under [[{general}]] in double brackets"
            ));
        }
        sections
    }

    /// The key's value, which the file has to give where it gives the table.
    pub(crate) fn required(&self, name: &'static str) -> Option<Field<'a>> {
        let field = self.given(name);
        if field.is_none() {
            self.report.add(Violation {
                line: self.line,
                key: child(&self.path, name),
                value: None,
                problem: "must be given".to_owned(),
            });
        }
        field
    }

    /// Notes that these keys exist below a list that is not there.
    pub(crate) fn note_keys(&self, list: &str, names: &[&str]) {
        let general = child(&self.general, list);
        self.report
            .know(names.iter().map(|name| child(&general, name)));
    }

    /// Notes what is in the table and was never asked for. Comes last.
    pub(crate) fn finish(&self) {
        for key in self.given.into_iter().flat_map(DeTable::keys) {
            let name: &str = key.get_ref();
            if !self.asked.borrow().contains(&name) {
                self.report.add_unknown(Unknown {
                    line: self.report.line_at(key.span().start),
                    path: child(&self.path, name),
                    section: self.general.clone(),
                    name: name.to_owned(),
                });
            }
        }
    }

    fn ask(&self, name: &'static str) {
        if !self.asked.borrow().contains(&name) {
            self.asked.borrow_mut().push(name);
            self.report.know([child(&self.general, name)]);
        }
    }

    fn field_of(&self, name: &str, value: &'a Spanned<DeValue<'a>>, origin: Origin) -> Field<'a> {
        Field::new(self.report, child(&self.path, name), value, origin)
    }
}

fn first_table<'a>(value: &'a Spanned<DeValue<'a>>) -> Option<&'a DeTable<'a>> {
    value
        .get_ref()
        .as_array()?
        .iter()
        .next()?
        .get_ref()
        .as_table()
}

fn child(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}
