//! The table, in Markdown: rows, their ceilings, and what was promised.

use std::fmt::Write as _;
use std::fs;
use std::time::Duration;

use crate::Results;
use crate::sample::{Sample, median};

/// A row, what it is held against, and the promise about the two.
struct Row<'a> {
    name: &'a str,
    samples: &'a [Sample],
    ceilings: Vec<(&'a str, &'a [Sample])>,
    promise: &'a str,
}

/// The whole table.
pub(crate) fn render(results: &Results, rounds: usize, round: Duration) -> String {
    let rows = of_secrets(results).into_iter().chain(of_jobs(results));
    let mut out = format!(
        "sealyard {}, {}; medians of {rounds} alternating rounds of {} ms\n\n\
         |  | per second | CPU µs | p50 µs | p99 µs | × CPU | % per second | × p50 | × p99 | promised |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|--:|---|\n",
        env!("CARGO_PKG_VERSION"),
        machine(),
        round.as_millis(),
    );
    for row in rows.filter(|row| !row.samples.is_empty()) {
        let _ = writeln!(
            out,
            "| **{}** {}| | | | | {} |",
            row.name,
            figures(row.samples),
            row.promise
        );
        for (name, samples) in &row.ceilings {
            let ratio =
                |figure: fn(&Sample) -> f64| median(row.samples, figure) / median(samples, figure);
            let _ = writeln!(
                out,
                "| — {name} {}| {:.2} | {:.0} | {:.2} | {:.2} | |",
                figures(samples),
                ratio(|sample| sample.cpu),
                ratio(|sample| sample.rate) * 100.0,
                ratio(|sample| sample.p50),
                ratio(|sample| sample.p99),
            );
        }
    }
    out.push_str("\nThe four ratios are of the row in bold to the ceiling below it.\n");
    out
}

fn of_secrets(results: &Results) -> [Row<'_>; 4] {
    [
        Row {
            name: "GET one secret, 32 connections",
            samples: &results.get,
            ceilings: vec![("bare hyper, same headers and body", &results.bare_get)],
            promise: "at most 2.3 x CPU, at least 60 % (SQLite, no cache)",
        },
        Row {
            name: "list 30 secrets, 32 connections",
            samples: &results.list,
            ceilings: vec![("bare hyper, same headers and body", &results.bare_list)],
            promise: "none without a cache (with one: 2.1 x CPU, 55 %)",
        },
        Row {
            name: "durable PUT of 1 KiB, 1 connection",
            samples: &results.put_one,
            ceilings: vec![
                ("group commit alone, 1 task", &results.commit_one),
                ("one fdatasync of 4 KiB", &results.sync),
            ],
            promise: "p50 at most 3 x fdatasync",
        },
        Row {
            name: "durable PUT of 1 KiB, 64 connections",
            samples: &results.put_many,
            ceilings: vec![
                ("group commit alone, 64 tasks", &results.commit_many),
                ("opening, wrapping, group commit", &results.bound_many),
            ],
            promise: "at most 1.45 x CPU, at least 65 % of opening, wrapping, group commit",
        },
    ]
}

fn of_jobs(results: &Results) -> [Row<'_>; 4] {
    [
        Row {
            name: "a job of 300 secrets of 1 KiB, 1 connection",
            samples: &results.job_one,
            ceilings: vec![
                ("bare hyper, same headers and body", &results.bare_one),
                ("its parts together, no HTTP, no write", &results.parts),
                ("three range queries", &results.query),
                ("300 records opened", &results.unwrap),
                ("JSON, one seal, base64", &results.seal),
            ],
            promise: "at most 1,000 µs of CPU",
        },
        Row {
            name: "the same, 8 connections",
            samples: &results.job_many,
            ceilings: vec![
                ("bare hyper, same headers and body", &results.bare_many),
                ("its parts together, no HTTP, no write", &results.parts),
            ],
            promise: "at most 1,000 µs of CPU",
        },
        Row {
            name: "the same with a ticket, 1 connection",
            samples: &results.job_ticket,
            ceilings: vec![
                ("bare hyper, same headers and body", &results.bare_one),
                ("its parts together, no HTTP, no write", &results.parts),
            ],
            promise: "at most 1,000 µs of CPU",
        },
        Row {
            name: "the same with the strings to mask, 1 connection",
            samples: &results.job_masked,
            ceilings: vec![
                ("bare hyper, same headers and body", &results.bare_masked),
                ("masks, JSON, one seal, base64", &results.mask),
            ],
            promise: "none",
        },
    ]
}

fn figures(samples: &[Sample]) -> String {
    format!(
        "| {:.0} | {:.1} | {:.0} | {:.0} ",
        median(samples, |sample| sample.rate),
        median(samples, |sample| sample.cpu),
        median(samples, |sample| sample.p50),
        median(samples, |sample| sample.p99),
    )
}

/// What it ran on, and how busy that was.
fn machine() -> String {
    let processors = std::thread::available_parallelism().map_or(0, usize::from);
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("unknown processor", |(_, model)| model);
    let load = read("/proc/loadavg");
    let load: Vec<&str> = load.split(' ').take(3).collect();
    format!("{processors} × {model}, load average {}", load.join(" "))
}
