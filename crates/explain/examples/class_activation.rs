//! Where a network looks: `cargo run -p glassboard-explain --example class_activation -- model.pt2 input.npy [LAYER]`.
//!
//! `input.npy` holds images as the model takes them, float32 of shape `[images, channels, height, width]`; the maps are
//! written beside it as `maps.npy`, float32 of shape `[images, height, width]`.

#![allow(clippy::print_stdout)] // An example shows what it finds.

use std::{error::Error, ops::ControlFlow, path::Path};

use glassboard_explain::{
    cam::Method,
    engine::Options,
    explainer::{CamSettings, Explainer},
};
use ndarray::ArrayD;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(model), Some(input)) = (arguments.next(), arguments.next()) else {
        return Err("expected a model's file and an array of images".into());
    };
    let explainer = Explainer::new(glassboard_model::read(&model)?, Options::default())?;
    let layer = match arguments.next() {
        Some(path) => explainer.engine().layer(&path)?,
        None => explainer.engine().last_convolution()?,
    };
    println!("{} at {}", Method::GradCam, layer.path);

    let images: ArrayD<f32> = ndarray_npy::read_npy(&input)?;
    let explanation = explainer.cam(
        Method::GradCam,
        &[layer],
        &images,
        &CamSettings::default(),
        &mut |done, total| {
            println!("{done} of {total}");
            ControlFlow::Continue(())
        },
    )?;
    ndarray_npy::write_npy(
        Path::new(&input).with_file_name("maps.npy"),
        &explanation.maps,
    )?;
    Ok(())
}
