//! Pictures of any size become what a card says: against Pillow's numbers, exact means, and by hand.

use proptest::prelude::*;
use serde::Deserialize;
use sotto_nn::card::{Card, Image, InputSchema};
use sotto_nn::picture::{Levels, MAX_SIDE, Picture, PictureError, Rect, UNIT};

/// The picture of a card with these members beside the usual ones.
fn schema(members: &str) -> Image {
    let json = format!(
        r#"{{"title": "T", "description": "", "task": "x", "provenance": "", "licence": "", "classes": ["a", "b"],
        "input": {{"kind": "image", "label": "P", "min": 0, "max": 255, {members}}}}}"#
    );
    let card = Card::from_json(json.as_bytes()).unwrap();
    card.validate_template().unwrap();
    let InputSchema::Image(image) = card.input else { panic!("an image") };
    image
}

fn refused(members: &str) -> String {
    let json = format!(
        r#"{{"title": "T", "description": "", "task": "x", "provenance": "", "licence": "", "classes": ["a", "b"],
        "input": {{"kind": "image", "label": "P", "min": 0, "max": 255, {members}}}}}"#
    );
    Card::from_json(json.as_bytes()).and_then(|card| card.validate_template()).unwrap_err().to_string()
}

fn of_size(channels: usize, width: usize, height: usize, rest: &str) -> Image {
    schema(&format!(r#""channels": {channels}, "width": {width}, "height": {height}, {rest}"#))
}

/// What `pictures.py --golden` of the zoo draws.
fn drawn(width: usize, height: usize) -> Vec<u8> {
    let level = |x: usize, y: usize, c: usize| ((x * x * 31 + y * 57 + x * y * 17 + c * 91) % 256) as u8;
    (0..height * width * 3).map(|i| level(i / 3 % width, i / 3 / width, i % 3)).collect()
}

#[derive(Deserialize)]
struct Case {
    width: usize,
    height: usize,
    target: [usize; 2],
    filter: String,
    colour: Vec<f64>,
    grey: Vec<f64>,
}

#[test]
fn filters_are_pillows_bit_for_bit() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("pictures/pillow.json")).unwrap();
    assert_eq!(cases.len(), 20);
    for Case { width, height, target: [w, h], filter, colour, grey } in cases {
        let levels = drawn(width, height);
        let picture = Picture::new(width, height, Levels::Colour(&levels)).unwrap();
        let rest = format!(r#""fit": "stretch", "filter": "{filter}""#);
        let (three, one) = (of_size(3, w, h, &rest), of_size(1, w, h, &rest));
        assert_eq!(three.fit(&picture).values, colour, "{filter} {width} × {height} to {w} × {h}");
        assert_eq!(one.fit(&picture).values, grey, "grey, {filter} {width} × {height} to {w} × {h}");
    }
}

#[test]
fn a_picture_of_the_models_size_stays_as_it_is() {
    let levels = drawn(6, 4);
    let plane = |channel: usize| levels.iter().skip(channel).step_by(3).map(|&v| f64::from(v)).collect::<Vec<_>>();
    let picture = Picture::new(6, 4, Levels::Colour(&levels)).unwrap();
    for filter in ["area", "nearest", "box", "bilinear", "bicubic", "lanczos", "linear"] {
        for fit in [r#""centre-crop""#, r#""stretch""#, r#"{"letterbox": {"fill": 9}}"#] {
            let image = of_size(3, 6, 4, &format!(r#""fit": {fit}, "filter": "{filter}""#));
            let fitted = image.fit(&picture);
            assert_eq!(fitted.values, [plane(0), plane(1), plane(2)].concat(), "{filter} {fit}");
            assert_eq!(fitted.crop, Rect { x: 0.0, y: 0.0, width: 6.0, height: 4.0 });
        }
    }
    let bgr = of_size(3, 6, 4, r#""fit": "stretch", "order": "bgr""#);
    assert_eq!(bgr.fit(&picture).values, [plane(2), plane(1), plane(0)].concat());
}

#[test]
fn raw_values_run_from_min_to_max() {
    let picture = Picture::new(2, 1, Levels::Colour(&[0, 0, 0, 255, 51, 204])).unwrap();
    let json = r#""channels": 3, "width": 2, "height": 1, "fit": "stretch", "mean": [0.5, 0.25, 0.125], "std": [0.5, 0.25, 0.125]"#;
    let image = Image { min: 0.0, max: 1.0, ..schema(json) };
    assert_eq!(image.fit(&picture).values, [0.0, 1.0, 0.0, 0.2, 0.0, 0.8]);
    let read: Vec<f64> = InputSchema::Image(image).elements().map(|e| e.standardise(e.max).unwrap()).collect();
    assert_eq!(read, [1.0, 1.0, 3.0, 3.0, 7.0, 7.0]);
}

#[test]
fn what_a_rule_leaves_out_and_fills_in() {
    // A row of 8 pixels.
    let levels: Vec<i32> = (0..8).map(|level| 10 * level * UNIT).collect();
    let row = Picture::new(8, 1, Levels::Grey(&levels)).unwrap();
    let of = |width, height, fit: &str| of_size(1, width, height, fit).fit(&row);
    let cut = of(3, 1, r#""fit": "centre-crop""#);
    assert_eq!((cut.values, cut.crop), (vec![20.0, 30.0, 40.0], Rect { x: 2.0, y: 0.0, width: 3.0, height: 1.0 }));
    // Three times as large, 24 × 3, of which 3 × 2 from (10, 0) on: half of 21 is as near to 11, half of 1 to 1, and they are odd.
    let shorter = of(3, 2, r#""fit": {"shorter-side": {"size": 3}}, "filter": "nearest""#);
    assert_eq!(shorter.values, [30.0, 30.0, 40.0, 30.0, 30.0, 40.0]);
    assert!((shorter.crop.x - 10.0 / 3.0).abs() < 1e-9 && (shorter.crop.width - 1.0).abs() < 1e-9);
    // 8 × 1 becomes 4 × 1 (half a row rounds up), below and above what fills.
    let boxed = of(4, 4, r#""fit": {"letterbox": {"fill": 7}}"#);
    let filled = [7.0; 4];
    assert_eq!(boxed.values, [filled, filled, [5.0, 25.0, 45.0, 65.0], filled].concat());
    let stretched = of(2, 2, r#""fit": "stretch", "filter": "linear""#);
    assert_eq!(stretched.values, [15.0, 55.0, 15.0, 55.0], "between pixels 1 and 2, and 5 and 6");
}

#[test]
fn grey_keeps_its_fractions_and_colours_become_luma() {
    let area = of_size(1, 1, 1, r#""fit": "stretch""#);
    let halves = |levels: &[i32]| area.fit(&Picture::new(levels.len(), 1, Levels::Grey(levels)).unwrap()).values;
    assert_eq!(halves(&[400, 600]), [1.0], "half a level rounds up");
    assert_eq!(halves(&[400, 599]), [0.0]);
    let colour = |pixel: &[u8]| area.fit(&Picture::new(1, 1, Levels::Colour(pixel)).unwrap()).values;
    assert_eq!(colour(&[100, 200, 50]), [153.0]);
    // A grey picture is read by each channel, in whole levels.
    let three = of_size(3, 1, 1, r#""fit": "stretch", "filter": "bilinear""#);
    assert_eq!(three.fit(&Picture::new(1, 1, Levels::Grey(&[1_500])).unwrap()).values, [2.0; 3]);
}

#[test]
fn impossible_pictures_and_rules_are_refused() {
    let size = Err(PictureError::Size { width: 0, height: 3 });
    assert_eq!(Picture::new(0, 3, Levels::Grey(&[])).map(|_| ()), size);
    let long = Picture::new(MAX_SIDE + 1, 1, Levels::Grey(&[]));
    assert!(long.unwrap_err().to_string().contains("65536 × 1 pixels"));
    assert!(Picture::new(2, 2, Levels::Colour(&[0; 11])).unwrap_err().to_string().contains("cannot have 11 levels"));
    assert_eq!(Picture::new(1, 1, Levels::Grey(&[255_001])).map(|_| ()), Err(PictureError::Level));
    assert_eq!(Picture::new(1, 1, Levels::Grey(&[-1])).map(|_| ()), Err(PictureError::Level));
    let says = |members: &str, words: &str| {
        let refused = refused(&format!(r#""width": 4, "height": 3, {members}"#));
        assert!(refused.contains(words), "{refused}");
    };
    says(r#""channels": 3, "fit": {"shorter-side": {"size": 3}}"#, "leaves nothing to cut 4 × 3 from");
    says(r#""channels": 3, "fit": {"shorter-side": {"size": 99999}}"#, "is longer than 16384");
    says(r#""channels": 3, "fit": {"shorter-side": {"side": 9}}"#, "side");
    says(r#""channels": 3, "fit": "squash""#, "squash");
    says(r#""channels": 3, "fit": {"letterbox": {"fill": 256}}"#, "256");
    says(r#""channels": 3, "fit": "stretch", "filter": "hamming""#, "hamming");
    says(r#""channels": 1, "fit": "stretch", "order": "bgr""#, "one channel has no order");
    says(r#""channels": 3, "fit": "stretch", "mean": [1, 2]"#, "mean has 2 numbers for 3 channels");
    says(r#""channels": 3, "fit": "stretch", "std": [1, 0, 1]"#, "std must be positive, not 0");
    says(r#""channels": 3, "fit": "stretch", "std": [1, 1e-310, 1]"#, "finite");
}

/// Mean over the area under a target pixel, exactly: its numerator and denominator.
fn mean(levels: &[i32], (width, height): (u64, u64), (w, h): (u64, u64), (x, y): (u64, u64)) -> (u64, u64) {
    let overlap = |pixel: u64, target: u64, from: u64, to: u64| {
        let (begin, end) = ((target * from).max(pixel * to), ((target + 1) * from).min((pixel + 1) * to));
        end.saturating_sub(begin)
    };
    let mut sum = 0;
    for (i, &level) in levels.iter().enumerate() {
        let (column, row) = (i as u64 % width, i as u64 / width);
        sum += overlap(column, x, width, w) * overlap(row, y, height, h) * level as u64;
    }
    (sum, width * height * UNIT as u64)
}

proptest! {
    #[test]
    fn area_is_the_exact_mean(width in 1usize..9, height in 1usize..9, w in 1usize..6, h in 1usize..6, seed in any::<u64>()) {
        let level = |i: usize| (seed.rotate_left(i as u32 * 7 % 64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as i32 % 255_001;
        let levels: Vec<i32> = (0..width * height).map(level).collect();
        let fitted = of_size(1, w, h, r#""fit": "stretch""#).fit(&Picture::new(width, height, Levels::Grey(&levels)).unwrap());
        for (i, value) in fitted.values.into_iter().enumerate() {
            let sizes = ((width as u64, height as u64), (w as u64, h as u64));
            let (sum, whole) = mean(&levels, sizes.0, sizes.1, ((i % w) as u64, (i / w) as u64));
            prop_assert_eq!(value as u64, (2 * sum + whole) / (2 * whole));
        }
    }

    #[test]
    fn no_rule_leaves_the_range(
        width in 1usize..40, height in 1usize..40, w in 1usize..12, h in 1usize..12,
        fit in prop::sample::select(vec![r#""stretch""#, r#""centre-crop""#, r#"{"letterbox": {"fill": 255}}"#, r#"{"shorter-side": {"size": 13}}"#]),
        filter in prop::sample::select(vec!["area", "nearest", "box", "bilinear", "bicubic", "lanczos", "linear"]),
    ) {
        let image = of_size(3, w, h, &format!(r#""fit": {fit}, "filter": "{filter}""#));
        let levels = drawn(width, height);
        let fitted = image.fit(&Picture::new(width, height, Levels::Colour(&levels)).unwrap());
        prop_assert_eq!(fitted.values.len(), 3 * w * h);
        prop_assert!(fitted.values.iter().all(|v| (0.0..=255.0).contains(v)));
        let Rect { x, y, width: columns, height: rows } = fitted.crop;
        prop_assert!(x >= 0.0 && y >= 0.0 && x + columns <= width as f64 + 1e-9 && y + rows <= height as f64 + 1e-9);
        // A picture of one level is that everywhere, but for what fills.
        let plain = vec![200; width * height * 3];
        let fitted = image.fit(&Picture::new(width, height, Levels::Colour(&plain)).unwrap());
        prop_assert!(fitted.values.iter().all(|&v| (v - 200.0).abs() < 1e-9 || v == 255.0 && fit.contains("fill")));
    }
}
