//! A bench whose parties run on different machines, or in a page and a server: the client asks, runs its half, and gets the
//! server's shares to check the results.
//!
//! Messages around the session: a length of four bytes and the [`Spec`] as JSON, client to server; at the end the server's
//! processor seconds and its share of each result, eight bytes each.

use sotto_mpc::{Channel, Error as SessionError, ErrorKind, Party, Stats};

use crate::{Batch, CpuSeconds, Error, Record, Result, Spec};

/// Longest description of a bench that a server reads.
const MAX_SPEC: u32 = 1 << 12;

/// The client's half. Its processor time is unknown here.
///
/// # Errors
/// [`Error::Mismatch`] when a result is wrong; the session's.
pub async fn ask(mut channel: Channel, spec: Spec) -> Result<Record> {
    let batch = Batch::new(spec)?;
    let internal = |e: serde_json::Error| SessionError::new(ErrorKind::Internal, e.to_string());
    let json = serde_json::to_vec(batch.spec()).map_err(internal)?;
    channel.send((json.len() as u32).to_le_bytes().to_vec()).await?;
    channel.send(json).await?;
    let (own, mut channel) = batch.run(channel, Party::Client).await?;
    let answer = channel.recv(8 * (1 + batch.spec().results() as u64)).await?;
    let words: Vec<u64> = answer.as_chunks().0.iter().map(|&word| u64::from_le_bytes(word)).collect();
    let (seconds, shares) = words.split_first().ok_or_else(|| SessionError::new(ErrorKind::Internal, "no answer"))?;
    let checked = batch.check(&own.words, shares)?;
    let cpu_seconds = CpuSeconds { client: None, server: Some(f64::from_bits(*seconds)) };
    Ok(batch.record(&own.stats, cpu_seconds, checked))
}

/// The server's half, of whatever the client asks for, with its counters. `cpu_seconds` reads the processor time of this thread.
///
/// # Errors
/// Kind `Malformed` for a description that is none, the session's otherwise.
pub async fn answer(mut channel: Channel, cpu_seconds: impl Fn() -> f64) -> sotto_mpc::Result<Stats> {
    let malformed = |why: String| SessionError::new(ErrorKind::Malformed, why);
    let batch = asked(&mut channel).await?.map_err(|e| malformed(format!("not a bench: {e}")))?;
    let before = cpu_seconds();
    let (own, mut channel) = batch.run(channel, Party::Server).await?;
    let seconds = cpu_seconds() - before;
    let answer = [&[seconds.to_bits()], &own.words[..]].concat();
    channel.send(answer.iter().flat_map(|word| word.to_le_bytes()).collect()).await?;
    Ok(own.stats)
}

/// What the client asks for.
async fn asked(channel: &mut Channel) -> sotto_mpc::Result<Result<Batch>> {
    let length = channel.recv(4).await?;
    let length = length.first_chunk().map_or(0, |&bytes| u32::from_le_bytes(bytes));
    if length > MAX_SPEC {
        return Ok(Err(Error::Spec(format!("a description of {length} bytes"))));
    }
    let json = channel.recv(length.into()).await?;
    let spec = serde_json::from_slice(&json).map_err(|e| Error::Spec(e.to_string()));
    Ok(spec.and_then(Batch::new))
}

#[cfg(test)]
mod tests {
    use futures_executor::block_on;
    use sotto_mpc::testing::run2;

    use super::*;
    use crate::Op;

    fn small(op: Op) -> Spec {
        Spec { n: 100, ..Spec::new(op) }
    }

    #[test]
    fn both_halves_agree_on_every_kind_of_result() {
        for (op, spec) in [Op::Millionaires, Op::ReluShift, Op::Argmax, Op::Cot, Op::RandomOt].map(|op| (op, small(op)))
        {
            let (record, served) = block_on(run2(|c| ask(c, spec), |c| answer(c, || 1.5)));
            served.unwrap();
            let record = record.unwrap();
            assert_eq!((record.op.as_str(), record.n), (op.name(), 100));
            assert_eq!(record.checked, if op == Op::Argmax { 1 } else { 100 });
            assert_eq!(record.cpu_seconds, CpuSeconds { client: None, server: Some(0.0) });
            assert!(record.bits_per_op > 0.0 && record.setup_bytes > 0);
        }
    }

    #[test]
    fn a_wrong_share_is_noticed() {
        let batch = Batch::new(small(Op::Relu)).unwrap();
        let run = async |channel, party| batch.run(channel, party).await.unwrap().0;
        let (client, mut server) = block_on(run2(|c| run(c, Party::Client), |c| run(c, Party::Server)));
        assert_eq!(batch.check(&client.words, &server.words), Ok(100));
        server.words[70] ^= 1;
        let error = batch.check(&client.words, &server.words).unwrap_err().to_string();
        assert!(error.contains("1 of 100 results are wrong; number 70"), "{error}");
        server.words.pop();
        assert!(batch.check(&client.words, &server.words).is_err());
    }

    #[test]
    fn what_is_no_bench_is_malformed() {
        let good = serde_json::to_string(&small(Op::Relu)).unwrap();
        let without = |what: &str, with: &str| good.replace(what, with);
        for (json, why) in [
            ("{}".into(), "missing field"),
            (without("{\"op\"", "{\"more\":1,\"op\""), "unknown field"),
            (without("relu", "rela"), "unknown variant"),
            (without("\"n\":100", "\"n\":0"), "--n"),
            (without("\"bits\":32", "\"bits\":65"), "--bits"),
            (without("\"modulus\":null", "\"modulus\":10"), "--modulus"),
            (without("\"divisor\":49", "\"divisor\":0"), "--divisor"),
            (without("\"digit\":null", "\"digit\":9"), "9 bits"),
            (" ".repeat(5000), "5000 bytes"),
        ] {
            assert_ne!(json, good);
            let send = async |mut channel: Channel| {
                channel.send((json.len() as u32).to_le_bytes().to_vec()).await?;
                channel.send(json.clone().into_bytes()).await
            };
            let (_, served) = block_on(run2(send, |c| answer(c, || 0.0)));
            let error = served.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Malformed);
            assert!(error.message().contains(why), "{error}");
        }
    }
}
