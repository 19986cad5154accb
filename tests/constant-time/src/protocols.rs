//! Every protocol on shares, over classic and silent OT, and linear layers by OT and by encryption.

use std::time::Instant;

use futures_executor::block_on;
use rand_chacha::ChaCha20Rng;
use sotto_crypto::BitVec;
use sotto_crypto::lpn::Field;
use sotto_mpc::protocols::linear_he::{self, HeInput, HeLayer, HeOptions, linear_he};
use sotto_mpc::protocols::linear_ot::{Chooser, LinearInput, LinearShape, linear_ot};
use sotto_mpc::protocols::random_ot::{RandomOts, random_ot};
use sotto_mpc::protocols::{
    abs, argmax, b2a, clip, cot, divide, drelu, equality, lookup, maxpool, millionaires, mux, relu, relu_shift,
    threshold, truncate,
};
use sotto_mpc::testing::run2;
use sotto_mpc::{Arith, Demand, KeySets, LpnSet, Modulus, OtKind, Params, Party, Result, RotKind, Session};
use sotto_nn::{Geometry, Sign, Window};

use crate::secrets;

/// Values of a batch: more than a word of bits, and not a multiple of anything.
const N: usize = 67;

/// Ferret's parameters: the smallest, so that a second iteration takes little time.
const LPN: LpnSet = LpnSet::ALL[0];

/// Runs all of them at both parties: on both paths, and the silent one again with narrow leaves and the forms of the fewest bytes.
pub(crate) fn check() -> std::result::Result<(), String> {
    let metered = Params { digit: Some(2), round_bytes: 0, ..Params::default() };
    for params in [Params { ot: OtKind::Classic, ..Params::default() }, Params::default(), metered] {
        let party = async |channel, party| {
            let mut rng = secrets::rng(party);
            let own = Own::new(&mut rng);
            let params = Params { lpn: LPN, ..params };
            let session = Session::setup(channel, party, params, rng).await.map_err(|e| e.to_string())?;
            let mut run = Run { session, last: Instant::now() };
            run.all(&own).await
        };
        let (client, server) = block_on(run2(|c| party(c, Party::Client), |c| party(c, Party::Server)));
        client.and(server)?;
    }
    Ok(())
}

/// What a party brings, all of it secret.
struct Own {
    /// Over 32 bits.
    x: Arith,
    /// Modulo an odd number.
    odd: Arith,
    /// Of 6 bits.
    index: Arith,
    bits: BitVec,
    /// The server's weights, of 4 bits.
    weights: Vec<i64>,
}

impl Own {
    fn new(rng: &mut ChaCha20Rng) -> Self {
        let weights = secrets::elements(Modulus::power_of_two(4), 64 * 72, rng);
        Own {
            x: secrets::elements(Modulus::power_of_two(32), 2 * N, rng),
            odd: secrets::elements(Modulus::odd(4_293_918_721), N, rng),
            index: secrets::elements(Modulus::power_of_two(6), N, rng),
            bits: BitVec::random(N, rng),
            weights: weights.values().iter().map(|&w| w as i64 - 8).collect(),
        }
    }
}

/// A party's run.
struct Run {
    session: Session,
    last: Instant,
}

impl Run {
    async fn all(&mut self, own: &Own) -> std::result::Result<(), String> {
        self.done("setup");
        if self.session.params().ot == OtKind::Silent {
            // More than one iteration hands out.
            for (field, width) in [(Field::Gf2, 1), (Field::Gf16, 4)] {
                let ots = (LPN.trees() - LPN.kept_trees(field)) * LPN.leaves() + 1;
                let demand = Demand::rows(RotKind::leaf(width), ots);
                self.session.lane().reserve(&demand).await.map_err(|e| e.to_string())?;
                self.done(&format!("Ferret over {field:?}"));
            }
        }
        self.on_bits(own).await?;
        self.on_values(own).await?;
        self.linear(own).await
    }

    /// Protocols whose results are shared bits.
    async fn on_bits(&mut self, own: &Own) -> std::result::Result<(), String> {
        let (s, x) = (self.session.lane(), &own.x);
        let bits = millionaires::millionaires(s, x.values(), 32).await;
        self.bits("millionaires", bits)?;
        let bits = drelu::drelu(self.session.lane(), x).await;
        self.bits("drelu", bits)?;
        let bits = drelu::drelu(self.session.lane(), &own.odd).await;
        self.bits("drelu modulo an odd number", bits)?;
        let bits = equality::equality(self.session.lane(), x.values(), 32).await;
        self.bits("equality", bits)?;
        let bits = equality::is_zero(self.session.lane(), &own.odd).await;
        self.bits("is zero", bits)?;
        let bits = match random_ot(self.session.lane(), N).await {
            Ok(RandomOts::Sender(strings)) => Ok(BitVec::from_fn(N, |i| strings[i][0] & 1 == 1)),
            Ok(RandomOts::Receiver(choices, _)) => Ok(choices),
            Err(error) => Err(error),
        };
        self.bits("random OT", bits)
    }

    /// Protocols whose results are additive shares.
    async fn on_values(&mut self, own: &Own) -> std::result::Result<(), String> {
        let (x, odd, bits) = (&own.x, &own.odd, &own.bits);
        let (ring, wide) = (x.modulus(), Modulus::power_of_two(40));
        let table: Vec<u64> = (0..64).map(|i| i * i).collect();
        let windows: Vec<Vec<usize>> = (0..N - 4).map(|i| (i..i + 5).collect()).collect();
        let thresholds: Vec<i64> = (0..x.len() as i64).map(|i| i << 20).collect();
        macro_rules! values {
            ($($name:literal: $protocol:expr, $($argument:expr),*;)*) => {
                $(let share = $protocol(self.session.lane(), $($argument),*).await;
                self.values($name, share)?;)*
            };
        }
        values! {
            "mux": mux::mux, bits, &x.slice(0..N);
            "b2a": b2a::b2a, bits, ring;
            "cot": cot::cot, &x.values()[..N], bits, ring;
            "abs": abs::abs, x;
            "relu": relu::relu, x;
            "relu modulo an odd number": relu::relu, odd;
            "relu-shift": relu_shift::relu_shift, x, 12, wide;
            "truncate": truncate::truncate, x, 12, Sign::Any, ring;
            "truncate, not negative": truncate::truncate, x, 12, Sign::NonNegative, ring;
            "truncate, bounded": truncate::truncate, x, 9, Sign::Bounded, ring;
            "clip": clip::clip, x, 1 << 20, 9, ring;
            "divide": divide::divide, x, 49, Sign::Any, ring;
            "divide, not negative": divide::divide, x, 49, Sign::NonNegative, ring;
            "divide modulo an odd number": divide::divide, odd, 49, Sign::Any, odd.modulus();
            "lookup": lookup::lookup_shared, &own.index, &table, ring;
            "maxpool": maxpool::maxpool, x, &windows;
            "argmax": argmax::argmax, x, Modulus::power_of_two(9);
            "threshold": threshold::threshold, x, &thresholds;
        }
        Ok(())
    }

    /// Linear layers: either party's bits choose in OTs, a ring and an odd modulus, and encryption with packed replies.
    async fn linear(&mut self, own: &Own) -> std::result::Result<(), String> {
        let window = Window { kernel: [2, 3], stride: [1, 2], pads: [1, 0, 0, 1] };
        let geometry = |shape: &[usize], window| Geometry::new(shape, window).map_err(|e| e.to_string());
        let conv = LinearShape::conv(geometry(&[2, 4, 6], window)?, 4, 2, 4, own.x.modulus());
        let dense = LinearShape::dense(10, 10, 4, own.odd.modulus());
        for (name, shape, x) in [
            ("linear by OT, r chooses", conv.clone().with_chooser(Chooser::Mask), &own.x),
            ("linear by OT, W chooses", conv.with_chooser(Chooser::Weights), &own.x),
            ("linear by OT modulo an odd number", dense, &own.odd),
        ] {
            let mask = x.slice(0..shape.input_len());
            let input = self.input(&shape, &mask, own);
            let share = linear_ot(self.session.lane(), &shape, input).await;
            self.values(name, share)?;
        }
        let plane = Window { kernel: [3; 2], stride: [1; 2], pads: [1; 4] };
        let shape = LinearShape::conv(geometry(&[8, 3, 4], plane)?, 64, 1, 4, own.x.modulus());
        let plan = linear_he::layer_plans(&shape, true).map_err(|e| e.to_string())?.at_most(3).1.clone();
        let keys = KeySets::from([(plan.set(), plan.levels())]);
        self.session.setup_encryption(&keys).await.map_err(|e| e.to_string())?;
        self.done("keys for encryption");
        let (mut mask, layer) = (own.x.slice(0..shape.input_len()), HeLayer { shape, plan });
        let input = match self.session.party() {
            Party::Client => HeInput::Mask(&mut mask),
            Party::Server => HeInput::Weights(&own.weights[..layer.shape.weight_len()]),
        };
        let share = linear_he(&mut self.session, &layer, input, &HeOptions::default()).await;
        self.values("linear by encryption", share)
    }

    fn input<'a>(&self, shape: &LinearShape, mask: &'a Arith, own: &'a Own) -> LinearInput<'a> {
        match self.session.party() {
            Party::Client => LinearInput::Mask(mask),
            Party::Server => LinearInput::Weights(&own.weights[..shape.weight_len()]),
        }
    }

    fn bits(&mut self, name: &str, share: Result<BitVec>) -> std::result::Result<(), String> {
        self.words(name, share.map(|share| share.words().to_vec()))
    }

    fn values(&mut self, name: &str, share: Result<Arith>) -> std::result::Result<(), String> {
        self.words(name, share.map(|share| share.values().to_vec()))
    }

    /// The share of a protocol's result has to be secret, or nothing was checked.
    fn words(&mut self, name: &str, share: Result<Vec<u64>>) -> std::result::Result<(), String> {
        let mut share = share.map_err(|e| format!("{name}: {e}"))?;
        secrets::expect(name, &mut share)?;
        self.done(name);
        Ok(())
    }

    fn done(&mut self, name: &str) {
        if self.session.party() == Party::Client {
            println!("{:?}: {name}: {:.1} s", self.session.params().ot, self.last.elapsed().as_secs_f64());
        }
        self.last = Instant::now();
    }
}
