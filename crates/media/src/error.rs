//! What can be wrong with a tensor that should become a picture or a histogram.

/// Why a picture or a histogram could not be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MediaError {
    /// The axis order is not one that is known.
    #[error("unknown dataformats: expected a permutation of NCHW, CHW or HW, got {got:?}")]
    UnknownDataformats {
        /// As it was given.
        got: String,
    },
    /// The axis order names more or fewer axes than the tensor has.
    #[error(
        "dataformats {dataformats:?} does not fit the tensor: expected {expected} axes, got shape {got:?}"
    )]
    RankMismatch {
        /// As it was given.
        dataformats: String,
        /// Number of its letters.
        expected: usize,
        /// Shape of the tensor.
        got: Vec<usize>,
    },
    /// The channel axis has a length that is no colour.
    #[error(
        "wrong number of channels: expected {expected}, got {got} in shape {shape:?} read as {dataformats:?}"
    )]
    ChannelCount {
        /// The possible numbers.
        expected: &'static str,
        /// Length of the channel axis.
        got: usize,
        /// Shape of the tensor.
        shape: Vec<usize>,
        /// The axis order it was read in.
        dataformats: String,
    },
    /// The picture would have no pixel.
    #[error("empty picture: expected every axis to be at least 1 long, got shape {got:?}")]
    EmptyPicture {
        /// Shape of the tensor.
        got: Vec<usize>,
    },
    /// The picture would be larger than a picture file can be.
    #[error("picture too large: expected at most {limit} bytes of pixels, got {width} x {height}")]
    PictureTooLarge {
        /// Columns.
        width: u64,
        /// Rows.
        height: u64,
        /// The most bytes a picture may have.
        limit: u64,
    },
    /// The scale would leave no pixel, or is not a number.
    #[error(
        "rescale does not fit a {width} x {height} picture: expected a factor that leaves at least one pixel, got {got}"
    )]
    Rescale {
        /// The factor as it was given.
        got: f64,
        /// Columns before scaling.
        width: u32,
        /// Rows before scaling.
        height: u32,
    },
    /// Boxes are not rows of four numbers.
    #[error("wrong shape of boxes: expected [N, 4] (x min, y min, x max, y max), got {got:?}")]
    BoxesShape {
        /// Shape as it was given.
        got: Vec<usize>,
    },
    /// The PNG encoder refused the picture.
    #[error("png encoding failed: {reason}")]
    Png {
        /// What the encoder said.
        reason: String,
    },
    /// The axis order of a video is not one that is known.
    #[error("unknown dataformats of a video: expected a permutation of NTCHW or TCHW, got {got:?}")]
    UnknownVideoFormat {
        /// As it was given.
        got: String,
    },
    /// The video would be larger than a GIF can be.
    #[error(
        "video too large: expected at most 65535 x 65535 pixels, and 8 GiB of them, got {frames} frames of {width} x {height}"
    )]
    VideoTooLarge {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
        /// Number of frames.
        frames: usize,
    },
    /// A GIF cannot be so slow, or the number means nothing.
    #[error("wrong frames per second: expected a number from 0.0016 on, got {got}")]
    FramesPerSecond {
        /// As it was given.
        got: f64,
    },
    /// The GIF encoder refused the video.
    #[error("gif encoding failed: {reason}")]
    Gif {
        /// What the encoder said.
        reason: String,
    },
    /// The axes are not those of a mono or stereo sound.
    #[error(
        "wrong shape of sound: expected [frames], [frames, 2] or [2, frames] with at least one frame (axes of length 1 aside), got {got:?}"
    )]
    AudioShape {
        /// Shape as it was given.
        got: Vec<usize>,
    },
    /// The sound is longer than a WAV file can be.
    #[error("sound too long: expected at most {limit} samples, got {got}")]
    AudioTooLong {
        /// The most samples of a WAV file.
        limit: u32,
        /// Samples of all channels.
        got: usize,
    },
    /// No frame per second.
    #[error("wrong sample rate: expected at least 1 frame per second, got 0")]
    SampleRate,
    /// The tensor is no batch of pictures.
    #[error("wrong shape of pictures: expected [H, W], [C, H, W] or [N, C, H, W], got {got:?}")]
    GridShape {
        /// Shape as it was given.
        got: Vec<usize>,
    },
    /// An option of a grid has a value that means nothing.
    #[error("option {option}: expected {expected}, got {got}")]
    GridOption {
        /// Name of the option.
        option: &'static str,
        /// What it can be.
        expected: &'static str,
        /// What it is.
        got: String,
    },
    /// There is nothing to count.
    #[error("empty histogram input: expected at least one value, got none")]
    NoValues,
    /// No value fell into any bin: all are NaN or beyond the outer edges.
    #[error(
        "empty histogram: expected at least one of {values} values between the outer edges, got none"
    )]
    NothingCounted {
        /// How many values there were.
        values: usize,
    },
    /// A rule that looks at the range of the values met NaN or infinity.
    #[error("cannot choose bins: expected finite values, got a range of {min} to {max}")]
    RangeNotFinite {
        /// Smallest value, or NaN when any is NaN.
        min: f64,
        /// Largest value, or NaN when any is NaN.
        max: f64,
    },
    /// The rule asks for more bins than the values can tell apart, or than memory should hold.
    #[error(
        "too many bins for the range of the values: cannot make {wanted} bins between {min} and {max}"
    )]
    TooManyBins {
        /// Number of bins the rule asked for.
        wanted: f64,
        /// Smallest value.
        min: f64,
        /// Largest value.
        max: f64,
    },
    /// A number of bins, or a bound on it, is 0.
    #[error("{what} must be positive: expected at least 1, got 0")]
    ZeroBins {
        /// Which option.
        what: &'static str,
    },
    /// Explicit edges that do not make bins.
    #[error("bin edges must increase: expected at least two non-decreasing numbers, got {reason}")]
    Edges {
        /// What is wrong with them.
        reason: String,
    },
    /// No rule of that name.
    #[error(
        "unknown bin rule: expected tensorflow, auto, fd, doane, scott, stone, rice, sturges or sqrt, got {got:?}"
    )]
    UnknownBinRule {
        /// As it was given.
        got: String,
    },
    /// No colour map of that name.
    #[error("unknown colour map: expected one of {expected}, got {got:?}")]
    UnknownColormap {
        /// Names that are known.
        expected: String,
        /// As it was given.
        got: String,
    },
    /// A map does not fit the picture it is laid over.
    #[error("map does not fit the picture: expected [{}, {}], got {got:?}", .picture[0], .picture[1])]
    OverlayShape {
        /// Height and width of the picture.
        picture: [usize; 2],
        /// Shape of the map.
        got: Vec<usize>,
    },
    /// A picture that should be RGB between 0 and 1 is not.
    #[error("wrong picture: expected [H, W, 3] with values up to 1, got {got}")]
    OverlayPicture {
        /// What it is.
        got: String,
    },
    /// A share that is none.
    #[error("wrong weight of the picture: expected 0 to 1, got {got}")]
    ImageWeight {
        /// As it was given.
        got: f64,
    },
}
