//! Finding runs on the local disk, in several folders, and where names and links are odd.

use std::{fs, path::Path, sync::Arc};

use glassboard_store::{
    LocalLogdir, Logdir, MultiLogdir, ScriptedLogdir, Store, StoreError, StoreOptions,
};

use crate::common::{losses, notices};

fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn loaded(dir: impl Logdir + 'static) -> Arc<glassboard_store::Snapshot> {
    let store = Store::new(Arc::new(dir), StoreOptions::default());
    store.refresh();
    store.snapshot()
}

fn run_names(snapshot: &glassboard_store::Snapshot) -> Vec<String> {
    let mut names: Vec<String> = snapshot
        .runs()
        .iter()
        .map(|run| run.name().to_string())
        .collect();
    names.sort();
    names
}

#[test]
fn runs_are_folders_that_hold_event_files() {
    let dir = tempfile::tempdir().unwrap();
    write(&dir.path().join("events.out.tfevents.1"), &losses([1]));
    write(
        &dir.path().join("a/x/events.out.tfevents.1.v2"),
        &losses([1]),
    );
    write(&dir.path().join("a/my.tfevents"), &losses([1]));
    write(&dir.path().join("b/notes.txt"), b"no events");
    let snapshot = loaded(LocalLogdir::new(dir.path()));
    assert_eq!(run_names(&snapshot), [".", "a", "a/x"]);
    assert_eq!(notices(&snapshot), []);
}

#[test]
fn model_files_are_listed_and_opened_when_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    for (path, bytes) in [
        ("run/net.pt2", &b"program"[..]),
        ("run/Net.ONNX", b"graph"),
        ("weights.safetensors", b"weights"),
        ("run/step.pt.trace.json", b"{}"),
        ("notes.txt", b"no model"),
    ] {
        write(&dir.path().join(path), bytes);
    }
    let store = Store::new(
        Arc::new(LocalLogdir::new(dir.path())),
        StoreOptions::default(),
    );
    assert!(store.refresh().models_changed);
    let snapshot = store.snapshot();
    let paths: Vec<&str> = snapshot.models().iter().map(|m| m.path.as_str()).collect();
    assert_eq!(
        paths,
        ["run/Net.ONNX", "run/net.pt2", "weights.safetensors"]
    );
    // They make no runs and no notices.
    assert_eq!(run_names(&snapshot), [""; 0]);
    assert_eq!(notices(&snapshot), []);
    assert!(store.refresh().is_empty());

    let (entry, source) = store.open_model("run/net.pt2").unwrap();
    assert_eq!((entry.run.as_str(), entry.size_bytes), ("run", 7));
    let mut bytes = [0; 4];
    assert_eq!(source.read_at(3, &mut bytes).unwrap(), 4);
    assert_eq!(&bytes, b"gram");
    for path in ["notes.txt", "../net.pt2", "run", ""] {
        let error = store.open_model(path).err().unwrap();
        assert!(matches!(error, StoreError::NoModel { .. }), "{error}");
    }

    write(&dir.path().join("run/net.pt2"), b"another program");
    assert!(store.refresh().models_changed);
    std::fs::remove_file(dir.path().join("run/net.pt2")).unwrap();
    let error = store.open_model("run/net.pt2").err().unwrap();
    assert!(matches!(error, StoreError::NoModel { .. }), "{error}");
    assert!(store.refresh().models_changed);
    assert_eq!(store.snapshot().models().len(), 2);
}

#[test]
fn models_of_several_folders_have_their_names() {
    let dir = tempfile::tempdir().unwrap();
    write(&dir.path().join("a/net.pt2"), b"a");
    write(&dir.path().join("b/net.pt2"), b"b");
    let parts = ["a", "b"].map(|name| (name.to_owned(), dir.path().join(name)));
    let store = Store::new(
        Arc::new(MultiLogdir::new(parts.to_vec())),
        StoreOptions::default(),
    );
    store.refresh();
    for (path, content) in [("a/net.pt2", b'a'), ("b/net.pt2", b'b')] {
        let (_, source) = store.open_model(path).unwrap();
        let mut byte = [0];
        source.read_at(0, &mut byte).unwrap();
        assert_eq!(byte[0], content);
    }
}

#[test]
fn embeddings_are_listed_and_their_files_opened_within_their_folder() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["a", "b"] {
        write(
            &dir.path().join(name).join("run/projector_config.pbtxt"),
            b"",
        );
        write(&dir.path().join(name).join("run/t.tsv"), name.as_bytes());
    }
    let parts = ["a", "b"].map(|name| (name.to_owned(), dir.path().join(name)));
    let scripted = ScriptedLogdir::new();
    for name in ["a", "b"] {
        scripted.put(&format!("{name}/run/projector_config.pbtxt"), "");
        scripted.put(&format!("{name}/run/t.tsv"), name);
    }
    let logdirs: [Arc<dyn Logdir>; 3] = [
        Arc::new(LocalLogdir::new(dir.path())),
        Arc::new(MultiLogdir::new(parts.to_vec())),
        Arc::new(scripted),
    ];
    for logdir in logdirs {
        let store = Store::new(logdir, StoreOptions::default());
        assert!(store.refresh().projectors_changed);
        let snapshot = store.snapshot();
        let paths: Vec<&str> = snapshot
            .projectors()
            .iter()
            .map(|p| p.path.as_str())
            .collect();
        assert_eq!(
            paths,
            [
                "a/run/projector_config.pbtxt",
                "b/run/projector_config.pbtxt"
            ]
        );
        for (config, content) in paths.into_iter().zip([b'a', b'b']) {
            for name in ["t.tsv", "x/.././t.tsv"] {
                let (entry, source) = store.open_projector_file(config, name).unwrap();
                let mut byte = [0];
                source.read_at(0, &mut byte).unwrap();
                assert_eq!((entry.size_bytes, byte[0]), (1, content));
                assert!(entry.path.ends_with("/run/t.tsv"), "{}", entry.path);
            }
            for name in ["../run/t.tsv", "../../b/run/t.tsv", "/etc/hostname", ".."] {
                let error = store.open_projector_file(config, name).err().unwrap();
                assert!(
                    matches!(error, StoreError::Outside { .. }),
                    "{name}: {error}"
                );
            }
            let error = store.open_projector_file(config, "none.tsv").err().unwrap();
            assert!(matches!(error, StoreError::Io { .. }), "{error}");
        }
        let error = store
            .open_projector_file("a/run/t.tsv", "t.tsv")
            .err()
            .unwrap();
        assert!(matches!(error, StoreError::NoProjector { .. }), "{error}");
        assert!(store.refresh().is_empty());
    }
}

#[test]
fn a_single_event_file_is_a_log_directory_too() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("events.out.tfevents.1");
    write(&file, &losses([1]));
    let snapshot = loaded(LocalLogdir::new(&file));
    assert_eq!(run_names(&snapshot), ["."]);
    assert_eq!(snapshot.points(), 1);
}

#[test]
fn a_log_directory_that_is_not_there_yet_is_empty_and_found_later() {
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("later");
    let store = Store::new(Arc::new(LocalLogdir::new(&logs)), StoreOptions::default());
    store.refresh();
    assert!(store.snapshot().runs().is_empty());
    assert_eq!(notices(&store.snapshot()), []);
    write(&logs.join("run/events.out.tfevents.1"), &losses([1]));
    store.refresh();
    assert_eq!(run_names(&store.snapshot()), ["run"]);
}

#[cfg(unix)]
#[test]
fn links_are_followed_but_not_in_circles() {
    use std::os::unix::fs::symlink;
    let dir = tempfile::tempdir().unwrap();
    write(&dir.path().join("run/events.out.tfevents.1"), &losses([1]));
    symlink(dir.path().join("run"), dir.path().join("best")).unwrap();
    symlink(dir.path(), dir.path().join("run/back")).unwrap();
    symlink(dir.path().join("itself"), dir.path().join("itself")).unwrap();
    symlink(dir.path().join("nothing"), dir.path().join("nowhere")).unwrap();
    let snapshot = loaded(LocalLogdir::new(dir.path()));
    assert_eq!(run_names(&snapshot), ["best", "run"]);
    let mut notices = notices(&snapshot);
    notices.sort();
    let expected =
        ["best/back", "itself", "run/back"].map(|path| ("symlink_loop", path.to_owned()));
    assert_eq!(notices, expected);
}

#[cfg(unix)]
#[test]
fn names_that_are_not_utf8_are_shown_escaped_and_read() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    let dir = tempfile::tempdir().unwrap();
    for name in [b"run\xff".as_slice(), b"run\xfe"] {
        write(
            &dir.path()
                .join(OsStr::from_bytes(name))
                .join("events.out.tfevents.1"),
            &losses([1]),
        );
    }
    let snapshot = loaded(LocalLogdir::new(dir.path()));
    assert_eq!(run_names(&snapshot), ["run\\xFE", "run\\xFF"]);
    assert_eq!(snapshot.points(), 2);
    let expected = ["run\\xFE", "run\\xFF"].map(|path| ("odd_name", path.to_owned()));
    assert_eq!(notices(&snapshot), expected);
}

#[cfg(unix)]
#[test]
fn a_socket_named_like_an_event_file_is_not_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("events.out.tfevents.1");
    let made = std::os::unix::net::UnixListener::bind(&socket);
    assert!(made.is_ok());
    let snapshot = loaded(LocalLogdir::new(dir.path()));
    assert_eq!(
        notices(&snapshot),
        [("unreadable", "events.out.tfevents.1".to_owned())]
    );
}

#[test]
fn several_folders_are_one_log_directory() {
    let dir = tempfile::tempdir().unwrap();
    write(&dir.path().join("one/events.out.tfevents.1"), &losses([1]));
    write(
        &dir.path().join("one/sub/events.out.tfevents.1"),
        &losses([1]),
    );
    write(
        &dir.path().join("two/sub/events.out.tfevents.1"),
        &losses([1, 2]),
    );
    let (one, two) = (dir.path().join("one"), dir.path().join("two"));
    let snapshot = loaded(MultiLogdir::new(vec![
        ("first".into(), one.clone()),
        ("second".into(), two.clone()),
    ]));
    assert_eq!(run_names(&snapshot), ["first", "first/sub", "second/sub"]);
    assert_eq!(snapshot.run_by_name("second/sub").unwrap().points(), 2);
    let unnamed = loaded(MultiLogdir::new(vec![
        (String::new(), one),
        (String::new(), two),
    ]));
    assert_eq!(run_names(&unnamed), [".", "sub"]);
    assert_eq!(
        notices(&unnamed),
        [("odd_name", "sub/events.out.tfevents.1".to_owned())]
    );
}
