//! Picture files become what a model reads, or are refused with the reason.

use std::path::{Path, PathBuf};

use image::{DynamicImage, GrayImage, ImageBuffer, Luma, Rgb, Rgba};
use tempfile::TempDir;

use crate::process::{Served, fails, succeeds};

/// Drawn, saved by Pillow with an orientation of a quarter turn.
const TURNED: &[u8] = include_bytes!("../pictures/turned.jpg");

/// A card of pictures of two columns and three rows.
fn card(folder: &Path, channels: usize) -> String {
    let json = format!(
        r#"{{"title": "T", "description": "", "task": "x", "provenance": "", "licence": "", "classes": ["a", "b"],
        "input": {{"kind": "image", "label": "P", "channels": {channels}, "height": 3, "width": 2, "min": 0, "max": 255,
        "fit": "stretch", "filter": "bilinear"}}}}"#
    );
    let file = folder.join("card.json");
    std::fs::write(&file, json).unwrap();
    file.display().to_string()
}

fn rows(card: &str, files: &[PathBuf]) -> Vec<Vec<f64>> {
    let mut args = vec!["rows", card, "--image"];
    args.extend(files.iter().map(|file| file.to_str().unwrap()));
    let text = succeeds(&args);
    let mut lines = text.lines();
    assert!(lines.next().unwrap().starts_with("p0,p1,p2,"));
    lines.map(|line| line.split(',').map(|cell| cell.parse().unwrap()).collect()).collect()
}

fn saved(folder: &Path, name: &str, picture: impl Into<DynamicImage>) -> PathBuf {
    let file = folder.join(name);
    picture.into().save(&file).unwrap();
    file
}

#[test]
fn a_picture_is_turned_upright_and_resized_as_pillow_does() {
    let folder = TempDir::new().unwrap();
    let jpeg = folder.path().join("turned.jpg");
    std::fs::write(&jpeg, TURNED).unwrap();
    let grey = GrayImage::from_fn(2, 3, |x, y| Luma([(40 * (x + 2 * y)) as u8]));
    let png = saved(folder.path(), "grey.png", grey);
    let made = rows(&card(folder.path(), 3), &[jpeg, png]);
    let pillow =
        [154, 145, 117, 122, 39, 58, 152, 141, 136, 142, 104, 132, 128, 115, 142, 130, 176, 154].map(f64::from);
    assert!(made[0].iter().zip(pillow).all(|(made, pillow)| (made - pillow).abs() <= 3.0), "{:?}", made[0]);
    let plane = [0.0, 40.0, 80.0, 120.0, 160.0, 200.0];
    assert_eq!(made[1], [plane, plane, plane].concat());
}

#[test]
fn what_cannot_be_used_is_refused_with_the_reason() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    let card = card(at, 1);
    let says = |file: &Path, why: &str| fails(&["rows", &card, "--image", file.to_str().unwrap()], 2, why);
    let written = |name: &str, bytes: &[u8]| {
        let file = at.join(name);
        std::fs::write(&file, bytes).unwrap();
        file
    };
    says(&written("half.jpg", &TURNED[..TURNED.len() / 2]), "a damaged JPEG file");
    // As a tool that mends files leaves it, which decoders take for whole.
    let mended = [&TURNED[..TURNED.len() - 99], &[0xff, 0xd9]].concat();
    says(&written("mended.jpg", &mended), "its picture ends before its last row");
    says(&written("text.png", b"no picture"), "neither a PNG nor a JPEG file");
    says(&written("phone.heic", b"\0\0\0\x18ftypheic"), "HEIC");
    says(&written("scan.dcm", &[&[0; 128][..], b"DICM"].concat()), "a DICOM file, which the page reads");
    let grey = saved(at, "grey.png", GrayImage::from_fn(4, 4, |x, _| Luma([x as u8])));
    let png = std::fs::read(&grey).unwrap();
    says(&written("half.png", &png[..png.len() - 20]), "a damaged PNG file");
    let mut broken = png.clone();
    broken[45] ^= 1;
    says(&written("broken.png", &broken), "a damaged PNG file");
    says(&saved(at, "flat.png", GrayImage::from_pixel(4, 4, Luma([7]))), "the same brightness everywhere");
    let clear = ImageBuffer::from_fn(4, 4, |x, _| Rgba([x as u8, 0, 0, 128]));
    says(&saved(at, "clear.png", DynamicImage::ImageRgba8(clear)), "transparent");
    let dark = ImageBuffer::from_fn(4, 4, |x, _| Luma([x as u16 * 1000]));
    says(&saved(at, "dark.png", DynamicImage::ImageLuma16(dark)), "less than half of their range");
    let full = ImageBuffer::from_fn(2, 3, |x, y| Luma([65_535 * (x as u16 ^ y as u16 & 1)]));
    let made = rows(&card, &[saved(at, "full.png", DynamicImage::ImageLuma16(full))]);
    assert_eq!(made[0], [0.0, 255.0, 255.0, 0.0, 0.0, 255.0]);
    fails(&["rows", &card, "--image", "nowhere.png"], 1, "nowhere.png");
    let fields = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/wdbc/card.json");
    fails(&["rows", fields, "--image", grey.to_str().unwrap()], 1, "this model reads fields, no picture");
}

/// A drawing of a shipped model as a file gives that drawing's result.
#[test]
fn inferences_on_files_are_those_on_their_levels() {
    let models = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../models"));
    let card = std::fs::read(models.join("pneumonia/card.json")).unwrap();
    let card: serde_json::Value = serde_json::from_slice(&card).unwrap();
    let sample = &card["samples"][0];
    let levels: Vec<u8> = sample["values"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap() as u8).collect();
    let folder = TempDir::new().unwrap();
    let file = saved(folder.path(), "sample.png", GrayImage::from_raw(28, 28, levels).unwrap());
    let server = Served::start(models);
    let infer = ["infer", "--server", &server.url, "--model", "pneumonia", "--format", "json", "--image"];
    let text = succeeds(&[&infer[..], &[file.to_str().unwrap(), file.to_str().unwrap()]].concat());
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    let answers = report["answers"].as_array().unwrap();
    assert_eq!(answers.len(), 2);
    assert!(answers.iter().all(|answer| answer["output"] == sample["expected"]), "{text}");
    let colours = ImageBuffer::from_fn(30, 28, |x, y| Rgb([x as u8 * 8, y as u8 * 9, 0]));
    let colours = saved(folder.path(), "colours.png", DynamicImage::ImageRgb8(colours));
    succeeds(&[&infer[..], &[colours.to_str().unwrap()]].concat());
    fails(&["infer", "--server", &server.url, "--model", "wdbc", "--image", file.to_str().unwrap()], 1, "no picture");
}
