//! Colours, of the dashboard's two themes.

/// On which ground a picture is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Theme {
    /// Dark on white.
    #[default]
    Light,
    /// Light on near black.
    Dark,
}

/// Colours of series: distinguishable for the common colour blindnesses, of similar lightness. The same as the
/// dashboard's (`web/src/lib/format/palette.ts`).
pub(crate) const LIGHT: [&str; 8] = [
    "#3b6fd4", "#d67217", "#1c9a6c", "#c2418b", "#7a5bd0", "#0c93b8", "#ad8a26", "#d6504a",
];
pub(crate) const DARK: [&str; 8] = [
    "#7aa2ff", "#ffa657", "#4cd49e", "#f07fbd", "#b39bff", "#4cc9ea", "#e3c25a", "#ff8a80",
];

/// Colours as they stand in the drawing.
pub(crate) struct Colours {
    pub(crate) ground: &'static str,
    pub(crate) text: &'static str,
    pub(crate) muted: &'static str,
    pub(crate) grid: &'static str,
    pub(crate) axis: &'static str,
    pub(crate) chance: &'static str,
    pub(crate) series: [&'static str; 8],
}

pub(crate) const LIGHT_COLOURS: Colours = Colours {
    ground: "#ffffff",
    text: "#15191e",
    muted: "#505a64",
    grid: "#e6e9ed",
    axis: "#868f98",
    chance: "#868f98",
    series: LIGHT,
};

pub(crate) const DARK_COLOURS: Colours = Colours {
    ground: "#161a1e",
    text: "#e8ebee",
    muted: "#a3adb7",
    grid: "#262c32",
    axis: "#6b7580",
    chance: "#8a95a0",
    series: DARK,
};

/// In a page, the style sheet says which theme it is.
pub(crate) const PAGE_COLOURS: Colours = Colours {
    ground: "var(--ground)",
    text: "var(--text)",
    muted: "var(--muted)",
    grid: "var(--grid)",
    axis: "var(--axis)",
    chance: "var(--chance)",
    series: [
        "var(--s0)",
        "var(--s1)",
        "var(--s2)",
        "var(--s3)",
        "var(--s4)",
        "var(--s5)",
        "var(--s6)",
        "var(--s7)",
    ],
};

impl Theme {
    pub(crate) fn colours(self) -> &'static Colours {
        match self {
            Self::Light => &LIGHT_COLOURS,
            Self::Dark => &DARK_COLOURS,
        }
    }
}
