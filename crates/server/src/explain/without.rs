//! A build without the engine: it says so wherever the engine would be needed.

use axum::response::Response;

use crate::app::App;
use crate::error::Failure;
use crate::model_file::ModelFile;
use crate::wire;

/// What the build with the engine has in its place.
#[derive(Debug, Default)]
pub(crate) struct Explaining(());

fn missing() -> Failure {
    Failure::not_built(
        "this build of the server cannot run models; it was made without the feature `explain`",
    )
}

#[allow(clippy::unused_self)] // as the build with the engine has it
impl Explaining {
    pub(crate) fn list(models: Vec<wire::ModelEntry>) -> wire::ModelList {
        wire::ModelList {
            models,
            can_explain: false,
            cam_methods: Vec::new(),
            saliency_methods: Vec::new(),
            colormaps: Vec::new(),
        }
    }

    pub(crate) fn describe(&self, _: &ModelFile) -> Result<Option<wire::ModelExplain>, Failure> {
        Err(missing())
    }

    pub(crate) fn take_picture(&self, _: &[u8]) -> Result<wire::SentPicture, Failure> {
        Err(missing())
    }

    pub(crate) fn picture(&self, _: &str) -> Result<Vec<u8>, Failure> {
        Err(missing())
    }

    pub(crate) fn labels(_: &str) -> Result<wire::ClassNames, Failure> {
        Err(missing())
    }

    pub(crate) fn start(_: &App, _: wire::ExplainQuery) -> Result<Response, Failure> {
        Err(missing())
    }

    pub(crate) fn result(&self, _: &str) -> Result<Vec<u8>, Failure> {
        Err(missing())
    }
}
