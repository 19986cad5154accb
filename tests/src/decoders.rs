//! What reads the peer's bytes and the operator's words, one function for each, which takes any bytes, panics at a bug, and says
//! whether it had no complaint. Fuzz targets (`fuzz`) and the test `decoders` call them.

pub mod replay;
mod run;

use std::cell::RefCell;

use clap::{Args, Command};
use futures_channel::mpsc::Receiver;
use futures_executor::block_on;
use sotto_mpc::{
    Channel, Client, ClientOptions, Error, ErrorKind, Greeting, Incoming, Ledger, MAX_NOTICE, Notice, Phase, Transport,
};
use sotto_nn::Description;
use sotto_server::access::budget::Budget;
use sotto_server::config::ServeConfig;

pub use run::{encrypted, protocol, session};

/// A decoder under its name, and how many bytes an input of it has at most.
pub type Decoder = (&'static str, fn(&[u8]) -> bool, usize);

/// All of them.
pub const ALL: [Decoder; 9] = [
    ("hello", hello, 5000),
    ("answer", answer, 4000),
    ("words", words, 2 * MAX_NOTICE),
    ("ledger", ledger, 500),
    ("description", description, 8000),
    ("options", options, 200),
    ("protocol", protocol, 64),
    ("encrypted", encrypted, 64),
    ("session", session, 64),
];

/// A channel whose peer sends this frame, and then nothing, and where what it is sent goes.
fn sending(frame: &[u8]) -> (Channel, Receiver<Vec<u8>>) {
    let (channel, Transport { mut incoming, outgoing }) = Channel::new();
    // The queue has room for several.
    let _ = incoming.try_send(Incoming::Frame(frame.to_vec()));
    (channel, outgoing)
}

/// A client's first message, its ticket and parameters among it, as the server reads it.
pub fn hello(bytes: &[u8]) -> bool {
    match block_on(Greeting::read(sending(bytes).0)) {
        Ok(greeting) => {
            assert!(greeting.model().len() <= bytes.len());
            assert!(greeting.ticket().is_none_or(|ticket| ticket.reveal().len() <= bytes.len()));
            assert!(greeting.unknown_model().public_reason().len() <= 123);
            true
        }
        Err(error) => {
            assert!([ErrorKind::Malformed, ErrorKind::Version].contains(&error.kind()), "{error}");
            false
        }
    }
}

/// The server's answer, a program, as the client reads, plans and refuses it.
pub fn answer(bytes: &[u8]) -> bool {
    let (channel, _sent) = sending(bytes);
    let options = ClientOptions { max_bytes: 1 << 20, rng_seed: Some([1; 32]), ..ClientOptions::default() };
    let error = block_on(Client::connect(channel, options)).err().expect("a peer that has gone sets nothing up");
    let expected =
        [ErrorKind::Malformed, ErrorKind::TooLarge, ErrorKind::Transport, ErrorKind::Version, ErrorKind::Internal];
    assert!(expected.contains(&error.kind()), "{error:?}");
    error.phase() == Phase::Setup
}

/// What comes beside the protocol: notices, and the code (the first two bytes) and reason of a close.
pub fn words(bytes: &[u8]) -> bool {
    let notice = Notice::from_json(&String::from_utf8_lossy(bytes));
    if let Some(notice) = &notice {
        assert_eq!(Notice::from_json(&notice.to_json()).as_ref(), Some(notice));
    }
    let code = u16::from_le_bytes([bytes.first().copied().unwrap_or(0), bytes.get(1).copied().unwrap_or(0)]);
    let error = Error::from_close(code, &String::from_utf8_lossy(bytes.get(2..).unwrap_or_default()));
    assert!(error.public_reason().len() <= 123);
    assert!(!error.message().chars().any(char::is_control), "{error:?}");
    notice.is_some()
}

/// What a peer confirms of a session's frames, over all its connections: three bytes for each thing that happens. The account stays that
/// of plain lists.
pub fn ledger(bytes: &[u8]) -> bool {
    let mut ledger = Ledger::default();
    let (mut sent, mut confirmed, mut received) = (Vec::new(), 0u64, 0u64);
    for event in bytes.chunks_exact(3) {
        let number = u64::from(u16::from_le_bytes([event[1], event[2]]));
        match event[0] % 4 {
            0 => {
                let frame = vec![event[1]; number as usize % 300];
                sent.push(frame.clone());
                ledger.sent(frame);
            }
            1 => {
                let _ = ledger.received(number as usize);
                received += 1;
            }
            2 => assert!(ledger.confirm().is_none_or(|told| told == received)),
            _ => {
                // Now and then a count near the end of what can be counted.
                let frames = if event[0] > 250 { u64::MAX - number } else { number % 64 };
                let allowed = (confirmed..=sent.len() as u64).contains(&frames);
                assert_eq!(ledger.confirmed(frames).is_ok(), allowed, "{frames} of {}", sent.len());
                confirmed = if allowed { frames } else { confirmed };
            }
        }
        assert_eq!(ledger.position(), received);
        assert!(ledger.kept().eq(&sent[confirmed as usize..]), "what is sent again is what was sent");
    }
    true
}

/// What a server's API says of a model: card, program, and their digest.
pub fn description(bytes: &[u8]) -> bool {
    let Ok(described) = Description::from_json(&String::from_utf8_lossy(bytes)) else { return false };
    let values = vec![0.5; described.card.input.count()];
    let _ = described.card.quantise(&described.program, &values);
    let _ = described.card.remarks(&values);
    true
}

/// An operator's words for options that have a grammar of their own, the first byte says which, and budgets as tickets have them.
pub fn options(bytes: &[u8]) -> bool {
    const OPTIONS: [&str; 10] = [
        "address-budget",
        "allow-origin",
        "drain-delay",
        "idle-timeout",
        "listen",
        "prepared-memory",
        "price",
        "reveal-of",
        "ticket-budget",
        "trusted-proxy",
    ];
    thread_local! {
        /// Built once, which takes longer than reading.
        static SERVE: RefCell<Command> = RefCell::new(ServeConfig::augment_args(Command::new("serve")));
    }
    let Some((first, text)) = bytes.split_first() else { return false };
    let text = String::from_utf8_lossy(text);
    let option = OPTIONS[usize::from(*first) % OPTIONS.len()];
    let line = ["serve".to_owned(), format!("--{option}={text}")];
    let taken = SERVE.with_borrow_mut(|serve| serve.try_get_matches_from_mut(line).is_ok());
    if let Ok(budget) = text.parse::<Budget>() {
        assert_eq!(budget.to_string().parse(), Ok(budget));
    }
    taken
}
