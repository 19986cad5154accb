//! What left this page: a count of every byte that was handed to the WebSocket.

/// Traffic of one connection. Counts are of WebSocket payload, without the transport's framing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tap {
    /// Bytes sent.
    pub(crate) sent: u64,
    /// Bytes received.
    pub(crate) received: u64,
    /// Messages sent.
    pub(crate) frames_sent: u64,
    /// Messages received.
    pub(crate) frames_received: u64,
    /// How often each byte value was sent.
    pub(crate) histogram: [u64; 256],
}

impl Tap {
    /// No traffic.
    pub(crate) fn new() -> Self {
        Tap { sent: 0, received: 0, frames_sent: 0, frames_received: 0, histogram: [0; 256] }
    }

    /// Counts a message that is sent.
    pub(crate) fn count_sent(&mut self, frame: &[u8]) {
        self.sent += frame.len() as u64;
        self.frames_sent += 1;
        for &byte in frame {
            self.histogram[usize::from(byte)] += 1;
        }
    }

    /// Counts a message that was received.
    pub(crate) fn count_received(&mut self, len: usize) {
        self.received += len as u64;
        self.frames_received += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_histogram_counts_every_sent_byte() {
        let mut tap = Tap::new();
        tap.count_sent(&[0, 255, 255]);
        tap.count_sent(&[7]);
        tap.count_received(10);
        assert_eq!((tap.sent, tap.frames_sent, tap.received, tap.frames_received), (4, 2, 10, 1));
        assert_eq!((tap.histogram[0], tap.histogram[7], tap.histogram[255]), (1, 1, 2));
        assert_eq!(tap.histogram.iter().sum::<u64>(), tap.sent);
    }
}
