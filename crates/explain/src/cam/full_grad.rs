//! `FullGrad` (Srinivas and Fleuret 2019, arXiv:1905.00780).

use ndarray::{Array1, Array3, ArrayD, ArrayView1, ArrayView4, Axis, Zip};

use super::projection;
use super::scale::{resize, scale_to_unit};
use crate::{ExplainError, Result};

/// How much smaller the maps are made before their first principal component is taken.
const EIGEN_SHRINK: usize = 8;

/// Sums the gradients of the input and of all biases into one map.
///
/// `sum_c s(|x dS/dx|)_c + sum_layers sum_k s(|b_k G_k|)`, where `s` scales each channel to 0 ... 1 and brings it to the
/// picture's size. The layers are all 2-d convolutions and batch normalisations that have a bias.
#[derive(Debug)]
pub struct FullGrad {
    /// `[N, H, W]`: the maps so far, or their sum when no component is to be taken.
    maps: Vec<Array3<f32>>,
    size: [usize; 2],
    eigen_smooth: bool,
}

impl FullGrad {
    /// Begins with the input and the gradient of the score with respect to it.
    ///
    /// With `eigen_smooth`, the result is the first principal component of all maps, at an eighth of the size, instead
    /// of their sum.
    ///
    /// # Shapes
    /// both `[N, C, H, W]`, f32.
    ///
    /// # Errors
    /// [`ExplainError::Shape`], [`ExplainError::NotFinite`].
    pub fn new(
        input: ArrayView4<'_, f32>,
        input_gradients: ArrayView4<'_, f32>,
        eigen_smooth: bool,
    ) -> Result<Self> {
        if input.dim() != input_gradients.dim() || input.is_empty() {
            return Err(ExplainError::Shape {
                what: "gradients of the input".to_owned(),
                expected: format!("{:?}, without an axis of length 0", input.shape()),
                got: input_gradients.shape().to_vec(),
            });
        }
        let size = [input.len_of(Axis(2)), input.len_of(Axis(3))];
        let mut sum = Self {
            maps: Vec::new(),
            size,
            eigen_smooth,
        };
        let products = (&input * &input_gradients).mapv(f32::abs);
        for channel in products.axis_iter(Axis(1)) {
            let map = sum.scaled(channel.to_owned().into_dyn())?;
            sum.add(map);
        }
        Ok(sum)
    }

    /// Adds a layer: its bias, and the gradient of the score with respect to its output.
    ///
    /// # Shapes
    /// `bias`: `[C]`; `gradients`: `[N, C, h, w]`, f32.
    ///
    /// # Errors
    /// [`ExplainError::Shape`], [`ExplainError::NotFinite`].
    pub fn add_layer(
        &mut self,
        bias: ArrayView1<'_, f32>,
        gradients: ArrayView4<'_, f32>,
    ) -> Result<()> {
        let pictures = self.maps.first().map_or(0, |map| map.len_of(Axis(0)));
        if gradients.len_of(Axis(0)) != pictures || gradients.len_of(Axis(1)) != bias.len() {
            return Err(ExplainError::Shape {
                what: "gradients of a layer with a bias".to_owned(),
                expected: format!("[{pictures}, {}, h, w]", bias.len()),
                got: gradients.shape().to_vec(),
            });
        }
        let mut layer = Array3::zeros((pictures, self.size[0], self.size[1]));
        for (channel, bias) in gradients.axis_iter(Axis(1)).zip(bias) {
            let products = channel.mapv(|gradient| (gradient * bias).abs());
            layer += &self.scaled(products.into_dyn())?;
        }
        self.add(layer);
        Ok(())
    }

    /// The map of all layers.
    ///
    /// # Shapes
    /// result: `[N, H, W]`, f32 in 0 ... 1.
    ///
    /// # Errors
    /// None but those of a picture of no size.
    pub fn finish(self) -> Result<ArrayD<f32>> {
        let mut map = if self.eigen_smooth {
            let small = self.size.map(|length| (length / EIGEN_SHRINK).max(1));
            let pictures = self.maps.first().map_or(0, |map| map.len_of(Axis(0)));
            let places = small[0] * small[1];
            let mut values = Array3::zeros((pictures, self.maps.len(), places));
            for (map, mut value) in self.maps.into_iter().zip(values.axis_iter_mut(Axis(1))) {
                let mut map = map.into_dyn();
                scale_to_unit(&mut map.view_mut());
                let map = resize(map.view(), &small)?;
                Zip::from(value.rows_mut())
                    .and(map.outer_iter())
                    .for_each(|mut row, map| row.iter_mut().zip(map).for_each(|(a, b)| *a = *b));
            }
            let component = projection::first_component(values.view());
            let mut component = component
                .into_shape_with_order(vec![pictures, small[0], small[1]])
                .unwrap_or_default();
            scale_to_unit(&mut component.view_mut());
            resize(component.view(), &self.size)?
        } else {
            self.maps
                .into_iter()
                .next()
                .map(Array3::into_dyn)
                .unwrap_or_default()
        };
        scale_to_unit(&mut map.view_mut());
        Ok(map)
    }

    fn scaled(&self, mut maps: ArrayD<f32>) -> Result<Array3<f32>> {
        if !maps.iter().all(|value| value.is_finite()) {
            return Err(ExplainError::NotFinite {
                what: "gradients times biases",
            });
        }
        scale_to_unit(&mut maps.view_mut());
        let got = maps.shape().to_vec();
        resize(maps.view(), &self.size)?
            .into_dimensionality()
            .map_err(|_| ExplainError::NotSpatial { got })
    }

    fn add(&mut self, map: Array3<f32>) {
        match self.maps.first_mut() {
            Some(sum) if !self.eigen_smooth => *sum += &map,
            _ => self.maps.push(map),
        }
    }
}

/// The bias that a batch normalisation adds in all: `b - mean w / sqrt(var + eps)`.
///
/// # Shapes
/// all `[C]`, f32.
pub fn batch_norm_bias(
    mean: ArrayView1<'_, f32>,
    variance: ArrayView1<'_, f32>,
    weight: ArrayView1<'_, f32>,
    bias: ArrayView1<'_, f32>,
    epsilon: f32,
) -> Array1<f32> {
    Zip::from(mean)
        .and(variance)
        .and(weight)
        .and(bias)
        .map_collect(|mean, variance, weight, bias| {
            bias - mean * weight / (variance + epsilon).sqrt()
        })
}
