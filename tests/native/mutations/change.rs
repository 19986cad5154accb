//! What the proxy does to a frame.

use rand_chacha::ChaCha20Rng;
use rand_core::Rng;
use sotto_tests::frame::{BINARY, CLOSE, FINAL, Frame, PING, PONG, TEXT};

/// What happens to a frame with data, or before it.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// Nothing: to learn how many frames there are.
    None,
    /// One bit of it, head included.
    Flip,
    /// It breaks off, and the connection with it.
    Cut,
    /// Its last byte is missing.
    Shorter,
    /// It has a byte more.
    Longer,
    Delay,
    Drop,
    Twice,
    /// The next one comes first.
    Swap,
    /// It comes as two frames of one message.
    Fragments,
    /// It has a mask where none belongs, or none where one does.
    Mask,
    /// Its head speaks of 2^62 bytes.
    Endless,
    /// Another frame comes before it, so many times.
    Before(u8, Vec<u8>, usize),
}

impl Change {
    pub(crate) fn random(rng: &mut ChaCha20Rng) -> Change {
        let mut below = |n: usize| (rng.next_u64() % n as u64) as usize;
        let kinds: &[fn(usize) -> Change] = &[
            |_| Change::Flip,
            |_| Change::Cut,
            |_| Change::Shorter,
            |_| Change::Longer,
            |_| Change::Delay,
            |_| Change::Drop,
            |_| Change::Twice,
            |_| Change::Swap,
            |_| Change::Fragments,
            |_| Change::Mask,
            |_| Change::Endless,
            // Control frames: allowed ones, too long ones, in parts, too many.
            |k| Change::Before([PING, PONG][k % 2], vec![7; [0, 1, 125][k % 3]], 1 + k % 9),
            |k| Change::Before([PING, PONG][k % 2], vec![7; [126, 70_000, 4_000_000][k % 3]], 1),
            |k| Change::Before([PING, PONG][k % 2] & !FINAL, vec![7; 9], 1),
            |k| Change::Before([PING, PONG][k % 2], vec![7; 125], 5_000),
            // What does not belong: text, empty and long messages, continuations of nothing, unknown kinds.
            |k| Change::Before(TEXT, [&b"{}"[..], &[0xc3, 0x28], &[b'x'; 300_000]][k % 3].to_vec(), 1),
            |k| Change::Before(BINARY, vec![k as u8; [0, 1, 1000, 3_000_000][k % 4]], 1),
            |k| Change::Before([FINAL, 0, TEXT & !FINAL][k % 3], vec![b'x'; k % 200], 1 + k % 9),
            |k| Change::Before([0x83, 0x8b, 0xc2, 0xa2, 0x92, 0xf9][k % 6], vec![1; k % 50], 1),
            // Close frames: all codes with a meaning, some that may not be, reasons too long or no text.
            |k| Change::Before(CLOSE, (4000 + k as u16 % 12).to_be_bytes().to_vec(), 1),
            |k| {
                let codes = [0, 999, 1000, 1001, 1002, 1004, 1005, 1006, 1011, 1015, 2999, 3000, 4999, u16::MAX];
                Change::Before(CLOSE, codes[k % codes.len()].to_be_bytes().to_vec(), 1)
            },
            |k| Change::Before(CLOSE, [&[][..], &[3], &[3, 232, 0xff, 0xfe], &[3; 125], &[3; 400]][k % 5].to_vec(), 1),
        ];
        let kind = below(kinds.len());
        kinds[kind](below(1 << 16))
    }

    /// Whether the session must not notice.
    pub(crate) fn is_allowed(&self) -> bool {
        match self {
            Change::None | Change::Delay | Change::Fragments => true,
            Change::Before(PING | PONG, payload, times) => payload.len() <= 125 && *times < 10,
            _ => false,
        }
    }

    /// Whether it may say anything at all in the other side's name.
    pub(crate) fn is_close(&self) -> bool {
        matches!(self, Change::Before(CLOSE, ..))
    }

    /// What goes out in place of `frame`; `held` goes out with the next one.
    pub(crate) fn apply(&self, frame: Frame, held: &mut Option<Frame>, rng: &mut ChaCha20Rng) -> Vec<u8> {
        let Frame { first, mask, payload } = &frame;
        match self {
            Change::None | Change::Delay => frame.bytes(),
            Change::Flip => {
                let mut bytes = frame.bytes();
                let bit = rng.next_u64() as usize % (8 * bytes.len());
                bytes[bit / 8] ^= 1 << (bit % 8);
                bytes
            }
            Change::Cut => frame.bytes()[..frame.bytes().len() / 2].to_vec(),
            Change::Shorter => Frame { payload: payload[..payload.len().saturating_sub(1)].to_vec(), ..frame }.bytes(),
            Change::Longer => Frame { payload: [payload, &[0][..]].concat(), ..frame }.bytes(),
            Change::Drop => Vec::new(),
            Change::Twice => frame.bytes().repeat(2),
            Change::Swap => {
                *held = Some(frame);
                Vec::new()
            }
            Change::Fragments => {
                let (head, tail) = payload.split_at(payload.len() / 2);
                let head = Frame { first: first & !FINAL, mask: *mask, payload: head.to_vec() };
                [head.bytes(), Frame { first: FINAL, mask: *mask, payload: tail.to_vec() }.bytes()].concat()
            }
            Change::Mask => Frame { mask: if mask.is_some() { None } else { Some([1, 2, 3, 4]) }, ..frame }.bytes(),
            Change::Endless => [frame.announcing(1 << 62), frame.bytes()].concat(),
            Change::Before(first, payload, times) => {
                let before = Frame { first: *first, mask: *mask, payload: payload.clone() };
                [before.bytes().repeat(*times), frame.bytes()].concat()
            }
        }
    }
}
