//! What time it is. Nothing else in the program asks the operating system for the time of day, so
//! that a test can hold it still, and so that "never goes back" is decided in one place.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;

/// 0000-01-01T00:00:00Z, the first second that RFC 3339 can write.
const FIRST_SECOND: i64 = -62_167_219_200;
/// 9999-12-30T22:00:00Z: jiff ends here, so that a time has four digits in every zone.
const LAST_SECOND: i64 = 253_402_207_200;

const SECONDS_PER_DAY: i64 = 86_400;

/// The time of day, as milliseconds or seconds since 1970-01-01T00:00:00Z.
///
/// A clock never goes back while the process runs: if the machine's clock is set back, this one
/// stands still until the machine's has caught up. Clones share that high-water mark.
#[derive(Clone, Debug)]
pub struct Clock {
    source: Source,
    high_water_ms: Arc<AtomicI64>,
}

#[derive(Clone, Debug)]
enum Source {
    System,
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self {
            source: Source::System,
            high_water_ms: Arc::new(AtomicI64::new(i64::MIN)),
        }
    }

    /// A clock for tests, which moves only by [`advance`](Self::advance) and [`set`](Self::set).
    pub fn fixed(unix_ms: i64) -> Self {
        Self {
            source: Source::Fixed(Arc::new(AtomicI64::new(unix_ms))),
            high_water_ms: Arc::new(AtomicI64::new(i64::MIN)),
        }
    }

    /// Moves a fixed clock, and every clone of it, forward by so many milliseconds. The machine's
    /// clock is not moved.
    pub fn advance(&self, ms: i64) {
        if let Source::Fixed(now) = &self.source {
            now.fetch_add(ms, Ordering::SeqCst);
        }
    }

    /// Sets a fixed clock, and every clone of it, as an operator would set the machine's: a time
    /// in the past makes the clock stand still, not go back. The machine's clock is not set.
    pub fn set(&self, unix_ms: i64) {
        if let Source::Fixed(now) = &self.source {
            now.store(unix_ms, Ordering::SeqCst);
        }
    }

    /// Milliseconds since 1970-01-01T00:00:00Z; never less than an earlier answer.
    pub fn now_ms(&self) -> i64 {
        let now = match &self.source {
            Source::System => system_now_ms(),
            Source::Fixed(now) => now.load(Ordering::SeqCst),
        };
        self.high_water_ms.fetch_max(now, Ordering::SeqCst).max(now)
    }

    /// Whole seconds since 1970-01-01T00:00:00Z; never less than an earlier answer.
    pub fn now_s(&self) -> i64 {
        self.now_ms().div_euclid(1000)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the clock that everything else asks"
)]
fn system_now_ms() -> i64 {
    Timestamp::now().as_millisecond()
}

/// A time as GitHub prints it, `2026-11-20T10:00:00Z` (RFC 3339, always UTC, whole seconds).
///
/// Seconds before the year 0 or after 9999-12-30T22:00:00Z are printed as the nearest that can be.
pub fn rfc3339(unix_seconds: i64) -> String {
    let mut text = String::with_capacity("2026-11-20T10:00:00Z".len());
    push_rfc3339(&mut text, unix_seconds);
    text
}

/// Appends what [`rfc3339`] returns, for renderers that fill one buffer.
pub fn push_rfc3339(out: &mut String, unix_seconds: i64) {
    let unix_seconds = unix_seconds.clamp(FIRST_SECOND, LAST_SECOND);
    let (year, month, day) = civil_date(unix_seconds.div_euclid(SECONDS_PER_DAY));
    let second_of_day = unix_seconds.rem_euclid(SECONDS_PER_DAY);
    push_two_digits(out, year / 100);
    push_two_digits(out, year % 100);
    for (before, number) in [
        ('-', month),
        ('-', day),
        ('T', second_of_day / 3600),
        (':', second_of_day / 60 % 60),
        (':', second_of_day % 60),
    ] {
        out.push(before);
        push_two_digits(out, number);
    }
    out.push('Z');
}

/// A time for the `Date`, `Last-Modified` and `Expires` headers, `Fri, 20 Nov 2026 10:00:00 GMT`
/// (RFC 9110 section 5.6.7, the form that RFC 1123 gave it).
///
/// Seconds before the year 0 or after 9999-12-30T22:00:00Z are printed as the nearest that can be.
pub fn http_date(unix_seconds: i64) -> String {
    let unix_seconds = unix_seconds.clamp(FIRST_SECOND, LAST_SECOND);
    // Neither step can fail for a year of four digits; the epoch stands for "cannot happen".
    let time = Timestamp::from_second(unix_seconds).unwrap_or(Timestamp::UNIX_EPOCH);
    DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&time)
        .unwrap_or_default()
}

/// Year, month and day of a day counted from 1970-01-01, in the proleptic Gregorian calendar.
///
/// The year is taken to begin in March, so that the leap day is its last day and the lengths of
/// the months before it follow one linear rule (`153 * month + 2) / 5`).
fn civil_date(days_since_1970: i64) -> (i64, i64, i64) {
    const DAYS_FROM_0000_03_01_TO_1970: i64 = 719_468;
    const DAYS_IN_400_YEARS: i64 = 146_097;
    let days = days_since_1970 + DAYS_FROM_0000_03_01_TO_1970;
    let era = days.div_euclid(DAYS_IN_400_YEARS);
    let day_of_era = days.rem_euclid(DAYS_IN_400_YEARS);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

fn push_two_digits(out: &mut String, number: i64) {
    for digit in [number / 10 % 10, number % 10] {
        out.push(char::from(b'0' + u8::try_from(digit).unwrap_or(0)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_clock_stands_still_when_the_machine_is_set_back() {
        let clock = Clock::fixed(10_000);
        let clone = clock.clone();
        assert_eq!(clock.now_ms(), 10_000);
        clock.set(4_000);
        assert_eq!(clone.now_ms(), 10_000);
        clock.advance(7_000);
        assert_eq!(clone.now_ms(), 11_000);
        assert_eq!(clone.now_s(), 11);
    }

    #[test]
    fn the_system_clock_is_in_this_century_and_does_not_go_back() {
        let clock = Clock::system();
        let first = clock.now_ms();
        clock.set(0);
        assert!(first > 1_700_000_000_000);
        assert!(clock.now_ms() >= first);
    }

    #[test]
    fn times_print_as_github_and_http_print_them() {
        assert_eq!(rfc3339(1_795_168_800), "2026-11-20T10:00:00Z");
        assert_eq!(http_date(1_795_168_800), "Fri, 20 Nov 2026 10:00:00 GMT");
        assert_eq!(rfc3339(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(rfc3339(i64::MAX), "9999-12-30T22:00:00Z");
        assert_eq!(rfc3339(i64::MIN), "0000-01-01T00:00:00Z");
        assert_eq!(http_date(i64::MAX), "Thu, 30 Dec 9999 22:00:00 GMT");
        assert_eq!(http_date(i64::MIN), "Sat, 01 Jan 0000 00:00:00 GMT");
    }

    proptest! {
        #[test]
        fn every_second_prints_as_jiff_prints_it(second in FIRST_SECOND..=LAST_SECOND) {
            let jiff = Timestamp::from_second(second).expect("in jiff's range");
            prop_assert_eq!(rfc3339(second), jiff.to_string());
        }
    }
}
