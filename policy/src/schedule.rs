//! Floors by the time of the day and the week, for those who know when the work comes: workers that
//! are ready before it keep messages from waiting for their start.
//!
//! A schedule never keeps the fleet small; `max` does. What time it is comes in an event, from
//! whoever knows the time zone. Before the first such event no floor applies, and where they stop
//! coming, what was last known still does.

use crate::event::LocalTime;
use crate::settings::{Floor, Weekday};

/// The largest floor that applies.
pub(crate) fn floor(schedule: &[Floor], now: Option<LocalTime>) -> u32 {
    let Some(now) = now else { return 0 };
    schedule
        .iter()
        .filter(|floor| applies(floor, now))
        .map(|floor| floor.workers)
        .max()
        .unwrap_or(0)
}

/// A floor that crosses midnight belongs to the day it begins on: Friday from 22:00 until 06:00 ends
/// on Saturday at six.
fn applies(floor: &Floor, now: LocalTime) -> bool {
    let begins_today = floor.days.contains(&now.weekday);
    let began_yesterday = floor.days.contains(&day_before(now.weekday));
    if floor.from < floor.until {
        begins_today && (floor.from..floor.until).contains(&now.minute)
    } else {
        (begins_today && now.minute >= floor.from) || (began_yesterday && now.minute < floor.until)
    }
}

fn day_before(day: Weekday) -> Weekday {
    match day {
        Weekday::Monday => Weekday::Sunday,
        Weekday::Tuesday => Weekday::Monday,
        Weekday::Wednesday => Weekday::Tuesday,
        Weekday::Thursday => Weekday::Wednesday,
        Weekday::Friday => Weekday::Thursday,
        Weekday::Saturday => Weekday::Friday,
        Weekday::Sunday => Weekday::Saturday,
    }
}

#[cfg(test)]
mod tests {
    use super::floor;
    use crate::event::LocalTime;
    use crate::settings::{Floor, MinuteOfDay, Weekday};

    fn minute(hour: u8, minute: u8) -> MinuteOfDay {
        MinuteOfDay::new(hour, minute).unwrap()
    }

    fn from_until(days: &[Weekday], from: (u8, u8), until: (u8, u8), workers: u32) -> Floor {
        Floor {
            days: days.to_vec(),
            from: minute(from.0, from.1),
            until: minute(until.0, until.1),
            workers,
        }
    }

    fn at(schedule: &[Floor], weekday: Weekday, hour: u8, minutes: u8) -> u32 {
        let minute = minute(hour, minutes);
        floor(schedule, Some(LocalTime { weekday, minute }))
    }

    #[test]
    fn a_floor_counts_from_its_first_minute_to_the_one_before_its_end() {
        let schedule = [from_until(&[Weekday::Monday], (8, 30), (17, 0), 4)];
        for (weekday, hour, minutes, workers) in [
            (Weekday::Monday, 8, 29, 0),
            (Weekday::Monday, 8, 30, 4),
            (Weekday::Monday, 16, 59, 4),
            (Weekday::Monday, 17, 0, 0),
            (Weekday::Tuesday, 12, 0, 0),
        ] {
            let found = at(&schedule, weekday, hour, minutes);
            assert_eq!(found, workers, "{weekday:?} {hour}:{minutes:02}");
        }
    }

    #[test]
    fn a_floor_that_crosses_midnight_belongs_to_the_day_it_begins_on() {
        let days = [Weekday::Friday, Weekday::Sunday];
        let schedule = [from_until(&days, (22, 0), (6, 0), 4)];
        for (weekday, hour, minutes, workers) in [
            (Weekday::Friday, 5, 59, 0),
            (Weekday::Friday, 21, 59, 0),
            (Weekday::Friday, 22, 0, 4),
            (Weekday::Saturday, 0, 0, 4),
            (Weekday::Saturday, 5, 59, 4),
            (Weekday::Saturday, 6, 0, 0),
            (Weekday::Saturday, 22, 0, 0),
            (Weekday::Sunday, 23, 59, 4),
            (Weekday::Monday, 5, 59, 4),
            (Weekday::Monday, 6, 0, 0),
        ] {
            let found = at(&schedule, weekday, hour, minutes);
            assert_eq!(found, workers, "{weekday:?} {hour}:{minutes:02}");
        }
    }

    #[test]
    fn a_floor_that_ends_at_the_minute_it_begins_lasts_for_a_day() {
        let schedule = [from_until(&[Weekday::Monday], (6, 0), (6, 0), 4)];
        assert_eq!(at(&schedule, Weekday::Monday, 5, 59), 0);
        assert_eq!(at(&schedule, Weekday::Monday, 6, 0), 4);
        assert_eq!(at(&schedule, Weekday::Tuesday, 5, 59), 4);
        assert_eq!(at(&schedule, Weekday::Tuesday, 6, 0), 0);
    }

    #[test]
    fn the_largest_counts_and_without_a_time_none_does() {
        let days = [Weekday::Monday];
        let schedule = [
            from_until(&days, (8, 0), (18, 0), 4),
            from_until(&days, (9, 0), (10, 0), 9),
            from_until(&days, (9, 30), (12, 0), 6),
        ];
        assert_eq!(at(&schedule, Weekday::Monday, 9, 45), 9);
        assert_eq!(at(&schedule, Weekday::Monday, 11, 0), 6);
        assert_eq!(floor(&schedule, None), 0);
        assert_eq!(at(&[], Weekday::Monday, 9, 45), 0);
    }
}
