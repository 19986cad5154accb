//! What an import is at, on a terminal: the stage, and the seconds that it will take at the speed that it had so far.

use std::io::{IsTerminal, Write, stderr};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use sotto_nn::calibrate::Stage;

/// Between two writings of the line.
const PAUSE: Duration = Duration::from_millis(200);

/// A line at the bottom of a terminal, which is cleared when this is dropped.
pub(crate) struct Progress {
    line: Mutex<Line>,
}

struct Line {
    stage: Option<Stage>,
    /// When the stage began.
    begun: Instant,
    written: Option<Instant>,
}

impl Progress {
    /// Nothing where standard error is no terminal.
    pub(crate) fn on_terminal() -> Option<Self> {
        let line = Line { stage: None, begun: Instant::now(), written: None };
        stderr().is_terminal().then(|| Self { line: Mutex::new(line) })
    }

    /// So many steps of a stage are done.
    pub(crate) fn step(&self, stage: Stage, done: usize, steps: usize) {
        // A thread that panicked has left nothing half done here.
        let mut line = self.line.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let now = Instant::now();
        if line.stage != Some(stage) {
            *line = Line { stage: Some(stage), begun: now, written: None };
        }
        if line.written.is_some_and(|written| now - written < PAUSE) {
            return;
        }
        line.written = Some(now);
        // A terminal that is gone has nobody to tell.
        let _ = write!(stderr(), "\r\x1b[K{}", sentence(stage, done, steps, now - line.begun));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        let _ = write!(stderr(), "\r\x1b[K");
    }
}

fn sentence(stage: Stage, done: usize, steps: usize, taken: Duration) -> String {
    let what = match stage {
        Stage::Network => "the network on the calibration rows".into(),
        Stage::Widths { weight, activation } => format!("weights of {weight} and activations of {activation} bits"),
        Stage::Search => "looking for inputs with large values".into(),
        Stage::HeldOut => "the held-out rows".into(),
    };
    let left = if done > 0 {
        let left = taken.as_secs_f64() * steps.saturating_sub(done) as f64 / done as f64;
        format!(", about {} s left", left.ceil())
    } else {
        String::new()
    };
    format!("{what}: {done} of {steps}{left}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_left_follow_from_the_speed_so_far() {
        let widths = Stage::Widths { weight: 9, activation: 10 };
        let taken = Duration::from_secs(6);
        assert_eq!(sentence(widths, 0, 100, taken), "weights of 9 and activations of 10 bits: 0 of 100");
        let after_a_third = "looking for inputs with large values: 30 of 90, about 12 s left";
        assert_eq!(sentence(Stage::Search, 30, 90, taken), after_a_third);
        assert_eq!(sentence(Stage::HeldOut, 7, 7, taken), "the held-out rows: 7 of 7, about 0 s left");
    }
}
