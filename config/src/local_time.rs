//! What the clocks on the wall show in a pool's time zone, for the floors of its schedule.
//!
//! The rules of the zones are the system's where it has them, else those that came with the
//! program, so a container without a zone database knows them too.
//! Which floor applies is the policy's affair, and when to look is the controller's.

use jiff::Timestamp;
use policy::{LocalTime, MinuteOfDay, Weekday};
use std::fmt;

/// A time zone that exists: `UTC`, or one of the IANA database such as `Europe/Berlin`.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeZone(jiff::tz::TimeZone);

impl TimeZone {
    /// Coordinated universal time.
    #[must_use]
    pub fn utc() -> Self {
        Self(jiff::tz::TimeZone::UTC)
    }

    /// `None` where there is no zone of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        jiff::tz::db().get(name).ok().map(Self)
    }

    /// The names that exist, for whoever has misspelt one.
    pub(crate) fn names() -> Vec<String> {
        let names = jiff::tz::db().available();
        names.map(|name| name.as_str().to_owned()).collect()
    }

    /// The minute of the week at this instant.
    ///
    /// Every instant has exactly one, also on the days that have an hour twice or lack one: in
    /// spring the minutes that are left out never come, and in autumn those of the hour that is
    /// repeated come twice, so a floor over that hour holds for both.
    #[must_use]
    pub fn local_time(&self, at: Timestamp) -> LocalTime {
        let local = at.to_zoned(self.0.clone());
        let part = |number: i8| u8::try_from(number).unwrap_or_default();
        LocalTime {
            weekday: match local.weekday() {
                jiff::civil::Weekday::Monday => Weekday::Monday,
                jiff::civil::Weekday::Tuesday => Weekday::Tuesday,
                jiff::civil::Weekday::Wednesday => Weekday::Wednesday,
                jiff::civil::Weekday::Thursday => Weekday::Thursday,
                jiff::civil::Weekday::Friday => Weekday::Friday,
                jiff::civil::Weekday::Saturday => Weekday::Saturday,
                jiff::civil::Weekday::Sunday => Weekday::Sunday,
            },
            minute: MinuteOfDay::new(part(local.hour()), part(local.minute()))
                .expect("a civil time has hours below 24 and minutes below 60"),
        }
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.iana_name().unwrap_or("UTC"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(zone: &str, instant: &str) -> (Weekday, u16) {
        let zone = TimeZone::named(zone).expect("it exists");
        let local = zone.local_time(instant.parse().expect("an instant"));
        (local.weekday, local.minute.get())
    }

    #[test]
    fn an_instant_has_the_day_and_the_minute_of_its_zone() {
        let instant = "2026-11-21T23:30:59Z";
        assert_eq!(at("UTC", instant), (Weekday::Saturday, 23 * 60 + 30));
        assert_eq!(at("Asia/Kolkata", instant), (Weekday::Sunday, 5 * 60));
        assert_eq!(
            at("America/New_York", instant),
            (Weekday::Saturday, 18 * 60 + 30)
        );
    }

    #[test]
    fn in_spring_an_hour_is_left_out() {
        let berlin = |instant| at("Europe/Berlin", instant);
        assert_eq!(
            berlin("2026-03-29T00:59:00Z"),
            (Weekday::Sunday, 60 + 59),
            "01:59, and a minute later it is 03:00"
        );
        assert_eq!(berlin("2026-03-29T01:00:00Z"), (Weekday::Sunday, 3 * 60));
    }

    #[test]
    fn in_autumn_an_hour_comes_twice() {
        let berlin = |instant| at("Europe/Berlin", instant);
        let half_past_two = (Weekday::Sunday, 2 * 60 + 30);
        assert_eq!(berlin("2026-10-25T00:30:00Z"), half_past_two);
        assert_eq!(berlin("2026-10-25T01:30:00Z"), half_past_two);
        assert_eq!(berlin("2026-10-25T02:00:00Z"), (Weekday::Sunday, 3 * 60));
    }

    #[test]
    fn a_zone_is_found_whatever_the_case_and_printed_as_it_is_called() {
        let zone = TimeZone::named("europe/berlin").expect("it exists");
        assert_eq!(zone.to_string(), "Europe/Berlin");
        assert_eq!(TimeZone::utc().to_string(), "UTC");
        assert_eq!(TimeZone::named("Europe/Warren"), None);
    }
}
