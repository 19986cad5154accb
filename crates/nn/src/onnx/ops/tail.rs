//! The end of a classifier as scikit-learn's files spell it: a sigmoid as 1 / (1 + exp(−x)), and probabilities of one class
//! against the rest divided by their sum, which gets a 1 where it is 0. All of that keeps the order of the scores.

use super::super::constant::Constant;
use super::super::meaning::{Head, Meaning, Scores};

fn with(scores: &Scores, head: Head) -> Option<Meaning> {
    Some(Meaning::Dropped(Scores { head, ..scores.clone() }))
}

/// A sum with dropped scores in it.
pub(super) fn sum(a: &Meaning, b: &Meaning) -> Option<Meaning> {
    match (a, b) {
        (Meaning::Dropped(e), Meaning::Constant(one)) | (Meaning::Constant(one), Meaning::Dropped(e)) => {
            let fits = e.head == Head::Exp && all(one, 1.0);
            fits.then(|| with(e, Head::OnePlusExp)).flatten()
        }
        (Meaning::Dropped(a), Meaning::Dropped(b)) => match (a.head, b.head) {
            (Head::Sigmoid | Head::Total, Head::Guard) => Some(Meaning::Dropped(a.clone())),
            _ => None,
        },
        _ => None,
    }
}

/// A product with dropped scores in it: how many classes there are, where their sum is 0.
pub(super) fn product(a: &Meaning, b: &Meaning) -> Option<Meaning> {
    match (a, b) {
        (Meaning::Dropped(guard), Meaning::Constant(_)) if guard.head == Head::Guard => with(guard, Head::Guard),
        _ => None,
    }
}

/// Probabilities divided by their sum.
pub(super) fn quotient(a: &Meaning, b: &Meaning) -> Option<Meaning> {
    let (Meaning::Dropped(a), Meaning::Dropped(b)) = (a, b) else { return None };
    let fits = matches!(a.head, Head::Sigmoid) && b.head == Head::Total && a.view == b.view;
    fits.then(|| with(a, Head::Class)).flatten()
}

/// Exp, Reciprocal or Not.
pub(super) fn function(op: &str, x: &Meaning) -> Option<Meaning> {
    match (op, x) {
        ("Exp", Meaning::Value(view)) => {
            Some(Meaning::Dropped(Scores { view: view.clone(), head: Head::Exp, op: op.to_owned() }))
        }
        ("Reciprocal", Meaning::Dropped(scores)) if scores.head == Head::OnePlusExp => {
            let view = scores.view.mapped(|_| (-1.0, 0.0));
            Some(Meaning::Dropped(Scores { view, head: Head::Sigmoid, op: "Sigmoid".to_owned() }))
        }
        ("Not", Meaning::Dropped(scores)) if scores.head == Head::Total => with(scores, Head::Guard),
        _ => None,
    }
}

/// The sum over the classes.
pub(super) fn total(scores: &Scores) -> Option<Meaning> {
    (scores.head == Head::Sigmoid).then(|| with(scores, Head::Total)).flatten()
}

fn all(constant: &Constant, value: f64) -> bool {
    constant.to_floats().iter().all(|&v| v == value)
}
