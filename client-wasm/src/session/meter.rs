//! Progress for the page: what the session reports of its steps, and between these reports how far the bytes are.

use std::cell::{Cell, OnceCell, RefCell};
use std::convert::Infallible;
use std::rc::Rc;
use std::sync::Arc;

use js_sys::Function;
use send_wrapper::SendWrapper;
use sotto_mpc::plan::{Bytes, plan_next};
use sotto_mpc::{Observer, Params, Phase, Progress, Supply};
use sotto_nn::Program;
use wasm_bindgen::JsValue;
use web_time::Instant;

use crate::session::convert;
use crate::session::socket::{Socket, sleep};

/// Time between two looks at the bytes of a long step.
const TICK_MILLISECONDS: i32 = 100;

/// Of the command that asks for a phase, which the session does not report.
const COMMAND_BYTES: u64 = 1;

/// Tells a listener of one session's progress.
pub(crate) struct Meter {
    listener: Function,
    socket: Socket,
    /// The session's program, once it is known, what was agreed upon, and what generating correlations costs from here on.
    planning: OnceCell<(Arc<Program>, Params, RefCell<Supply>)>,
    /// Bytes of preprocessing and online phase of the inference that was prepared last, both ways, with their commands.
    planned: Cell<[u64; 2]>,
    /// Bytes sent and received before the phase at hand.
    before: Cell<(u64, u64)>,
    /// Bytes of the phase at hand, sent and received, that were told. What the browser has received and the session has not comes
    /// before the session's own report, which must not take it back.
    told: Cell<(u64, u64)>,
    /// The session's last report, and when it was.
    latest: RefCell<Option<(Progress, Instant)>>,
}

impl Meter {
    pub(crate) fn new(listener: Function, socket: Socket) -> Rc<Meter> {
        Rc::new(Meter {
            listener,
            socket,
            planning: OnceCell::new(),
            planned: Cell::default(),
            before: Cell::default(),
            told: Cell::default(),
            latest: RefCell::default(),
        })
    }

    /// From now on, says what the phases of this program take.
    pub(crate) fn plan_for(&self, program: Arc<Program>, params: Params) {
        self.planning.get_or_init(|| (program, params, RefCell::new(Supply::new(params))));
    }

    /// Passes the session's reports on.
    pub(crate) fn observer(self: &Rc<Meter>) -> Observer {
        // A worker is one thread.
        let meter = SendWrapper::new(self.clone());
        Box::new(move |progress| meter.hear(progress))
    }

    fn hear(&self, progress: &Progress) {
        let began = self.latest.borrow().as_ref().is_none_or(|(last, _)| last.done);
        if began {
            self.told.take();
        }
        if began && progress.phase == Phase::Preprocess {
            self.plan();
        }
        let (mut sent, mut received) = self.before.get();
        if began && matches!(progress.phase, Phase::Preprocess | Phase::Online) {
            sent += COMMAND_BYTES;
        }
        if progress.done {
            sent += progress.bytes_sent;
            received += progress.bytes_received;
        }
        self.before.set((sent, received));
        self.tell(progress);
        self.latest.replace(Some((progress.clone(), Instant::now())));
    }

    /// Counts what the preparation that starts now will take, and its inference.
    fn plan(&self) {
        let Some((program, params, supply)) = self.planning.get() else { return };
        let both = |bytes: Bytes| bytes.to_server + bytes.to_client;
        let plan = plan_next(program, *params, &mut supply.borrow_mut());
        // The session has planned this program before, so there is a plan.
        self.planned.set(plan.map_or([0; 2], |plan| [both(plan.preprocess), both(plan.online)]));
    }

    /// Reports every now and then while bytes move.
    pub(crate) async fn ticking(&self) -> Infallible {
        let mut before = self.socket.bytes();
        loop {
            sleep(TICK_MILLISECONDS).await;
            let now = self.socket.bytes();
            if now != before {
                before = now;
                self.tick(now);
            }
        }
    }

    fn tick(&self, (sent, received): (u64, u64)) {
        let latest = self.latest.borrow();
        let Some((last, at)) = latest.as_ref().filter(|(last, _)| !last.done) else { return };
        // What the session has sent waits for the browser, and what the browser has received for the session.
        let before = self.before.get();
        let progress = Progress {
            bytes_sent: last.bytes_sent.max(sent.saturating_sub(before.0)),
            bytes_received: last.bytes_received.max(received.saturating_sub(before.1)),
            seconds: last.seconds + at.elapsed().as_secs_f64(),
            ..last.clone()
        };
        self.tell(&progress);
    }

    fn tell(&self, progress: &Progress) {
        let [preprocess, online] = self.planned.get();
        let expected = match progress.phase {
            Phase::Preprocess => preprocess,
            Phase::Online => online,
            _ => 0,
        };
        let told = self.told.get();
        let told = (told.0.max(progress.bytes_sent), told.1.max(progress.bytes_received));
        self.told.set(told);
        let progress = Progress { bytes_sent: told.0, bytes_received: told.1, ..progress.clone() };
        // A listener that throws is the page's concern, not the protocol's.
        self.listener.call1(&JsValue::UNDEFINED, &convert::progress(&progress, expected)).ok();
    }
}
