//! Meshes as the page draws them, from the tensors of a summary. What the file says is untrusted: shapes, numbers of
//! points and colours are checked, and what does not fit is left out and named.

use std::ops::Range;

use glassboard_events::proto::tensorboard::TensorProto;
use glassboard_events::{Tensor, TensorData};

/// Most points of a mesh, and most triangles.
const MAX_ROWS: u64 = 20_000_000;

/// The name of a mesh by one of its tags: points, triangles and colours have each a tag of their own, that ends with
/// what it holds. torch writes it in words, tensorboardX in numbers.
///
/// ```
/// use glassboard_server::mesh_name;
///
/// assert_eq!(mesh_name("head_VERTEX"), "head");
/// assert_eq!(mesh_name("head_2"), "head");
/// assert_eq!(mesh_name("left_head"), "left_head");
/// ```
pub fn mesh_name(tag: &str) -> &str {
    match tag.rsplit_once('_') {
        Some((name, "VERTEX" | "FACE" | "COLOR" | "1" | "2" | "3")) => name,
        _ => tag,
    }
}

/// One mesh of a batch.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Mesh {
    /// How many the batch has.
    pub(crate) samples: u64,
    /// x, y, z of each point; all finite.
    pub(crate) positions: Vec<f64>,
    /// Three numbers of points for each triangle, all of which are there.
    pub(crate) indices: Option<Vec<f64>>,
    /// Red, green, blue of each point, 0 … 255.
    pub(crate) colors: Option<Vec<f64>>,
    /// What does not fit.
    pub(crate) notices: Vec<String>,
}

/// A tensor of shape `[B, N, 3]`, or `[N, 3]` for a batch of one.
struct Batch {
    tensor: Tensor,
    samples: u64,
    rows: u64,
}

impl Batch {
    fn of(what: &str, proto: &TensorProto) -> Result<Self, String> {
        let tensor = Tensor::from_proto(proto).map_err(|error| format!("{what}: {error}"))?;
        let (samples, rows) = match *tensor.shape.as_slice() {
            [samples, rows, 3] => (samples, rows),
            [rows, 3] => (1, rows),
            _ => {
                let got = &tensor.shape;
                return Err(format!("{what}: expected shape [B, N, 3], got {got:?}"));
            }
        };
        if rows > MAX_ROWS {
            return Err(format!(
                "{what}: expected at most {MAX_ROWS} rows, got {rows}"
            ));
        }
        Ok(Self {
            tensor,
            samples,
            rows,
        })
    }

    /// The rows of one mesh.
    fn sample(&self, what: &str, sample: u64) -> Result<Vec<f64>, String> {
        if sample >= self.samples {
            let samples = self.samples;
            return Err(format!(
                "{what}: expected a sample below {samples}, got {sample}"
            ));
        }
        // No overflow: the tensor has so many elements.
        let first = (sample * self.rows * 3) as usize;
        let range = first..first + (self.rows * 3) as usize;
        let values = match &self.tensor.data {
            TensorData::F32(data) => numbers(data, range, |&value| f64::from(value)),
            TensorData::F64(data) => numbers(data, range, |&value| value),
            TensorData::I32(data) => numbers(data, range, |&value| f64::from(value)),
            TensorData::I64(data) => numbers(data, range, |&value| value as f64),
            TensorData::U32(data) => numbers(data, range, |&value| f64::from(value)),
            TensorData::U64(data) => numbers(data, range, |&value| value as f64),
            _ => None,
        };
        values.ok_or_else(|| format!("{what}: expected numbers, got another type"))
    }
}

fn numbers<T>(data: &[T], range: Range<usize>, value: impl Fn(&T) -> f64) -> Option<Vec<f64>> {
    Some(data.get(range)?.iter().map(value).collect())
}

/// The rows that belong to a mesh of `samples`: its own, or those that all share.
fn shared(what: &str, proto: &TensorProto, sample: u64, samples: u64) -> Result<Vec<f64>, String> {
    let batch = Batch::of(what, proto)?;
    if batch.samples == 1 {
        return batch.sample(what, 0);
    }
    if batch.samples != samples {
        let got = batch.samples;
        return Err(format!(
            "{what}: expected a batch of {samples}, got one of {got}"
        ));
    }
    batch.sample(what, sample)
}

impl Mesh {
    /// Puts the tensors of a step together.
    ///
    /// # Errors
    /// When the points themselves are of no use; what is wrong with faces and colours is a notice.
    pub(crate) fn read(
        vertices: &TensorProto,
        faces: Option<&TensorProto>,
        colors: Option<&TensorProto>,
        sample: u64,
    ) -> Result<Self, String> {
        let batch = Batch::of("vertices", vertices)?;
        let positions = batch.sample("vertices", sample)?;
        let mut notices = Vec::new();
        let mut optional = |what: &str, proto: Option<&TensorProto>| {
            let found = shared(what, proto?, sample, batch.samples);
            found.map_err(|error| notices.push(error)).ok()
        };
        let faces = optional("faces", faces);
        let colors = optional("colours", colors);
        let mut mesh = Self {
            samples: batch.samples,
            positions,
            indices: faces,
            colors,
            notices,
        };
        mesh.check_colors();
        mesh.check_faces();
        mesh.leave_out_what_is_nowhere();
        Ok(mesh)
    }

    fn points(&self) -> usize {
        self.positions.len() / 3
    }

    fn check_colors(&mut self) {
        let points = self.points();
        let Some(colors) = &mut self.colors else {
            return;
        };
        if colors.len() != 3 * points {
            let got = colors.len() / 3;
            self.notices.push(format!(
                "colours: expected one for each of {points} points, got {got}; they are not shown"
            ));
            self.colors = None;
            return;
        }
        let mut outside = 0;
        for color in colors {
            if !(0.0..=255.0).contains(color) {
                outside += 1;
                // NaN is no colour: black.
                *color = if color.is_nan() {
                    0.0
                } else {
                    color.clamp(0.0, 255.0)
                };
            }
        }
        if outside > 0 {
            self.notices.push(format!(
                "colours: expected 0 to 255, got others {outside} times; the nearest is shown"
            ));
        }
    }

    fn check_faces(&mut self) {
        let points = self.points() as f64;
        let Some(faces) = &mut self.indices else {
            return;
        };
        let all = faces.len() / 3;
        let is_point = |&number: &f64| number >= 0.0 && number < points && number.fract() == 0.0;
        let kept: Vec<f64> = faces
            .chunks_exact(3)
            .filter(|face| face.iter().all(is_point))
            .flatten()
            .copied()
            .collect();
        let bad = all - kept.len() / 3;
        if bad > 0 {
            let last = points - 1.0;
            self.notices.push(format!(
                "faces: expected numbers of points from 0 to {last}, got others in {bad} of {all} faces, which are not shown"
            ));
        }
        *faces = kept;
    }

    /// Points that are NaN or infinite cannot be drawn, nor can their faces.
    fn leave_out_what_is_nowhere(&mut self) {
        // What is finite here and infinite in single precision, as which it travels, is as bad.
        let is_somewhere = |value: &f64| (*value as f32).is_finite();
        let mut places: Vec<Option<f64>> = Vec::with_capacity(self.points());
        let mut next = 0_u32;
        for point in self.positions.chunks_exact(3) {
            let here = point.iter().all(is_somewhere);
            places.push(here.then(|| f64::from(next)));
            next += u32::from(here);
        }
        let lost = self.points() - next as usize;
        if lost == 0 {
            return;
        }
        self.notices.push(format!(
            "vertices: {lost} of {} points are NaN or infinite, and are not shown",
            self.points()
        ));
        let kept = |values: &[f64]| -> Vec<f64> {
            let rows = values.chunks_exact(3).zip(&places);
            rows.filter(|(_, place)| place.is_some())
                .flat_map(|(row, _)| row.iter().copied())
                .collect()
        };
        self.positions = kept(&self.positions);
        self.colors = self.colors.take().map(|colors| kept(&colors));
        if let Some(faces) = &mut self.indices {
            let moved = faces.chunks_exact(3).filter_map(|face| {
                let mut corners = [0.0; 3];
                for (corner, number) in corners.iter_mut().zip(face) {
                    *corner = (*places.get(*number as usize)?)?;
                }
                Some(corners)
            });
            *faces = moved.flatten().collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use glassboard_events::proto::tensorboard::{
        DataType, TensorShapeProto, tensor_shape_proto::Dim,
    };

    use super::*;

    fn tensor(shape: &[i64], values: &[f32]) -> TensorProto {
        TensorProto {
            dtype: DataType::DtFloat.into(),
            tensor_shape: Some(TensorShapeProto {
                dim: shape
                    .iter()
                    .map(|&size| Dim {
                        size,
                        ..Dim::default()
                    })
                    .collect(),
                ..TensorShapeProto::default()
            }),
            float_val: values.to_vec(),
            ..TensorProto::default()
        }
    }

    const POINTS: [f32; 12] = [0., 0., 0., 1., 0., 0., 0., 1., 0., 0., 0., 1.];

    #[test]
    fn a_mesh_of_a_batch() {
        let mut both = POINTS.to_vec();
        both.extend(POINTS.map(|value| value + 5.0));
        let vertices = tensor(&[2, 4, 3], &both);
        // One list of faces for both.
        let faces = tensor(&[1, 2, 3], &[0., 1., 2., 1., 2., 3.]);
        let colors = tensor(&[2, 4, 3], &[7.0; 24]);
        let mesh = Mesh::read(&vertices, Some(&faces), Some(&colors), 1).unwrap();
        assert_eq!(mesh.samples, 2);
        assert_eq!(mesh.positions[..6], [5., 5., 5., 6., 5., 5.]);
        assert_eq!(mesh.indices.unwrap(), [0., 1., 2., 1., 2., 3.]);
        assert_eq!(mesh.colors.unwrap(), [7.0; 12]);
        assert_eq!(mesh.notices, [""; 0]);
        assert_eq!(
            Mesh::read(&vertices, None, None, 2).unwrap_err(),
            "vertices: expected a sample below 2, got 2"
        );
    }

    #[test]
    fn numbers_of_any_type() {
        let mut vertices = tensor(&[2, 3], &[]);
        vertices.dtype = DataType::DtInt32.into();
        vertices.int_val = vec![1, 2, 3, 4, 5, 6];
        let mesh = Mesh::read(&vertices, None, None, 0).unwrap();
        assert_eq!(mesh.positions, [1., 2., 3., 4., 5., 6.]);
        vertices.dtype = DataType::DtString.into();
        vertices.string_val = vec![b"x".to_vec(); 6];
        assert_eq!(
            Mesh::read(&vertices, None, None, 0).unwrap_err(),
            "vertices: expected numbers, got another type"
        );
    }

    #[test]
    fn wrong_shapes_are_told() {
        assert_eq!(
            Mesh::read(&tensor(&[2, 2], &[0.0; 4]), None, None, 0).unwrap_err(),
            "vertices: expected shape [B, N, 3], got [2, 2]"
        );
        let vertices = tensor(&[1, 4, 3], &POINTS);
        let faces = tensor(&[1, 3, 4], &[0.0; 12]);
        let colors = tensor(&[1, 3, 3], &[0.0; 9]);
        let mesh = Mesh::read(&vertices, Some(&faces), Some(&colors), 0).unwrap();
        assert_eq!((mesh.indices, mesh.colors), (None, None));
        assert_eq!(
            mesh.notices,
            [
                "faces: expected shape [B, N, 3], got [1, 3, 4]",
                "colours: expected one for each of 4 points, got 3; they are not shown"
            ]
        );
        let other = tensor(&[3, 1, 3], &[0.0; 9]);
        let mesh = Mesh::read(&vertices, Some(&other), None, 0).unwrap();
        assert_eq!(mesh.notices, ["faces: expected a batch of 1, got one of 3"]);
    }

    #[test]
    fn what_does_not_fit_is_left_out() {
        let vertices = tensor(&[1, 4, 3], &POINTS);
        let faces = tensor(
            &[1, 5, 3],
            &[
                0.,
                1.,
                2.,
                0.,
                1.,
                4.,
                -1.,
                1.,
                2.,
                0.5,
                1.,
                2.,
                f32::NAN,
                1.,
                3.,
            ],
        );
        let colors = tensor(
            &[1, 4, 3],
            &[300., -2., f32::NAN, 0., 0., 0., 255., 1., 2., 3., 4., 5.],
        );
        let mesh = Mesh::read(&vertices, Some(&faces), Some(&colors), 0).unwrap();
        assert_eq!(mesh.indices.unwrap(), [0., 1., 2.]);
        assert_eq!(mesh.colors.unwrap()[..4], [255., 0., 0., 0.]);
        assert_eq!(
            mesh.notices,
            [
                "colours: expected 0 to 255, got others 3 times; the nearest is shown",
                "faces: expected numbers of points from 0 to 3, got others in 4 of 5 faces, which are not shown"
            ]
        );
        // The second point is nowhere: it goes with its face and its colour, and the others close up.
        let mut points = POINTS;
        points[3] = f32::INFINITY;
        let faces = tensor(&[1, 2, 3], &[0., 1., 2., 0., 2., 3.]);
        let colors = tensor(
            &[1, 4, 3],
            &[1., 1., 1., 2., 2., 2., 3., 3., 3., 4., 4., 4.],
        );
        let mesh =
            Mesh::read(&tensor(&[1, 4, 3], &points), Some(&faces), Some(&colors), 0).unwrap();
        assert_eq!(mesh.positions, [0., 0., 0., 0., 1., 0., 0., 0., 1.]);
        assert_eq!(mesh.indices.unwrap(), [0., 1., 2.]);
        assert_eq!(mesh.colors.unwrap(), [1., 1., 1., 3., 3., 3., 4., 4., 4.]);
        assert_eq!(
            mesh.notices,
            ["vertices: 1 of 4 points are NaN or infinite, and are not shown"]
        );
    }

    #[test]
    fn nothing_at_all_is_a_mesh_without_points() {
        let mesh = Mesh::read(
            &tensor(&[1, 0, 3], &[]),
            Some(&tensor(&[1, 1, 3], &[0.0; 3])),
            None,
            0,
        )
        .unwrap();
        assert!(mesh.positions.is_empty());
        assert_eq!(mesh.indices.unwrap(), [0.0; 0]);
        assert_eq!(mesh.notices.len(), 1);
    }
}
