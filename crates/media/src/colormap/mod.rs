//! Numbers as colours.

use std::fmt;
use std::str::FromStr;

use crate::MediaError;

macro_rules! colormaps {
    ($($(#[$doc:meta])* $variant:ident => $name:literal,)*) => {
        /// 256 colours in a row. The tables are those of `OpenCV` and, from [`Colormap::Bwr`] on, of Matplotlib;
        /// the file `make_tables.py` beside them writes them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Colormap {
            $($(#[$doc])* $variant,)*
        }

        impl Colormap {
            /// All of them; the first 22 in the order of `OpenCV`'s numbers.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its name, as [`FromStr`] reads it.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            fn table(self) -> &'static [[u8; 3]; 256] {
                const fn colours(bytes: &'static [u8; 768]) -> &'static [[u8; 3]; 256] {
                    match bytes.as_chunks::<3>().0.as_array() {
                        Some(colours) => colours,
                        None => &[[0; 3]; 256],
                    }
                }
                match self {
                    $(Self::$variant => colours(include_bytes!(concat!("tables/", $name, ".rgb"))),)*
                }
            }
        }
    };
}

colormaps! {
    /// Red to yellow.
    Autumn => "autumn",
    /// Gray with blue in the middle.
    Bone => "bone",
    /// Blue, cyan, yellow, red: what class activation maps are usually shown in.
    Jet => "jet",
    /// Blue to green.
    Winter => "winter",
    /// Red to violet.
    Rainbow => "rainbow",
    /// Black, blue, green, white.
    Ocean => "ocean",
    /// Green to yellow.
    Summer => "summer",
    /// Magenta to yellow.
    Spring => "spring",
    /// Cyan to magenta.
    Cool => "cool",
    /// Around the circle of hues.
    Hsv => "hsv",
    /// Black, rose, white.
    Pink => "pink",
    /// Black, red, yellow, white.
    Hot => "hot",
    /// Blue, green, yellow.
    Parula => "parula",
    /// Black, purple, rose; evenly perceived.
    Magma => "magma",
    /// Black, purple, yellow; evenly perceived.
    Inferno => "inferno",
    /// Blue, purple, yellow; evenly perceived.
    Plasma => "plasma",
    /// Purple, green, yellow; evenly perceived.
    Viridis => "viridis",
    /// Blue to yellow, the same for those who see no red or green.
    Cividis => "cividis",
    /// White, blue, red, white: for angles.
    Twilight => "twilight",
    /// The same, dark at both ends.
    TwilightShifted => "twilight_shifted",
    /// Jet with evener steps.
    Turbo => "turbo",
    /// Black, green, white.
    Deepgreen => "deepgreen",
    /// Blue, white, red: for values around 0.
    Bwr => "bwr",
    /// Blue, gray, red: for values around 0.
    Coolwarm => "coolwarm",
    /// Hues from red to magenta.
    GistRainbow => "gist_rainbow",
    /// Black to white.
    Gray => "gray",
    /// Dark blue, white, dark red: for values around 0.
    RdBuReversed => "rdbu_r",
    /// Dark blue, blue, white, red, dark red: for values around 0.
    Seismic => "seismic",
}

impl Colormap {
    /// Red, green and blue of a level.
    pub fn colour(self, level: u8) -> [u8; 3] {
        self.table()[usize::from(level)]
    }

    /// Red, green and blue of a number between 0 and 1; what lies beyond, and NaN, is shown as the nearest end.
    pub fn of_unit(self, value: f32) -> [u8; 3] {
        // The cast clips, and makes 0 of NaN.
        self.colour((value * 255.0) as u8)
    }

    /// The one with a number of `OpenCV`'s `COLORMAP_...`.
    pub fn from_opencv(number: usize) -> Option<Self> {
        Self::ALL
            .get(number)
            .copied()
            .filter(|_| number <= Self::Deepgreen as usize)
    }
}

impl fmt::Display for Colormap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Colormap {
    type Err = MediaError;

    /// Reads a name in any case; `grey` is `gray`.
    fn from_str(text: &str) -> Result<Self, MediaError> {
        let wanted = match text.to_lowercase().as_str() {
            "grey" => "gray".to_owned(),
            lower => lower.to_owned(),
        };
        let found = Self::ALL.iter().find(|map| map.name() == wanted);
        found.copied().ok_or_else(|| MediaError::UnknownColormap {
            expected: Self::ALL
                .iter()
                .map(|map| map.name())
                .collect::<Vec<_>>()
                .join(", "),
            got: text.to_owned(),
        })
    }
}
