//! What a model was made for: an input whose file says something else is used only after a warning.

use serde::{Deserialize, Serialize};

/// The inputs that a model is meant for. What is absent or empty is not looked at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Domain {
    /// Codes of DICOM's Modality (0008,0060), as `DX`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub modalities: Vec<String>,
    /// Values of DICOM's Body Part Examined (0018,0015), as `CHEST`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub body_parts: Vec<String>,
    /// Values of DICOM's View Position (0018,5101), as `AP`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub views: Vec<String>,
    /// Ages of patients in years.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_years: Option<Range>,
    /// Names of leads, the one that the model was trained on first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leads: Vec<String>,
    /// Samples a second of a recording as it comes, before it is resampled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording_rate: Option<Range>,
    /// Largest less smallest value of what the model reads, in the input's unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amplitude: Option<Range>,
}

/// An interval with its ends.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// The lower end.
    pub min: f64,
    /// The upper end.
    pub max: f64,
}

impl Domain {
    /// Checks that no code is empty and no interval either.
    pub(super) fn check(&self) -> Result<(), String> {
        for (what, codes) in [
            ("modalities", &self.modalities),
            ("body_parts", &self.body_parts),
            ("views", &self.views),
            ("leads", &self.leads),
        ] {
            if codes.iter().any(|code| code.trim().is_empty()) {
                return Err(format!("one of the domain's {what} is empty"));
            }
        }
        for (what, range) in
            [("age_years", self.age_years), ("recording_rate", self.recording_rate), ("amplitude", self.amplitude)]
        {
            let ordered = |range: Range| range.min.is_finite() && range.max.is_finite() && range.min <= range.max;
            if !range.is_none_or(ordered) {
                return Err(format!("the domain's {what} has no value between its ends"));
            }
        }
        Ok(())
    }
}
