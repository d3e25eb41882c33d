//! One table of the text, over the same table of the shipped file where there is one.

use super::field::{Field, Origin};
use super::report::{Report, Unknown};
use crate::error::Violation;
use std::cell::RefCell;
use std::ops::RangeInclusive;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One table of a text. Its keys are asked for one by one, and [`finish`](Self::finish) comes last.
pub struct Section<'a> {
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
    pub(super) fn root(
        report: &'a Report<'a>,
        given: &'a DeTable<'a>,
        shipped: Option<&'a DeTable<'a>>,
    ) -> Self {
        Self::new(report, "", "", Some(given), shipped)
    }

    /// A table that a key holds where other kinds of value can stand too.
    pub(super) fn of_field(
        report: &'a Report<'a>,
        path: &str,
        table: &'a DeTable<'a>,
        line: usize,
    ) -> Self {
        let mut section = Self::new(report, path, &without_indexes(path), Some(table), None);
        section.line = Some(line);
        section
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

    /// Whether the text gives this key; whoever only asks has not read it.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.given.is_some_and(|table| table.contains_key(name))
    }

    /// The key's value from the text alone: for keys that have no shipped value.
    pub fn given(&self, name: &'static str) -> Option<Field<'a>> {
        self.ask(name);
        let value = self.given?.get(name)?;
        Some(self.field_of(name, value, Origin::File))
    }

    /// What `read` makes of the key's value, or the default where the text leaves it out.
    pub fn given_or<T>(
        &self,
        name: &'static str,
        default: T,
        read: impl FnOnce(Field<'a>) -> Option<T>,
    ) -> Option<T> {
        match self.given(name) {
            None => Some(default),
            Some(field) => read(field),
        }
    }

    /// Every key with its value, where the user chooses the names.
    #[must_use]
    pub fn entries(&self) -> Vec<(&'a str, Field<'a>)> {
        let entries = self.given.into_iter().flat_map(DeTable::iter);
        entries
            .map(|(key, value)| {
                let name: &str = key.get_ref();
                (name, self.field_of(name, value, Origin::File))
            })
            .collect()
    }

    /// Notes what is wrong with the table as a whole.
    pub fn refuse(&self, problem: impl Into<String>) {
        self.note(Violation {
            line: self.line,
            key: self.path.clone(),
            value: None,
            problem: problem.into(),
        });
    }

    /// Notes what is wrong elsewhere and belongs to the same answer, such as in the environment.
    pub(crate) fn note(&self, violation: Violation) {
        self.report.add(violation);
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

    /// The tables under this key, at most so many; the shipped one where the file has none.
    pub(crate) fn sections(&self, name: &'static str, most: usize) -> Vec<Section<'a>> {
        let shipped = self
            .shipped
            .and_then(|table| table.get(name))
            .and_then(first_table);
        match self.given(name) {
            Some(field) => self
                .tables(name, &field, 1..=most, shipped)
                .unwrap_or_default(),
            None => vec![self.table(name, 0, None, shipped)],
        }
    }

    /// The tables under this key, at most so many; none where the file has none. `None` where the
    /// key holds something else, which is noted.
    pub fn optional_sections(&self, name: &'static str, most: usize) -> Option<Vec<Section<'a>>> {
        match self.given(name) {
            Some(field) => self.tables(name, &field, 0..=most, None),
            None => Some(Vec::new()),
        }
    }

    /// The tables of a list, each over the shipped one. `None` where they are not so many, or
    /// something else, which is noted.
    fn tables(
        &self,
        name: &str,
        field: &Field<'a>,
        count: RangeInclusive<usize>,
        shipped: Option<&'a DeTable<'a>>,
    ) -> Option<Vec<Section<'a>>> {
        let items = field.array().filter(|items| count.contains(&items.len()));
        let sections = items.and_then(|items| {
            let sections = items.iter().enumerate().map(|(index, item)| {
                let table = item.get_ref().as_table()?;
                let mut section = self.table(name, index, Some(table), shipped);
                section.line = Some(self.report.line_at(item.span().start));
                Some(section)
            });
            sections.collect()
        });
        if sections.is_none() {
            let least = if count.contains(&0) { "up to" } else { "1 to" };
            field.refuse(format!(
                "must be {least} {} tables, each under [[{}]] in double brackets",
                count.end(),
                child(&self.general, name)
            ));
        }
        sections
    }

    fn table(
        &self,
        name: &str,
        index: usize,
        given: Option<&'a DeTable<'a>>,
        shipped: Option<&'a DeTable<'a>>,
    ) -> Section<'a> {
        let path = format!("{}[{index}]", child(&self.path, name));
        let general = child(&self.general, name);
        Self::new(self.report, &path, &general, given, shipped)
    }

    /// The key's value, which the text has to give where it gives the table; `what` says what is
    /// missing.
    pub fn required(&self, name: &'static str, what: &str) -> Option<Field<'a>> {
        let field = self.given(name);
        if field.is_none() {
            self.note(Violation {
                line: self.line,
                key: child(&self.path, name),
                value: None,
                problem: format!("must be given: {what}"),
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
    pub fn finish(&self) {
        for key in self.given.into_iter().flat_map(DeTable::keys) {
            let name: &str = key.get_ref();
            if !self.asked.borrow().contains(&name) {
                self.report.add_unknown(Unknown {
                    line: self.report.line_at(key.span().start),
                    path: child(&self.path, name),
                    section: self.general.clone(),
                    here: self.asked.borrow().clone(),
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

/// `phase.payload` of `phase[1].payload`.
fn without_indexes(path: &str) -> String {
    path.split('[')
        .map(|part| part.split_once(']').map_or(part, |(_, after)| after))
        .collect()
}

fn child(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

#[cfg(test)]
mod tests {
    use crate::toml_read::read;

    #[test]
    fn a_table_where_other_values_can_stand_is_known_without_its_index() {
        let text = "[[phase]]\nsize = { }\n[[phase]]\nsize = { uniform = 3 }\nmost = 2\n";
        let violations = read(text, |root| {
            for phase in root.optional_sections("phase", 2)? {
                let size = phase.given("size")?.as_section()?;
                size.given("most");
                size.section("uniform").finish();
                phase.finish();
            }
            Some(())
        });
        let said: Vec<_> = violations
            .unwrap_err()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            said,
            [
                "line 4: phase[1].size.uniform = 3: must be a table: [phase.size.uniform]",
                "line 5: phase[1].most: no such key here; `most` belongs to [phase.size]",
            ]
        );
    }
}
