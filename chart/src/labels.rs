//! Where the names of points go, so that no two of them lie over each other or over a point.
//!
//! Each name tries the places around its point, near ones first, and takes the first that is free.
//! With as many names as there are policies, that finds good places; it does not look for the best.

/// A rectangle in pixels: left, top, right, bottom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Area {
    pub(crate) left: i32,
    pub(crate) top: i32,
    pub(crate) right: i32,
    pub(crate) bottom: i32,
}

impl Area {
    fn overlaps(self, other: Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    fn holds(self, other: Self) -> bool {
        self.left <= other.left
            && self.top <= other.top
            && self.right >= other.right
            && self.bottom >= other.bottom
    }

    fn around((x, y): (i32, i32), radius: i32) -> Self {
        Self {
            left: x - radius,
            top: y - radius,
            right: x + radius,
            bottom: y + radius,
        }
    }
}

/// The height of a line of text.
pub(crate) const HEIGHT: i32 = 16;
/// The width of a letter, on average and a little more.
const LETTER: i32 = 8;
/// A point takes up so much around its middle.
const POINT_RADIUS: i32 = 6;
/// Names farther from their points than this would not be found.
const DISTANCE_MAX: i32 = 400;

/// The area for the name of each point, in their order, within `bounds`.
///
/// Where no place is free, which takes far more names than there are policies, a name lies over
/// others beside its point rather than being left out.
pub(crate) fn place(points: &[((i32, i32), &str)], bounds: Area) -> Vec<Area> {
    let mut taken: Vec<Area> = points
        .iter()
        .map(|(point, _)| Area::around(*point, POINT_RADIUS))
        .collect();
    let mut places = Vec::with_capacity(points.len());
    for (point, name) in points {
        let width = LETTER * i32::try_from(name.chars().count()).unwrap_or(i32::MAX / LETTER);
        let free = |place: &Area| {
            bounds.holds(*place) && !taken.iter().any(|other| other.overlaps(*place))
        };
        let place = around(*point, width)
            .find(free)
            .unwrap_or_else(|| beside(*point, width, (1, 0), 10));
        taken.push(place);
        places.push(place);
    }
    places
}

/// Places around a point, near ones first.
fn around(point: (i32, i32), width: i32) -> impl Iterator<Item = Area> {
    // Above first, clear of a line that runs through the point.
    const DIRECTIONS: [(i32, i32); 8] = [
        (1, -1),
        (1, 1),
        (1, 0),
        (-1, -1),
        (-1, 1),
        (-1, 0),
        (0, -1),
        (0, 1),
    ];
    (10..DISTANCE_MAX).step_by(6).flat_map(move |distance| {
        DIRECTIONS
            .into_iter()
            .map(move |direction| beside(point, width, direction, distance))
    })
}

/// The place of a name in a direction from its point.
fn beside((x, y): (i32, i32), width: i32, (right, down): (i32, i32), distance: i32) -> Area {
    let left = match right {
        1 => x + distance.min(10 + distance / 3),
        -1 => x - distance.min(10 + distance / 3) - width,
        _ => x - width / 2,
    };
    let top = y + down * distance - HEIGHT / 2;
    Area {
        left,
        top,
        right: left + width,
        bottom: top + HEIGHT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BOUNDS: Area = Area {
        left: 0,
        top: 0,
        right: 1000,
        bottom: 600,
    };

    #[test]
    fn a_lonely_name_stands_right_of_its_point_and_above() {
        let places = place(&[((500, 300), "warren")], BOUNDS);
        assert_eq!((places[0].left, places[0].top), (510, 282));
    }

    #[test]
    fn a_name_at_the_edge_stands_where_there_is_room() {
        let places = place(&[((990, 300), "keda-default")], BOUNDS);
        assert!(places[0].right < 990, "{places:?}");
    }

    #[test]
    fn thirteen_names_of_one_point_all_find_a_place() {
        let places = place(&[((500, 300), "keda-two-triggers"); 13], BOUNDS);
        for (index, place) in places.iter().enumerate() {
            assert!(
                !places[..index].iter().any(|other| other.overlaps(*place)),
                "{places:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn names_lie_over_neither_names_nor_points(
            points in prop::collection::vec((20..980, 20..580), 1..16)
        ) {
            let named: Vec<_> = points.iter().map(|point| (*point, "queue-autoscale")).collect();
            let places = place(&named, BOUNDS);
            for (index, place) in places.iter().enumerate() {
                prop_assert!(BOUNDS.holds(*place));
                prop_assert!(!places[..index].iter().any(|other| other.overlaps(*place)));
                prop_assert!(!points.iter().any(|point| Area::around(*point, POINT_RADIUS).overlaps(*place)));
            }
        }
    }
}
