//! JPEG files are whole or refused, wherever they end. The files are drawings, saved by Pillow.

use proptest::prelude::*;
use sotto_nn::picture::jpeg::{JpegError, check};

const FILES: [(&str, &[u8]); 5] = [
    ("sequential", include_bytes!("pictures/sequential.jpg")),
    ("progressive", include_bytes!("pictures/progressive.jpg")),
    ("grey", include_bytes!("pictures/grey.jpg")),
    ("progressive grey", include_bytes!("pictures/progressive-grey.jpg")),
    ("restart markers", include_bytes!("pictures/restarts.jpg")),
];

/// Where the first scan's header begins.
fn scan(file: &[u8]) -> usize {
    file.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap()
}

#[test]
fn whole_files_are_whole() {
    for (name, file) in FILES {
        assert_eq!(check(file), Ok(()), "{name}");
        // What follows the end is nobody's.
        assert_eq!(check(&[file, b"more"].concat()), Ok(()), "{name}");
    }
}

#[test]
fn a_file_that_ends_early_is_refused_wherever_it_ends() {
    for (name, file) in FILES {
        for end in 0..file.len() {
            assert!(check(&file[..end]).is_err(), "{name}: {end} bytes of {}", file.len());
        }
        // Ended properly, as a tool that mends files does it. The last byte may be filled up with bits that say nothing.
        for end in scan(file)..file.len() - 4 {
            let mended = [&file[..end], &[0xff, 0xd9]].concat();
            assert!(check(&mended).is_err(), "{name}: mended after {end} bytes of {}", file.len());
        }
    }
}

#[test]
fn what_is_wrong_is_named() {
    let (_, file) = FILES[0];
    let at = scan(file);
    let replaced = |place: usize, byte: u8| {
        let mut file = file.to_vec();
        file[place] = byte;
        check(&file)
    };
    let frame = file.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    assert_eq!(replaced(frame + 1, 0xc9), Err(JpegError::Kind));
    assert_eq!(replaced(frame + 11, 0), Err(JpegError::Header), "a sampling factor of nought");
    assert_eq!(replaced(at + 5, 99), Err(JpegError::Header), "a component that the frame does not have");
    assert_eq!(replaced(at + 6, 0x33), Err(JpegError::NoTable));
    let table = file.windows(2).position(|pair| pair == [0xff, 0xc4]).unwrap();
    assert_eq!(replaced(table + 5, 255), Err(JpegError::Table));
    assert_eq!(check(&[&file[..frame], &file[at..]].concat()), Err(JpegError::NoFrame));
    assert_eq!(check(&[&file[..at], &file[frame..]].concat()), Err(JpegError::Frames));
    let (_, progressive) = FILES[1];
    let last = progressive.windows(2).rposition(|pair| pair == [0xff, 0xda]).unwrap();
    assert_eq!(check(&[&progressive[..last], &[0xff, 0xd9]].concat()), Err(JpegError::Part));
}

proptest! {
    /// Whatever a file holds, it is read or refused, and nothing panics.
    #[test]
    fn changed_files_do_no_harm(which in 0..FILES.len(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut file = FILES[which].1.to_vec();
        // The size is checked by whoever decodes.
        let frame = file.windows(2).position(|pair| matches!(pair, [0xff, 0xc0 | 0xc2])).unwrap();
        for (place, byte) in changes {
            let place = place.index(file.len());
            if !(frame + 5..frame + 9).contains(&place) {
                file[place] = byte;
            }
        }
        let _ = check(&file);
    }
}
