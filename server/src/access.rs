//! Who may open a session, and how much of the server it may use.

pub mod budget;
pub mod jwt;
pub mod store;
pub mod ticket;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use sotto_mpc::{Error, ErrorKind, Result, Ticket};
use tracing::{error, info, warn};

use self::budget::{Budget, Unit};
use self::jwt::{Issuer, Term};
use self::store::{Exceeded, Limited, RENEWAL, Store, now};
use crate::admission::account::Account;
use crate::text::printable;

/// Who is let in, and what is counted.
#[derive(Debug)]
pub(crate) struct Access {
    /// Where tickets and uses are; none where nobody is asked and nothing is limited.
    store: Option<Store>,
    /// Whose tokens are tickets, too.
    issuer: Option<Issuer>,
    policy: Policy,
}

/// What the configuration says of access.
#[derive(Clone, Debug, Default)]
pub(crate) struct Policy {
    /// Whether sessions need a ticket.
    pub(crate) tickets_required: bool,
    /// For each address.
    pub(crate) address: Budget,
    /// For tickets that were made without a budget of their own.
    pub(crate) ticket: Budget,
    /// What a preparation or an inference counts, by model; 1 where it is not named.
    pub(crate) prices: BTreeMap<String, u64>,
}

/// A session that was let in: its seat is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Admitted {
    access: Arc<Access>,
    /// Whose turns it uses.
    pub(crate) account: Account,
    right: Right,
    limited: Vec<Limited>,
    /// Its name in the store, where sessions at once are limited.
    seat: Option<String>,
}

/// What let a session in, and may end before it does.
#[derive(Debug)]
enum Right {
    /// Nobody asked.
    Anybody,
    /// A ticket of the store, by its id.
    Ticket(String),
    /// A token of the issuer.
    Token(Term),
}

/// A use that was counted before the work.
#[derive(Debug)]
pub(crate) struct Counted {
    amounts: Vec<(Unit, u64)>,
    at: i64,
}

impl Access {
    /// Opens the store, if there is one or one is needed.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub(crate) async fn open(
        place: Option<&str>,
        issuer: Option<Issuer>,
        policy: Policy,
    ) -> crate::Result<Arc<Access>> {
        let store = match place {
            Some(place) => Some(Store::open(place).await?),
            None if policy.address.is_empty() && issuer.is_none() => None,
            None => Some(Store::in_memory().await?),
        };
        Ok(Arc::new(Access { store, issuer, policy }))
    }

    /// Reads the issuer's keys again, if they are in another file than the last time, or if `again`. Whether all is right.
    pub(crate) fn reload_keys(&self, again: bool) -> bool {
        let reloaded = self.issuer.as_ref().map_or(Ok(None), |issuer| issuer.reload(again));
        match &reloaded {
            Ok(Some(keys)) => info!(keys, "tokens are checked with the keys as they are in their file now"),
            Ok(None) => {}
            Err(error) => error!(%error, "tokens are checked with the keys that were there before"),
        }
        reloaded.is_ok()
    }

    /// Whether an address may have so many sessions at once, and no more.
    pub(crate) fn limits_sessions_of_addresses(&self) -> bool {
        self.policy.address.sessions.is_some()
    }

    /// What a preparation or an inference of a model counts.
    pub(crate) fn price(&self, model: &str) -> u64 {
        self.policy.prices.get(model).copied().unwrap_or(1)
    }

    /// Lets a session in, or not.
    ///
    /// # Errors
    /// `Ticket` where one is missing or not valid, `Exhausted` where too many sessions are open, `Busy` where the
    /// store does not answer.
    pub(crate) async fn admit(
        self: &Arc<Access>,
        ticket: Option<&Ticket>,
        address: Account,
        session: u64,
    ) -> Result<Admitted> {
        let mut limited = Vec::new();
        if !self.policy.address.is_empty() {
            limited.push((address.to_string(), self.policy.address.clone()));
        }
        let (account, right) = match (&self.issuer, &self.store, ticket) {
            (Some(issuer), _, Some(token)) if jwt::is_token(token) => {
                let bearer = issuer.verify(token)?;
                let account = Account::Subject(bearer.account.into());
                limited.push((account.to_string(), self.budget(bearer.budget)));
                (account, Right::Token(bearer.term))
            }
            (_, Some(store), Some(ticket)) => {
                let found = store.find(ticket).await.map_err(|e| away(&e))?;
                let record = found.ok_or_else(|| {
                    Error::new(ErrorKind::Ticket, "the ticket is not known here, has ended, or was revoked")
                })?;
                let account = Account::Ticket(record.id.as_str().into());
                limited.push((account.to_string(), self.budget(record.budget)));
                (account, Right::Ticket(record.id))
            }
            _ if self.policy.tickets_required => {
                return Err(Error::new(ErrorKind::Ticket, "this server asks for a ticket"));
            }
            _ => (address, Right::Anybody),
        };
        let mut admitted = Admitted { access: self.clone(), account, right, limited, seat: None };
        if let Some(store) = self.store.as_ref().filter(|_| admitted.limited.iter().any(|(_, b)| b.sessions.is_some()))
        {
            let seat = store.seat(session);
            let sat = store.sit(&admitted.limited, &seat, now()).await.map_err(|e| away(&e))?;
            sat.map_err(|Exceeded(why)| Error::new(ErrorKind::Exhausted, why))?;
            admitted.seat = Some(seat);
        }
        Ok(admitted)
    }

    /// What a ticket's bearer may use: its own budget, or the one of all. Also without a limit it is counted, so that it is known
    /// what was used.
    fn budget(&self, its_own: Budget) -> Budget {
        if its_own.is_empty() { self.policy.ticket.clone() } else { its_own }
    }

    /// Keeps this server's sessions counted; never ends.
    pub(crate) async fn renew(&self) -> Infallible {
        loop {
            tokio::time::sleep(RENEWAL).await;
            let Some(store) = &self.store else { continue };
            if let Err(error) = store.renew(now()).await {
                warn!(error = printable(&error.to_string()), "open sessions cannot be written to the store");
            }
        }
    }

    /// Whether what access needs is there.
    pub(crate) async fn is_ready(&self) -> bool {
        match &self.store {
            Some(store) => store.is_there(now()).await,
            None => true,
        }
    }
}

impl Admitted {
    /// Counts a use before it begins.
    ///
    /// # Errors
    /// `Exhausted` with the limit that it would pass, `Ticket` where what let the session in has ended since, `Busy`
    /// where the store does not answer.
    pub(crate) async fn count(&self, amounts: &[(Unit, u64)]) -> Result<Counted> {
        let counted = Counted { amounts: amounts.to_vec(), at: now() };
        self.check_right(counted.at).await?;
        if let Some(store) = self.store() {
            let taken = store.take(&self.limited, amounts, counted.at).await.map_err(|e| away(&e))?;
            taken.map_err(|Exceeded(why)| Error::new(ErrorKind::Exhausted, why))?;
        }
        Ok(counted)
    }

    /// Nothing was done of what was counted.
    pub(crate) async fn give_back(&self, counted: Counted) {
        let Some(store) = self.store() else { return };
        if let Err(error) = store.give_back(&self.limited, &counted.amounts, counted.at).await {
            warn!(error = printable(&error.to_string()), "a use that did not happen stays counted");
        }
    }

    /// A session may be open for days, and what has ended buys no work.
    async fn check_right(&self, now: i64) -> Result<()> {
        match (&self.right, &self.access.issuer, &self.access.store) {
            (Right::Token(term), Some(issuer), _) => issuer.check(term, now),
            (Right::Ticket(id), _, Some(store)) if !store.is_valid(id, now).await.map_err(|e| away(&e))? => {
                Err(Error::new(ErrorKind::Ticket, "the ticket has ended, or was revoked"))
            }
            _ => Ok(()),
        }
    }

    fn store(&self) -> Option<&Store> {
        self.access.store.as_ref().filter(|_| !self.limited.is_empty())
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        if let (Some(seat), Some(store)) = (self.seat.take(), self.access.store.clone()) {
            let accounts = self.limited.len();
            tokio::spawn(async move { store.leave(accounts, &seat).await });
        }
    }
}

/// Without its store, a server lets nobody in rather than everybody.
fn away(cause: &crate::Error) -> Error {
    error!(error = printable(&cause.to_string()), "uses cannot be counted");
    Error::new(ErrorKind::Busy, "the server cannot count uses just now; try again later")
}
