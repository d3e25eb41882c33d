//! Text in columns, for people.

use std::fmt;

/// How a column is set.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    to_the_right: bool,
    width_min: usize,
}

impl Column {
    /// Texts, which begin below each other.
    #[must_use]
    pub const fn left(width_min: usize) -> Self {
        Self {
            to_the_right: false,
            width_min,
        }
    }

    /// Numbers, which end below each other.
    #[must_use]
    pub const fn right(width_min: usize) -> Self {
        Self {
            to_the_right: true,
            width_min,
        }
    }
}

/// Rows of cells, each column as wide as its widest cell, and at least as wide as it says.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<Column>,
    gap: usize,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// `gap` blanks stand between two columns.
    #[must_use]
    pub fn new(columns: impl IntoIterator<Item = Column>, gap: usize) -> Self {
        Self {
            columns: columns.into_iter().collect(),
            gap,
            rows: Vec::new(),
        }
    }

    /// Adds a row; its headings are a row like the others.
    pub fn row(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(column));
        let widest = cells.map(|cell| cell.chars().count()).max();
        widest
            .unwrap_or_default()
            .max(self.columns[column].width_min)
    }
}

/// Each row ends with a line feed, and no line with blanks.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths: Vec<usize> = (0..self.columns.len()).map(|at| self.width(at)).collect();
        let gap = " ".repeat(self.gap);
        for row in &self.rows {
            let cells = row.iter().zip(&self.columns).zip(&widths);
            let cells = cells.map(|((cell, column), width)| match column.to_the_right {
                true => format!("{cell:>width$}"),
                false => format!("{cell:<width$}"),
            });
            let line = cells.collect::<Vec<_>>().join(&gap);
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_as_wide_as_its_widest_cell_and_no_line_ends_with_blanks() {
        let mut table = Table::new([Column::left(0), Column::right(6), Column::left(0)], 2);
        table.row(["POOL", "READY", "STATE"]);
        table.row(["größer", "12", ""]);
        assert_eq!(table.to_string(), "POOL     READY  STATE\ngrößer      12\n");
    }
}
