//! What an account may use, as a person writes it: `sessions=4, preparations=60/hour, inferences=500/day, bytes=10GB/day`.

use std::fmt;
use std::str::FromStr;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// Preparations, times the model's price. They count as inferences do: one alone can be used to read weights.
    Preparations,
    /// Inferences, times the model's price.
    Inferences,
    /// Bytes of the protocol, both ways.
    Bytes,
}

impl Unit {
    const ALL: [Unit; 3] = [Unit::Preparations, Unit::Inferences, Unit::Bytes];

    /// Its name in budgets, in the store and in refusals.
    pub fn name(self) -> &'static str {
        match self {
            Unit::Preparations => "preparations",
            Unit::Inferences => "inferences",
            Unit::Bytes => "bytes",
        }
    }
}

/// The time that a limit is for: whole hours and days of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Period {
    /// 3600 seconds.
    Hour,
    /// 86,400 seconds.
    Day,
}

impl Period {
    pub(crate) const ALL: [Period; 2] = [Period::Hour, Period::Day];

    /// Its length.
    pub fn seconds(self) -> i64 {
        match self {
            Period::Hour => 3600,
            Period::Day => 86_400,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Period::Hour => "hour",
            Period::Day => "day",
        }
    }
}

/// So much of a unit in each period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Limit {
    /// What is counted.
    pub unit: Unit,
    /// When counting starts anew.
    pub period: Period,
    /// How much there may be.
    pub most: u64,
}

/// Limits of an account; what is not named is not limited.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// Sessions at once.
    pub sessions: Option<u64>,
    /// Limits in time, at most one for each unit and period.
    pub limits: Vec<Limit>,
}

impl Budget {
    /// Whether nothing is limited.
    pub fn is_empty(&self) -> bool {
        self.sessions.is_none() && self.limits.is_empty()
    }
}

impl FromStr for Budget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut budget = Budget::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let wrong = |why: &str| {
                format!(
                    "'{part}': {why}; a budget is like sessions=4, preparations=60/hour, inferences=500/day, bytes=10GB/day"
                )
            };
            let (name, value) = part.split_once('=').ok_or_else(|| wrong("there is no ="))?;
            let (name, value) = (name.trim(), value.trim());
            if name == "sessions" {
                let most = value.parse().map_err(|_| wrong("sessions are a whole number"))?;
                if budget.sessions.replace(most).is_some() {
                    return Err(wrong("sessions are limited twice"));
                }
                continue;
            }
            let unit = Unit::ALL.into_iter().find(|unit| unit.name() == name);
            let unit = unit.ok_or_else(|| wrong("there are sessions, preparations, inferences and bytes"))?;
            let (amount, period) = value.split_once('/').ok_or_else(|| wrong("/hour or /day is missing"))?;
            let period = Period::ALL.into_iter().find(|known| known.name() == period.trim());
            let period = period.ok_or_else(|| wrong("a period is hour or day"))?;
            let most = amount_of(unit, amount.trim()).ok_or_else(|| wrong("that is no amount"))?;
            if budget.limits.iter().any(|limit| (limit.unit, limit.period) == (unit, period)) {
                return Err(wrong("the same is limited twice"));
            }
            budget.limits.push(Limit { unit, period, most });
        }
        budget.limits.sort_unstable();
        Ok(budget)
    }
}

/// A whole number, of bytes also with kB, MB, GB or TB. The store counts in 63 bits.
fn amount_of(unit: Unit, text: &str) -> Option<u64> {
    let scales = [("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000)];
    let scaled = scales.into_iter().filter(|_| unit == Unit::Bytes);
    let (digits, scale) =
        scaled.filter_map(|(name, scale)| Some((text.strip_suffix(name)?, scale))).next().unwrap_or((text, 1u64));
    let amount = digits.trim_end().parse::<u64>().ok()?.checked_mul(scale)?;
    (amount <= i64::MAX as u64).then_some(amount)
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sessions = self.sessions.map(|most| format!("sessions={most}"));
        let limits = self.limits.iter().map(|l| format!("{}={}/{}", l.unit.name(), l.most, l.period.name()));
        f.write_str(&sessions.into_iter().chain(limits).collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_are_read_as_they_are_written() {
        let text = "bytes = 10 GB/day,inferences=500/day, sessions=4,  preparations=60/hour,preparations=600/day";
        let budget: Budget = text.parse().unwrap();
        let written =
            "sessions=4, preparations=60/hour, preparations=600/day, inferences=500/day, bytes=10000000000/day";
        assert_eq!(budget.to_string(), written);
        assert_eq!(written.parse::<Budget>().unwrap(), budget);
        assert!("".parse::<Budget>().unwrap().is_empty());
    }

    #[test]
    fn what_is_no_budget_is_named() {
        for (text, words) in [
            ("sessions", "there is no ="),
            ("sessions=few", "whole number"),
            ("sessions=1, sessions=2", "limited twice"),
            ("seats=1", "there are sessions, preparations"),
            ("bytes=5", "/hour or /day is missing"),
            ("bytes=5/week", "hour or day"),
            ("bytes=-5/day", "no amount"),
            ("inferences=5kB/day", "no amount"),
            ("bytes=99999999TB/day", "no amount"),
            ("bytes=1/day, bytes=2/day", "limited twice"),
        ] {
            let why = text.parse::<Budget>().unwrap_err();
            assert!(why.contains(words), "{text}: {why}");
        }
    }
}
