// SPDX-License-Identifier: MIT
//! Scores a file of framed texts once for each line on standard input, and prints the CPU seconds each time.
use std::io::{BufRead, Write};
use vader_sentimental::SentimentIntensityAnalyzer;

fn cpu_seconds() -> f64 {
    let mut t = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut t) };
    t.tv_sec as f64 + t.tv_nsec as f64 * 1e-9
}

fn read_texts(path: &str) -> Vec<String> {
    let data = std::fs::read(path).expect("texts");
    let mut texts = Vec::new();
    let mut at = 0;
    while at < data.len() {
        let n = u32::from_le_bytes(data[at..at + 4].try_into().unwrap()) as usize;
        texts.push(String::from_utf8(data[at + 4..at + 4 + n].to_vec()).expect("UTF-8"));
        at += 4 + n;
    }
    texts
}

fn main() {
    let texts = read_texts(&std::env::args().nth(1).expect("usage: vader-peer TEXTS"));
    let analyser = SentimentIntensityAnalyzer::new();
    for _ in std::io::stdin().lock().lines() {
        let start = cpu_seconds();
        let sum: f64 = texts.iter().map(|t| analyser.polarity_scores(t).compound).sum();
        println!("{} {}", cpu_seconds() - start, sum);
        std::io::stdout().flush().unwrap();
    }
}
