/// One scalar point, exactly as logged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Step.
    pub step: i64,
    /// Wall time in seconds since the Unix epoch.
    pub wall_time_secs: f64,
    /// Value; NaN and infinities are kept.
    pub value: f64,
}
