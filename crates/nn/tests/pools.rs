//! Max pools keep their results wherever they stand and however they are split, and go where they cost least.

mod support {
    pub(crate) mod program;
}

use proptest::prelude::*;
use sotto_nn::passes::{Placed, lower, optimise, place_max_pools, split, widen};
use sotto_nn::{Geometry, OpKind, Program, Sign, Window, reference};
use support::program::{Net, TWO, kinds, same, shift};

/// Comparisons times their rings' bits, were each ring as wide as its scale.
fn comparisons(placed: &Placed) -> Option<u64> {
    let Placed { program, .. } = placed;
    let price = |op: &sotto_nn::Op| {
        let (read, n) = (program.value(op.inputs[0]), op.output.len() as u64);
        let each = match op.kind {
            OpKind::MaxPool { window } => window.area() as u64 - 1,
            OpKind::Relu | OpKind::ReluShift { .. } => 1,
            _ => 0,
        };
        n * each * u64::from(read.frac_bits)
    };
    Some(program.ops.iter().map(price).sum())
}

#[test]
fn random_programs_keep_their_results() {
    let mut fired = [0; 4];
    for seed in 0..3000 {
        let mut net = Net::random(seed);
        net.program = optimise(net.program.clone());
        for index in 0..net.program.ops.len() {
            let whole = Placed::new(net.program.clone());
            let lowered = lower(&whole, index);
            let behind = lowered.as_ref().and_then(|(lowered, index)| widen(lowered, *index));
            let forms = [lowered.map(|lowered| lowered.0), behind, split(&whole, index)];
            for (count, placed) in fired.iter_mut().zip(forms) {
                if let Some(placed) = placed {
                    assert_eq!(placed.like.len(), placed.program.ops.len() + 1);
                    same(&mut net, &placed.program);
                    *count += 1;
                }
            }
        }
        let placed = place_max_pools(net.program.clone(), &comparisons);
        same(&mut net, &placed.program);
        fired[3] += usize::from(placed.program != net.program);
        // The more operations, the better: every pool is split, and behind its ReLU in a ring of its own.
        let most = place_max_pools(net.program.clone(), &|placed| Some(1000 - placed.program.ops.len() as u64));
        same(&mut net, &most.program);
    }
    assert!(fired.iter().all(|&count| count > 100), "{fired:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// Few different values, so that most maxima are ties, of both signs.
    #[test]
    fn rows_and_columns_are_windows(
        kernel in (2usize..5, 2usize..5), stride in (1usize..4, 1usize..4),
        pads in (0usize..4, 0usize..4, 0usize..4, 0usize..4), more in (0usize..5, 0usize..5),
        x in prop::collection::vec(-2i64..2, 2 * 8 * 8),
    ) {
        let pads = [pads.0 % kernel.0, pads.1 % kernel.1, pads.2 % kernel.0, pads.3 % kernel.1];
        let window = Window { kernel: [kernel.0, kernel.1], stride: [stride.0, stride.1], pads };
        let shape = [2, (kernel.0 + more.0).min(8), (kernel.1 + more.1).min(8)];
        let mut net = Net::new(&shape, 1);
        net.pool(0, window, |window| OpKind::MaxPool { window });
        let x = &x[..net.program.input.len()];
        let placed = split(&Placed::new(net.program.clone()), 0).unwrap();
        prop_assert_eq!(placed.program.validate(), Ok(()));
        prop_assert_eq!(&placed.like, &[0, 0, 1]);
        let whole = reference::max_pool(x, &Geometry::new(&shape, window).unwrap(), 64);
        prop_assert_eq!(reference::run_output(&placed.program, &net.weights, x).unwrap(), whole);
    }
}

/// ReLU and shift behind a pool of 3x3 by 2, as [`optimise`] leaves them.
fn pooled() -> Program {
    let mut net = Net::new(&[2, 9, 9], 1);
    let window = Window { kernel: [3, 3], stride: [2, 2], pads: [0; 4] };
    let x = net.pool(0, window, |window| OpKind::MaxPool { window });
    net.step(x, OpKind::ReluShift { amount: 5 });
    net.program
}

#[test]
fn the_cheapest_form_is_taken() {
    let rows = OpKind::MaxPool { window: Window { kernel: [1, 3], stride: [1, 2], pads: [0; 4] } };
    let columns = OpKind::MaxPool { window: Window { kernel: [3, 1], stride: [2, 1], pads: [0; 4] } };
    let relu = [OpKind::ReluShift { amount: 5 }];
    let wider = [OpKind::Shift { amount: 0, sign: Sign::NonNegative }];
    let whole = kinds(&pooled());
    let (pool, split) = ([whole[0].clone()], [rows, columns]);
    // For each what its values are like.
    let all: [(Vec<OpKind>, &[usize]); 6] = [
        (whole.clone(), &[0, 1, 2]),
        ([&split[..], &relu[..]].concat(), &[0, 0, 1, 2]),
        ([&relu[..], &pool[..]].concat(), &[0, 2, 2]),
        ([&relu[..], &split[..]].concat(), &[0, 2, 2, 2]),
        ([&relu[..], &pool[..], &wider[..]].concat(), &[0, 2, 2, 2]),
        ([&relu[..], &split[..], &wider[..]].concat(), &[0, 2, 2, 2, 2]),
    ];
    for (wanted, like) in &all {
        let price = |placed: &Placed| Some(u64::from(&kinds(&placed.program) != wanted));
        let placed = place_max_pools(pooled(), &price);
        assert_eq!((&kinds(&placed.program), &placed.like[..]), (wanted, *like));
    }
    // Equal prices change nothing, nor do none.
    assert_eq!(place_max_pools(pooled(), &|_| Some(7)).program, pooled());
    assert_eq!(place_max_pools(pooled(), &|_| None).program, pooled());
}

#[test]
fn a_pool_stays_where_moving_it_could_change_the_result() {
    // A shift lets negative values through, which a narrower ring may not hold; a second reader needs the maxima.
    let mut shifted = Net::new(&[2, 4, 4], 1);
    let x = shifted.pool(0, TWO, |window| OpKind::MaxPool { window });
    shifted.step(x, shift(3));
    assert!(lower(&Placed::new(shifted.program), 0).is_none());
    assert!(widen(&Placed::new(pooled()), 0).is_none());
    let mut twice = Net::new(&[2, 4, 4], 1);
    let x = twice.pool(0, TWO, |window| OpKind::MaxPool { window });
    let y = twice.step(x, OpKind::Relu);
    twice.join(x, y, false);
    assert!(lower(&Placed::new(twice.program), 0).is_none());
    let mut narrow = pooled();
    narrow.ops[1].output.bits = 20;
    assert_eq!(place_max_pools(narrow.clone(), &comparisons).program, narrow);
}
