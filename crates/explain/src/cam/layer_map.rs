//! One layer's map by any method.

use ndarray::{
    Array2, Array3, ArrayD, ArrayView2, ArrayView3, ArrayViewD, Axis, CowArray, Dimension, Ix3,
    IxDyn, Zip,
};

use super::Method;
use super::channel_weights as weights;
use super::projection::{self, Kernel};
use crate::{ExplainError, Result};

/// What is known of one layer.
///
/// # Shapes
/// `[N, C, H, W]` or `[N, C, D, H, W]`, f32, all the same; `weights`: `[N, C]`.
#[derive(Clone, Debug)]
pub struct Layer<'a> {
    /// A: what the layer put out.
    pub activations: ArrayViewD<'a, f32>,
    /// G: gradients of the score with respect to A.
    pub gradients: Option<ArrayViewD<'a, f32>>,
    /// H A: the Hessian of the score with respect to A, times A.
    pub hessian_products: Option<ArrayViewD<'a, f32>>,
    /// Weights of the channels which runs of the network gave (Score-CAM, Ablation-CAM).
    pub weights: Option<ArrayView2<'a, f32>>,
}

impl<'a> Layer<'a> {
    /// A layer of which only the activations are known.
    pub fn new(activations: ArrayViewD<'a, f32>) -> Self {
        Self {
            activations,
            gradients: None,
            hessian_products: None,
            weights: None,
        }
    }
}

/// What changes a map beside the [`Method`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MapOptions {
    /// Whether to take the first principal component of the weighted channels instead of their sum.
    pub eigen_smooth: bool,
    /// FEM: how many standard deviations above the mean an activation is unusual.
    pub fem_deviations: f32,
    /// KPCA-CAM: the kernel.
    pub kernel: Kernel,
    /// KPCA-CAM: gamma of the kernel; 1 / C when not given.
    pub gamma: Option<f64>,
    /// `RandomCAM`: seed of its weights.
    pub seed: u64,
}

impl Default for MapOptions {
    fn default() -> Self {
        Self {
            eigen_smooth: false,
            fem_deviations: 2.0,
            kernel: Kernel::Sigmoid,
            gamma: None,
            seed: 0,
        }
    }
}

/// The map of one layer, before what is negative is removed. Sums are taken in f64.
///
/// With i over places, k over channels:
/// - Grad-CAM (Selvaraju et al. 2017, arXiv:1610.02391, eq. 1-2), and Finer-CAM (arXiv:2501.11309) with a target of its
///   own: `sum_k w_k A_k`, `w_k = mean_i G_ki`
/// - Grad-CAM++ (arXiv:1710.11063, eq. 19): `w_k = sum_i a_ki ReLU(G_ki)`,
///   `a = G^2 / (2 G^2 + G^3 sum_i A_ki + 1e-6)`, 0 where G is
/// - XGrad-CAM (arXiv:2008.02312, eq. 8): `w_k = sum_i G_ki A_ki / (sum_i A_ki + 1e-7)`
/// - `ShapleyCAM` (arXiv:2501.06261): `w_k = mean_i (G - H A / 2)_ki`
/// - FEM (hal-02963298): `w_k` = share of places where `A_ki > mean_i A_ki + d std_i A_ki`
/// - `RandomCAM`: `w_k` uniform in -1 ... 1
/// - Score-CAM, Ablation-CAM: `w_k` as given in [`Layer::weights`]
/// - Layer-CAM (doi:10.1109/TIP.2021.3089943): `sum_k ReLU(G) A`; `HiResCAM` (arXiv:2011.08891): `sum_k G A`; element-wise
///   Grad-CAM: `sum_k ReLU(G A)`
/// - Eigen-CAM (arXiv:2008.00299): first principal component of A, over places; with G A: Eigen-Grad-CAM; with |G| A,
///   turned over when it reaches further down than up: Seg-Eigen-CAM (doi:10.3390/app15137562)
/// - KPCA-CAM (arXiv:2410.00267): first kernel principal component of A
///
/// The sign of a principal component means nothing. Ours points to where the activations are high in sum, so that the
/// same picture always gives the same map; the reference leaves it to its SVD. KPCA-CAM's is scikit-learn's.
///
/// # Shapes
/// result: `[N, H, W]` or `[N, D, H, W]`, f32, any range.
///
/// # Errors
/// [`ExplainError::NotSpatial`] for activations of another rank, [`ExplainError::Shape`] for parts that do not fit them,
/// [`ExplainError::Missing`] when the method needs what is not there (always for `FullGrad`, which is no layer's method),
/// [`ExplainError::NotFinite`], [`ExplainError::TooManyPositions`] for KPCA-CAM on large layers.
pub fn layer_map(method: Method, layer: &Layer<'_>, options: &MapOptions) -> Result<ArrayD<f32>> {
    let shape = layer.activations.shape();
    if !matches!(shape.len(), 4 | 5) || shape.contains(&0) {
        return Err(ExplainError::NotSpatial {
            got: shape.to_vec(),
        });
    }
    let a = flat("activations", &layer.activations, shape)?;
    let a = a.view();
    let part = |what, needs, part: &Option<ArrayViewD<'_, f32>>| match part {
        None => Err(ExplainError::Missing {
            method: method.name(),
            needs,
        }),
        Some(part) => flat(what, part, shape).map(CowArray::into_owned),
    };
    let gradients = || part("gradients", "gradients", &layer.gradients);
    let elementwise = |f: fn(f32, f32) -> f32| {
        let mut values = gradients()?;
        values.zip_mut_with(&a, |g, &a| *g = f(*g, a));
        Ok::<_, ExplainError>(values)
    };
    let channels = |values: Array3<f32>| {
        if options.eigen_smooth {
            projection::first_component(values.view())
        } else {
            values
                .mapv(f64::from)
                .sum_axis(Axis(1))
                .mapv(|sum| sum as f32)
        }
    };
    let weighted = |w: Array2<f32>| {
        let mut values = a.to_owned();
        let w = w.insert_axis(Axis(2));
        Zip::from(&mut values)
            .and_broadcast(&w)
            .for_each(|a, w| *a *= w);
        channels(values)
    };
    let map = match method {
        Method::GradCam | Method::FinerCam => weighted(weights::mean(gradients()?.view())),
        Method::GradCamPlusPlus => weighted(weights::grad_cam_plus_plus(a, gradients()?.view())),
        Method::XGradCam => weighted(weights::xgrad_cam(a, gradients()?.view())),
        Method::ShapleyCam => {
            let products = part(
                "Hessian products",
                "Hessian products",
                &layer.hessian_products,
            )?;
            weighted(weights::mean((gradients()? - products * 0.5).view()))
        }
        Method::Fem => weighted(weights::fem(a, options.fem_deviations)),
        Method::RandomCam => weighted(weights::random((a.dim().0, a.dim().1), options.seed)),
        Method::ScoreCam | Method::AblationCam => {
            let w = layer.weights.ok_or(ExplainError::Missing {
                method: method.name(),
                needs: "weights of the channels",
            })?;
            if w.dim() != (a.dim().0, a.dim().1) {
                return Err(ExplainError::Shape {
                    what: "weights".to_owned(),
                    expected: format!("{:?}", [a.dim().0, a.dim().1]),
                    got: w.shape().to_vec(),
                });
            }
            weighted(w.to_owned())
        }
        Method::LayerCam => channels(elementwise(|g, a| g.max(0.0) * a)?),
        Method::HiResCam => channels(elementwise(|g, a| g * a)?),
        Method::GradCamElementWise => channels(elementwise(|g, a| (g * a).max(0.0))?),
        Method::EigenCam => projection::first_component(a),
        Method::EigenGradCam => projection::first_component(elementwise(|g, a| g * a)?.view()),
        Method::SegEigenCam => {
            let mut maps = projection::first_component(elementwise(|g, a| g.abs() * a)?.view());
            for mut map in maps.outer_iter_mut() {
                let (min, max) = super::scale::range(map.iter());
                if min.abs() > max.abs() {
                    map.mapv_inplace(|value| -value);
                }
            }
            maps
        }
        Method::KpcaCam => projection::first_kernel_component(a, options.kernel, options.gamma)?,
        Method::FullGrad => {
            return Err(ExplainError::Missing {
                method: method.name(),
                needs: "gradients of the input and of all biases",
            });
        }
    };
    let mut of_maps = vec![a.dim().0];
    of_maps.extend(shape.iter().skip(2));
    Ok(map
        .into_shape_with_order(IxDyn(&of_maps))
        .unwrap_or_default())
}

/// `[N, C, places]`.
fn flat<'a>(
    what: &'static str,
    array: &'a ArrayViewD<'_, f32>,
    shape: &[usize],
) -> Result<CowArray<'a, f32, Ix3>> {
    if array.shape() != shape {
        return Err(ExplainError::Shape {
            what: what.to_owned(),
            expected: format!("{shape:?}"),
            got: array.shape().to_vec(),
        });
    }
    if !array.iter().all(|value| value.is_finite()) {
        return Err(ExplainError::NotFinite { what });
    }
    let places = array.raw_dim().slice().iter().skip(2).product::<usize>();
    let (n, c) = (array.len_of(Axis(0)), array.len_of(Axis(1)));
    array
        .to_shape((n, c, places))
        .map_err(|_| ExplainError::NotSpatial {
            got: shape.to_vec(),
        })
}

/// Kept here so that the functions of weights and projections share one name for `[N, C, places]`.
pub(super) type Flat<'a> = ArrayView3<'a, f32>;
