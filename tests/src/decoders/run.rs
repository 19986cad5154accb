//! Protocols, encrypted layers and whole sessions of one party, before changed frames.

use std::sync::{Arc, LazyLock};

use sotto_crypto::BitVec;
use sotto_mpc::protocols::divide::divide;
use sotto_mpc::protocols::linear_he::{self, HeInput, HeLayer, HeOptions, linear_he};
use sotto_mpc::protocols::linear_ot::{LinearInput, LinearShape, linear_ot};
use sotto_mpc::protocols::{
    abs, argmax, b2a, clip, cot, drelu, equality, lookup, maxpool, millionaires, mux, random_ot, relu_shift, threshold,
    truncate,
};
use sotto_mpc::{
    Arith, Channel, Client, ClientOptions, KeySets, Modulus, OtKind, Params, Party, Result, ServedModel, ServerOptions,
    Session, serve_session,
};

use sotto_nn::Sign;

use super::replay::{Frames, record, replay};
use crate::{SYNTHETIC, synthetic, wide_input};

/// Values of a call.
const N: usize = 6;

/// Protocols that [`one`] knows.
const PROTOCOLS: usize = 17;

/// The party that an input's first byte chooses, and what the byte says beyond that.
fn chosen(first: u8) -> (Party, usize) {
    (if first.is_multiple_of(2) { Party::Client } else { Party::Server }, usize::from(first / 2))
}

/// One call of a protocol on shares, over ideal OTs.
async fn one(which: usize, channel: Channel, party: Party) -> Result<()> {
    let mut session = Session::ideal(channel, party, Params::default(), 42);
    let s = session.lane();
    let modulus = Modulus::power_of_two(17);
    let own = match party {
        Party::Client => [1, 70_000, 3, 131_071, 500, 65_536],
        Party::Server => [0, 9, 65_535, 65_536, 130_000, 65_536],
    };
    let x = Arith::new(modulus, own.to_vec());
    let bits = BitVec::from_fn(N, |k| own[k] % 2 == 1);
    match which {
        0 => drop(relu_shift::relu_shift(s, &x, 4, Modulus::power_of_two(13)).await?),
        1 => drop(drelu::drelu(s, &x).await?),
        2 => drop(abs::abs(s, &x).await?),
        3 => drop(argmax::argmax(s, &x, Modulus::power_of_two(8)).await?),
        4 => drop(b2a::b2a(s, &bits, Modulus::odd(65537)).await?),
        5 => drop(clip::clip(s, &x, 500, 3, modulus).await?),
        6 => drop(cot::cot(s, &own, &bits, modulus).await?),
        7 => drop(divide(s, &x, 49, Sign::Any, modulus).await?),
        8 => drop(equality::equality(s, &own, 17).await?),
        9 => drop(lookup::lookup_private(s, N, 4, modulus, |i, k| (i + k) as u64, || vec![3; N]).await?),
        10 => drop(maxpool::maxpool(s, &x, &[vec![0, 1, 2, 3], vec![2, 3, 4, 5]]).await?),
        11 => drop(millionaires::millionaires(s, &own, 17).await?),
        12 => drop(mux::mux(s, &bits, &x).await?),
        13 => drop(threshold::threshold(s, &x, &[0, 1, -1, 7, 500, -500]).await?),
        14 => drop(truncate::truncate(s, &x, 5, Sign::Any, modulus).await?),
        15 => drop(random_ot::random_ot(s, N).await?),
        _ => {
            let shape = LinearShape::dense(2, N, 5, modulus);
            let weights = [1, -2, 3, -4, 5, -6, 7, -8, 9, -10, 11, -12];
            let input = match party {
                Party::Client => LinearInput::Mask(&x),
                Party::Server => LinearInput::Weights(&weights),
            };
            drop(linear_ot(s, &shape, input).await?);
        }
    }
    Ok(())
}

/// Messages of the protocols on shares: the first byte chooses party and protocol, the others change what the party gets.
pub fn protocol(bytes: &[u8]) -> bool {
    static HONEST: LazyLock<Vec<Frames>> = LazyLock::new(|| {
        let honest = |which| {
            let (frames, client, server) = record(|c| one(which, c, Party::Client), |c| one(which, c, Party::Server));
            client.and(server).expect("honest parties end");
            frames
        };
        (0..PROTOCOLS).map(honest).collect()
    });
    let Some((first, changes)) = bytes.split_first() else { return false };
    let (party, which) = chosen(*first);
    let which = which % PROTOCOLS;
    let ended = replay(&HONEST[which][party as usize], changes, |channel| one(which, channel, party));
    assert!(ended.is_ok() || !changes.is_empty(), "what an honest peer sent is refused: {ended:?}");
    ended.is_ok()
}

/// Keys, ciphertexts and replies of an encrypted layer.
async fn encrypted_layer(channel: Channel, party: Party) -> Result<()> {
    static LAYER: LazyLock<(HeLayer, KeySets)> = LazyLock::new(|| {
        let shape = LinearShape::dense(2, N, 5, Modulus::power_of_two(17));
        let plan = linear_he::layer_plans(&shape, true).expect("encryption has room for it").at_most(1).1.clone();
        let keys = KeySets::from([(plan.set(), plan.levels())]);
        (HeLayer { shape, plan }, keys)
    });
    let (layer, keys) = &*LAYER;
    let mut session = Session::ideal(channel, party, Params::default(), 42);
    session.setup_encryption(keys).await?;
    let mut mask = Arith::new(Modulus::power_of_two(17), vec![1, 2, 3, 4, 5, 131_071]);
    let weights = [1, -2, 3, -4, 5, -6, 7, -8, 9, -10, 11, -12];
    let input = match party {
        Party::Client => HeInput::Mask(&mut mask),
        Party::Server => HeInput::Weights(&weights),
    };
    linear_he(&mut session, layer, input, &HeOptions::default()).await.map(drop)
}

/// Messages of the encryption: the first byte chooses the party, the others change what it gets.
pub fn encrypted(bytes: &[u8]) -> bool {
    static HONEST: LazyLock<Frames> = LazyLock::new(|| {
        let (frames, client, server) =
            record(|c| encrypted_layer(c, Party::Client), |c| encrypted_layer(c, Party::Server));
        client.and(server).expect("honest parties end");
        frames
    });
    let Some((first, changes)) = bytes.split_first() else { return false };
    let (party, _) = chosen(*first);
    let ended = replay(&HONEST[party as usize], changes, |channel| encrypted_layer(channel, party));
    assert!(ended.is_ok() || !changes.is_empty(), "what an honest peer sent is refused: {ended:?}");
    ended.is_ok()
}

/// A client's session with one inference; its result.
async fn client(channel: Channel, ot: OtKind) -> Result<Vec<i64>> {
    let params = Params { ot, ..Params::default() };
    let options =
        ClientOptions { model: SYNTHETIC.into(), params, rng_seed: Some([1; 32]), ..ClientOptions::default() };
    let mut client = Client::connect(channel, options).await?;
    let output = client.infer(&wide_input(1)).await?.output;
    client.close().await?;
    Ok(output)
}

async fn server(channel: Channel) -> Result<()> {
    static MODEL: LazyLock<ServedModel> = LazyLock::new(|| {
        let bundle = synthetic();
        ServedModel::new(SYNTHETIC, Arc::new(bundle.program), Arc::new(bundle.weights), None)
    });
    let options = ServerOptions { rng_seed: Some([2; 32]), ..ServerOptions::default() };
    serve_session(channel, &|_| Some(MODEL.clone()), options).await.map(drop)
}

/// A whole session, base OTs, extensions and the result among it: the first byte chooses the party and where OTs come from, the others
/// change what it gets. A client never takes a wrong result for a right one.
pub fn session(bytes: &[u8]) -> bool {
    static HONEST: LazyLock<[(Frames, Vec<i64>); 2]> = LazyLock::new(|| {
        [OtKind::Silent, OtKind::Classic].map(|ot| {
            let (frames, output, served) = record(|c| client(c, ot), server);
            served.expect("honest parties end");
            (frames, output.expect("honest parties end"))
        })
    });
    let Some((first, changes)) = bytes.split_first() else { return false };
    let (party, which) = chosen(*first);
    let (frames, right) = &HONEST[which % 2];
    let frames = &frames[party as usize];
    let ended = match party {
        Party::Client => {
            let ot = [OtKind::Silent, OtKind::Classic][which % 2];
            let output = replay(frames, changes, |channel| client(channel, ot));
            output.map(|output| assert_eq!(&output, right, "a wrong result is taken for a right one"))
        }
        Party::Server => replay(frames, changes, server),
    };
    assert!(ended.is_ok() || !changes.is_empty(), "what an honest peer sent is refused: {ended:?}");
    ended.is_ok()
}
