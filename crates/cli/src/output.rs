//! What is printed: standard output that may be a closed pipe, numbers, times, progress.

use std::io::{self, IsTerminal as _, Write as _};

use anyhow::Result;
use chrono::{DateTime, SecondsFormat};
use indicatif::{ProgressBar, ProgressStyle};

use crate::Status;

/// Whether an error says that nobody reads the output any more.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}

/// Prints the description of the HTTP API.
pub(crate) fn openapi() -> Result<Status> {
    io::stdout().write_all(glassboard_server::openapi_json()?.as_bytes())?;
    Ok(Status::Success)
}

/// A number with its thousands set off: `12,345`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of bytes for people: `999 B`, `1.2 kB`, `64.0 MB`.
pub(crate) fn size_text(bytes: u64) -> String {
    let mut size = bytes as f64;
    if size < 1e3 {
        return format!("{bytes} B");
    }
    let mut unit = "B";
    for next in ["kB", "MB", "GB", "TB"] {
        if size < 1e3 {
            break;
        }
        size /= 1e3;
        unit = next;
    }
    format!("{size:.1} {unit}")
}

/// A wall time as UTC: `2026-11-22T08:30:00.123Z`; as the number when no calendar has it.
pub(crate) fn utc(wall_time_secs: f64) -> String {
    let millis = (wall_time_secs * 1e3).round();
    // Beyond this, a number of milliseconds is no longer exact, nor a date.
    if millis.abs() < 9e15
        && let Some(time) = DateTime::from_timestamp_millis(millis as i64)
    {
        time.to_rfc3339_opts(SecondsFormat::Millis, true)
    } else {
        wall_time_secs.to_string()
    }
}

/// A bar of bytes on standard error, when that is a terminal and standard output does not
/// write to the same screen.
pub(crate) fn byte_bar(quiet: bool) -> ProgressBar {
    bar(
        quiet,
        "{bar:40} {bytes}/{total_bytes} {binary_bytes_per_sec} {msg}",
    )
}

/// A bar of things that are counted, as [`byte_bar`].
pub(crate) fn count_bar(len: u64) -> ProgressBar {
    let bar = bar(false, "{bar:40} {pos}/{len} {wide_msg}");
    bar.set_length(len);
    bar
}

fn bar(quiet: bool, template: &str) -> ProgressBar {
    if quiet || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    // The templates are constants; were one wrong, the default bar would do.
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (12_345_678, "12,345,678"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn sizes_have_units() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_234, "1.2 kB"),
            (64_000_000, "64.0 MB"),
        ] {
            assert_eq!(size_text(bytes), text);
        }
    }

    #[test]
    fn times_are_dates_where_they_can() {
        assert_eq!(utc(1.7e9), "2023-11-14T22:13:20.000Z");
        assert_eq!(utc(1.700_000_000_123_6e9), "2023-11-14T22:13:20.124Z");
        assert_eq!(utc(0.0), "1970-01-01T00:00:00.000Z");
        assert_eq!(utc(f64::NAN), "NaN");
        assert_eq!(utc(1e300), 1e300_f64.to_string());
    }
}
