//! Meshes and point clouds.

use glassboard_events::proto::plugins::{MeshPluginData, mesh_plugin_data::ContentType};
use glassboard_events::proto::tensorboard::{Event, Summary, event, summary};
use glassboard_media::{AsTensor, Element};
use ndarray::ArrayD;
use prost::Message;

use crate::{At, SummaryWriter, WriterError, record, tensor};

const PLUGIN: &str = "mesh";

/// A mesh or a point cloud, or a batch of them.
///
/// All numbers are written as 32-bit floats, as the reference does.
///
/// ```
/// use glassboard_writer::Mesh;
/// use ndarray::array;
///
/// let mesh = Mesh::new(&array![[[1.0, 1.0, 1.0], [-1.0, -1.0, 1.0], [1.0, -1.0, -1.0]]])
///     .colors(&array![[[255, 0, 0], [0, 255, 0], [0, 0, 255]]])
///     .faces(&array![[[0, 1, 2]]])
///     .config_json(r#"{"camera": {"cls": "PerspectiveCamera", "fov": 75}}"#);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Mesh {
    vertices: ArrayD<f32>,
    colors: Option<ArrayD<f32>>,
    faces: Option<ArrayD<f32>>,
    config_json: Option<String>,
    style: MeshStyle,
}

/// Whose files a mesh is to look like. TensorBoard shows both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MeshStyle {
    /// Tags end with `_VERTEX`, `_FACE`, `_COLOR`, and each notes which of them there are.
    #[default]
    PyTorch,
    /// Tags end with `_1`, `_2`, `_3`.
    TensorBoardX,
}

impl Mesh {
    /// Points in space.
    ///
    /// # Shapes
    /// `vertices`: `[B, N, 3]`: x, y, z of each.
    pub fn new<V: AsTensor<Elem: Element> + ?Sized>(vertices: &V) -> Self {
        Self {
            vertices: to_floats(vertices),
            colors: None,
            faces: None,
            config_json: None,
            style: MeshStyle::default(),
        }
    }

    /// Colours of the points.
    ///
    /// # Shapes
    /// `colors`: `[B, N, 3]`: red, green, blue in 0 ... 255.
    #[must_use]
    pub fn colors<V: AsTensor<Elem: Element> + ?Sized>(self, colors: &V) -> Self {
        let colors = Some(to_floats(colors));
        Self { colors, ..self }
    }

    /// Triangles between the points.
    ///
    /// # Shapes
    /// `faces`: `[B, F, 3]`: numbers of three points each.
    #[must_use]
    pub fn faces<V: AsTensor<Elem: Element> + ?Sized>(self, faces: &V) -> Self {
        let faces = Some(to_floats(faces));
        Self { faces, ..self }
    }

    /// Camera, lights and material as a JSON object with these keys; the value of each names a class of three.js as
    /// `cls`.
    #[must_use]
    pub fn config_json(self, config: impl Into<String>) -> Self {
        let config_json = Some(config.into());
        Self {
            config_json,
            ..self
        }
    }

    /// Whose files it is to look like.
    #[must_use]
    pub fn style(self, style: MeshStyle) -> Self {
        Self { style, ..self }
    }

    /// What there is, in the order of the file.
    fn parts(&self) -> impl Iterator<Item = (&'static str, ContentType, &ArrayD<f32>)> {
        let parts = [
            ("vertices", ContentType::Vertex, Some(&self.vertices)),
            ("faces", ContentType::Face, self.faces.as_ref()),
            ("colors", ContentType::Color, self.colors.as_ref()),
        ];
        let present = |(name, content, part): (_, _, Option<_>)| Some((name, content, part?));
        parts.into_iter().filter_map(present)
    }

    /// The part as one value of a summary.
    fn value(&self, tag: &str, content: ContentType, part: &ArrayD<f32>) -> summary::Value {
        let (tag_of_part, no_config, components) = match self.style {
            MeshStyle::PyTorch => {
                let bits = self.parts().map(|(_, content, _)| 1 << content as u32);
                (
                    format!("{tag}_{}", content.as_str_name()),
                    "{}",
                    bits.fold(0, std::ops::BitOr::bitor),
                )
            }
            MeshStyle::TensorBoardX => (format!("{tag}_{}", content as i32), "null", 0),
        };
        let config = self.config_json.as_deref().unwrap_or(no_config);
        let data = MeshPluginData {
            version: 0,
            name: tag.to_owned(),
            content_type: content.into(),
            json_config: config.to_owned(),
            shape: part.shape().iter().map(|&size| size as i32).collect(),
            components,
        };
        summary::Value {
            tag: tag_of_part,
            metadata: Some(record::plugin_metadata(PLUGIN, data.encode_to_vec())),
            value: Some(summary::value::Value::Tensor(tensor::tensor_proto(
                &part.view(),
            ))),
            ..summary::Value::default()
        }
    }
}

fn to_floats<V: AsTensor<Elem: Element> + ?Sized>(tensor: &V) -> ArrayD<f32> {
    tensor.as_tensor().map(|value| value.to_f32())
}

impl SummaryWriter {
    /// Logs a mesh or a point cloud.
    ///
    /// # Errors
    /// [`WriterError::MeshShape`]; else as [`Self::add_scalar`].
    pub fn add_mesh(&self, tag: &str, mesh: &Mesh, at: impl Into<At>) -> Result<(), WriterError> {
        let at = at.into();
        for (what, _, part) in mesh.parts() {
            if !matches!(part.shape(), [_, _, 3]) {
                return Err(WriterError::MeshShape {
                    tag: tag.to_owned(),
                    what,
                    got: part.shape().to_vec(),
                });
            }
        }
        let values = mesh.parts();
        let value = values.map(|(_, content, part)| mesh.value(tag, content, part));
        self.put(&Event {
            wall_time: at.wall_time_or_now(),
            step: at.step_or_zero(),
            what: Some(event::What::Summary(Summary {
                value: value.collect(),
            })),
            ..Event::default()
        })
    }
}
