//! What a card says of its model's accuracy, for people.

use sotto_nn::card::{Accuracy, Card};
use sotto_server::printable;

/// Accuracy on held-out rows, the recalls beside it, and what always picking one class gives.
pub(crate) fn held_out(card: &Card) -> String {
    let Some(Accuracy { value, float_value, test_rows, recall, balanced, majority, metric, .. }) = &card.accuracy
    else {
        return String::new();
    };
    let mut text = format!("held-out rows: {test_rows}; ");
    if let Some(balanced) = balanced {
        text += &format!("balanced accuracy {balanced:.4}; ");
    }
    text += &format!("{metric} {value:.4} in fixed point, {float_value:.4} in floating point");
    if let Some(majority) = majority {
        text += &format!(", {majority:.4} by always picking the most frequent class");
    }
    let recalls = recall.iter().zip(&card.classes).filter_map(|(recall, class)| Some((recall.as_ref()?, class)));
    let recalls: Vec<String> = recalls.map(|(recall, class)| format!("{} {recall:.4}", printable(class))).collect();
    if !recalls.is_empty() {
        text += &format!("\nrecall: {}", recalls.join(", "));
    }
    text + "\n"
}
