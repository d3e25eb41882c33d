//! What curves are made of, before they are drawn.

use crate::color::Color;

/// What a curve is drawn with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pen<'n> {
    /// Its colour.
    pub color: Color,
    /// In pixels.
    pub width: u32,
    /// What it stands for in the frame's legend; no entry where that is empty.
    pub name: &'n str,
}

impl<'n> Pen<'n> {
    /// Two pixels wide, without a name.
    #[must_use]
    pub fn new(color: Color) -> Self {
        let (width, name) = (2, "");
        Self { color, width, name }
    }

    /// As wide as this.
    #[must_use]
    pub fn width(self, width: u32) -> Self {
        Self { width, ..self }
    }

    /// With this name in the legend.
    #[must_use]
    pub fn name(self, name: &'n str) -> Self {
        Self { name, ..self }
    }
}

/// A curve through the same points that holds each value until the next one.
#[must_use]
pub fn steps(points: impl IntoIterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
    let mut steps = Vec::new();
    let mut before = None;
    for (at, value) in points {
        steps.extend(before.map(|before| (at, before)));
        steps.push((at, value));
        before = Some(value);
    }
    steps
}

/// No more than so many items, for a picture that could not show more: what falls together becomes
/// one.
pub fn thinned<T>(items: &[T], most: usize, together: impl FnMut(&[T]) -> Option<T>) -> Vec<T> {
    let size = items.len().div_ceil(most.max(1)).max(1);
    items.chunks(size).filter_map(together).collect()
}

/// Pieces of a curve between its gaps.
pub(crate) fn pieces(points: &[(f64, Option<f64>)]) -> Vec<Vec<(f64, f64)>> {
    points
        .split(|(_, value)| value.is_none())
        .map(|piece| {
            let known = piece.iter();
            known
                .filter_map(|(at, value)| Some((*at, (*value)?)))
                .collect()
        })
        .filter(|piece: &Vec<_>| !piece.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_holds_until_the_next_one() {
        let points = steps([(0.0, 1.0), (2.0, 3.0), (5.0, 0.0)]);
        let expected = [(0.0, 1.0), (2.0, 1.0), (2.0, 3.0), (5.0, 3.0), (5.0, 0.0)];
        assert_eq!(points, expected);
        assert_eq!(steps([]), []);
    }

    #[test]
    fn a_curve_is_broken_where_nothing_is_known() {
        let points = [
            (1.0, Some(5.0)),
            (2.0, None),
            (3.0, Some(6.0)),
            (4.0, Some(7.0)),
        ];
        let expected = vec![vec![(1.0, 5.0)], vec![(3.0, 6.0), (4.0, 7.0)]];
        assert_eq!(pieces(&points), expected);
    }

    #[test]
    fn what_falls_together_becomes_one_and_few_items_stay_as_they_are() {
        let numbers: Vec<u32> = (0..10).collect();
        let largest = |numbers: &[u32]| numbers.iter().copied().max();
        assert_eq!(thinned(&numbers, 3, largest), [3, 7, 9]);
        assert_eq!(thinned(&numbers, 10, largest), numbers);
        assert_eq!(thinned(&[], 3, largest), Vec::<u32>::new());
    }
}
