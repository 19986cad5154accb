//! The plain objects that tools give to JavaScript.

use crate::declare::{declarations, given};

given! {
    /// A part of a picture, in its pixels.
    Crop {
        /// Of the left edge.
        x: "number",
        /// Of the upper edge.
        y: "number",
        /// Columns.
        width: "number",
        /// Rows.
        height: "number",
    }
}

given! {
    /// What a model reads of a picture.
    FittedPicture {
        /// Raw values in the order of the card's elements.
        values: "Float64Array",
        /// The part of the picture that they were made from.
        crop: "Crop",
    }
}

given! {
    /// A beat of an electrocardiogram.
    Beat {
        /// Of its mark among the values.
        index: "number",
        /// How far the mark lies from the median of the second around it: negative where it points down.
        height: "number",
    }
}

given! {
    /// What the low-pass between two rates does.
    LowPass {
        /// Values of the recording that one new value is made of.
        taps: "number",
        /// Hz that pass within 0.1 %.
        pass: "number",
        /// Hz that pass by half.
        half: "number",
        /// Hz from which on less than a thousandth passes.
        stop: "number",
    }
}

given! {
    /// The outcome of a known-answer test.
    KnownAnswer {
        /// What was tested.
        name: "string",
        /// Whether it passed.
        ok: "boolean",
    }
}

declarations! {
    DECLARED_CROP = Crop::TYPESCRIPT,
    DECLARED_FITTED = FittedPicture::TYPESCRIPT,
    DECLARED_BEAT = Beat::TYPESCRIPT,
    DECLARED_LOW_PASS = LowPass::TYPESCRIPT,
    DECLARED_KNOWN_ANSWER = KnownAnswer::TYPESCRIPT,
}
