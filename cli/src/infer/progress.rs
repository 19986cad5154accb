//! How far a run is, on a terminal: rows done, of how many, and the time that the others will take.

use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

/// A line on standard error that is written over. Nothing at all when nobody looks at it, or there is one row.
#[derive(Debug)]
pub(super) struct Progress {
    shown: bool,
    began: Instant,
    first: usize,
    rows: usize,
}

impl Progress {
    /// Of a run that begins behind `first` rows.
    pub(super) fn begin(first: usize, rows: usize) -> Progress {
        let progress = Progress { shown: rows > 1 && stderr().is_terminal(), began: Instant::now(), first, rows };
        progress.show(first);
        progress
    }

    /// Shows that so many rows are done.
    pub(super) fn show(&self, done: usize) {
        self.write(&format!("\r\u{1b}[K{}", words(done, self.first, self.rows, self.began.elapsed())));
    }

    /// Leaves the line to something else.
    pub(super) fn clear(&self) {
        self.write("\r\u{1b}[K");
    }

    fn write(&self, text: &str) {
        if self.shown {
            // Errors have nowhere to go.
            let _ = stderr().write_all(text.as_bytes());
        }
    }
}

fn words(done: usize, first: usize, rows: usize, elapsed: Duration) -> String {
    let here = done - first;
    if here == 0 || done == rows {
        return format!("{done} of {rows} rows");
    }
    let each = elapsed.as_secs_f64() / here as f64;
    format!("{done} of {rows} rows, {} left", time(each * (rows - done) as f64))
}

/// Seconds, for people.
fn time(seconds: f64) -> String {
    match seconds.ceil() as u64 {
        s @ 0..=99 => format!("{s} s"),
        s @ 100..=5999 => format!("{} min", s.div_ceil(60)),
        s => format!("{} h {} min", s / 3600, s % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_is_that_of_the_rows_of_this_run() {
        let ten = Duration::from_secs(10);
        assert_eq!(words(0, 0, 100, ten), "0 of 100 rows");
        assert_eq!(words(60, 50, 100, ten), "60 of 100 rows, 40 s left");
        assert_eq!(words(60, 50, 1060, ten), "60 of 1060 rows, 17 min left");
        assert_eq!(words(60, 50, 10_060, ten), "60 of 10060 rows, 2 h 46 min left");
        assert_eq!(words(100, 50, 100, ten), "100 of 100 rows");
    }
}
