//! The numbers of an axis, as a command line writes them: `2,4,10`, `14..20`, `1..10:2`.

use std::collections::BTreeSet;
use std::str::FromStr;

/// More would make no table that anybody reads.
const NUMBERS_MAX: usize = 100;

/// One or more whole numbers above zero, each once and the smallest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbers(Vec<u32>);

/// Why a text is no list of numbers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumbersError {
    /// A part is neither a number nor a range.
    #[error(
        "\"{0}\" is neither a number above 0, as 4, nor a range, as 14..20 (with 20) or 1..10:2 \
         (every second one)"
    )]
    Part(String),
    /// A range's end comes before its start.
    #[error("the range {0} ends before it begins")]
    Backwards(String),
    /// Too many for a table.
    #[error(
        "there are more than {NUMBERS_MAX} numbers; take fewer, or larger steps, as 1..1000:100"
    )]
    TooMany,
}

impl Numbers {
    /// In rising order.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter().copied()
    }

    /// How many there are; never 0.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "there is always one")]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The number, where there is but one.
    #[must_use]
    pub fn only(&self) -> Option<u32> {
        match self.0[..] {
            [number] => Some(number),
            _ => None,
        }
    }

    #[must_use]
    pub fn largest(&self) -> u32 {
        self.iter().max().unwrap_or_default()
    }
}

impl From<u32> for Numbers {
    fn from(number: u32) -> Self {
        Self(vec![number])
    }
}

impl FromStr for Numbers {
    type Err = NumbersError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut numbers = BTreeSet::new();
        for part in text.split(',') {
            for number in range(part)? {
                numbers.insert(number);
                if numbers.len() > NUMBERS_MAX {
                    return Err(NumbersError::TooMany);
                }
            }
        }
        Ok(Self(numbers.into_iter().collect()))
    }
}

/// The numbers of one part: a single one is a range of its own.
fn range(part: &str) -> Result<impl Iterator<Item = u32> + use<>, NumbersError> {
    let wrong = || NumbersError::Part(part.to_owned());
    let number = |text: &str| match text.trim().parse() {
        Ok(number) if number > 0 => Ok(number),
        Ok(_) | Err(_) => Err(wrong()),
    };
    let (first, last, step) = match part.split_once("..") {
        None => (number(part)?, number(part)?, 1),
        Some((first, rest)) => match rest.split_once(':') {
            None => (number(first)?, number(rest)?, 1),
            Some((last, step)) => (number(first)?, number(last)?, number(step)?),
        },
    };
    if last < first {
        return Err(NumbersError::Backwards(part.to_owned()));
    }
    let step = usize::try_from(step).map_err(|_| wrong())?;
    Ok((first..=last).step_by(step))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(text: &str) -> Vec<u32> {
        text.parse::<Numbers>().unwrap().iter().collect()
    }

    fn refused(text: &str) -> String {
        text.parse::<Numbers>().unwrap_err().to_string()
    }

    #[test]
    fn lists_ranges_and_steps_mix_and_a_range_has_its_end() {
        assert_eq!(numbers("4"), [4]);
        assert_eq!(numbers("2,4,5,10,20"), [2, 4, 5, 10, 20]);
        assert_eq!(numbers("14..20"), [14, 15, 16, 17, 18, 19, 20]);
        assert_eq!(numbers("1..10:2"), [1, 3, 5, 7, 9]);
        assert_eq!(numbers("1..3, 10..30:10,7"), [1, 2, 3, 7, 10, 20, 30]);
        assert_eq!(numbers("7..7"), [7]);
    }

    #[test]
    fn each_number_counts_once_and_the_smallest_comes_first() {
        assert_eq!(numbers("3,1,2,1..3"), [1, 2, 3]);
    }

    #[test]
    fn what_is_no_number_is_named() {
        for text in [
            "",
            "0",
            "a",
            "1,,2",
            "1...3",
            "1..",
            "..3",
            "1..9:0",
            "-1",
            "1:2",
            "4294967296",
        ] {
            let said = refused(text);
            assert!(
                said.contains("is neither a number above 0"),
                "{text}: {said}"
            );
        }
        assert_eq!(refused("1,9..3"), "the range 9..3 ends before it begins");
    }

    #[test]
    fn an_endless_range_is_refused_at_once() {
        assert_eq!(numbers("1..100").len(), 100);
        assert!(refused("1..4294967295").contains("more than 100"));
    }
}
