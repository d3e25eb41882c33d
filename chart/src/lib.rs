//! Pictures as SVG: one style and one frame for lines, steps, bands, scatters and heat maps. What is
//! shown, in which words and units, is left to the programs, and so are the files that pictures are
//! written to and the pages they stand in.

#![warn(missing_docs)]

mod axis;
mod canvas;
mod color;
mod curve;
mod frame;
mod heat_map;
mod labels;
mod scatter;

pub use axis::{Axis, Scale};
pub use canvas::{Canvas, PaintError, Painted, svg};
pub use color::{BLUE, Color, FAINT, GREEN, GREY, INK, ORANGE, PURPLE, RED};
pub use curve::{Pen, steps, thinned};
pub use frame::{Frame, Plot};
pub use heat_map::{Cell, HeatMap};
pub use scatter::{Dot, Scatter, Ticks};
