//! Draws the curves of made-up scores: `cargo run -p glassboard-plot --example curves -- FOLDER`.

use std::error::Error;
use std::path::PathBuf;

use glassboard_metrics::{Costs, CurveOptions, confusion_matrix_at_thresholds};
use glassboard_plot::{PictureOptions, Series, Theme, draw};

/// Labels, and scores that are right by `skill` standard deviations.
fn samples(count: usize, skill: f64, seed: u64) -> (Vec<bool>, Vec<f64>) {
    let mut state = seed;
    let mut uniform = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..count)
        .map(|index| {
            let label = index % 4 == 0;
            // Twelve uniform numbers make a normal one.
            let noise: f64 = (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
            let logit = noise + if label { skill } else { 0.0 };
            (label, 1.0 / (1.0 + (-logit).exp()))
        })
        .unzip()
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("expected a folder")?);
    let costs = Costs::new(1.0, 4.0)?;
    let mut series = Vec::new();
    for (seed, (name, skill)) in [
        ("resnet18", 2.0),
        ("resnet18, no augmentation", 1.3),
        ("logistic regression", 0.6),
    ]
    .into_iter()
    .enumerate()
    {
        let (labels, scores) = samples(2000, skill, seed as u64 + 1);
        let counts = confusion_matrix_at_thresholds(&labels, &scores, &CurveOptions::default())?;
        series.push(Series::new(name, &counts, Some(costs)));
    }
    let all = PictureOptions {
        title: Some("Validation, epoch 12".to_owned()),
        det: true,
        iso_f1: true,
        ..PictureOptions::default()
    };
    let picture = draw(&series, &all)?;
    std::fs::write(folder.join("curves.svg"), picture.svg())?;
    std::fs::write(folder.join("curves.png"), picture.png(2.0)?)?;
    std::fs::write(folder.join("curves.html"), picture.html())?;
    let dark = PictureOptions {
        theme: Theme::Dark,
        det: false,
        ..all
    };
    std::fs::write(folder.join("dark.png"), draw(&series, &dark)?.png(2.0)?)?;
    let one = draw(&series[..1], &PictureOptions::default())?;
    std::fs::write(folder.join("one.png"), one.png(2.0)?)?;
    Ok(())
}
