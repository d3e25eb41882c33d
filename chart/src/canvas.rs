//! What is drawn on: a picture, or a part of one.

use crate::color::{Color, INK};
use plotters::coord::Shift;
use plotters::drawing::DrawingAreaErrorKind;
use plotters::element::{PathElement, Text};
use plotters::prelude::{DrawingArea, IntoDrawingArea as _, IntoFont as _, SVGBackend, WHITE};
use plotters::style::text_anchor::Pos;
use plotters::style::{Color as _, ShapeStyle, TextStyle};

/// A rectangle of a picture. Places on it are pixels from its own left upper corner.
pub struct Canvas<'s>(pub(crate) DrawingArea<SVGBackend<'s>, Shift>);

/// A picture could not be drawn, as one too small for what is to stand on it.
#[derive(Debug, thiserror::Error)]
#[error("draw a picture")]
pub struct PaintError(#[from] DrawingAreaErrorKind<std::io::Error>);

/// What drawing comes to.
pub type Painted<T = ()> = Result<T, PaintError>;

/// A picture of so many pixels across and down, as the text of an SVG file. It has no ground of its
/// own, so that a page shines through.
///
/// # Errors
/// When `paint` fails.
pub fn svg(size: (u32, u32), paint: impl FnOnce(&Canvas<'_>) -> Painted) -> Painted<String> {
    let mut svg = String::new();
    {
        let canvas = Canvas(SVGBackend::with_string(&mut svg, size).into_drawing_area());
        paint(&canvas)?;
        canvas.0.present()?;
    }
    Ok(svg)
}

impl<'s> Canvas<'s> {
    /// Fills it with white, for a picture that stands alone.
    ///
    /// # Errors
    /// As all drawing.
    pub fn whiten(&self) -> Painted {
        Ok(self.0.fill(&WHITE)?)
    }

    /// Writes a title in the middle of the upper edge; what is left below it.
    ///
    /// # Errors
    /// As all drawing.
    pub fn titled(&self, title: &str, size: u32) -> Painted<Self> {
        Ok(Self(self.0.titled(title, style(size))?))
    }

    /// The upper part, so many pixels high, and the rest.
    #[must_use]
    pub fn split(&self, height: u32) -> (Self, Self) {
        let (above, below) = self.0.split_vertically(height);
        (Self(above), Self(below))
    }

    /// Parts of equal size, row by row.
    #[must_use]
    pub fn grid(&self, rows: usize, columns: usize) -> Vec<Canvas<'s>> {
        let parts = self.0.split_evenly((rows, columns));
        parts.into_iter().map(Self).collect()
    }

    /// Writes text with its left upper corner at a place.
    ///
    /// # Errors
    /// As all drawing.
    pub fn text(&self, text: &str, at: (i32, i32), size: u32) -> Painted {
        self.words(text, at, style(size))
    }

    /// Writes a name behind a piece of the curve it belongs to, which begins at a place and is 22
    /// pixels long.
    ///
    /// # Errors
    /// As all drawing.
    pub fn key(&self, name: &str, (x, y): (i32, i32), color: Color) -> Painted {
        let line = PathElement::new([(x, y), (x + 22, y)], stroke(color, 4));
        self.0.draw(&line)?;
        self.text(name, (x + 28, y - 6), 13)
    }

    pub(crate) fn words(&self, text: &str, at: (i32, i32), style: TextStyle<'_>) -> Painted {
        Ok(self.0.draw(&Text::new(text.to_owned(), at, style))?)
    }
}

/// How text of a size is written.
pub(crate) fn style(size: u32) -> TextStyle<'static> {
    ("sans-serif", size).into_font().color(&INK)
}

/// How text of a size and a colour is written that lies about its place.
pub(crate) fn anchored(size: u32, color: Color, position: Pos) -> TextStyle<'static> {
    let mut style = style(size).pos(position);
    style.color = color.to_backend_color();
    style
}

/// How a line is drawn.
pub(crate) fn stroke(color: Color, width: u32) -> ShapeStyle {
    ShapeStyle::from(color).stroke_width(width)
}
