//! On what a model runs.

use std::{fmt, str::FromStr};

use burn::tensor::Device;

use crate::{ExplainError, Result};

const NAMES: [&str; 4] = ["cpu", "cuda", "cuda:N", "wgpu"];

/// On what a model runs: the CPU, or a GPU that the build has a feature for.
///
/// ```
/// # fn main() -> Result<(), glassboard_explain::ExplainError> {
/// use glassboard_explain::engine::Processor;
///
/// assert_eq!("cpu".parse::<Processor>()?, Processor::Cpu);
/// assert_eq!(Processor::Cpu.to_string(), "cpu");
/// let error = "gpu:1".parse::<Processor>().unwrap_err().to_string();
/// assert!(error.starts_with("unknown device: expected one of cpu, cuda, cuda:N, wgpu, got \"gpu:1\""));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Processor {
    /// The CPU, on all its cores.
    #[default]
    Cpu,
    /// An NVIDIA GPU, by its number.
    #[cfg(feature = "cuda")]
    Cuda(usize),
    /// The GPU that the system prefers.
    #[cfg(feature = "wgpu")]
    Wgpu,
}

impl Processor {
    pub(super) fn device(self) -> Device {
        match self {
            Self::Cpu => Device::flex(),
            #[cfg(feature = "cuda")]
            Self::Cuda(number) => Device::cuda(number),
            #[cfg(feature = "wgpu")]
            Self::Wgpu => Device::wgpu(burn::tensor::DeviceKind::DefaultDevice),
        }
    }
}

impl fmt::Display for Processor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => formatter.write_str("cpu"),
            #[cfg(feature = "cuda")]
            Self::Cuda(number) => write!(formatter, "cuda:{number}"),
            #[cfg(feature = "wgpu")]
            Self::Wgpu => formatter.write_str("wgpu"),
        }
    }
}

impl FromStr for Processor {
    type Err = ExplainError;

    /// Reads `cpu`, `cuda`, `cuda:1` or `wgpu`.
    ///
    /// # Errors
    /// [`ExplainError::UnknownName`], [`ExplainError::DeviceNotBuilt`].
    fn from_str(name: &str) -> Result<Self> {
        let unknown = || ExplainError::unknown_name("device", name, NAMES.into_iter());
        let (kind, number) = match name.split_once(':') {
            Some((kind @ "cuda", number)) => (kind, number.parse().map_err(|_| unknown())?),
            Some(_) => return Err(unknown()),
            None => (name, 0_usize),
        };
        match (kind, number) {
            ("cpu", _) => Ok(Self::Cpu),
            #[cfg(feature = "cuda")]
            ("cuda", number) => Ok(Self::Cuda(number)),
            #[cfg(not(feature = "cuda"))]
            ("cuda", _) => Err(ExplainError::DeviceNotBuilt { feature: "cuda" }),
            #[cfg(feature = "wgpu")]
            ("wgpu", _) => Ok(Self::Wgpu),
            #[cfg(not(feature = "wgpu"))]
            ("wgpu", _) => Err(ExplainError::DeviceNotBuilt { feature: "wgpu" }),
            _ => Err(unknown()),
        }
    }
}
