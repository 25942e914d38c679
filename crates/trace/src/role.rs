//! What an event's time was spent on, by its category and name.

/// What a time was spent on, the most telling first: a moment that several events share counts for the first of them, as
/// in torch-tb-profiler's step times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// A kernel on the device.
    Kernel,
    /// Copies to, from and on the device.
    Memcpy,
    /// Filling memory of the device.
    Memset,
    /// Exchange between processes: kernels of NCCL.
    Communication,
    /// Calls of the device's runtime and driver on the host.
    Runtime,
    /// Waiting for PyTorch's data loader.
    DataLoader,
    /// Operators on the host.
    CpuOperator,
    /// Everything else.
    Other,
}

impl Role {
    /// All of them, the most telling first.
    pub const ALL: [Self; 8] = [
        Self::Kernel,
        Self::Memcpy,
        Self::Memset,
        Self::Communication,
        Self::Runtime,
        Self::DataLoader,
        Self::CpuOperator,
        Self::Other,
    ];

    /// Kineto's categories, and those of older versions of PyTorch.
    pub(crate) fn of_category(category: &[u8]) -> Self {
        match category {
            b"kernel" | b"Kernel" => Self::Kernel,
            b"gpu_memcpy" | b"Memcpy" => Self::Memcpy,
            b"gpu_memset" | b"Memset" => Self::Memset,
            b"cuda_runtime" | b"cuda_driver" | b"Runtime" | b"xpu_runtime" | b"mtia_runtime" => {
                Self::Runtime
            }
            b"cpu_op" | b"Operator" => Self::CpuOperator,
            _ => Self::Other,
        }
    }

    /// Of an event, whose category has the role `self`.
    pub(crate) fn refined(self, name: &str) -> Self {
        match self {
            Self::Kernel if name.starts_with("nccl") => Self::Communication,
            Self::CpuOperator | Self::Other if name.starts_with("enumerate(DataLoader)") => {
                Self::DataLoader
            }
            _ => self,
        }
    }

    /// Whether it is time of the device, not of the host.
    pub fn is_device(self) -> bool {
        matches!(
            self,
            Self::Kernel | Self::Memcpy | Self::Memset | Self::Communication
        )
    }
}
