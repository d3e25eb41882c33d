//! One panel of a picture: curves over an axis, with a name for each.

use crate::report::figures;
use chart::{Axis, Canvas, Color, Frame, Painted, Pen, Scale};

/// For the names of the curves.
const HEAD: u32 = 34;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Panel {
    /// What it shows, with its unit.
    pub(super) title: &'static str,
    pub(super) across: Across,
    pub(super) unit: Unit,
    pub(super) curves: Vec<Curve>,
}

/// What goes from left to right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Across {
    /// Seconds, up to these.
    Time(f64),
    /// The share of all that took no longer, as one over what is left: 1, 10, 100 are 0, 90, 99 %.
    Share(f64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Number,
    Seconds,
    Megabytes,
}

/// A curve; where a point has no value it is broken.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Curve {
    pub(super) name: &'static str,
    pub(super) color: Color,
    pub(super) width: Width,
    pub(super) points: Vec<(f64, Option<f64>)>,
}

/// How broad a curve is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Width {
    Line,
    /// Broad enough to be seen under one that runs along it.
    Band,
}

impl Width {
    fn pixels(self) -> u32 {
        match self {
            Self::Line => 2,
            Self::Band => 7,
        }
    }
}

impl Panel {
    /// Whether there is anything to see.
    pub(super) fn is_empty(&self) -> bool {
        let mut points = self.curves.iter().flat_map(|curve| &curve.points);
        points.all(|(_, value)| value.is_none())
    }

    pub(super) fn paint(&self, canvas: &Canvas<'_>) -> Painted {
        let (head, body) = canvas.split(HEAD);
        self.name(&head)?;
        let top = self.largest() * 1.05;
        let unit = |value| self.unit.label(value);
        let (range, scale, label): (_, _, &dyn Fn(f64) -> String) = match self.across {
            Across::Time(end) => (0.0..end.max(1.0), Scale::Linear, &clock),
            Across::Share(end) => (1.0..end.max(10.0), Scale::Log { base: 10.0 }, &share),
        };
        let frame = Frame {
            margin: 4,
            margin_right: 24,
            left: 64,
            below: 24,
            right: 0,
            font: 12,
            across: Axis {
                range,
                scale,
                name: "",
                labels: 10,
                label,
            },
            up: Axis {
                range: 0.0..if top > 0.0 { top } else { 1.0 },
                scale: Scale::Linear,
                name: "",
                labels: 5,
                label: &unit,
            },
            second: None,
        };
        let mut plot = frame.on(&body)?;
        for curve in &self.curves {
            let pen = Pen::new(curve.color).width(curve.width.pixels());
            plot.broken_line(pen, &curve.points)?;
        }
        Ok(())
    }

    /// The title, and the curves by their names.
    fn name(&self, head: &Canvas<'_>) -> Painted {
        head.text(self.title, (8, 10), 15)?;
        let mut x = 330;
        for curve in &self.curves {
            head.key(curve.name, (x, 17), curve.color)?;
            // Some seven pixels a letter.
            x += 52 + 7 * i32::try_from(curve.name.len()).unwrap_or(0);
        }
        Ok(())
    }

    fn largest(&self) -> f64 {
        let points = self.curves.iter().flat_map(|curve| &curve.points);
        points.filter_map(|(_, value)| *value).fold(0.0, f64::max)
    }
}

impl Unit {
    fn label(self, value: f64) -> String {
        match self {
            Self::Number if value >= 10_000.0 => format!("{:.0}k", value / 1000.0),
            Self::Number if value >= 10.0 => format!("{value:.0}"),
            Self::Number => format!("{}", (value * 100.0).round() / 100.0),
            Self::Seconds if value == 0.0 => "0".to_owned(),
            Self::Seconds => figures::duration(Some(value)),
            Self::Megabytes => format!("{value:.0} MB"),
        }
    }
}

/// A time of the run: seconds, or minutes where they are many.
fn clock(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 600.0 => format!("{seconds:.0} s"),
        seconds => format!("{:.0} min", seconds / 60.0),
    }
}

/// One over what is left, as the share it leaves: 1, 10, 100 as 0 %, 90 %, 99 %.
fn share(left: f64) -> String {
    let power = left.log10();
    if (power - power.round()).abs() > 1e-6 {
        return String::new();
    }
    let percent = 100.0 - 100.0 / left;
    // 99.9 has one nine more than 99 for each power beyond 100.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 to 8"
    )]
    let decimals = (power.round() - 2.0).clamp(0.0, 8.0) as usize;
    format!("{percent:.decimals$} %")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_labelled_at_each_nine() {
        let labels = [1.0, 2.0, 10.0, 100.0, 1000.0, 100_000.0].map(share);
        assert_eq!(labels, ["0 %", "", "90 %", "99 %", "99.9 %", "99.999 %"]);
    }

    #[test]
    fn values_are_labelled_in_their_units() {
        assert_eq!(Unit::Number.label(20_000.0), "20k");
        assert_eq!(Unit::Number.label(0.5), "0.5");
        assert_eq!(Unit::Seconds.label(0.25), "250 ms");
        assert_eq!(Unit::Megabytes.label(12.4), "12 MB");
        assert_eq!([5.0, 7200.0].map(clock), ["5 s", "120 min"]);
    }
}
