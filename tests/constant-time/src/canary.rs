//! What has to be reported: a check that reports nothing might see nothing.

use std::hint::black_box;

use futures_executor::block_on;
use sotto_mpc::protocols::relu::relu;
use sotto_mpc::testing::run2;
use sotto_mpc::{Modulus, Params, Party, Session};

use crate::secrets;

/// Branches on a share of a ReLU.
pub(crate) fn branch() -> Result<(), String> {
    let share = share()?;
    println!("the share is {}", if black_box(share & 1 == 1) { "odd" } else { "even" });
    Ok(())
}

/// Reads from a place that a share of a ReLU gives.
pub(crate) fn address() -> Result<(), String> {
    let table: [u8; 256] = std::array::from_fn(|i| i as u8);
    black_box(black_box(&table)[share()? as usize % table.len()]);
    Ok(())
}

/// The client's share of a result that went through all layers of the protocols.
fn share() -> Result<u64, String> {
    let party = async |channel, party| {
        let mut rng = secrets::rng(party);
        let x = secrets::elements(Modulus::power_of_two(32), 1, &mut rng);
        let mut session = Session::setup(channel, party, Params::default(), rng).await?;
        relu(session.lane(), &x).await
    };
    let (share, served) = block_on(run2(|c| party(c, Party::Client), |c| party(c, Party::Server)));
    served.and(share).map(|share| share.values()[0]).map_err(|e| e.to_string())
}
