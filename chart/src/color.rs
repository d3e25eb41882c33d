//! The colours are those of Okabe and Ito, which people who tell few colours apart can tell apart, and
//! which stand out on white and on black alike. Ink and grid are two colours of their own, so that a
//! page can give them others.

pub use plotters::style::RGBColor as Color;

/// For text and axes: #333333.
pub const INK: Color = Color(0x33, 0x33, 0x33);
/// For the grid, and for what is missing: #E4E4E4.
pub const FAINT: Color = Color(0xe4, 0xe4, 0xe4);
/// For what a curve is compared with, 3.2 times as dark as white.
pub const GREY: Color = Color(0x90, 0x90, 0x90);
/// Okabe and Ito's blue.
pub const BLUE: Color = Color(0x00, 0x72, 0xb2);
/// Okabe and Ito's bluish green.
pub const GREEN: Color = Color(0x00, 0x9e, 0x73);
/// Okabe and Ito's orange.
pub const ORANGE: Color = Color(0xe6, 0x9f, 0x00);
/// Okabe and Ito's vermilion.
pub const RED: Color = Color(0xd5, 0x5e, 0x00);
/// Okabe and Ito's reddish purple, darkened so that thin lines of it are seen on white.
pub const PURPLE: Color = Color(0xb0, 0x5c, 0x8e);
