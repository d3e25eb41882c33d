//! Numbers in a grid: a square a cell, its number within it, the best ones in a frame.
//!
//! The colours are those of cividis, which people who tell few colours apart read like everybody
//! else: it rises in brightness alone. The number stands in every cell, so colour only helps.

use crate::canvas::{Canvas, Painted, anchored};
use crate::color::{Color, FAINT, INK};
use plotters::element::Rectangle;
use plotters::prelude::{Color as _, WHITE};
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// Cividis at 0, 1/4, 1/2, 3/4 and 1.
const CIVIDIS: [(f64, f64, f64); 5] = [
    (0.0, 34.0, 78.0),
    (65.0, 77.0, 107.0),
    (124.0, 123.0, 120.0),
    (188.0, 175.0, 111.0),
    (254.0, 232.0, 56.0),
];

const CELL_WIDTH: i32 = 84;
const CELL_HEIGHT: i32 = 38;
/// For the numbers of the rows and the axis' name.
const LEFT: i32 = 110;
/// For the title.
const TOP: i32 = 46;
/// For the numbers of the columns, the axis' name and the key.
const BOTTOM: i32 = 92;
const RIGHT: i32 = 30;
/// A narrow map still has room for its title.
const WIDTH_MIN: i32 = 480;

/// A map of numbers.
#[derive(Clone, Debug)]
pub struct HeatMap<'m> {
    /// What the numbers are, with their unit.
    pub title: &'m str,
    /// What the rows differ in.
    pub row_name: &'m str,
    /// What stands before each row.
    pub rows: Vec<u32>,
    /// What the columns differ in.
    pub column_name: &'m str,
    /// What stands below each column.
    pub columns: Vec<u32>,
    /// How the colours and frames are to be read.
    pub key: &'m str,
    /// The cells of the first row, then those of the second, and so on.
    pub cells: Vec<Cell>,
}

/// One cell of a map.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// What stands in it.
    pub text: String,
    /// What its colour shows, from the least of all cells to the most; grey where there is none.
    pub value: Option<f64>,
    /// Whether it is framed.
    pub is_best: bool,
}

impl HeatMap<'_> {
    /// The pixels across and down that a map of so many rows and columns takes.
    #[must_use]
    pub fn size(rows: usize, columns: usize) -> (u32, u32) {
        let (right, bottom) = corner(rows, columns);
        let width = (right + RIGHT).max(WIDTH_MIN);
        (width.unsigned_abs(), (bottom + BOTTOM).unsigned_abs())
    }

    /// Draws the map.
    ///
    /// # Errors
    /// As all drawing.
    pub fn paint(&self, canvas: &Canvas<'_>) -> Painted {
        self.paint_axes(canvas)?;
        let values = self.cells.iter().filter_map(|cell| cell.value);
        let least = values.clone().fold(f64::INFINITY, f64::min);
        let most = values.fold(f64::NEG_INFINITY, f64::max);
        for (index, cell) in self.cells.iter().enumerate() {
            let columns = self.columns.len().max(1);
            let at = corner(index / columns, index % columns);
            let fill = match cell.value {
                Some(value) => color(share(value, least, most)),
                None => FAINT,
            };
            cell.paint(canvas, at, fill)?;
        }
        Ok(())
    }

    fn paint_axes(&self, canvas: &Canvas<'_>) -> Painted {
        let text = |text: &str, at, size, across| {
            let position = Pos::new(across, VPos::Center);
            canvas.words(text, at, anchored(size, INK, position))
        };
        text(self.title, (14, TOP / 2), 19, HPos::Left)?;
        for (row, number) in self.rows.iter().enumerate() {
            let (x, y) = corner(row, 0);
            let at = (x - 8, y + CELL_HEIGHT / 2);
            text(&number.to_string(), at, 15, HPos::Right)?;
        }
        let (end, bottom) = corner(self.rows.len(), self.columns.len());
        text(self.row_name, (14, (TOP + bottom) / 2), 15, HPos::Left)?;
        for (column, number) in self.columns.iter().enumerate() {
            let (x, _) = corner(0, column);
            let at = (x + CELL_WIDTH / 2, bottom + 14);
            text(&number.to_string(), at, 15, HPos::Center)?;
        }
        let at = ((LEFT + end) / 2, bottom + 36);
        text(self.column_name, at, 15, HPos::Center)?;
        text(self.key, (14, bottom + 64), 13, HPos::Left)
    }
}

/// The left upper corner of a cell.
fn corner(row: usize, column: usize) -> (i32, i32) {
    let at = |index: usize, size: i32| i32::try_from(index).unwrap_or_default() * size;
    (LEFT + at(column, CELL_WIDTH), TOP + at(row, CELL_HEIGHT))
}

impl Cell {
    fn paint(&self, canvas: &Canvas<'_>, (x, y): (i32, i32), fill: Color) -> Painted {
        let square = |inset: i32| {
            [
                (x + inset, y + inset),
                (x + CELL_WIDTH - inset, y + CELL_HEIGHT - inset),
            ]
        };
        canvas.0.draw(&Rectangle::new(square(1), fill.filled()))?;
        let ink = if is_dark(fill) { WHITE } else { INK };
        let text = match self.is_best {
            true => {
                let frame = Rectangle::new(square(4), ink.stroke_width(2));
                canvas.0.draw(&frame)?;
                format!("{} *", self.text)
            }
            false => self.text.clone(),
        };
        let middle = (x + CELL_WIDTH / 2, y + CELL_HEIGHT / 2);
        let centred = Pos::new(HPos::Center, VPos::Center);
        canvas.words(&text, middle, anchored(15, ink, centred))
    }
}

/// Where a value lies between the least and the most; in the middle where all are the same.
fn share(value: f64, least: f64, most: f64) -> f64 {
    match most > least {
        true => (value - least) / (most - least),
        false => 0.5,
    }
}

/// The colour for a share from 0 to 1, between the two next ones of the scale.
fn color(share: f64) -> Color {
    let position = share.clamp(0.0, 1.0) * 4.0;
    let index = (0..4).rev().find(|index| position >= f64::from(*index));
    let index = index.unwrap_or(0);
    let within = position - f64::from(index);
    let (from, to) = match index {
        0 => (CIVIDIS[0], CIVIDIS[1]),
        1 => (CIVIDIS[1], CIVIDIS[2]),
        2 => (CIVIDIS[2], CIVIDIS[3]),
        _ => (CIVIDIS[3], CIVIDIS[4]),
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between two numbers from 0 to 255"
    )]
    let mix = |from: f64, to: f64| (from + (to - from) * within).round() as u8;
    Color(mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
}

/// Whether white is read better on it than ink.
fn is_dark(color: Color) -> bool {
    brightness(color) < 128.0
}

fn brightness(Color(red, green, blue): Color) -> f64 {
    0.299 * f64::from(red) + 0.587 * f64::from(green) + 0.114 * f64::from(blue)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brightness_alone_tells_more_from_less() {
        let bright = |step| brightness(color(f64::from(step) / 20.0));
        let steps: Vec<f64> = (0..=20).map(bright).collect();
        assert!(steps.is_sorted_by(|less, more| less < more), "{steps:?}");
        assert_eq!(color(1.0), Color(254, 232, 56));
    }
}
