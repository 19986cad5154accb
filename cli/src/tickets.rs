//! `sotto tickets`: who may open sessions, and what they used.

use clap::{Args, Subcommand};
use sotto_server::access::budget::Budget;
use sotto_server::access::jwt;
use sotto_server::access::store::{Record, Store, Usage, now};

use crate::output::say;
use crate::table::table;
use crate::{Error, Result, runtime};

/// Seconds of a day.
const DAY: i64 = 86_400;

/// Where the tickets are.
#[derive(Args, Clone, Debug)]
pub(crate) struct Place {
    /// The store that the server has, as for `sotto serve --store`.
    #[arg(long, value_name = "PLACE", env = "SOTTO_STORE", hide_env_values = true)]
    store: String,
}

/// What is to be done with tickets.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum TicketsCommand {
    /// Make a ticket and print it, this once: the store keeps its hash alone.
    Create {
        #[command(flatten)]
        place: Place,
        /// Whom it is for.
        #[arg(long, value_name = "NAME")]
        name: String,
        /// What its bearer may use, like "sessions=4, preparations=60/hour, inferences=500/day, bytes=10GB/day"; without it, what
        /// the server's --ticket-budget says.
        #[arg(long, value_name = "BUDGET", default_value = "", hide_default_value = true)]
        budget: Budget,
        /// Days until it ends; without it, it ends when it is revoked.
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
        days: Option<u32>,
    },
    /// Show all tickets.
    List {
        #[command(flatten)]
        place: Place,
    },
    /// End a ticket: it opens no more sessions.
    Revoke {
        #[command(flatten)]
        place: Place,
        /// Its id, as `list` shows it.
        id: String,
    },
    /// Show what tickets, subjects of tokens and addresses used, by hour and by day of UTC.
    Usage {
        #[command(flatten)]
        place: Place,
        /// Of the last so many days.
        #[arg(long, value_name = "DAYS", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=36_500))]
        days: u32,
    },
    /// Show under which name `usage` has the bearers of an issuer's tokens (`sotto serve --jwt-keys`).
    Subject {
        /// The issuer, as `sotto serve --jwt-issuer` has it.
        #[arg(long)]
        issuer: String,
        /// The claim sub of its tokens.
        subject: String,
    },
}

pub(crate) fn run(command: TicketsCommand) -> Result<()> {
    runtime::block_on(0, async {
        match command {
            TicketsCommand::Create { place, name, budget, days } => {
                if name.trim().is_empty() {
                    return Err(Error::Usage("--name: whom is the ticket for?".into()));
                }
                let expires = days.map(|days| now() + i64::from(days) * DAY);
                let (_, ticket) = Store::open(&place.store).await?.create(name.trim(), &budget, expires).await?;
                say(&format!("{}\n", ticket.reveal()))
            }
            TicketsCommand::List { place } => say(&listed(&Store::open(&place.store).await?.list().await?)),
            TicketsCommand::Revoke { place, id } => match Store::open(&place.store).await?.revoke(&id).await? {
                true => say(&format!("revoked {id}\n")),
                false => Err(Error::Usage(format!("there is no ticket '{id}' that is not revoked"))),
            },
            TicketsCommand::Usage { place, days } => {
                let since = now() - i64::from(days) * DAY;
                say(&used(&Store::open(&place.store).await?.usage(since).await?))
            }
            TicketsCommand::Subject { issuer, subject } => {
                say(&format!("subject {}\n", jwt::subject(&issuer, &subject)))
            }
        }
    })
}

fn listed(tickets: &[Record]) -> String {
    let row = |ticket: &Record| {
        let state = match (ticket.revoked, ticket.expires) {
            (Some(when), _) => format!("revoked {}", date(when)),
            (None, Some(when)) if when <= now() => format!("ended {}", date(when)),
            (None, Some(when)) => format!("until {}", date(when)),
            (None, None) => "valid".into(),
        };
        let budget = if ticket.budget.is_empty() { "the server's".into() } else { ticket.budget.to_string() };
        vec![ticket.id.clone(), ticket.name.clone(), date(ticket.created), state, budget]
    };
    table(&["id", "name", "made", "state", "budget"], &tickets.iter().map(row).collect::<Vec<_>>())
}

fn used(usage: &[Usage]) -> String {
    let row = |usage: &Usage| {
        let period = match usage.seconds {
            DAY => date(usage.start),
            _ => format!("{} {:02}:00", date(usage.start), usage.start.rem_euclid(DAY) / 3600),
        };
        vec![usage.account.clone(), period, usage.unit.clone(), usage.amount.to_string()]
    };
    table(&["account", "since (UTC)", "unit", "used"], &usage.iter().map(row).collect::<Vec<_>>())
}

/// A day of UTC as YYYY-MM-DD, by Howard Hinnant's `civil_from_days` (chrono-compatible low-level date algorithms, 2021).
fn date(time: i64) -> String {
    let days = time.div_euclid(DAY) + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let (day, month) =
        (day_of_year - (153 * shifted + 2) / 5 + 1, if shifted < 10 { shifted + 3 } else { shifted - 9 });
    format!("{}-{month:02}-{day:02}", year_of_era + era * 400 + i64::from(month <= 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_dates() {
        for (time, written) in [
            (0, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (1_709_251_199, "2024-02-29"),
            (1_709_251_200, "2024-03-01"),
        ] {
            assert_eq!(date(time), written);
        }
    }
}
