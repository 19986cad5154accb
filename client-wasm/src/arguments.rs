//! Arguments from JavaScript, which may be anything: what is not meant is refused by name, with kind `usage`.

use js_sys::{Array, Float64Array, Function, Int32Array, Object, Reflect, Uint8Array};
use sotto_nn::Description;
use wasm_bindgen::{JsCast, JsValue};

use crate::abort::{self, AbortSignal};
use crate::failure::{Failure, Kind, described};

/// The members of an object of options.
pub(crate) struct Members<'a> {
    object: Option<&'a Object>,
    /// Whose options these are.
    of: &'a str,
}

impl<'a> Members<'a> {
    /// Of an argument that may be left out. A member that is none of `known` is an error: it would have no effect.
    pub(crate) fn of(argument: &'a JsValue, of: &'a str, known: &[&str]) -> Result<Self, Failure> {
        if argument.is_undefined() || argument.is_null() {
            return Ok(Members { object: None, of });
        }
        let object = argument.dyn_ref::<Object>().filter(|_| !argument.is_function() && !Array::is_array(argument));
        let object =
            object.ok_or_else(|| usage(format!("the options of {of} are {}, and no object", kind(argument))))?;
        for name in Object::keys(object).iter().filter_map(|name| name.as_string()) {
            if !known.contains(&&*name) {
                return Err(usage(format!("{of} has no option {name}: there are {}", known.join(", "))));
            }
        }
        Ok(Members { object: Some(object), of })
    }

    /// The member of this name, unless it is absent or `null`.
    pub(crate) fn get<T>(&self, name: &str, read: fn(&JsValue) -> Result<T, String>) -> Result<Option<T>, Failure> {
        let Some(object) = self.object else { return Ok(None) };
        let got = Reflect::get(object, &name.into());
        let member = got.map_err(|_| usage(format!("options.{name} of {} cannot be read", self.of)))?;
        if member.is_undefined() || member.is_null() {
            return Ok(None);
        }
        read(&member).map(Some).map_err(|wrong| usage(format!("options.{name} of {} {wrong}", self.of)))
    }
}

/// A required argument, by the function that reads it.
pub(crate) fn argument<T>(name: &str, value: &JsValue, read: fn(&JsValue) -> Result<T, String>) -> Result<T, Failure> {
    read(value).map_err(|wrong| usage(format!("{name} {wrong}")))
}

/// The server's description of a model, read and checked, of an argument.
pub(crate) fn described_by(description: &JsValue) -> Result<Description, Failure> {
    described(&argument("the description", description, json)?)
}

pub(crate) fn text(value: &JsValue) -> Result<String, String> {
    value.as_string().ok_or_else(|| wrong(value, "a string"))
}

/// The server's JSON, as it came: what a program made of it need not have the same digest.
pub(crate) fn json(value: &JsValue) -> Result<String, String> {
    let parsed = "; pass the text of the server's answer on as it came, without parsing it";
    value
        .as_string()
        .ok_or_else(|| format!("{}{}", wrong(value, "a string"), if value.is_object() { parsed } else { "" }))
}

/// A string, or a `URL`.
pub(crate) fn address(value: &JsValue) -> Result<String, String> {
    if let Some(text) = value.as_string() {
        return Ok(text);
    }
    // One of another realm is no instance of this realm's class.
    let href = value.is_object().then(|| Reflect::get(value, &"href".into()).ok()).flatten();
    href.and_then(|href| href.as_string()).ok_or_else(|| wrong(value, "a string or a URL"))
}

/// A whole number from 0 that JavaScript holds exactly.
pub(crate) fn count(value: &JsValue) -> Result<u64, String> {
    let whole = |number: &f64| (0.0..=9_007_199_254_740_991.0).contains(number) && number.fract() == 0.0;
    value.as_f64().filter(whole).map(|number| number as u64).ok_or_else(|| wrong(value, "a whole number from 0"))
}

pub(crate) fn function(value: &JsValue) -> Result<Function, String> {
    value.dyn_ref::<Function>().cloned().ok_or_else(|| wrong(value, "a function"))
}

pub(crate) fn signal(value: &JsValue) -> Result<AbortSignal, String> {
    abort::signal(value).ok_or_else(|| wrong(value, "an AbortSignal"))
}

/// Numbers, in a `Float64Array` or an array.
pub(crate) fn numbers(value: &JsValue) -> Result<Vec<f64>, String> {
    if let Some(numbers) = value.dyn_ref::<Float64Array>() {
        return Ok(numbers.to_vec());
    }
    let list = value.dyn_ref::<Array>().ok_or_else(|| wrong(value, "a Float64Array or an array of numbers"))?;
    let read = |(i, item): (usize, JsValue)| item.as_f64().ok_or_else(|| format!("has {} at index {i}", kind(&item)));
    list.iter().enumerate().map(read).collect()
}

pub(crate) fn bytes(value: &JsValue) -> Result<Vec<u8>, String> {
    value.dyn_ref::<Uint8Array>().map(Uint8Array::to_vec).ok_or_else(|| wrong(value, "a Uint8Array"))
}

pub(crate) fn levels(value: &JsValue) -> Result<Vec<i32>, String> {
    value.dyn_ref::<Int32Array>().map(Int32Array::to_vec).ok_or_else(|| wrong(value, "an Int32Array"))
}

fn wrong(value: &JsValue, wanted: &str) -> String {
    format!("is {}, and not {wanted}", kind(value))
}

/// What a value is, in words; never the value, which may be what nobody is to see.
fn kind(value: &JsValue) -> String {
    if value.is_null() {
        return "null".into();
    }
    if value.is_undefined() {
        return "missing".into();
    }
    if value.is_object() {
        let class = Reflect::get(value, &"constructor".into()).and_then(|class| Reflect::get(&class, &"name".into()));
        return match class.ok().and_then(|name| name.as_string()).filter(|name| name != "Object") {
            Some(name) => format!("an object of class {name}"),
            None => "an object".into(),
        };
    }
    match value.js_typeof().as_string() {
        Some(name) => format!("a {name}"),
        None => "something else".into(),
    }
}

fn usage(message: String) -> Failure {
    Failure::new(Kind::Usage, message)
}
