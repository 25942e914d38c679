//! Mean and band of groups of runs over HTTP.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

mod common;

use common::{Log, Server};
use serde_json::{Value as Json, json};

/// The columns of each group, in the order `x`, `mean`, `lower`, `upper`, `count`.
fn ask(server: &Server, body: &Json) -> (Json, Vec<Vec<Vec<f64>>>) {
    let answer = server.send("POST", "scalars/groups", body, "");
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(
        answer.header("content-type"),
        Some("application/x-glassboard-columns")
    );
    let bytes = answer.body;
    assert_eq!(&bytes[..4], b"GBC1");
    let length = u32::from_le_bytes(bytes[4..8].try_into().unwrap()) as usize;
    let header: Json = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
    let binary = &bytes[8 + length..];
    let groups = header["groups"].as_array().unwrap().iter();
    let columns = groups.map(|group| {
        let points = &group["points"];
        let count = points["count"].as_u64().unwrap() as usize;
        let column = |name: &&str| -> Vec<f64> {
            let at = &points["columns"][*name];
            let offset = at["offset"].as_u64().unwrap() as usize;
            let value = |i: usize| {
                if at["dtype"] == "f32" {
                    let at = offset + 4 * i;
                    f64::from(f32::from_le_bytes(binary[at..at + 4].try_into().unwrap()))
                } else {
                    let at = offset + 8 * i;
                    f64::from_le_bytes(binary[at..at + 8].try_into().unwrap())
                }
            };
            (0..count).map(value).collect()
        };
        let names = ["x", "mean", "lower", "upper", "count"];
        names.iter().map(column).collect()
    });
    let columns = columns.collect();
    (header, columns)
}

#[test]
fn means_and_bands_of_two_groups() {
    let dir = tempfile::tempdir().unwrap();
    let points: [(&str, &[(i64, f32)]); 4] = [
        ("a0", &[(0, 4.0), (10, 0.0)]),
        ("a1", &[(0, 2.0), (5, 2.0), (10, 2.0)]),
        ("b0", &[(0, 1.0)]),
        ("other", &[]),
    ];
    for (run, points) in points {
        let mut log = Log::create(&dir.path().join(run));
        log.scalar("epoch", 0, 0.0);
        log.scalar("epoch", 5, 1.0);
        for (step, value) in points {
            log.scalar("loss", *step, *value);
        }
        log.flush();
    }
    let server = Server::over(dir.path());
    let ids: Vec<u64> = ["a0", "a1", "b0", "other"]
        .iter()
        .map(|run| server.run_id(run))
        .collect();
    let groups = json!([
        { "tag": "loss", "runs": [ids[0], ids[1]] },
        { "tag": "loss", "runs": [ids[2], ids[3], 4_000_000] },
        { "tag": "nothing", "runs": ids },
    ]);
    let (header, columns) = ask(&server, &json!({ "groups": groups, "band": "min_max" }));
    // The first run is interpolated at step 5.
    assert_eq!(
        columns[0],
        [
            vec![0.0, 5.0, 10.0],
            vec![3.0, 2.0, 1.0],
            vec![2.0, 2.0, 0.0],
            vec![4.0, 2.0, 2.0],
            vec![2.0, 2.0, 2.0],
        ]
    );
    assert_eq!(columns[1], [[0.0], [1.0], [1.0], [1.0], [1.0]]);
    assert!(columns[2].iter().all(Vec::is_empty));
    assert_eq!(header["groups"][0]["runs"], 2);
    assert_eq!(header["groups"][0]["places_total"], 3);
    assert_eq!(header["groups"][0]["x_last"], 10.0);
    assert_eq!(header["groups"][1]["runs"], 1);
    assert_eq!(header["groups"][2]["runs"], 0);

    // The deviation of 4 and 2 is sqrt(2); with Student's t for one degree of freedom the interval is 12.7 wide.
    let (_, columns) = ask(&server, &json!({ "groups": groups }));
    assert!((columns[0][2][0] - (3.0 - 2_f64.sqrt())).abs() < 1e-12);
    let (_, columns) = ask(&server, &json!({ "groups": groups, "band": "confidence" }));
    assert!((columns[0][3][0] - (3.0 + 12.706_204_736_174_7)).abs() < 1e-9);

    // Over another scalar: steps 0 and 5 are epochs 0 and 1, step 10 is epoch 1 too, and the last point counts.
    let (_, columns) = ask(
        &server,
        &json!({ "groups": groups, "x": { "kind": "tag", "tag": "epoch" } }),
    );
    assert_eq!(columns[0][0], [0.0, 1.0]);
    assert_eq!(columns[0][1], [3.0, 1.0]);

    // A range keeps its neighbours; relative time is the same as the step here.
    let (_, columns) = ask(
        &server,
        &json!({ "groups": groups, "x": { "kind": "relative" }, "x_min": 6.0 }),
    );
    assert_eq!(columns[0][0], [5.0, 10.0]);
}

#[test]
fn what_cannot_be_asked() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::create(&dir.path().join("a"));
    log.scalar("loss", 0, 1.0);
    log.flush();
    let server = Server::over(dir.path());
    let refused = |body: &Json, parameter: &str| {
        server
            .send("POST", "scalars/groups", body, "")
            .error(400, "bad_request", Some(parameter))
    };
    let one = json!({ "tag": "loss", "runs": [server.run_id("a")] });
    let many = json!({ "groups": vec![one.clone(); 1_001] });
    assert_eq!(
        refused(&many, "groups"),
        "parameter groups: expected at most 1000 groups, got 1001"
    );
    let large = json!({ "groups": [{ "tag": "loss", "runs": vec![0; 20_001] }] });
    refused(&large, "groups");
    refused(
        &json!({ "groups": [one], "x_min": 2.0, "x_max": 1.0 }),
        "x_max",
    );
    refused(&json!({ "groups": [one], "pixels": 200_000 }), "pixels");
}
