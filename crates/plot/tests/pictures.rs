//! Pictures as they come out.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

use glassboard_metrics::{Costs, CurveOptions, ThresholdCounts, confusion_matrix_at_thresholds};
use glassboard_plot::{PictureOptions, PlotError, Series, Theme, draw};

/// Labels and scores that go together more or less.
fn counts(samples: usize) -> ThresholdCounts<f64> {
    let mut state = 3_u64;
    let mut uniform = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let (labels, scores): (Vec<bool>, Vec<f64>) = (0..samples)
        .map(|_| {
            let label = uniform() < 0.3;
            (label, uniform() + if label { 0.4 } else { 0.0 })
        })
        .unzip();
    confusion_matrix_at_thresholds(&labels, &scores, &CurveOptions::default()).unwrap()
}

fn series(samples: usize) -> Series {
    Series::new("p", &counts(samples), Some(Costs::new(1.0, 2.0).unwrap()))
}

fn everything() -> PictureOptions {
    PictureOptions {
        title: Some("A title".to_owned()),
        det: true,
        iso_f1: true,
        theme: Theme::Light,
    }
}

/// The red, green and blue of a picture, and its width.
fn pixels(png: &[u8]) -> (Vec<[u8; 3]>, usize) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png))
        .read_info()
        .unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    assert_eq!(
        (info.color_type, info.bit_depth),
        (png::ColorType::Rgb, png::BitDepth::Eight)
    );
    let pixels = bytes
        .chunks_exact(3)
        .map(|pixel| [pixel[0], pixel[1], pixel[2]]);
    (pixels.collect(), info.width as usize)
}

#[test]
fn many_samples_make_a_small_picture() {
    let few = draw(&[series(1000)], &everything()).unwrap().svg().len();
    let many = draw(&[series(200_000)], &everything()).unwrap();
    assert!(few < 60_000, "{few}");
    assert!(many.svg().len() < 60_000, "{}", many.svg().len());
    assert!(many.html().len() < 250_000, "{}", many.html().len());
}

#[test]
fn reduction_does_not_show() {
    let counts = counts(20_000);
    let reduced = draw(
        &[Series::new("p", &counts, None)],
        &PictureOptions::default(),
    )
    .unwrap();
    let (pixels, width) = pixels(&reduced.png(1.0).unwrap());
    // Every point of the ROC curve lies on a pixel that is painted in the colour of the curve, at least in part.
    let (left, top, size) = (552.0, 102.0, 380.0);
    let bluish = |x: f64, y: f64| {
        let near = |way: i64| (-1..=1).map(move |step| step + way);
        near(y as i64).any(|row| {
            near(x as i64).any(|column| {
                let [red, _, blue] = pixels[row as usize * width + column as usize];
                i32::from(blue) - i32::from(red) > 60
            })
        })
    };
    let curve = counts.roc_curve(false);
    for (&fpr, &tpr) in curve.fpr.iter().zip(&curve.tpr) {
        let (x, y) = (left + fpr * size, top + (1.0 - tpr) * size);
        assert!(bluish(x, y), "({fpr}, {tpr}) at ({x}, {y})");
    }
}

#[test]
fn the_same_data_give_the_same_picture() {
    let [one, two] = [(); 2].map(|()| draw(&[series(500)], &everything()).unwrap());
    assert_eq!(one.svg(), two.svg());
    assert_eq!(one.html(), two.html());
    assert_eq!(one.png(1.0).unwrap(), two.png(1.0).unwrap());
}

#[test]
fn pixels_follow_scale_and_theme() {
    let options = PictureOptions {
        theme: Theme::Dark,
        ..PictureOptions::default()
    };
    let picture = draw(&[series(100)], &options).unwrap();
    let (small, width) = pixels(&picture.png(1.0).unwrap());
    assert_eq!((width, small[0]), (972, [0x16, 0x1a, 0x1e]));
    assert_eq!(pixels(&picture.png(0.5).unwrap()).1, 486);
    for scale in [0.0, -1.0, 9.0, f32::NAN] {
        assert!(
            matches!(picture.png(scale), Err(PlotError::Scale { .. })),
            "{scale}"
        );
    }
}

#[test]
fn names_are_text_and_nothing_else() {
    let name = "</script><b>\"&'\u{1}";
    let one = Series::new(name, &counts(100), None);
    let options = PictureOptions {
        title: Some(name.to_owned()),
        ..PictureOptions::default()
    };
    let picture = draw(&[one], &options).unwrap();
    for text in [picture.svg(), picture.html()] {
        assert!(!text.contains("<b>") && !text.contains('\u{1}'));
        assert!(text.contains("&lt;/script&gt;&lt;b&gt;&quot;&amp;&#39;\u{fffd}"));
    }
    assert_eq!(picture.html().matches("</script>").count(), 1);
    picture.png(1.0).unwrap();
}

#[test]
fn a_page_needs_nothing_else() {
    let html = draw(&[series(100)], &everything()).unwrap().html();
    // The name of a namespace is no address that is fetched.
    let rest = html.replace("http://www.w3.org/2000/svg", "");
    assert!(!rest.contains("http:") && !rest.contains("https:") && !rest.contains("url(//"));
    assert!(html.contains("default-src 'none'"));
}

#[test]
fn anything_can_be_drawn() {
    let odd: [(&[i64], &[f64]); 5] = [
        (&[1, 1], &[0.5, 0.6]),
        (&[0, 0], &[0.5, 0.6]),
        (&[1], &[1e300]),
        (&[0, 1, 0, 1], &[0.5; 4]),
        (&[0, 1], &[-1e-300, 1e-300]),
    ];
    for (labels, scores) in odd {
        let counts =
            confusion_matrix_at_thresholds(labels, scores, &CurveOptions::default()).unwrap();
        let costs = Costs::new(0.0, 0.0).unwrap();
        let picture = draw(&[Series::new("", &counts, Some(costs))], &everything()).unwrap();
        let svg = picture.svg();
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        picture.png(0.25).unwrap();
        picture.html();
    }
}

#[test]
fn series_are_counted() {
    assert!(matches!(draw(&[], &everything()), Err(PlotError::NoSeries)));
    let many = vec![series(50); 24];
    let svg = draw(&many, &everything()).unwrap().svg();
    assert!(svg.contains("stroke-dasharray=\"8 3\"") && svg.contains("stroke-dasharray=\"2 3\""));
    let too_many = vec![series(50); 25];
    assert!(matches!(
        draw(&too_many, &everything()),
        Err(PlotError::TooManySeries { max: 24, got: 25 })
    ));
}

#[test]
fn colours_are_those_of_the_dashboard() {
    let palette = include_str!("../../../web/src/lib/format/palette.ts");
    let names = (0..8).map(|index| format!("series {index}"));
    let series: Vec<Series> = names
        .map(|name| Series::new(&name, &counts(50), None))
        .collect();
    for theme in [Theme::Light, Theme::Dark] {
        let options = PictureOptions {
            theme,
            ..PictureOptions::default()
        };
        let svg = draw(&series, &options).unwrap().svg();
        let used = palette
            .split('\'')
            .filter(|part| part.starts_with('#') && svg.contains(part))
            .count();
        assert_eq!(used, 8);
    }
    let html = draw(&series, &everything()).unwrap().html();
    assert_eq!(
        palette
            .split('\'')
            .filter(|part| part.starts_with('#') && html.contains(part))
            .count(),
        16
    );
}
