//! What both filters and marks look at.

/// The value at an index, which may lie beyond the ends: there the signal goes on as its reflection in the point at the end, never as
/// zeros. `values` is not empty.
pub(super) fn reflected(values: &[f64], index: i64) -> f64 {
    let last = values.len() as i64 - 1;
    if last == 0 {
        return values[0];
    }
    let (first, end) = (values[0], values[last as usize]);
    // Reflected at both ends, it is the same again after twice its length, but for what it has risen meanwhile.
    let turns = if (-last..=2 * last).contains(&index) { 0 } else { index.div_euclid(2 * last) };
    let place = index - turns * 2 * last;
    let value = match place {
        ..0 => 2.0 * first - values[-place as usize],
        _ if place > last => 2.0 * end - values[(2 * last - place) as usize],
        _ => values[place as usize],
    };
    value + turns as f64 * 2.0 * (end - first)
}

/// The value in the middle of those that are numbers; 0 where none is.
pub(super) fn median(values: &[f64]) -> f64 {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    if sorted.is_empty() {
        return 0.0;
    }
    let middle = sorted.len() / 2;
    *sorted.select_nth_unstable_by(middle, f64::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_go_on_by_reflection_never_as_zeros() {
        let beyond = [-2, -1, 0, 3, 4, 5].map(|index| reflected(&[1.0, 2.0, 4.0, 7.0], index));
        assert_eq!(beyond, [-2.0, 0.0, 1.0, 7.0, 10.0, 12.0]);
        assert_eq!([reflected(&[5.0], -9), reflected(&[1.0, 2.0], 7)], [5.0, 8.0]);
        assert_eq!([-7, -4, 7, 9].map(|index| reflected(&[1.0, 2.0, 4.0, 7.0], index)), [-12.0, -8.0, 14.0, 19.0]);
    }

    #[test]
    fn gaps_have_no_part_in_a_median() {
        assert_eq!(median(&[3.0, f64::NAN, 1.0, 2.0]), 2.0);
        assert_eq!([median(&[]), median(&[f64::NAN])], [0.0; 2]);
    }
}
