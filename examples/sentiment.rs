// SPDX-License-Identifier: MIT
//! From Rust, by FFI: structs by value, figures that come back through a pointer, borrowed text.
//!
//!     $ rustc sentiment.rs -l signalflow && ./sentiment
//!     compound 0.6249
//!     org nasa
//!     3.85 points a second

use std::ffi::{c_char, c_double, c_int, c_void};

#[repr(C)]
#[derive(Clone, Copy)]
struct Str {
    ptr: *const c_char,
    len: usize,
}

#[repr(C)]
#[derive(Default)]
struct Scores {
    neg: c_double,
    neu: c_double,
    pos: c_double,
    compound: c_double,
}

#[repr(C)]
struct Entity {
    text: Str,
    label: Str,
    id: Str,
    start: u32,
    end: u32,
    reserved: [u32; 4],
}

extern "C" {
    fn sf_analyser_new(out: *mut *mut c_void, lexicon: *const c_void) -> c_int;
    fn sf_analyser_free(analyser: *mut c_void);
    fn sf_sentiment(analyser: *mut c_void, text: Str, out: *mut Scores) -> c_int;
    fn sf_entities(analyser: *mut c_void, text: Str, out: *mut *const Entity) -> i64;
    fn sf_velocity(score_from: c_double, from_ms: i64, score_to: c_double, to_ms: i64) -> c_double;
}

/// What a borrowed string holds, copied.
unsafe fn owned(s: Str) -> String {
    String::from_utf8_lossy(std::slice::from_raw_parts(s.ptr.cast(), s.len)).into_owned()
}

fn main() {
    let text = "NASA lands on Europa, great";
    let given = Str { ptr: text.as_ptr().cast(), len: text.len() };
    unsafe {
        let mut analyser = std::ptr::null_mut();
        assert_eq!(sf_analyser_new(&mut analyser, std::ptr::null()), 0);
        let mut scores = Scores::default();
        assert_eq!(sf_sentiment(analyser, given, &mut scores), 0);
        println!("compound {:.4}", scores.compound);

        let mut found = std::ptr::null();
        let n = sf_entities(analyser, given, &mut found);
        if n > 0 {
            println!("{} {}", owned((*found).label).to_lowercase(), owned((*found).id));
        }
        sf_analyser_free(analyser);
        println!("{:.2} points a second", sf_velocity(45.0, 0, 1200.0, 300_000));
    }
}
