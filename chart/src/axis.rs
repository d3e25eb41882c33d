//! An axis: what it goes over, and what stands beside it.

use plotters::coord::combinators::IntoLogRange as _;
use plotters::coord::combinators::LogCoord;
use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};
use plotters::coord::types::RangedCoordf64;
use std::ops::Range;

/// What goes across a frame or up.
#[derive(Clone)]
pub struct Axis<'l> {
    /// The least and the most; above 0 on a logarithmic axis.
    pub range: Range<f64>,
    /// How values lie on it.
    pub scale: Scale,
    /// What it shows, with its unit; nothing is written where that is empty.
    pub name: &'l str,
    /// About how many labels it has.
    pub labels: usize,
    /// What stands at a value.
    pub label: &'l dyn Fn(f64) -> String,
}

/// How values lie on an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    /// Twice as far is twice as much.
    Linear,
    /// A step up is as many times as much wherever it begins; labels are powers of the base.
    Log {
        /// 10, or 2 where values double.
        base: f64,
    },
}

/// Either scale as one type, so that a frame has one as well.
pub(crate) enum Coordinate {
    Linear(RangedCoordf64),
    Log(LogCoord<f64>),
}

impl Coordinate {
    pub(crate) fn of(axis: &Axis<'_>) -> Self {
        let range = axis.range.clone();
        match axis.scale {
            Scale::Linear => Self::Linear(range.into()),
            Scale::Log { base } => Self::Log(range.log_scale().base(base).into()),
        }
    }
}

impl Ranged for Coordinate {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        match self {
            Self::Linear(linear) => linear.map(value, limit),
            Self::Log(log) => log.map(value, limit),
        }
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        match self {
            Self::Linear(linear) => linear.key_points(hint),
            Self::Log(log) => log.key_points(hint),
        }
    }

    fn range(&self) -> Range<f64> {
        match self {
            Self::Linear(linear) => linear.range(),
            Self::Log(log) => log.range(),
        }
    }
}
