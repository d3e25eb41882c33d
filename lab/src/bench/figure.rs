//! One measured figure and what it is held to; all of them as a table or as JSON.

use program::{Column, Table};
use serde::Serialize;
use std::fmt;

#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    pub name: String,
    pub value: f64,
    pub unit: &'static str,
    /// What it is held to, where it is.
    pub target: Option<Target>,
    /// How it was measured, or what it is compared with.
    pub remark: String,
}

/// What a figure is held to.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    Below(f64),
    AtLeast(f64),
}

/// All figures of a run.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    schema: u32,
    figures: Vec<Figure>,
}

impl Target {
    fn is_met(self, value: f64) -> bool {
        match self {
            Self::Below(most) => value < most,
            Self::AtLeast(least) => value >= least,
        }
    }
}

impl Figures {
    pub(super) fn new(figures: Vec<Figure>) -> Self {
        Self { schema: 1, figures }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = [
            Column::left(0),
            Column::right(0),
            Column::left(0),
            Column::left(0),
        ];
        let mut table = Table::new(columns, 2);
        table.row(["figure", "measured", "held to", "remark"]);
        for figure in &self.figures {
            let measured = format!("{} {}", number(figure.value), figure.unit);
            let held_to = figure.target.map_or_else(String::new, |target| {
                let verdict = if target.is_met(figure.value) {
                    "met"
                } else {
                    "MISSED"
                };
                match target {
                    Target::Below(most) => format!("below {}: {verdict}", number(most)),
                    Target::AtLeast(least) => format!("at least {}: {verdict}", number(least)),
                }
            });
            table.row([&figure.name, &measured, &held_to, &figure.remark]);
        }
        table.fmt(f)
    }
}

/// Three digits that count, and no more than whole numbers from a hundred on.
fn number(value: f64) -> String {
    if value >= 100.0 || value.fract() == 0.0 {
        format!("{value:.0}")
    } else if value >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}
