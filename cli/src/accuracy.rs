//! What a card says of its model's accuracy, for people.

use sotto_nn::card::{Accuracy, Card, Decision};
use sotto_server::printable;

/// Most classes of a list.
const LISTED: usize = 10;

/// Accuracy on held-out rows, the recalls beside it, and what always picking one class gives.
pub(crate) fn held_out(card: &Card) -> String {
    let Some(Accuracy { value, float_value, test_rows, recall, specificity, balanced, majority, metric, .. }) =
        &card.accuracy
    else {
        return String::new();
    };
    let mut text = format!("held-out rows: {test_rows}; ");
    if let Some(balanced) = balanced {
        text += &format!("balanced accuracy {balanced:.4}; ");
    }
    text += &format!("{metric} {value:.4} in fixed point, {float_value:.4} in floating point");
    if let Some(majority) = majority {
        let always = match card.decision {
            Decision::Findings { .. } => "saying the more frequent of each finding",
            _ => "picking the most frequent class",
        };
        text += &format!(", {majority:.4} by always {always}");
    }
    if let Decision::Value { unit, .. } = &card.decision {
        text += &format!(" ({})", if unit.is_empty() { "no unit".into() } else { printable(unit) });
    }
    for (name, shares) in [("recall", recall), ("specificity", specificity)] {
        let shares = shares.iter().zip(&card.classes).filter_map(|(share, class)| Some((*share.as_ref()?, class)));
        let mut shares: Vec<_> = shares.collect();
        let mut name = name.to_owned();
        if shares.len() > LISTED {
            name += &format!(", the lowest of {}", shares.len());
            shares.sort_by(|a, b| a.0.total_cmp(&b.0));
            shares.truncate(LISTED);
        }
        let shares: Vec<String> =
            shares.iter().map(|(share, class)| format!("{} {share:.4}", printable(class))).collect();
        if !shares.is_empty() {
            text += &format!("\n{name}: {}", shares.join(", "));
        }
    }
    text + "\n"
}
