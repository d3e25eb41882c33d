//! `time_zone` and `[[pool.scaling.schedule]]`: floors by time of day and weekday.

use crate::local_time::TimeZone;
use crate::nearest::nearest;
use crate::toml_read::{Field, Section};
use policy::{Floor, MinuteOfDay, Weekday};

/// The largest floor that applies counts, so a week with every hour of its own is far below this.
const FLOORS_MAX: usize = 200;

const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// The whole day, where neither end is given: it ends at the next midnight.
const MIDNIGHT: (u8, u8) = (0, 0);

pub(super) fn time_zone(section: &Section<'_>) -> Option<TimeZone> {
    let Some(field) = section.given("time_zone") else {
        return Some(TimeZone::utc());
    };
    let name = field.text()?;
    let zone = TimeZone::named(&name);
    if zone.is_none() {
        let names = TimeZone::names();
        field.refuse(match nearest(names.iter().map(String::as_str), &name) {
            Some(near) => format!("no such time zone; did you mean \"{near}\"?"),
            None => "no such time zone: must be \"UTC\" or a name of the IANA database, such as \
                     \"Europe/Berlin\" or \"America/New_York\""
                .to_owned(),
        });
    }
    zone
}

/// `max` is `None` where it is wrong itself.
pub(super) fn floors(section: &Section<'_>, max: Option<u32>) -> Option<Vec<Floor>> {
    section.note_keys("schedule", &["days", "from", "until", "workers"]);
    let tables = section.optional_sections("schedule", FLOORS_MAX)?;
    let floors: Vec<_> = tables.iter().map(|table| floor(table, max)).collect();
    floors.into_iter().collect()
}

fn floor(table: &Section<'_>, max: Option<u32>) -> Option<Floor> {
    let every_day = DAYS.map(|(_, day)| day).to_vec();
    let days = table.given_or("days", every_day, |field| days(&field));
    let from = minute(table.given("from"), EndOfDay::IsNone);
    let until = minute(table.given("until"), EndOfDay::IsMidnight);
    let workers = match table.required("workers", "the least workers of these hours") {
        None => None,
        Some(field) => match max {
            Some(max) => field.whole_or(&(0..=max), ", which is `max`"),
            None => field.whole(&(0..=super::limits::WORKERS_MAX)),
        },
    };
    table.finish();
    Some(Floor {
        days: days?,
        from: from?,
        until: until?,
        workers: workers?,
    })
}

fn days(field: &Field<'_>) -> Option<Vec<Weekday>> {
    let mut days = Vec::new();
    for item in field.array().into_iter().flat_map(|items| items.iter()) {
        let name = item.get_ref().as_str();
        match DAYS.iter().find(|(day, _)| Some(*day) == name) {
            Some((_, day)) if !days.contains(day) => days.push(*day),
            _ => {
                days.clear();
                break;
            }
        }
    }
    if days.is_empty() {
        let names = DAYS.map(|(day, _)| format!("{day:?}")).join(", ");
        field.refuse(format!("must be a list of 1 to 7 of {names}, each once"));
        return None;
    }
    Some(days)
}

/// Whether "24:00" is a time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum EndOfDay {
    /// Nothing begins there.
    IsNone,
    /// The midnight that ends the day, which is the one that begins the next.
    IsMidnight,
}

fn minute(field: Option<Field<'_>>, end_of_day: EndOfDay) -> Option<MinuteOfDay> {
    let Some(field) = field else {
        let (hour, minute) = MIDNIGHT;
        return MinuteOfDay::new(hour, minute);
    };
    let minute = field.as_text().and_then(|text| match text {
        "24:00" if end_of_day == EndOfDay::IsMidnight => MinuteOfDay::new(0, 0),
        _ => clock(text),
    });
    if minute.is_none() {
        let last = match end_of_day {
            EndOfDay::IsNone => "23:59",
            EndOfDay::IsMidnight => "24:00",
        };
        field.refuse(format!(
            "must be a time of day in quotes, from \"00:00\" to \"{last}\""
        ));
    }
    minute
}

/// Two digits, a colon, two digits.
fn clock(text: &str) -> Option<MinuteOfDay> {
    let (hour, minute) = text.split_once(':')?;
    let number = |digits: &str| {
        let two = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        two.then(|| digits.parse().ok()).flatten()
    };
    MinuteOfDay::new(number(hour)?, number(minute)?)
}
