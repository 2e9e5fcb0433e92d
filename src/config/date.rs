//! Days of the calendar, all of them in UTC.

use std::fmt;
use std::str::FromStr;

/// A day: `2026-12-31`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    // In this order, so that days are ordered as they pass.
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// The day of a moment, given in seconds since the beginning of 1970. Moments after the year 9999 count as its end.
    pub fn of_seconds(seconds: u64) -> Self {
        let mut days = seconds / (24 * 60 * 60);
        let mut year = 1970;
        while days >= days_of_year(year) {
            days -= days_of_year(year);
            if year == 9999 {
                return Self { year, month: 12, day: 31 };
            }
            year += 1;
        }
        let mut month = 1;
        while days >= u64::from(days_of_month(year, month)) {
            days -= u64::from(days_of_month(year, month));
            month += 1;
        }
        Self { year, month, day: days as u8 + 1 }
    }
}

/// Reads `2026-12-31`, written out in full, and nothing else.
impl FromStr for Date {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let digits = |i: usize, b: u8| if matches!(i, 4 | 7) { b == b'-' } else { b.is_ascii_digit() };
        if text.len() != 10 || !text.bytes().enumerate().all(|(i, b)| digits(i, b)) {
            return Err(());
        }
        let date = Self {
            year: text[..4].parse().map_err(drop)?,
            month: text[5..7].parse().map_err(drop)?,
            day: text[8..].parse().map_err(drop)?,
        };
        let is_one = (1..=12).contains(&date.month) && (1..=days_of_month(date.year, date.month)).contains(&date.day);
        if is_one { Ok(date) } else { Err(()) }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_of_year(year: u16) -> u64 {
    if is_leap(year) { 366 } else { 365 }
}

fn days_of_month(year: u16, month: u8) -> u8 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap_or_else(|()| panic!("{text}"))
    }

    #[test]
    fn moments_have_a_day() {
        // What `date -u -d @SECONDS +%F` says.
        for (seconds, day) in [
            (0, "1970-01-01"),
            (86_399, "1970-01-01"),
            (86_400, "1970-01-02"),
            (951_782_400, "2000-02-29"),
            (951_868_800, "2000-03-01"),
            (1_798_761_599, "2026-12-31"),
            (1_798_761_600, "2027-01-01"),
            (4_107_542_400, "2100-03-01"),
        ] {
            assert_eq!(Date::of_seconds(seconds).to_string(), day, "{seconds}");
        }
        assert_eq!(Date::of_seconds(u64::MAX).to_string(), "9999-12-31");
    }

    #[test]
    fn only_days_that_there_are_are_read() {
        assert!(date("2026-12-31") < date("2027-01-01") && date("2026-02-28") < date("2026-03-01"));
        assert_eq!(date("2024-02-29").to_string(), "2024-02-29");
        for wrong in
            ["", "2026-2-1", "2026-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "+026-01-01", "2026/01/01"]
        {
            assert_eq!(wrong.parse::<Date>(), Err(()), "{wrong}");
        }
        assert_eq!("2026-01-0é".parse::<Date>(), Err(()));
    }
}
