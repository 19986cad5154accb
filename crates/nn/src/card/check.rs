//! A card against itself and against its program.

use std::collections::HashSet;

use super::error::CardError;
use super::image::Image;
use super::quantise::to_fixed;
use super::{Card, Element, FILL_IN, Field, InputError, InputSchema, Signal};
use crate::{Program, ring};

/// Most numbers of an input, as for every value of a program.
const MAX_ELEMENTS: usize = 1 << 26;

impl Card {
    /// Checks a finished card against its valid program: counts, ranges that fit the input's ring, samples.
    pub fn validate(&self, program: &Program) -> Result<(), CardError> {
        self.validate_template()?;
        let scores = program.value(program.scores());
        count(self.input.noun(), self.input.count(), program.input.len())?;
        self.check_scores("program", scores.len())?;
        self.check_possible(program)?;
        self.input.check_shape(&program.input.shape)?;
        for element in self.input.described() {
            check_ring(&element, program).map_err(|problem| self.input.error(&element, problem))?;
        }
        for sample in &self.samples {
            let at = |problem| CardError::Sample { sample: sample.name.clone(), problem };
            if sample.expected.len() != scores.len() {
                let (found, wanted) = (sample.expected.len(), scores.len());
                return Err(at(format!("it expects {found} integers, and the program has {wanted} scores")));
            }
            if let Some(v) = sample.expected.iter().find(|&&v| !ring::contains(v, scores.bits)) {
                return Err(at(format!("the expected score {v} does not fit {} bits", scores.bits)));
            }
        }
        Ok(())
    }

    /// Checks what does not depend on a program: the card as it is given to the importer, which adds the accuracy and
    /// the samples' expected scores.
    pub fn validate_template(&self) -> Result<(), CardError> {
        if self.title.trim().is_empty() {
            return Err(CardError::Card("the title is empty".into()));
        }
        let texts = [&self.description, &self.task, &self.provenance, &self.licence, self.input.label()];
        if let Some(text) = texts.into_iter().chain(&self.classes).find(|text| text.starts_with(FILL_IN)) {
            return Err(CardError::Card(format!("it still says '{text}'")));
        }
        self.input.check()?;
        self.decision.check(self.classes.len()).map_err(CardError::Card)?;
        if let Some(domain) = &self.domain {
            domain.check().map_err(CardError::Card)?;
        }
        if let Some(overflow) = &self.overflow {
            overflow.check().map_err(CardError::Card)?;
        }
        if let Some(statistics) = &self.statistics {
            statistics.check(&self.input).map_err(CardError::Card)?;
        }
        for sample in &self.samples {
            let at = |problem| CardError::Sample { sample: sample.name.clone(), problem };
            self.standardise(&sample.values).map_err(|e: InputError| at(e.to_string()))?;
            let known = [sample.label.is_some(), sample.present.is_some(), sample.value.is_some()];
            if known.iter().filter(|&&known| known).count() > 1 {
                return Err(at("label, present and value are truths of different tasks".into()));
            }
            if let Some(truth) = sample.truth() {
                self.decision.check_truth(&truth, self.classes.len()).map_err(at)?;
            }
        }
        Ok(())
    }
}

impl InputSchema {
    /// What a picture or signal is called.
    fn label(&self) -> &String {
        const NONE: &String = &String::new();
        match self {
            Self::Fields { .. } => NONE,
            Self::Image(image) => &image.label,
            Self::Signal(signal) => &signal.label,
        }
    }

    /// Checks the description of the input by itself.
    fn check(&self) -> Result<(), CardError> {
        if !(1..=MAX_ELEMENTS).contains(&self.count()) {
            let (noun, shape) = (self.noun(), self.shape());
            let problem =
                format!("it needs at least one and at most {MAX_ELEMENTS} {noun}, and their shape is {shape:?}");
            return Err(CardError::Card(problem));
        }
        if let Self::Image(image) = self {
            image.check_channels().map_err(|problem| self.about(problem))?;
        }
        for element in self.described() {
            element.check().map_err(|problem| self.error(&element, problem))?;
        }
        let problem = match self {
            Self::Fields { fields } => return self.check_fields(fields),
            Self::Image(image) => image.check(),
            Self::Signal(signal) => signal.check(),
        };
        problem.map_err(|problem| self.about(problem))
    }

    fn check_fields(&self, fields: &[Field]) -> Result<(), CardError> {
        let mut names = HashSet::new();
        for (field, element) in fields.iter().zip(self.elements()) {
            let at = |problem: &str| self.error(&element, problem.into());
            if field.name.is_empty() || field.label.is_empty() {
                return Err(at("name and label must not be empty"));
            }
            if !field.step.is_finite() || field.step <= 0.0 {
                return Err(at("step must be positive and finite"));
            }
            if let Err(e) = element.standardise(field.example) {
                return Err(at(&format!("its example is not accepted: {e}")));
            }
            if !names.insert(field.name.as_str()) {
                return Err(at("another field has the same name"));
            }
        }
        Ok(())
    }

    /// Whether a program's input can be this one: the same shape apart from dimensions of 1, or flat. Counts are equal.
    fn check_shape(&self, program: &[usize]) -> Result<(), CardError> {
        let proper = |shape: &[usize]| shape.iter().copied().filter(|&dim| dim > 1).collect::<Vec<_>>();
        let own = self.shape();
        let free = matches!(self, Self::Fields { .. });
        if free || proper(program).len() < 2 || proper(program) == proper(&own) {
            return Ok(());
        }
        Err(self.about(format!("its shape is {own:?}, and the program reads {program:?}")))
    }

    /// A problem with one element, or with all when they share a description.
    fn error(&self, element: &Element, problem: String) -> CardError {
        match self {
            Self::Fields { .. } => CardError::Field { field: element.name(), problem },
            Self::Image(_) | Self::Signal(_) => self.about(problem),
        }
    }

    /// A problem with the whole input.
    fn about(&self, problem: String) -> CardError {
        match self {
            Self::Fields { .. } => CardError::Card(problem),
            Self::Image(Image { label, .. }) | Self::Signal(Signal { label, .. }) => {
                CardError::Input { label: label.clone(), problem }
            }
        }
    }
}

impl Element<'_> {
    fn check(&self) -> Result<(), String> {
        let (low, high) = self.standardised_range();
        if [self.min, self.max, self.offset, self.scale, low, high].iter().any(|v| !v.is_finite()) {
            return Err("all its numbers must be finite, also when offset and scale are applied".into());
        }
        if self.min >= self.max {
            return Err(format!("the range {} to {} is empty", self.min, self.max));
        }
        if self.scale == 0.0 {
            return Err("scale must not be zero".into());
        }
        match self.choices.iter().find(|c| !(self.min..=self.max).contains(&c.value)) {
            Some(choice) => Err(format!("the choice {} ({}) is outside its range", choice.value, choice.label)),
            None => Ok(()),
        }
    }
}

impl Signal {
    fn check(&self) -> Result<(), String> {
        if self.label.trim().is_empty() {
            return Err("the label is empty".into());
        }
        if !self.sample_rate.is_finite() || self.sample_rate <= 0.0 {
            return Err(format!("{} is no sample rate", self.sample_rate));
        }
        match &self.marker {
            Some(marker) if marker.index >= self.length => {
                let (index, length) = (marker.index, self.length);
                Err(format!("the marker is at sample {index}, and there are samples 0 to {}", length - 1))
            }
            Some(marker) if marker.label.trim().is_empty() => Err("the marker's label is empty".into()),
            _ => Ok(()),
        }
    }
}

/// Whether the ends of the range fit the input's ring.
fn check_ring(element: &Element, program: &Program) -> Result<(), String> {
    let (bits, frac_bits) = (program.input.bits, program.input.frac_bits);
    for raw in [element.min, element.max] {
        let value = to_fixed((raw - element.offset) * element.scale, frac_bits);
        if !ring::contains(value, bits) {
            return Err(format!("{raw} becomes {value}, which does not fit the input's {bits} bits"));
        }
    }
    Ok(())
}

fn count(what: &str, found: usize, wanted: usize) -> Result<(), CardError> {
    if found != wanted {
        return Err(CardError::Card(format!("it lists {found} {what}, and the program has {wanted}")));
    }
    Ok(())
}
