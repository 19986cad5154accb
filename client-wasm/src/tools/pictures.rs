//! Pictures: decoded, checked, and made into what a model reads.

use js_sys::Float64Array;
use sotto_mpc::ErrorKind;
use sotto_nn::card::InputSchema;
use sotto_nn::picture::{Fitted, Levels, Picture, Rect, jpeg};
use wasm_bindgen::prelude::*;

use crate::arguments::{self, argument, described_by};
use crate::failure::{Failure, Kind, SottoError};
use crate::tools::types;

/// What a model reads of a decoded picture, by the rule and filter of its card: of `grey` in thousandths of a level (255 000 is
/// white), or of `colour`, red, green and blue of each pixel; row after row. `description` is the server's JSON of the model.
#[wasm_bindgen(js_name = fitPicture, unchecked_return_type = "FittedPicture")]
pub fn fit_picture(
    #[wasm_bindgen(unchecked_param_type = "string")] description: JsValue,
    #[wasm_bindgen(unchecked_param_type = "number")] width: JsValue,
    #[wasm_bindgen(unchecked_param_type = "number")] height: JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "Int32Array | null")] grey: JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "Uint8Array | null")] colour: JsValue,
) -> Result<JsValue, SottoError> {
    let (grey, colour) = (optional("grey", &grey, arguments::levels)?, optional("colour", &colour, arguments::bytes)?);
    let levels = match (&grey, &colour) {
        (Some(grey), None) => Levels::Grey(grey),
        (None, Some(colour)) => Levels::Colour(colour),
        _ => return Err(Failure::new(Kind::Usage, "a picture is either grey or in colour").into()),
    };
    let card = described_by(&description)?.card;
    let InputSchema::Image(image) = &card.input else {
        return Err(unusable(&format!("this model reads {}, no picture", card.input.noun())).into());
    };
    let [width, height] = [("width", width), ("height", height)].map(|(name, value)| {
        argument(name, &value, arguments::count).map(|count| usize::try_from(count).unwrap_or(usize::MAX))
    });
    let picture = Picture::new(width?, height?, levels).map_err(|e| unusable(&e.to_string()))?;
    Ok(fitted(&image.fit(&picture)))
}

/// Reads every scan of a JPEG file, symbol by symbol, and refuses one that does not hold its whole picture; the message is the end
/// of a sentence. The caller has checked the picture's size.
#[wasm_bindgen(js_name = checkJpegScans)]
pub fn check_jpeg_scans(#[wasm_bindgen(unchecked_param_type = "Uint8Array")] bytes: JsValue) -> Result<(), SottoError> {
    jpeg::check(&argument("the file", &bytes, arguments::bytes)?).map_err(|error| unusable(&error.to_string()).into())
}

/// Decodes a JPEG file with one value per pixel, of 8 or 12 bits (browsers decode 8 alone), to its values row after row. The
/// message of an error is the end of a sentence. The caller has checked the picture's size.
#[wasm_bindgen(js_name = decodeGreyJpeg)]
pub fn decode_grey_jpeg(
    #[wasm_bindgen(unchecked_param_type = "Uint8Array")] bytes: JsValue,
) -> Result<Vec<u16>, SottoError> {
    let decoded = jpeg::decode_grey(&argument("the file", &bytes, arguments::bytes)?);
    Ok(decoded.map_err(|error| unusable(&error.to_string()))?.values)
}

fn fitted(fitted: &Fitted) -> JsValue {
    let Rect { x, y, width, height } = fitted.crop;
    let crop = types::Crop { x: x.into(), y: y.into(), width: width.into(), height: height.into() };
    types::FittedPicture { values: Float64Array::from(&fitted.values[..]).into(), crop: crop.into() }.into()
}

fn optional<T>(name: &str, value: &JsValue, read: fn(&JsValue) -> Result<T, String>) -> Result<Option<T>, Failure> {
    if value.is_undefined() || value.is_null() { Ok(None) } else { argument(name, value, read).map(Some) }
}

fn unusable(message: &str) -> Failure {
    Failure::new(ErrorKind::Input, message)
}
