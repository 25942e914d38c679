//! Hyperparameters of a session.

use std::collections::BTreeMap;

use glassboard_events::proto::hparams as proto;
use glassboard_events::proto::tensorboard::Event;
use prost::Message;

use crate::{At, WriterError, record};

const PLUGIN: &str = "hparams";
const EXPERIMENT_TAG: &str = "_hparams_/experiment";
const SESSION_START_TAG: &str = "_hparams_/session_start_info";
const SESSION_END_TAG: &str = "_hparams_/session_end_info";

/// Hyperparameters by name, in the order in which they were added.
///
/// ```
/// use glassboard_writer::Hparams;
///
/// let hparams = Hparams::new()
///     .with("lr", 0.1)
///     .with("optimizer", "adam")
///     .with("nesterov", true)
///     .domain("lr", [0.1, 0.01]);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hparams {
    values: Vec<(String, HparamValue)>,
    domains: Vec<(String, Vec<HparamValue>)>,
}

/// Value of a hyperparameter.
#[derive(Clone, Debug, PartialEq)]
pub enum HparamValue {
    /// A number. What is made of a `bool` is 1 or 0, as PyTorch writes truth values.
    Number(f64),
    /// A truth value as such, as tensorboardX writes it.
    Bool(bool),
    /// A text.
    Text(String),
    /// None: the hyperparameter is left out.
    Unset,
}

/// How [`SummaryWriter::add_hparams`](crate::SummaryWriter::add_hparams) logs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HparamsOptions {
    /// Name of the run below the writer's folder; the seconds since the Unix epoch when there is none.
    pub run_name: Option<String>,
    /// Where in the training the metrics belong.
    pub at: At,
}

impl Hparams {
    /// No hyperparameters yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or replaces one: a number, a truth value, a text, or an `Option` of these.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<HparamValue>) -> Self {
        put(&mut self.values, name.into(), value.into());
        self
    }

    /// Says which values one of them can take; they must be of the same type as its value.
    #[must_use]
    pub fn domain<V: Into<HparamValue>>(
        mut self,
        name: impl Into<String>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        put(
            &mut self.domains,
            name.into(),
            values.into_iter().map(Into::into).collect(),
        );
        self
    }

    fn get(&self, name: &str) -> Option<&HparamValue> {
        self.values
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
    }

    /// The three events that describe a session: what there is, how it started, that it ended well.
    pub(crate) fn events(&self, metrics: &[String], at: At) -> Result<[Event; 3], WriterError> {
        self.check_domains()?;
        let metric = |tag: &String| proto::MetricInfo {
            name: Some(proto::MetricName {
                tag: tag.clone(),
                ..proto::MetricName::default()
            }),
            ..proto::MetricInfo::default()
        };
        let experiment = proto::Experiment {
            hparam_infos: self
                .values
                .iter()
                .filter_map(|(name, value)| self.info(name, value))
                .collect(),
            metric_infos: metrics.iter().map(metric).collect(),
            ..proto::Experiment::default()
        };
        let hparams: BTreeMap<String, proto::Value> = self
            .values
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), value.to_proto()?)))
            .collect();
        let start = proto::SessionStartInfo {
            hparams,
            ..proto::SessionStartInfo::default()
        };
        let end = proto::SessionEndInfo {
            status: proto::Status::Success.into(),
            end_time_secs: 0.0,
        };
        let event = |tag: &str, data: proto::h_params_plugin_data::Data| {
            let content = proto::HParamsPluginData {
                version: 0,
                data: Some(data),
            };
            record::metadata_event(tag, PLUGIN, content.encode_to_vec(), at)
        };
        Ok([
            event(
                EXPERIMENT_TAG,
                proto::h_params_plugin_data::Data::Experiment(experiment),
            ),
            event(
                SESSION_START_TAG,
                proto::h_params_plugin_data::Data::SessionStartInfo(start),
            ),
            event(
                SESSION_END_TAG,
                proto::h_params_plugin_data::Data::SessionEndInfo(end),
            ),
        ])
    }

    fn check_domains(&self) -> Result<(), WriterError> {
        for (name, domain) in &self.domains {
            let value = self.get(name).unwrap_or(&HparamValue::Unset);
            let misfit = |got: &HparamValue| {
                value.data_type() == proto::DataType::Unset || got.data_type() != value.data_type()
            };
            if let Some(got) = domain.iter().find(|got| misfit(got)) {
                let expected = match value {
                    HparamValue::Unset => "the hyperparameter, which is not set".to_owned(),
                    value => format!("{value:?}"),
                };
                return Err(WriterError::HparamDomain {
                    name: name.clone(),
                    expected,
                    got: format!("{got:?}"),
                });
            }
        }
        Ok(())
    }

    fn info(&self, name: &str, value: &HparamValue) -> Option<proto::HParamInfo> {
        value.to_proto()?;
        let domain = self
            .domains
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, values)| {
                let values = values.iter().filter_map(HparamValue::to_proto).collect();
                proto::h_param_info::Domain::DomainDiscrete(proto::ListValue { values })
            });
        let info = proto::HParamInfo {
            name: name.to_owned(),
            domain,
            ..proto::HParamInfo::default()
        };
        Some(proto::HParamInfo {
            r#type: value.data_type().into(),
            ..info
        })
    }
}

fn put<V>(list: &mut Vec<(String, V)>, name: String, value: V) {
    match list.iter_mut().find(|(known, _)| *known == name) {
        Some((_, old)) => *old = value,
        None => list.push((name, value)),
    }
}

impl HparamValue {
    fn data_type(&self) -> proto::DataType {
        match self {
            Self::Number(_) => proto::DataType::Float64,
            Self::Bool(_) => proto::DataType::Bool,
            Self::Text(_) => proto::DataType::String,
            Self::Unset => proto::DataType::Unset,
        }
    }

    fn to_proto(&self) -> Option<proto::Value> {
        let kind = match self {
            Self::Number(number) => proto::value::Kind::NumberValue(*number),
            Self::Bool(truth) => proto::value::Kind::BoolValue(*truth),
            Self::Text(text) => proto::value::Kind::StringValue(text.clone()),
            Self::Unset => return None,
        };
        Some(proto::Value { kind: Some(kind) })
    }
}

macro_rules! hparam_from_numbers {
    ($($type:ty),*) => {$(
        impl From<$type> for HparamValue {
            #[allow(clippy::cast_lossless)]
            fn from(value: $type) -> Self {
                Self::Number(value as f64)
            }
        }
    )*};
}

hparam_from_numbers!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize, f32, f64);

impl From<bool> for HparamValue {
    fn from(value: bool) -> Self {
        Self::Number(f64::from(u8::from(value)))
    }
}

impl From<&str> for HparamValue {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for HparamValue {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl<V: Into<HparamValue>> From<Option<V>> for HparamValue {
    fn from(value: Option<V>) -> Self {
        value.map_or(Self::Unset, Into::into)
    }
}
