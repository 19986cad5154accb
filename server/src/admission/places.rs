//! Places to compute in, and the memory for what is prepared: who waits for them, and who is next.
//!
//! A session that only waits for its client takes no place. Places go in turns over those who ask, so that one who
//! asks often waits longer and the others do not; within one account, in the order of asking. Whoever needs memory
//! that is not there lets those pass who need none, and nobody who needs some.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time::timeout;

use super::account::Account;

/// How much the last duration counts in the mean of all before.
const LAST: f64 = 0.25;

/// How often those who wait hear where they are, also when nothing has changed: they would take silence for the end.
const REMINDER: Duration = Duration::from_secs(10);

/// The least time between two changes that they hear of before their turn.
const PAUSE: Duration = Duration::from_millis(200);

/// Limits of the places.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    /// Places in all.
    pub(crate) most: usize,
    /// Places of one account.
    pub(crate) each: usize,
    /// Places of one model, where these are fewer.
    pub(crate) of_model: BTreeMap<String, usize>,
    /// Bytes for what is prepared.
    pub(crate) memory: u64,
}

/// What is asked for: work of one kind takes about as long each time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Kind {
    /// Of which model.
    pub(crate) model: Arc<str>,
    /// What of it.
    pub(crate) work: &'static str,
}

/// A request for a place.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    /// Whose turn it uses.
    pub(crate) account: Account,
    /// What for.
    pub(crate) kind: Kind,
    /// Bytes that are held beyond the computation, until [`Memory`] is dropped.
    pub(crate) memory: u64,
}

/// All places of a server.
#[derive(Debug)]
pub(crate) struct Places {
    limits: Limits,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Numbers of requests, in the order of asking.
    next: u64,
    waiting: BTreeMap<u64, Waiting>,
    running: BTreeMap<u64, Running>,
    /// When each account last got a place, as a count of places given.
    served: HashMap<Account, u64>,
    given: u64,
    memory: u64,
    /// Mean seconds.
    usual: HashMap<Kind, f64>,
}

#[derive(Debug)]
struct Waiting {
    ask: Ask,
    /// Where it is: 0 when it has its place.
    standing: watch::Sender<Standing>,
}

#[derive(Debug)]
struct Running {
    account: Account,
    kind: Kind,
    since: Instant,
    /// Bytes that nobody has taken over yet.
    memory: u64,
}

/// Where a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// From 1, or 0 with a place.
    pub(crate) position: usize,
    /// Estimated seconds until it has one, if that can be said.
    pub(crate) seconds: Option<u64>,
}

/// Why a request is hopeless.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooMuch {
    /// Bytes that there are in all.
    pub(crate) memory: u64,
}

/// A place, or the right to wait for one: free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    places: Arc<Places>,
    number: u64,
}

/// Bytes that are held: free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Memory {
    places: Arc<Places>,
    bytes: u64,
}

impl Places {
    pub(crate) fn new(limits: Limits) -> Arc<Places> {
        Arc::new(Places { limits, state: Mutex::default() })
    }

    /// Waits for a place and the memory. Whoever has to wait is told where it stands, first, whenever that changes,
    /// every ten seconds, and when it has its place.
    ///
    /// # Errors
    /// When there is less memory than that in all.
    pub(crate) async fn enter(
        self: &Arc<Places>,
        ask: Ask,
        mut tell: impl FnMut(Standing),
    ) -> Result<(Place, Memory), TooMuch> {
        if ask.memory > self.limits.memory {
            return Err(TooMuch { memory: self.limits.memory });
        }
        let (place, mut standing) = self.line_up(ask);
        let mut now = *standing.borrow_and_update();
        if now.position > 0 {
            tell(now);
        }
        while now.position > 0 {
            // The sender goes when the place is there, which is a change, too.
            let _ = timeout(PAUSE, standing.wait_for(|standing| standing.position == 0)).await;
            let _ = timeout(REMINDER, standing.wait_for(|standing| standing.position != now.position)).await;
            now = *standing.borrow_and_update();
            tell(now);
        }
        let memory = place.take_memory();
        Ok((place, memory))
    }

    /// Places that are taken, and requests that wait.
    pub(crate) fn load(&self) -> (usize, usize) {
        let state = self.state();
        (state.running.len(), state.waiting.len())
    }

    /// What there is in all.
    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Bytes that are held.
    pub(crate) fn memory(&self) -> u64 {
        self.state().memory
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn line_up(self: &Arc<Places>, ask: Ask) -> (Place, watch::Receiver<Standing>) {
        let (standing, told) = watch::channel(Standing { position: usize::MAX, seconds: None });
        let mut state = self.state();
        let number = state.next;
        state.next += 1;
        state.waiting.insert(number, Waiting { ask, standing });
        state.give(&self.limits);
        drop(state);
        (Place { places: self.clone(), number }, told)
    }
}

impl State {
    /// Gives away what is free, and tells the others where they stand.
    fn give(&mut self, limits: &Limits) {
        while self.running.len() < limits.most {
            let Some(number) = self.next_one(limits) else { break };
            let Some(Waiting { ask, standing }) = self.waiting.remove(&number) else { break };
            self.memory += ask.memory;
            self.given += 1;
            self.served.insert(ask.account.clone(), self.given);
            let Ask { account, kind, memory } = ask;
            self.running.insert(number, Running { account, kind, since: Instant::now(), memory });
            standing.send_replace(Standing { position: 0, seconds: Some(0) });
        }
        self.tell(limits);
    }

    /// Whose turn it is, of those for whom there is enough.
    fn next_one(&self, limits: &Limits) -> Option<u64> {
        let mut memory_is_owed = false;
        self.in_turns().into_iter().find(|number| {
            let ask = &self.waiting[number].ask;
            let of_model = limits.of_model.get(&*ask.kind.model).copied().unwrap_or(limits.most);
            if self.places_of(&ask.account) >= limits.each || self.places_for(&ask.kind.model) >= of_model {
                return false;
            }
            if ask.memory > 0 {
                memory_is_owed |= self.memory + ask.memory > limits.memory;
                return !memory_is_owed;
            }
            true
        })
    }

    /// All who wait, in the order in which they would get places: an account with few places before one with many,
    /// then the one that was served longer ago.
    fn in_turns(&self) -> Vec<u64> {
        let mut asked: HashMap<&Account, usize> = HashMap::new();
        let mut turns = Vec::with_capacity(self.waiting.len());
        for (&number, Waiting { ask, .. }) in &self.waiting {
            let before = asked.entry(&ask.account).or_insert_with(|| self.places_of(&ask.account));
            *before += 1;
            turns.push((*before, self.served.get(&ask.account).copied().unwrap_or(0), number));
        }
        turns.sort_unstable();
        turns.into_iter().map(|(.., number)| number).collect()
    }

    /// An account that has nothing here any more is as good as new.
    fn forget(&mut self, account: &Account) {
        let waits = self.waiting.values().any(|waiting| waiting.ask.account == *account);
        if !waits && self.places_of(account) == 0 {
            self.served.remove(account);
        }
    }

    fn places_of(&self, account: &Account) -> usize {
        self.running.values().filter(|running| running.account == *account).count()
    }

    fn places_for(&self, model: &str) -> usize {
        self.running.values().filter(|running| *running.kind.model == *model).count()
    }

    fn tell(&self, limits: &Limits) {
        if self.waiting.is_empty() {
            return;
        }
        let usual = |kind: &Kind| self.usual.get(kind).copied();
        let left = |running: &Running| {
            usual(&running.kind).map(|seconds| (seconds - running.since.elapsed().as_secs_f64()).max(0.0))
        };
        let mut ahead: Option<f64> = self.running.values().map(left).sum();
        for (position, number) in (1..).zip(self.in_turns()) {
            let Waiting { ask, standing } = &self.waiting[&number];
            let seconds = ahead.map(|sum| (sum / limits.most as f64).ceil() as u64);
            standing
                .send_if_modified(|told| std::mem::replace(told, Standing { position, seconds }).position != position);
            ahead = ahead.zip(usual(&ask.kind)).map(|(sum, seconds)| sum + seconds);
        }
    }
}

impl Place {
    /// The work is done, and not only over: its duration counts for estimates.
    pub(crate) fn done(self) {
        let mut state = self.places.state();
        if let Some(Running { kind, since, .. }) = state.running.get(&self.number) {
            let (kind, seconds) = (kind.clone(), since.elapsed().as_secs_f64());
            state.usual.entry(kind).and_modify(|mean| *mean += LAST * (seconds - *mean)).or_insert(seconds);
        }
    }

    /// How to ask for the place again, once it was given away in the middle of the work.
    pub(crate) fn again(&self) -> Option<Ask> {
        let state = self.places.state();
        let Running { account, kind, .. } = state.running.get(&self.number)?;
        Some(Ask { account: account.clone(), kind: kind.clone(), memory: 0 })
    }

    fn take_memory(&self) -> Memory {
        let mut state = self.places.state();
        let bytes = state.running.get_mut(&self.number).map_or(0, |running| std::mem::take(&mut running.memory));
        Memory { places: self.places.clone(), bytes }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.places.state();
        let gave_up = state.waiting.remove(&self.number).map(|waiting| waiting.ask.account);
        let had_one = state.running.remove(&self.number).map(|Running { account, memory, .. }| {
            state.memory -= memory;
            account
        });
        if let Some(account) = gave_up.or(had_one) {
            state.forget(&account);
        }
        state.give(&self.places.limits);
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        let mut state = self.places.state();
        state.memory -= self.bytes;
        state.give(&self.places.limits);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::task::JoinHandle;

    use super::*;

    fn ask(account: u8, memory: u64) -> Ask {
        let kind = Kind { model: "m".into(), work: "preprocess" };
        Ask { account: Account::of(Ipv4Addr::new(10, 0, 0, account).into()), kind, memory }
    }

    fn places(most: usize, each: usize, memory: u64) -> Arc<Places> {
        Places::new(Limits { most, each, of_model: BTreeMap::from([("few".into(), 1)]), memory })
    }

    async fn at_once(places: &Arc<Places>, account: u8, memory: u64) -> (Place, Memory) {
        places.enter(ask(account, memory), |standing| panic!("{standing:?}")).await.unwrap()
    }

    /// Lines up, and gives its name to `order` when it has a place, which it leaves at once.
    fn passes(places: &Arc<Places>, account: u8, memory: u64, order: &Arc<Mutex<Vec<u8>>>) -> JoinHandle<()> {
        let (places, order) = (places.clone(), order.clone());
        tokio::spawn(async move {
            let _held = places.enter(ask(account, memory), |_| ()).await.unwrap();
            order.lock().unwrap().push(account);
        })
    }

    async fn settle() {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn places_go_in_turns_over_accounts() {
        let (places, order) = (places(1, 1, 0), Arc::default());
        let first = at_once(&places, 1, 0).await;
        let mut tasks = Vec::new();
        for account in [1, 1, 1, 2, 2, 3] {
            tasks.push(passes(&places, account, 0, &order));
            settle().await;
        }
        assert_eq!(places.load(), (1, 6));
        drop(first);
        for task in tasks {
            task.await.unwrap();
        }
        // The one with a place waits for those who have none; then all in turns.
        assert_eq!(*order.lock().unwrap(), [2, 3, 1, 2, 1, 1]);
        assert_eq!(places.load(), (0, 0));
        assert!(places.state().served.is_empty(), "who is gone is forgotten");
    }

    #[tokio::test]
    async fn an_account_cannot_take_all_places() {
        let places = places(4, 2, 0);
        let _held = [at_once(&places, 1, 0).await, at_once(&places, 1, 0).await];
        let order = Arc::default();
        let third = passes(&places, 1, 0, &order);
        settle().await;
        assert_eq!(places.load(), (2, 1));
        let _other = at_once(&places, 2, 0).await;
        third.abort();
        assert!(third.await.is_err());
        assert_eq!(places.load(), (3, 0), "who gives up does not wait any more");
    }

    #[tokio::test]
    async fn a_model_cannot_take_more_places_than_are_its() {
        let places = places(4, 4, 0);
        let few = |account| Ask { kind: Kind { model: "few".into(), work: "infer" }, ..ask(account, 0) };
        let held = places.enter(few(1), |standing| panic!("{standing:?}")).await.unwrap();
        let second = tokio::spawn({
            let (places, ask) = (places.clone(), few(2));
            async move { places.enter(ask, |_| ()).await.unwrap() }
        });
        settle().await;
        assert_eq!(places.load(), (1, 1));
        drop(at_once(&places, 3, 0).await);
        drop(held);
        second.await.unwrap();
    }

    #[tokio::test]
    async fn memory_is_waited_for_and_not_passed_by() {
        let (places, order) = (places(8, 8, 100), Arc::default());
        let (place, memory) = at_once(&places, 1, 60).await;
        let large = passes(&places, 2, 50, &order);
        settle().await;
        let small = passes(&places, 3, 10, &order);
        settle().await;
        assert_eq!(places.load(), (1, 2), "the small one does not overtake the large one");
        drop(at_once(&places, 4, 0).await);
        drop(place);
        settle().await;
        assert_eq!((places.load(), places.memory()), ((0, 2), 60), "memory outlives the place");
        drop(memory);
        large.await.unwrap();
        small.await.unwrap();
        assert_eq!(*order.lock().unwrap(), [2, 3]);
        assert_eq!(places.memory(), 0);
        assert_eq!(places.enter(ask(1, 101), |_| ()).await.unwrap_err(), TooMuch { memory: 100 });
    }

    #[tokio::test]
    async fn who_waits_hears_where_and_how_long() {
        let places = places(1, 1, 0);
        let (first, _) = at_once(&places, 1, 0).await;
        places.state().usual.insert(ask(0, 0).kind, 40.0);
        let waits = |account| {
            let places = places.clone();
            tokio::spawn(async move {
                let mut told = Vec::new();
                let held = places.enter(ask(account, 0), |standing| told.push(standing)).await.unwrap();
                (told, held)
            })
        };
        let second = waits(2);
        settle().await;
        let third = waits(3);
        settle().await;
        first.done();
        let (told, held) = second.await.unwrap();
        let standing = |position, seconds| Standing { position, seconds: Some(seconds) };
        assert_eq!(told, [standing(1, 40), standing(0, 0)]);
        drop(held);
        let (told, _) = third.await.unwrap();
        let positions: Vec<usize> = told.iter().map(|standing| standing.position).collect();
        assert_eq!((positions[0], positions.last()), (2, Some(&0)));
        assert_eq!(told[0].seconds, Some(80));
    }
}
