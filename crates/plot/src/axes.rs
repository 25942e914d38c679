//! Scales of axes: linear, and in deviates of the normal distribution.

/// How far from 0 the axes of a DET curve go, in standard deviations: 0.1 % and 99.9 %.
const DEVIATION: f64 = 3.090_232_306_167_813;

/// Where a share in [0, 1] is drawn on an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scale {
    Linear,
    /// In deviates of the standard normal distribution: a DET curve of normally distributed scores is a straight line.
    NormalDeviate,
}

impl Scale {
    /// The place of a share along the axis, from 0 to 1; shares beyond its ends are drawn at them.
    pub(crate) fn place(self, share: f64) -> f64 {
        match self {
            Self::Linear => share.clamp(0.0, 1.0),
            Self::NormalDeviate => {
                let deviate = normal_deviate(share).clamp(-DEVIATION, DEVIATION);
                (deviate + DEVIATION) / (2.0 * DEVIATION)
            }
        }
    }

    /// Shares that are marked, and their names.
    pub(crate) fn ticks(self) -> &'static [(f64, &'static str)] {
        match self {
            Self::Linear => &[
                (0.0, "0"),
                (0.2, "0.2"),
                (0.4, "0.4"),
                (0.6, "0.6"),
                (0.8, "0.8"),
                (1.0, "1"),
            ],
            Self::NormalDeviate => &[
                (0.001, "0.1%"),
                (0.01, "1%"),
                (0.05, "5%"),
                (0.2, "20%"),
                (0.5, "50%"),
                (0.8, "80%"),
                (0.95, "95%"),
                (0.99, "99%"),
                (0.999, "99.9%"),
            ],
        }
    }
}

/// The value below which a share of the standard normal distribution lies; infinite for 0 and 1, NaN outside.
///
/// Peter J. Acklam's rational approximation, "An algorithm for computing the inverse normal cumulative distribution
/// function" (2003); its relative error is below 1.2e-9.
pub fn normal_deviate(share: f64) -> f64 {
    const CENTRE: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const CENTRE_BELOW: [f64; 6] = [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
        1.0,
    ];
    const TAIL: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const TAIL_BELOW: [f64; 5] = [
        7.784_695_709_041_462e-3,
        3.224_671_290_700_398e-1,
        2.445_134_137_142_996,
        3.754_408_661_907_416,
        1.0,
    ];
    const TAIL_SHARE: f64 = 0.024_25;
    let polynomial =
        |coefficients: &[f64], x: f64| coefficients.iter().fold(0.0, |sum, term| sum * x + term);
    if !(0.0..=1.0).contains(&share) {
        f64::NAN
    } else if share == 0.0 {
        f64::NEG_INFINITY
    } else if share == 1.0 {
        f64::INFINITY
    } else if share < TAIL_SHARE {
        let q = (-2.0 * share.ln()).sqrt();
        polynomial(&TAIL, q) / polynomial(&TAIL_BELOW, q)
    } else if share > 1.0 - TAIL_SHARE {
        let q = (-2.0 * (1.0 - share).ln()).sqrt();
        -polynomial(&TAIL, q) / polynomial(&TAIL_BELOW, q)
    } else {
        let q = share - 0.5;
        polynomial(&CENTRE, q * q) * q / polynomial(&CENTRE_BELOW, q * q)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deviates_are_those_of_scipy() {
        // scipy.special.ndtri
        for (share, expected) in [
            (0.001, -3.090_232_306_167_813_5),
            (0.01, -2.326_347_874_040_841),
            (0.05, -1.644_853_626_951_472_7),
            (0.2, -0.841_621_233_572_914_3),
            (0.5, 0.0),
            (0.975, 1.959_963_984_540_054),
            (0.999_999, 4.753_424_308_822_899),
        ] {
            let deviate = normal_deviate(share);
            assert!((deviate - expected).abs() < 1e-8, "{share}: {deviate}");
        }
        assert_eq!(normal_deviate(0.0), f64::NEG_INFINITY);
        assert_eq!(normal_deviate(1.0), f64::INFINITY);
        assert!(normal_deviate(1.5).is_nan() && normal_deviate(f64::NAN).is_nan());
    }

    #[test]
    fn axes_end_at_their_outer_ticks() {
        for scale in [Scale::Linear, Scale::NormalDeviate] {
            let places: Vec<f64> = scale
                .ticks()
                .iter()
                .map(|&(share, _)| scale.place(share))
                .collect();
            assert!(places[0].abs() < 1e-6 && (places[places.len() - 1] - 1.0).abs() < 1e-6);
            assert!(places.is_sorted());
        }
        assert_eq!(Scale::NormalDeviate.place(0.0), 0.0);
        assert_eq!(Scale::NormalDeviate.place(1.0), 1.0);
    }
}
