//! One round's figures, and the median of many.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

/// What one round came to.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Sample {
    /// Answers per second.
    pub(crate) rate: f64,
    /// Processor time of the server for each, in microseconds.
    pub(crate) cpu: f64,
    /// Median latency, in microseconds.
    pub(crate) p50: f64,
    /// 99th percentile of the latency, in microseconds.
    pub(crate) p99: f64,
}

impl Sample {
    /// Of the latencies of all answers, the time they took together, and the processor time.
    pub(crate) fn new(mut latencies: Vec<Duration>, took: Duration, cpu: Duration) -> Result<Self> {
        latencies.sort_unstable();
        let count = f64::from(u32::try_from(latencies.len())?);
        let at = |percent: usize| {
            let index = latencies.len().saturating_sub(1) * percent / 100;
            latencies
                .get(index)
                .copied()
                .map(micros)
                .context("nothing was answered")
        };
        Ok(Self {
            rate: count / took.as_secs_f64(),
            cpu: micros(cpu) / count,
            p50: at(50)?,
            p99: at(99)?,
        })
    }
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// The median of one figure.
pub(crate) fn median(samples: &[Sample], figure: impl Fn(&Sample) -> f64) -> f64 {
    let mut values: Vec<f64> = samples.iter().map(figure).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The processor time of all threads of a process so far, to the nanosecond
/// (`/proc/PID/task/*/schedstat`, first field; Linux only).
pub(crate) fn cpu_time(process: &str) -> Result<Duration> {
    let mut sum = Duration::ZERO;
    for task in fs::read_dir(format!("/proc/{process}/task")).context("no such process")? {
        // A thread that has just ended has no file any more.
        if let Ok(text) = fs::read_to_string(task?.path().join("schedstat")) {
            let nanoseconds = text.split(' ').next().unwrap_or_default().parse()?;
            sum += Duration::from_nanos(nanoseconds);
        }
    }
    Ok(sum)
}
