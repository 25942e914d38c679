//! Pictures, sound, histograms, text and layouts over HTTP.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

mod common;

use common::events::START;
use common::{Log, Server, golden};
use glassboard_events::proto::custom_scalar::{
    Category, Chart, Layout, MarginChartContent, MultilineChartContent, chart, margin_chart_content,
};
use prost::Message as _;
use serde_json::{Value as Json, json};

/// The answer of a path that another answer names.
fn follow(server: &Server, path: &Json) -> common::Answer {
    server.get(path.as_str().unwrap())
}

#[test]
fn pictures_of_torch() {
    let server = Server::over(&golden());
    for (run, tag, width, height) in [
        ("image_chw_float/log", "im", 10, 8),
        ("image_gray/log", "im", 10, 8),
        ("images_nchw/log", "ims", 0, 0),
    ] {
        let body = server.json(&format!("images?run={run}&tag={tag}"));
        let step = &body["steps"][0];
        assert_eq!(
            (&step["step"], &step["superseded"]),
            (&json!(0), &json!(false))
        );
        let answer = follow(&server, &step["samples"][0]);
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), Some("image/png"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(
            answer.header("content-security-policy"),
            Some("default-src 'none'; sandbox")
        );
        // IHDR, right behind the signature, begins with both sizes.
        let size = |at: usize| {
            u64::from(u32::from_be_bytes(
                answer.body[at..at + 4].try_into().unwrap(),
            ))
        };
        assert_eq!(
            (&step["width"], &step["height"]),
            (&json!(size(16)), &json!(size(20)))
        );
        if width > 0 {
            assert_eq!((size(16), size(20)), (width, height), "{run}");
        }
    }
}

#[test]
fn sound_of_torch() {
    let server = Server::over(&golden());
    let body = server.json("audio?run=audio/log&tag=snd");
    assert_eq!(body["steps"][0]["step"], 2);
    let answer = follow(&server, &body["steps"][0]["samples"][0]);
    assert_eq!(answer.header("content-type"), Some("audio/wav"));
    assert_eq!(&answer.body[..4], b"RIFF");
    assert_eq!(
        follow(&server, &body["steps"][0]["about"][0]).json(),
        json!({
            "sample_rate_hz": 8000.0,
            "channels": 1,
            "frames": 800,
            "content_type": "audio/wav",
            "label_html": "",
        })
    );
}

#[test]
fn labels_of_sounds() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::create(dir.path());
    let sounds: [&[u8]; 4] = [b"RIFF1", b"**first** <script>", b"RIFF2", b""];
    log.strings("audio", "snd", 0, &[2, 2], &sounds);
    log.strings("audio", "plain", 0, &[1], &[b"RIFF3"]);
    log.image("im", 0, (1, 1), b"GIF89a");
    log.flush();
    let server = Server::over(dir.path());
    let labels = |tag: &str| -> Vec<Json> {
        let body = server.json(&format!("audio?run=.&tag={tag}"));
        let about = body["steps"][0]["about"].as_array().unwrap().clone();
        let label = |url: &Json| follow(&server, url).json()["label_html"].clone();
        about.iter().map(label).collect()
    };
    assert_eq!(
        labels("snd"),
        [json!("<p><strong>first</strong> </p>"), json!("")]
    );
    assert_eq!(labels("plain"), [json!("")]);
    let pictures = server.json("images?run=.&tag=im");
    assert_eq!(pictures["steps"][0].get("about"), None);
    let key = pictures["steps"][0]["samples"][0].as_str().unwrap();
    let answer = server.get(&key.replace("blobs/", "audio/"));
    answer.error(404, "not_found", None);
}

#[test]
fn ranges_of_blobs() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::create(dir.path());
    let bytes: Vec<u8> = b"GIF89a".iter().copied().chain(0..=255).collect();
    log.image("im", 3, (4, 5), &bytes);
    log.image("im", 4, (4, 5), b"<svg onload=alert(1)>");
    log.flush();
    let server = Server::over(dir.path());
    let body = server.json("images?run=.&tag=im");
    assert_eq!(body["steps"][0]["wall_time_secs"], START + 3.0);
    assert_eq!(
        (&body["steps"][0]["width"], &body["steps"][0]["height"]),
        (&json!(4), &json!(5))
    );
    let path = body["steps"][0]["samples"][0].as_str().unwrap().to_owned();
    let ask = |method: &str, more: &str| {
        server.request(
            &format!("{method} /api/v1/{path} HTTP/1.1\r\nHost: localhost\r\n{more}"),
            b"",
        )
    };

    let whole = ask("GET", "");
    assert_eq!((whole.status, &whole.body), (200, &bytes));
    assert_eq!(whole.header("content-type"), Some("image/gif"));
    assert_eq!(whole.header("accept-ranges"), Some("bytes"));
    assert_eq!(
        whole.header("cache-control"),
        Some("private, max-age=31536000, immutable")
    );
    assert_eq!(whole.header("content-disposition"), None);
    let etag = whole.header("etag").unwrap().to_owned();

    let head = ask("HEAD", "");
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), Some("262"));

    let part = ask("GET", "Range: bytes=6-9\r\n");
    assert_eq!(
        (part.status, part.body.as_slice()),
        (206, &[0, 1, 2, 3][..])
    );
    assert_eq!(part.header("content-range"), Some("bytes 6-9/262"));
    assert_eq!(part.header("content-length"), Some("4"));
    assert_eq!(part.header("content-type"), Some("image/gif"));
    assert_eq!(ask("GET", "Range: bytes=-2\r\n").body, [254, 255]);
    assert_eq!(ask("GET", "Range: bytes=260-\r\n").body, [254, 255]);

    let beyond = ask("GET", "Range: bytes=262-\r\n");
    beyond.error(416, "range_not_satisfiable", None);
    assert_eq!(beyond.header("content-range"), Some("bytes */262"));

    let kept = ask("GET", &format!("Range: bytes=0-1\r\nIf-Range: {etag}\r\n"));
    assert_eq!(kept.status, 206);
    let changed = ask("GET", "Range: bytes=0-1\r\nIf-Range: \"other\"\r\n");
    assert_eq!((changed.status, changed.body.len()), (200, 262));
    let known = ask("GET", &format!("If-None-Match: {etag}\r\n"));
    assert_eq!((known.status, known.body.len()), (304, 0));

    // What a browser could run is a download.
    let svg = follow(&server, &body["steps"][1]["samples"][0]);
    assert_eq!(svg.header("content-type"), Some("application/octet-stream"));
    assert_eq!(svg.header("content-disposition"), Some("attachment"));

    // A key with another sample, or of another kind of value, leads nowhere.
    let (start, rest) = path.split_once('-').unwrap();
    let (_, locator) = rest.split_once('-').unwrap();
    server
        .get(&format!("{start}-1-{locator}"))
        .error(404, "not_found", None);
    let file_version = format!("{start}-0-0-0-32-0");
    assert!(matches!(server.get(&file_version).status, 404 | 500));
}

#[test]
fn several_pictures_and_sounds_in_a_tensor() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::create(dir.path());
    log.strings(
        "images",
        "ims",
        1,
        &[4],
        &[b"7", b"9", b"GIF89a-one", b"GIF89a-two"],
    );
    log.strings(
        "audio",
        "snd",
        1,
        &[2, 2],
        &[b"RIFF____WAVE1", b"label", b"RIFF____WAVE2", b"label"],
    );
    log.flush();
    let server = Server::over(dir.path());
    let step = &server.json("images?run=.&tag=ims")["steps"][0];
    assert_eq!((&step["width"], &step["height"]), (&json!(7), &json!(9)));
    let samples = step["samples"].as_array().unwrap();
    let bytes: Vec<_> = samples
        .iter()
        .map(|path| follow(&server, path).text())
        .collect();
    assert_eq!(bytes, ["GIF89a-one", "GIF89a-two"]);
    let step = &server.json("audio?run=.&tag=snd")["steps"][0];
    let samples = step["samples"].as_array().unwrap();
    let bytes: Vec<_> = samples
        .iter()
        .map(|path| follow(&server, path).text())
        .collect();
    assert_eq!(bytes, ["RIFF____WAVE1", "RIFF____WAVE2"]);
}

#[test]
fn histograms_as_logged_and_rebinned() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::create(dir.path());
    for step in 0..10 {
        log.histogram("w", step, &[1.0, 2.0, 4.0], &[0.0, 2.0, 6.0 + step as f64]);
    }
    log.flush();
    let server = Server::over(dir.path());
    let body = server.json("histograms?run=.&tag=w");
    assert_eq!(
        (&body["steps_total"], &body["unreadable"], &body["edges"]),
        (&json!(10), &json!(0), &json!([]))
    );
    let steps = body["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 10);
    assert_eq!(steps[9]["wall_time_secs"], START + 9.0);
    assert_eq!(steps[9]["num"], 17.0);
    let total: f64 = steps[9]["counts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|count| count.as_f64().unwrap())
        .sum();
    assert_eq!(total, 17.0);
    assert_eq!(
        steps[9]["left"].as_array().unwrap().len(),
        steps[9]["counts"].as_array().unwrap().len()
    );

    let body = server.json("histograms?run=.&tag=w&bins=4&max_steps=4");
    let edges = body["edges"].as_array().unwrap();
    assert_eq!(edges.len(), 5);
    let steps = body["steps"].as_array().unwrap();
    assert_eq!(
        steps
            .iter()
            .map(|step| step["step"].as_i64().unwrap())
            .collect::<Vec<_>>(),
        [0, 3, 6, 9]
    );
    for step in steps {
        let counts = step["counts"].as_array().unwrap();
        assert_eq!(counts.len(), 4);
        let total: f64 = counts.iter().map(|count| count.as_f64().unwrap()).sum();
        assert!(
            (total - step["num"].as_f64().unwrap()).abs() < 1e-9,
            "{step}"
        );
        assert!(step.get("left").is_none());
    }

    let body = server.json("distributions?run=.&tag=w&max_steps=3");
    assert_eq!(
        body["basis_points"],
        json!([0, 668, 1587, 3085, 5000, 6915, 8413, 9332, 10000])
    );
    assert_eq!(
        (&body["steps_total"], &body["step"]),
        (&json!(10), &json!([0, 5, 9]))
    );
    let values = body["values"].as_array().unwrap();
    assert_eq!(values.len(), 9);
    let column: Vec<f64> = values
        .iter()
        .map(|band| band[0].as_f64().unwrap())
        .collect();
    assert!(column.is_sorted(), "{column:?}");
    assert_eq!(values[8][0], 4.0);
}

#[test]
fn histograms_of_torch() {
    let server = Server::over(&golden());
    let body = server.json("histograms?run=histogram_constant/log&tag=w&bins=30");
    let step = &body["steps"][0];
    assert_eq!(
        (&step["num"], &step["min"], &step["max"], &step["sum"]),
        (&json!(10.0), &json!(2.0), &json!(2.0), &json!(20.0))
    );
    let total: f64 = step["counts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|count| count.as_f64().unwrap())
        .sum();
    assert_eq!(total, 10.0);
}

#[test]
fn texts_raw_and_as_html() {
    let server = Server::over(&golden());
    let body = server.json("texts?run=text/log&tag=lstm/text_summary");
    assert_eq!(body["steps"][0]["step"], 0);
    let answer = follow(&server, &body["steps"][0]["url"]);
    assert_eq!(
        answer.header("cache-control"),
        Some("private, max-age=31536000, immutable")
    );
    assert_eq!(
        answer.json(),
        json!({"shape": [1], "raw": ["This is an **lstm**"], "html": "<p>This is an <strong>lstm</strong></p>\n"})
    );
    let body = server.json("texts?run=text/log&tag=rnn/text_summary");
    assert_eq!(body["steps"][0]["step"], 10);
    assert_eq!(
        follow(&server, &body["steps"][0]["url"]).json()["raw"],
        json!(["多语言 ✓"])
    );
}

#[test]
fn tables_and_bytes_that_are_no_text() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::create(dir.path());
    log.strings(
        "text",
        "table",
        0,
        &[2, 2],
        &[b"a", b"<script>1</script>", b"c", b"\xff"],
    );
    log.flush();
    let server = Server::over(dir.path());
    let body = server.json("texts?run=.&tag=table");
    let content = follow(&server, &body["steps"][0]["url"]).json();
    assert_eq!(content["shape"], json!([2, 2]));
    assert_eq!(
        content["raw"],
        json!(["a", "<script>1</script>", "c", "\u{fffd}"])
    );
    assert_eq!(
        content["html"],
        "<table><tbody><tr><td><p>a</p>\n</td><td>\n</td></tr><tr><td><p>c</p>\n</td><td><p>\u{fffd}</p>\n</td></tr></tbody></table>"
    );
    // The key of a text is none of a picture.
    let key = body["steps"][0]["url"]
        .as_str()
        .unwrap()
        .strip_prefix("texts/")
        .unwrap();
    let blob = server.get(&format!("blobs/{key}"));
    assert_eq!(
        blob.header("content-type"),
        Some("application/octet-stream")
    );
    let tags = server.json("tags");
    assert_eq!(tags["plugins"][0]["plugin"], "text");
    assert_eq!(
        tags["plugins"][0]["tags"][0]["description_html"],
        "<p>A <strong>description</strong></p>\n"
    );
}

#[test]
fn the_layout_of_torch() {
    let server = Server::over(&golden());
    let chart = |title: &str, lines: Json, margin: Json| json!({"title": title, "multiline": lines, "multiline_tags": [], "margin": margin, "problems": []});
    let band = |of: &str| json!([{"value": format!("{of}/aaa"), "lower": format!("{of}/bbb"), "upper": format!("{of}/ccc")}]);
    assert_eq!(
        server.json("layouts"),
        json!({"categories": [
            {"title": "Taiwan", "closed": false, "charts": [chart("twse", json!(["twse/0050", "twse/2330"]), json!([]))]},
            {"title": "USA", "closed": false, "charts": [
                chart("dow", json!([]), band("dow")),
                chart("nasdaq", json!([]), band("nasdaq"))
            ]}
        ]})
    );
}

fn layout(categories: &[(&str, Vec<Chart>)]) -> Vec<u8> {
    Layout {
        category: categories
            .iter()
            .map(|(title, charts)| Category {
                title: (*title).to_owned(),
                chart: charts.clone(),
                closed: false,
            })
            .collect(),
        ..Layout::default()
    }
    .encode_to_vec()
}

fn lines(title: &str, patterns: &[&str]) -> Chart {
    Chart {
        title: title.to_owned(),
        content: Some(chart::Content::Multiline(MultilineChartContent {
            tag: patterns.iter().map(|&pattern| pattern.to_owned()).collect(),
        })),
    }
}

fn band(title: &str) -> Chart {
    let series = margin_chart_content::Series {
        value: "mean".into(),
        lower: "low".into(),
        upper: "high".into(),
    };
    Chart {
        title: title.to_owned(),
        content: Some(chart::Content::Margin(MarginChartContent {
            series: vec![series],
        })),
    }
}

#[test]
fn layouts_are_merged_by_title_in_the_order_of_run_names() {
    let dir = tempfile::tempdir().unwrap();
    let tag = "custom_scalars__config__";
    let mut b = Log::create(&dir.path().join("b"));
    let bytes = layout(&[
        ("Losses", vec![lines("all", &["loss/.*"]), band("band")]),
        ("More", vec![]),
    ]);
    b.strings("custom_scalars", tag, 0, &[], &[&bytes]);
    b.flush();
    let mut a = Log::create(&dir.path().join("a"));
    let bytes = layout(&[(
        "Losses",
        vec![
            lines("all", &["loss/.*"]),
            lines("bad", &["(?=x)", "ss", "acc"]),
        ],
    )]);
    a.strings("custom_scalars", tag, 0, &[], &[&bytes]);
    for tag in ["loss/10", "loss/9", "my/loss/1", "acc"] {
        a.scalar(tag, 0, 1.0);
    }
    a.flush();
    let server = Server::over(dir.path());
    let body = server.json("layouts");
    let categories = body["categories"].as_array().unwrap();
    assert_eq!(categories.len(), 2);
    assert_eq!(
        (&categories[0]["title"], &categories[1]["title"]),
        (&json!("Losses"), &json!("More"))
    );
    let charts = categories[0]["charts"].as_array().unwrap();
    let titles: Vec<_> = charts
        .iter()
        .map(|chart| chart["title"].as_str().unwrap())
        .collect();
    assert_eq!(
        titles,
        ["all", "bad", "band"],
        "the chart both runs have is there once"
    );
    assert_eq!(charts[0]["multiline_tags"], json!(["loss/9", "loss/10"]));
    assert_eq!(charts[0]["problems"], json!([]));
    assert_eq!(
        charts[1]["multiline_tags"],
        json!(["acc"]),
        "`ss` must match from the start"
    );
    let problem = charts[1]["problems"][0].as_str().unwrap();
    assert!(
        problem.starts_with("\"(?=x)\" is no regular expression that can be used here: "),
        "{problem}"
    );
    assert_eq!(
        charts[2]["margin"],
        json!([{"value": "mean", "lower": "low", "upper": "high"}])
    );
}
